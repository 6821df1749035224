/**
 * Where interfaces come from: .did files, Motoko sources, modules, the project file, canisters that run.
 * @module
 */
import { readFile, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { principalToText } from '@myelin/core/base';
import { parseDid } from '@myelin/core/candid';
import { findCanister, readMetadata } from '../client/index.ts';
import { inspectModule, readModuleFile } from '../canister-module/index.ts';
import { readCanisterIds } from '../project/index.ts';
import { commandFailure } from '../terminal/index.ts';
import { motokoInterface, projectInterface } from './built-interface.ts';
import { INTERFACE_CHARACTERS_MAX } from './limits.ts';
import type { Surroundings } from './surroundings.ts';

/** An interface that has been read and understood. */
export type FoundInterface = {
  /** Name of the canister or the file, as it is. */
  readonly name: string;
  /** What it was read from, in words. */
  readonly source: string;
  readonly candid: string;
};

function missing(what: string): Error {
  return commandFailure('INTERFACE_MISSING', `${what} shows no interface`, 'name its .did file instead');
}

async function readDidFile(path: string): Promise<string> {
  const { size } = await stat(path);
  if (size > 4 * INTERFACE_CHARACTERS_MAX) throw tooLarge(path);
  return await readFile(path, 'utf8');
}

function tooLarge(what: string): Error {
  return commandFailure('BINDINGS_FAILED', `the interface of ${what} is longer than ${INTERFACE_CHARACTERS_MAX} characters`);
}

/** Reads the text with a parser that has bounds, before anything else sees it. @throws IcError `CANDID_TEXT_INVALID`, `INTERFACE_MISSING` */
function checked(found: FoundInterface): FoundInterface {
  if (found.candid.length > INTERFACE_CHARACTERS_MAX) throw tooLarge(found.source);
  if (parseDid(found.candid).service === undefined) throw missing(found.source);
  return found;
}

async function readRunning(reference: string, { connection, stateFolder }: Surroundings): Promise<FoundInterface> {
  const opened = await connection();
  const id = await findCanister(opened, stateFolder, reference);
  const candid = await readMetadata(opened, id, 'candid:service');
  if (candid === undefined) throw missing(`the canister ${reference}`);
  const names = [...(await readCanisterIds(stateFolder, opened.rootKey))];
  const name = names.find(([, known]) => known === id)?.[0] ?? 'canister';
  return { name, source: `the canister ${principalToText(id)}`, candid };
}

/**
 * Reads the interface that a word of the command line means.
 *
 * @throws IcError `INTERFACE_MISSING`, `CANDID_TEXT_INVALID`, `CANISTER_UNKNOWN`, `MOTOKO_…`, `MODULE_INVALID`
 */
export async function readInterface(word: string, surroundings: Surroundings): Promise<FoundInterface> {
  const name = basename(word).replace(/\.(did|mo|wasm|wasm\.gz)$/, '');
  if (word.endsWith('.did')) return checked({ name, source: word, candid: await readDidFile(word) });
  if (/\.(mo|wasm|wasm\.gz)$/.test(word)) {
    const isMotoko = word.endsWith('.mo');
    const candid = isMotoko ? await motokoInterface(word, surroundings) : inspectModule(await readModuleFile(word), word).candid;
    if (candid === undefined) throw missing(word);
    return checked({ name, source: word, candid });
  }
  const project = await surroundings.project();
  const ofProject = project === undefined ? undefined : await projectInterface(project, word, surroundings);
  return checked(ofProject === undefined ? await readRunning(word, surroundings) : { name: word, ...ofProject });
}

/** The canisters of the project, or without one all that were deployed from here. @throws IcError `CANISTER_UNKNOWN` when there is none */
export async function allNames({ connection, project, stateFolder }: Surroundings): Promise<readonly string[]> {
  const entries = (await project())?.entries ?? [];
  if (entries.length > 0) return entries.map(({ name }) => name);
  const { rootKey, url } = await connection();
  const names = [...(await readCanisterIds(stateFolder, rootKey)).keys()];
  if (names.length > 0) return names;
  throw commandFailure('CANISTER_UNKNOWN', `no canister was deployed from this folder to ${url}`, 'deploy one, or name a .did file');
}
