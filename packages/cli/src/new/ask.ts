/**
 * Questions of `myelin new`, for people at a terminal.
 * @module
 */
import { createInterface } from 'node:readline/promises';
import { usageFailure } from '../terminal/index.ts';
import { type TemplateName, TEMPLATES } from './templates.ts';

/** Times that a question is asked again. */
const ATTEMPTS_MAX = 5;

/** Where the questions are asked: a terminal, of which standard output is left alone. */
export type AskStreams = { readonly input: NodeJS.ReadableStream; readonly output: NodeJS.WritableStream };

/** What is known already; undefined is asked for. */
export type NewProjectWords = { readonly folder: string | undefined; readonly template: TemplateName | undefined };

function readTemplateName(answer: string): TemplateName | undefined {
  const text = answer.trim().toLowerCase();
  const index = text === '' ? 0 : Number(text) - 1;
  return TEMPLATES[index]?.name ?? TEMPLATES.find(({ name }) => name === text)?.name;
}

function gaveUp(what: string): Error {
  return usageFailure('USAGE_OPERANDS', `there is no ${what}`, 'write myelin new FOLDER --template NAME');
}

/**
 * Asks for what is missing.
 * @throws IcError `USAGE_OPERANDS` when the answers end or are never right
 */
export async function askNewProject(
  words: NewProjectWords,
  { input, output }: AskStreams,
): Promise<{ readonly folder: string; readonly template: TemplateName }> {
  const lines = createInterface({ input, output, terminal: false });
  const answers = lines[Symbol.asyncIterator]();
  const ask = async <T>(question: string, what: string, read: (answer: string) => T | undefined): Promise<T> => {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      output.write(question);
      const answer = await answers.next();
      if (answer.done === true) break;
      const value = read(answer.value);
      if (value !== undefined) return value;
    }
    throw gaveUp(what);
  };
  try {
    const folder = words.folder ?? (await ask('Folder of the new project: ', 'folder', (answer) => answer.trim() || undefined));
    if (words.template !== undefined) return { folder, template: words.template };
    const list = TEMPLATES.map(({ name, summary }, index) => `  ${index + 1}  ${name.padEnd(16)}${summary}\n`).join('');
    const template = await ask(`What should it be written in?\n${list}Number or name [1]: `, 'template', readTemplateName);
    return { folder, template };
  } finally {
    lines.close();
  }
}
