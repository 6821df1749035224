/**
 * `myelin new`
 * @module
 */
import { nearestWord } from '../command-line/index.ts';
import { EXIT_CODES, usageFailure, type Terminal } from '../terminal/index.ts';
import type { NewProject, TemplateName } from '../new/index.ts';
import type { Command } from './command.ts';

async function parseTemplate(text: string): Promise<TemplateName> {
  const { TEMPLATES } = await import('../new/index.ts');
  const names = TEMPLATES.map(({ name }) => name);
  const known = names.find((name) => name === text);
  if (known !== undefined) return known;
  const meant = nearestWord(text, names);
  const remedy = meant === undefined ? `write --template ${names.join(' | ')}` : `did you mean '${meant}'?`;
  throw usageFailure('USAGE_OPTION_VALUE', `there is no template '${text}'`, remedy);
}

function report({ name, template, folder, files, next }: NewProject, terminal: Terminal): void {
  const width = Math.max(...next.map(([command]) => command.length));
  const steps = next.map(([command, meaning]) => `  ${terminal.style('bold', command.padEnd(width))}  ${terminal.style('dim', meaning)}`);
  const text = [`${terminal.style('green', `Made ${name}`)} in ${folder}: ${files.length} files.`, '', 'Next:', ...steps].join('\n');
  terminal.result(text, { name, template, folder, files, next: next.map(([command]) => command) });
}

export const newCommand: Command = {
  path: ['new'],
  operands: '[FOLDER]',
  operandCount: [0, 1],
  summary: 'Begin a project: sources, tests and a page to read in a new folder',
  description: [
    'Writes a small canister that can be deployed at once: a counter that outlives upgrades. Its README says what is where.',
    'Folder and language are asked for on a terminal when they are not given; scripts must give them. The folder must be empty or new: nothing is ever overwritten.',
  ],
  options: [
    {
      name: 'template',
      short: 't',
      value: 'NAME',
      help: 'What it is written in: motoko, typescript (with Azle) or assemblyscript. Default: asked for on a terminal.',
    },
    { name: 'name', value: 'NAME', help: 'Name of the canister and the package. Default: the name of the folder.' },
  ],
  examples: [
    ['myelin new counter --template motoko', 'nothing to install: deploy it right away'],
    ['myelin new web/api --template typescript', 'npm packages inside a canister'],
    ['myelin new', 'asks for folder and language'],
  ],
  run: async (line, terminal) => {
    const { askNewProject, createProject, projectName } = await import('../new/index.ts');
    const [folder] = line.operands;
    const given = line.text('template');
    const template = given === undefined ? undefined : await parseTemplate(given);
    const canAsk = process.stdin.isTTY && process.stderr.isTTY && !terminal.isJson;
    if (folder !== undefined) projectName(folder, line.text('name'));
    if (!canAsk && (folder === undefined || template === undefined)) {
      const what = folder === undefined ? 'the folder is missing' : 'the template is missing';
      throw usageFailure('USAGE_OPERANDS', what, 'write myelin new FOLDER --template motoko | typescript | assemblyscript');
    }
    const chosen =
      folder !== undefined && template !== undefined
        ? { folder, template }
        : await askNewProject({ folder, template }, { input: process.stdin, output: process.stderr });
    const project = await createProject(chosen.folder, chosen.template, projectName(chosen.folder, line.text('name')));
    report(project, terminal);
    return EXIT_CODES.ok;
  },
};
