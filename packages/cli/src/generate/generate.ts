/**
 * `myelin generate`: bindings for programs that call canisters.
 * @module
 */
import { join } from 'node:path';
import type { ConnectionOptions } from '../client/index.ts';
import { commandFailure, type Terminal, usageFailure } from '../terminal/index.ts';
import { bindingName } from './binding-name.ts';
import { type Language, makeBindings } from './bindings.ts';
import { allNames, type FoundInterface, readInterface } from './interface-source.ts';
import { CANISTERS_MAX } from './limits.ts';
import { createSurroundings } from './surroundings.ts';
import { withMark, writeGenerated } from './write-files.ts';

export type GenerateRequest = {
  /** Names or ids of canisters, and files; none means every canister of the project, or else all that were deployed from here. */
  readonly words: readonly string[];
  readonly folder: string;
  readonly language: Language;
  /** Instead of the name of the canister or file; for one of them alone. */
  readonly name: string | undefined;
  readonly connection: ConnectionOptions;
};

/** The texts of all bindings; no two canisters may want the same file. */
async function makeAll(found: readonly FoundInterface[], request: GenerateRequest): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const { name, source, candid } of found) {
    const bindings = await makeBindings(bindingName(request.name ?? name), candid, request.language);
    for (const [path, text] of bindings) {
      if (files.has(path)) {
        const what = `two of the canisters would both be ${path}`;
        throw commandFailure('BINDINGS_NAME_TAKEN', what, 'generate them one by one, and give one of them another name with --name');
      }
      files.set(path, withMark(source, text));
    }
  }
  return files;
}

/** Reads the interfaces, writes the bindings and says where they are. @throws IcError */
export async function generate(request: GenerateRequest, terminal: Terminal): Promise<void> {
  const { words, folder, language } = request;
  const surroundings = createSurroundings(request.connection, terminal);
  const wanted = words.length === 0 ? await allNames(surroundings) : words;
  if (wanted.length > CANISTERS_MAX) throw usageFailure('USAGE_OPERANDS', `more than ${CANISTERS_MAX} canisters at once`, 'name fewer');
  if (request.name !== undefined && wanted.length > 1) {
    throw usageFailure('USAGE_OPTIONS_CONFLICT', 'one name cannot be that of several canisters', 'leave --name out, or name one canister');
  }
  const found: FoundInterface[] = [];
  for (const word of wanted) found.push(await readInterface(word, surroundings));
  const files = await makeAll(found, request);
  const changed = new Set(await writeGenerated(folder, files));
  const ending = language === 'typescript' ? 'ts' : 'js';
  const entries = found.map(({ name, source }) => ({
    name,
    source,
    file: join(folder, `${bindingName(request.name ?? name)}.${ending}`),
  }));
  const lines = entries.map(({ file, source }) => `${terminal.style('bold', file)}  ${terminal.style('dim', `from ${source}`)}`);
  const [first] = entries;
  const usage = [`import { createActor } from './${first?.file ?? ''}';`, 'const canister = createActor(id, { agent });'];
  const done = changed.size === 0 ? 'Nothing has changed.' : `Wrote ${changed.size} of ${files.size} files.`;
  terminal.result([...lines, done, '', ...usage.map((line) => terminal.style('dim', line))].join('\n'), {
    bindings: entries,
    files: [...files.keys()].map((path) => ({ path: join(folder, path), changed: changed.has(path) })),
  });
}
