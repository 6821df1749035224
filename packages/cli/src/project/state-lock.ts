/**
 * One process per state folder.
 *
 * The lock is one of the operating system on the file `lock`, taken through SQLite: it ends with the process, however that ends, holds
 * between containers that share a folder, and is never stale. Process ids alone cannot say this: they are used again, and every
 * container has its own.
 * @module
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { commandFailure } from '../terminal/index.ts';
import { removeControlRecord } from './control-record.ts';
import { readNodeRecord, removeNodeRecord } from './state-folder.ts';

export type StateLock = { release(): void };

const SQLITE_BUSY = 5;
/** Others may look at the lock for a moment. */
const PATIENCE_MS = 200;

async function refusal(folder: string): Promise<Error> {
  const record = await readNodeRecord(folder).catch(() => undefined);
  const who = record === undefined ? 'another process' : `process ${record.pid} (${record.url}, since ${record.startedAt})`;
  return commandFailure(
    'STATE_FOLDER_IN_USE',
    `${who} runs the network in ${folder} already`,
    "use that one, stop it first with 'myelin stop', or start another network with --state DIR and --port N, or with --memory",
  );
}

async function takeLock(folder: string): Promise<StateLock> {
  const database = new DatabaseSync(join(folder, 'lock'), { timeout: PATIENCE_MS });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { readonly errcode?: number }).errcode === SQLITE_BUSY) throw await refusal(folder);
    throw error;
  }
  return { release: () => database.close() };
}

/**
 * Takes the lock of a state folder, which must exist. What a process that was killed has left about itself is removed.
 * @throws IcError `STATE_FOLDER_IN_USE`
 */
export async function lockStateFolder(folder: string): Promise<StateLock> {
  const lock = await takeLock(folder);
  await Promise.all([removeNodeRecord(folder), removeControlRecord(folder)]);
  return lock;
}

/**
 * Keeps others from a state folder and changes nothing in it, to look at it. Without the file of the lock no network was run there.
 * @throws IcError `STATE_FOLDER_IN_USE`
 */
export async function holdStateFolder(folder: string): Promise<StateLock> {
  return existsSync(join(folder, 'lock')) ? await takeLock(folder) : { release: () => undefined };
}

/** Whether a process runs the network of this folder now. */
export function isStateFolderLocked(folder: string): boolean {
  const path = join(folder, 'lock');
  if (!existsSync(path)) return false;
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    database.exec('SELECT * FROM sqlite_schema');
    return false;
  } catch (error) {
    if ((error as { readonly errcode?: number }).errcode === SQLITE_BUSY) return true;
    throw error;
  } finally {
    database.close();
  }
}
