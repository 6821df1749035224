/**
 * One process, and one node in it, per state directory.
 *
 * The lock is one of the operating system, taken through SQLite: it belongs to the file, whatever path leads to it, and ends with the process.
 * @module
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { IcError } from '@myelin/core/base';

/** The file that is locked; there is nothing in it. */
export const LOCK_FILE = 'lock';
const SQLITE_BUSY = 5;
/** Who looks at a lock holds it for a moment. */
const PATIENCE_MS = 200;

export type FolderLock = { readonly release: () => void };

/**
 * Takes the lock of a folder, which is there.
 * @throws IcError `STATE_DIRECTORY_IN_USE`, and what SQLite throws
 */
export function lockFolder(folder: string): FolderLock {
  const database = new DatabaseSync(join(folder, LOCK_FILE), { timeout: PATIENCE_MS });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as { readonly errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    const message = `another node has the files in ${folder} open: stop it first, or use another state directory`;
    throw new IcError({ code: 'STATE_DIRECTORY_IN_USE' }, message, { cause: error });
  }
  return { release: () => database.close() };
}
