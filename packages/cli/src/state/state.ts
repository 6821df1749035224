/**
 * The state of a network that does not run: checked, written to a file, made from one.
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '@myelin/core/base';
import { exportState, type ImportedState, importState, type StateSummary, verifyState } from '@myelin/node';
import {
  decodeCanisterNames,
  encodeCanisterNames,
  holdStateFolder,
  lockStateFolder,
  makeStateFolder,
  networkFolder,
  readCanisterIds,
  replaceCanisterIds,
  withOlderCommand,
} from '../project/index.ts';
import { commandFailure, confirm, explain, type JsonResult, type Terminal, usageFailure } from '../terminal/index.ts';

const SNAPSHOT_FOLDER = 'snapshots';
const SNAPSHOT_ENDING = '.state';
const SNAPSHOT_NAME = /^[\w][\w.-]{0,99}$/;

function describe(summary: StateSummary): { readonly lines: string; readonly json: JsonResult } {
  const { height, timeNs, digest, canisters, memoryBytes, rootKeyDer, replayed } = summary;
  const time = new Date(Number(timeNs / 1_000_000n)).toISOString();
  const megabytes = (Number(memoryBytes) / 1e6).toFixed(1);
  return {
    lines: [
      `  height     ${height}, ${time}`,
      `  canisters  ${canisters}, ${megabytes} MB`,
      `  digest     ${digest}`,
      ...(replayed === 0 ? [] : [`  run again  ${replayed} batches since the checkpoint`]),
    ].join('\n'),
    json: {
      height: String(height),
      time,
      digest,
      canisters,
      memoryBytes: String(memoryBytes),
      rootKey: toHex(rootKeyDer),
      replayed,
    },
  };
}

function tell(terminal: Terminal, done: string, summary: StateSummary, more: JsonResult = {}): void {
  const { lines, json } = describe(summary);
  terminal.result(`${terminal.style('green', done)}\n${lines}`, { ...json, ...more });
}

/** Runs `work` while no other process uses the folder. */
async function alone<T>(folder: string, work: () => Promise<T>, lockFolder = lockStateFolder): Promise<T> {
  if (!existsSync(folder)) {
    throw commandFailure(
      'STATE_MISSING',
      `there is no state folder ${folder}`,
      "name another one with --state DIR, or run 'myelin start' first",
    );
  }
  const lock = await lockFolder(folder);
  try {
    return await work();
  } catch (error) {
    throw withOlderCommand(folder, error);
  } finally {
    lock.release();
  }
}

/** `myelin state verify` */
export async function verify(folder: string, terminal: Terminal): Promise<void> {
  const look = (): Promise<StateSummary> => terminal.during('Reading and comparing', verifyState(networkFolder(folder)));
  const summary = await alone(folder, look, holdStateFolder);
  tell(terminal, 'The state is whole.', summary);
}

async function exportFile(folder: string, file: string, terminal: Terminal): Promise<StateSummary> {
  const names = async (rootKey: Uint8Array): Promise<Uint8Array | undefined> => encodeCanisterNames(await readCanisterIds(folder, rootKey));
  return await alone(folder, () => terminal.during(`Writing ${file}`, exportState(networkFolder(folder), file, names)));
}

/** `myelin state export` */
export async function exportTo(folder: string, file: string, terminal: Terminal): Promise<void> {
  const summary = await exportFile(folder, file, terminal);
  const { size } = await stat(file);
  terminal.warn('the file holds the secret keys of the network');
  tell(terminal, `Wrote ${file}, ${(size / 1e6).toFixed(1)} MB.`, summary, { file, bytes: size });
}

/** The network is there whatever becomes of the names. */
async function takeNames(folder: string, { rootKeyDer, notes }: ImportedState, terminal: Terminal): Promise<void> {
  if (notes === undefined) return;
  try {
    await replaceCanisterIds(folder, rootKeyDer, decodeCanisterNames(notes));
  } catch (error) {
    const { message, remedy } = explain(error);
    terminal.warn(`the names of the canisters were not taken over: ${message}`);
    if (remedy !== undefined) terminal.note(remedy);
  }
}

/** Nobody else may use the folder meanwhile. */
async function importFile(folder: string, file: string, replace: boolean, terminal: Terminal): Promise<StateSummary> {
  const imported = await terminal.during(`Reading ${file}`, importState(file, networkFolder(folder), replace));
  await takeNames(folder, imported, terminal);
  if (imported.leftover !== undefined) terminal.warn(`the network is there, but not all is in order: ${imported.leftover}`);
  return imported;
}

/** `myelin state import` */
export async function importFrom(folder: string, file: string, replace: boolean, terminal: Terminal): Promise<void> {
  await makeStateFolder(folder);
  const summary = await alone(folder, () => importFile(folder, file, replace, terminal));
  tell(terminal, `The network of ${folder} is that of ${file}.`, summary);
}

function snapshotFile(folder: string, name: string): string {
  if (!SNAPSHOT_NAME.test(name)) {
    throw usageFailure(
      'USAGE_OPERANDS',
      `'${name}' can not be the name of a snapshot`,
      'use letters, digits, dots, dashes and underscores',
    );
  }
  return join(folder, SNAPSHOT_FOLDER, `${name}${SNAPSHOT_ENDING}`);
}

/** `myelin state snapshot` */
export async function snapshot(folder: string, name: string, terminal: Terminal): Promise<void> {
  const file = snapshotFile(folder, name);
  if (existsSync(file)) {
    throw commandFailure(
      'SNAPSHOT_EXISTS',
      `there is a snapshot ${name} already`,
      `choose another name, or delete it first: myelin state delete-snapshot ${name}`,
    );
  }
  if (existsSync(folder)) await mkdir(join(folder, SNAPSHOT_FOLDER), { recursive: true, mode: 0o700 });
  const summary = await exportFile(folder, file, terminal);
  tell(terminal, `Kept as ${name}.`, summary, { file });
}

type Kept = { readonly name: string; readonly file: string; readonly bytes: number; readonly takenAt: string };

/** The snapshots of a folder, the oldest first. */
async function keptSnapshots(folder: string): Promise<Kept[]> {
  const entries = await readdir(join(folder, SNAPSHOT_FOLDER)).catch(() => []);
  const kept: Kept[] = [];
  for (const entry of entries) {
    const name = entry.slice(0, -SNAPSHOT_ENDING.length);
    if (!entry.endsWith(SNAPSHOT_ENDING) || !SNAPSHOT_NAME.test(name)) continue;
    const file = join(folder, SNAPSHOT_FOLDER, entry);
    const facts = await stat(file).catch(() => undefined);
    if (facts !== undefined) kept.push({ name, file, bytes: facts.size, takenAt: facts.mtime.toISOString() });
  }
  return kept.toSorted((a, b) => (a.takenAt < b.takenAt ? -1 : 1));
}

async function missing(folder: string, name: string): Promise<Error> {
  const names = (await keptSnapshots(folder)).map((kept) => kept.name).toSorted();
  const remedy = names.length === 0 ? "take one with 'myelin state snapshot NAME'" : `there are: ${names.join(', ')}`;
  return commandFailure('SNAPSHOT_MISSING', `there is no snapshot ${name}`, remedy);
}

/** `myelin state snapshots` */
export async function listSnapshots(folder: string, terminal: Terminal): Promise<void> {
  const kept = await keptSnapshots(folder);
  const width = Math.max(...kept.map(({ name }) => name.length));
  const lines = kept.map(({ name, bytes, takenAt }) => {
    return `${terminal.style('bold', name.padEnd(width))}  ${takenAt}  ${terminal.style('dim', `${(bytes / 1e6).toFixed(1)} MB`)}`;
  });
  const nothing = "There are no snapshots: 'myelin state snapshot NAME' takes one.";
  terminal.result(kept.length === 0 ? nothing : lines.join('\n'), { snapshots: kept });
}

/** `myelin state delete-snapshot`. The network may run: it knows nothing of snapshots. @throws IcError `CONFIRMATION_…` */
export async function deleteSnapshot(folder: string, name: string, isConfirmed: boolean, terminal: Terminal): Promise<void> {
  const file = snapshotFile(folder, name);
  if (!existsSync(file)) throw await missing(folder, name);
  await confirm(`the snapshot ${name} would be deleted`, isConfirmed, terminal);
  await rm(file);
  terminal.result(`Deleted the snapshot ${name}.`, { name, file });
}

/** `myelin state restore` @throws IcError `CONFIRMATION_…` where there is a network to lose */
export async function restore(folder: string, name: string, isConfirmed: boolean, terminal: Terminal): Promise<void> {
  const file = snapshotFile(folder, name);
  if (!existsSync(file)) throw await missing(folder, name);
  const summary = await alone(folder, async () => {
    if (existsSync(networkFolder(folder))) {
      const takenAt = (await stat(file)).mtime.toISOString();
      await confirm(`the network would go back to ${name} of ${takenAt}: what came after would be gone`, isConfirmed, terminal);
    }
    return await importFile(folder, file, true, terminal);
  });
  tell(terminal, `Back at ${name}.`, summary);
}
