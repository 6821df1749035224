/**
 * The SQLite database of a state directory, as reader and writer both open it.
 *
 * SQLite comes with Node, and meets a damaged file with an error: LMDB, which reads faster, ends the process without a word (tried).
 * @module
 */
import { constants, copyFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { backup, DatabaseSync } from 'node:sqlite';
import { equalBytes } from '@myelin/core/base';
import { RECORD_KIND } from '@myelin/core/state';
import { type CheckpointMark, decodeMark, encodeMark, type StateRecord } from './checkpoint.ts';
import { fileGone } from './disk-failure.ts';

/** `Myel`: says what the file is to whoever finds it. */
const APPLICATION_ID = 0x4d79656c;
const FORMAT = 5;

/** Before every record of the state: their first byte is never 0. */
const MARK_KEY: Uint8Array = Uint8Array.of(0);

export const CHECKPOINT_FILE = 'checkpoint.db';
const PAGE_BYTES = 16_384;
/** What SQLite keeps beside a file; what is in it belongs to the file. The index of the log (`-shm`) is made of that log. */
const BESIDE: readonly string[] = ['-wal', '-journal'];

function readMark(database: DatabaseSync): CheckpointMark | undefined {
  const row = database.prepare('SELECT value FROM record WHERE key = ?').get(MARK_KEY);
  return row === undefined ? undefined : decodeMark(row['value'] as Uint8Array);
}

function isMark(found: CheckpointMark | undefined, mark: CheckpointMark): boolean {
  return found !== undefined && equalBytes(encodeMark(found), encodeMark(mark));
}

/** Pages come last; this is before the first of them. */
const PAGES_KEY: Uint8Array = Uint8Array.of(RECORD_KIND.pages);
const BEHIND_ALL_KEY: Uint8Array = Uint8Array.of(255);

/** Without locks, and without files beside it. */
function openAsItLies(path: string): DatabaseSync {
  const address = pathToFileURL(path);
  address.searchParams.set('immutable', '1');
  const database = new DatabaseSync(address, { readOnly: true });
  database.exec('PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON');
  return database;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Whether the file of a folder holds everything by itself: nothing waits beside it, and it is more than the first page of a new one. */
export function isSettled(folder: string): boolean {
  const file = join(folder, CHECKPOINT_FILE);
  return sizeOf(file) > PAGE_BYTES && BESIDE.every((ending) => sizeOf(file + ending) === 0);
}

/** Copies the files of a database that nobody has open; where the file system can, they share what is in them. */
export function copyFiles(folder: string, to: string): void {
  for (const ending of ['', ...BESIDE]) {
    const name = CHECKPOINT_FILE + ending;
    if (existsSync(join(folder, name))) copyFileSync(join(folder, name), join(to, name), constants.COPYFILE_FICLONE);
  }
}

/** Records of the state by key, and under the key 0 the mark of the checkpoint. */
export class CheckpointDatabase {
  readonly #path: string;
  readonly #database: DatabaseSync;
  readonly #put: ReturnType<DatabaseSync['prepare']>;
  readonly #delete: ReturnType<DatabaseSync['prepare']>;
  readonly #read: ReturnType<DatabaseSync['prepare']>;

  /**
   * Opens the database of a folder that is there.
   * @param access - to update it, which makes the file when there is none; or as it lies there, which is {@link isSettled}.
   * @throws what SQLite throws
   */
  constructor(folder: string, access: 'to update' | 'as it lies' = 'to update') {
    this.#path = join(folder, CHECKPOINT_FILE);
    this.#database = access === 'to update' ? new DatabaseSync(this.#path) : openAsItLies(this.#path);
    try {
      if (access === 'to update') this.#prepareFile();
      this.#checkFormat();
      this.#put = this.#database.prepare('INSERT INTO record VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value');
      this.#delete = this.#database.prepare('DELETE FROM record WHERE key = ?');
      this.#read = this.#database.prepare('SELECT value FROM record WHERE key = ?');
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  #pragma(name: string): number {
    return Number(Object.values(this.#database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
  }

  #prepareFile(): void {
    const database = this.#database;
    // Values of 64 KiB take a quarter as many pages as with the default, and writing them half the time (measured).
    database.exec(
      `PRAGMA page_size = ${PAGE_BYTES}; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA busy_timeout = 10000`,
    );
    // Whoever reads goes on while a checkpoint is written; a commit returns when it is on disk.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0');
    // On macOS the disk keeps what was synced in its own memory, unless it is told not to.
    database.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON');
    const isNew = this.#pragma('application_id') === 0 && this.#pragma('schema_version') === 0;
    if (isNew) {
      database.exec(`BEGIN IMMEDIATE; CREATE TABLE IF NOT EXISTS record (key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT;
        PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${FORMAT}; COMMIT`);
    }
  }

  #checkFormat(): void {
    if (this.#pragma('application_id') !== APPLICATION_ID) throw new Error('the file is a database of something else');
    const format = this.#pragma('user_version');
    if (format !== FORMAT) throw new Error(`it has format ${format}, this program reads format ${FORMAT}`);
  }

  get mark(): CheckpointMark | undefined {
    return readMark(this.#database);
  }

  /** The records of the state in the order of their keys. */
  *records(which: 'all' | 'without pages'): Generator<StateRecord, void, undefined> {
    const end = which === 'all' ? BEHIND_ALL_KEY : PAGES_KEY;
    const rows = this.#database.prepare('SELECT key, value FROM record WHERE key > ? AND key < ? ORDER BY key').iterate(MARK_KEY, end);
    for (const { key, value } of rows as Iterable<StateRecord>) yield { key, value };
  }

  /** The value of one record. */
  read(key: Uint8Array): Uint8Array | undefined {
    return this.#read.get(key)?.['value'] as Uint8Array | undefined;
  }

  /** Runs `write` as one transaction: all of it is on disk when this returns, or nothing. */
  transaction<T>(write: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    let result: T;
    try {
      result = write();
      this.#database.exec('COMMIT');
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
    // Into the database itself, so that the write-ahead log stays small. What keeps it from that (a reader) is gone the next time.
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return result;
  }

  /** Writes or, without a value, removes a record. */
  put(key: Uint8Array, value: Uint8Array | undefined): void {
    if (value === undefined) this.#delete.run(key);
    else this.#put.run(key, value);
  }

  putMark(mark: CheckpointMark): void {
    this.put(MARK_KEY, encodeMark(mark));
  }

  /**
   * SQLite goes on with a file that has lost its name. Once the log before the checkpoint is gone nothing else has what is in it.
   * @throws IcError `STATE_DISK_FAILED` when the file of that name does not hold that checkpoint, and what SQLite throws
   */
  checkPlace(mark: CheckpointMark): void {
    if (!existsSync(this.#path)) throw fileGone(this.#path);
    const named = new DatabaseSync(this.#path, { readOnly: true });
    try {
      const isNew = named.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'record'").get() === undefined;
      if (isNew || !isMark(readMark(named), mark)) throw fileGone(this.#path);
    } finally {
      named.close();
    }
  }

  close(): void {
    this.#database.close();
  }
}

/**
 * Copies the checkpoint of a folder to another one, which is there, as it is at one moment: whoever writes it meanwhile is not disturbed.
 * @throws what SQLite throws
 */
export async function copyCheckpoint(folder: string, to: string): Promise<void> {
  const file = join(folder, CHECKPOINT_FILE);
  if (!existsSync(file)) return;
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    await backup(database, join(to, CHECKPOINT_FILE));
  } finally {
    database.close();
  }
}
