/**
 * Checkpoints in SQLite: read in the thread that asks, written by a thread of their own.
 * @module
 */
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads';
import { assert, IcError } from '@myelin/core/base';
import type { RecordChange } from '@myelin/core/state';
import type { CheckpointMark, CheckpointStore, StateRecord } from './checkpoint.ts';
import { diskFailure, isDiskFailure } from './disk-failure.ts';
import { makeFolderNow } from './disk.ts';
import { LOCK_FILE, lockFolder } from './folder-lock.ts';
import { packRecords } from './record-frames.ts';
import { CHECKPOINT_FILE, CheckpointDatabase, copyFiles, isSettled } from './sqlite-database.ts';
import type { ToWriter, WriterAnswer } from './writer-messages.ts';

/** Records are handed over in buffers of about this size; one record may be larger. */
const BUFFER_BYTES: number = 1024 * 1024;
/** Bytes of the buffers on their way; a larger one goes alone. */
const BYTES_ON_THE_WAY_MAX: number = 16 * 1024 * 1024;
/** How long records are read before other work of this thread has its turn, in milliseconds. */
const TURN_MS = 4;

/** The thread that writes. */
class Writer {
  readonly #port: MessagePort;
  readonly #bell = new Int32Array(new SharedArrayBuffer(4));
  readonly #worker: Worker;
  readonly #answers: WriterAnswer[] = [];
  readonly #failed: Promise<never>;
  /** Sizes of the buffers that were sent and are not written yet, in order. */
  readonly #onTheWay: number[] = [];

  constructor(folder: string) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const program = new URL(`./checkpoint-writer${extname(import.meta.url)}`, import.meta.url);
    this.#worker = new Worker(program, { workerData: { folder, port: port2, bell: this.#bell }, transferList: [port2] });
    this.#failed = new Promise((_resolve, reject) => {
      this.#worker.once('error', (error: Error) => reject(writeFailed(folder, error)));
    });
    this.#failed.catch(() => undefined);
    // An idle writer keeps no process alive.
    this.#worker.unref();
    this.#port.on('message', (answer: WriterAnswer) => {
      if (answer.kind === 'taken') this.#onTheWay.shift();
      else this.#answers.push(answer);
    });
    this.#port.unref();
  }

  send(message: ToWriter): void {
    const transfer = message.kind === 'records' ? [message.buffer] : [];
    if (message.kind === 'records') this.#onTheWay.push(message.buffer.byteLength);
    this.#port.postMessage(message, transfer);
    Atomics.add(this.#bell, 0, 1);
    Atomics.notify(this.#bell, 0);
  }

  /** Waits for something that the writer says. @throws what ended the writer */
  async #until(isSo: () => boolean): Promise<void> {
    this.#port.ref();
    try {
      while (!isSo()) await Promise.race([once(this.#port, 'message'), this.#failed]);
    } finally {
      this.#port.unref();
    }
  }

  /** Resolves when another buffer of that size may be sent. */
  async hasRoom(bytes: number): Promise<void> {
    const sum = (): number => this.#onTheWay.reduce((total, size) => total + size, 0);
    await this.#until(() => this.#onTheWay.length === 0 || sum() + bytes <= BYTES_ON_THE_WAY_MAX);
  }

  async answer(kind: WriterAnswer['kind']): Promise<void> {
    await this.#until(() => this.#answers.length > 0);
    const answer = this.#answers.shift();
    assert(answer?.kind === kind, `the writer of checkpoints answers '${kind}', not '${answer?.kind}'`);
  }
}

function writeFailed(folder: string, cause: Error): unknown {
  // An error comes from another thread without its class.
  const { detail } = cause as { readonly detail?: { readonly code: string } };
  if (detail?.code === 'STATE_DISK_FAILED') return new IcError(detail, cause.message, { cause });
  if (isDiskFailure(cause)) return diskFailure(join(folder, CHECKPOINT_FILE), 'written', cause);
  return new IcError(
    { code: 'CHECKPOINT_WRITE_FAILED' },
    `a checkpoint could not be written to ${folder}: ${cause.message}. Nothing is lost: the checkpoint before it and the input log are whole. Start the node again`,
    { cause },
  );
}

function unreadable(folder: string, cause: unknown): unknown {
  if (cause instanceof IcError && ['STATE_DIRECTORY_IN_USE', 'STATE_DISK_FAILED'].includes(cause.detail.code)) return cause;
  if (isDiskFailure(cause)) return diskFailure(folder, 'opened or read', cause);
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `the checkpoint in ${folder} can not be read: ${why}. Restore the whole state directory from a backup or a snapshot; nothing was changed`;
  return new IcError({ code: 'CHECKPOINT_UNREADABLE' }, message, { cause });
}

type Opened = {
  readonly folder: string;
  /** Without one there is no checkpoint. */
  readonly database: CheckpointDatabase | undefined;
  readonly isReadOnly: boolean;
  /** What goes when it is closed. */
  readonly opened: DisposableStack;
};

/** Opens a store; when that fails, what was opened for it is closed. @throws IcError `CHECKPOINT_UNREADABLE`, and what the disk and the lock say */
function openedIn<T>(folder: string, open: (opened: DisposableStack) => T): T {
  const opened = new DisposableStack();
  try {
    return open(opened);
  } catch (cause) {
    opened.dispose();
    throw unreadable(folder, cause);
  }
}

/** Codes of those who let nothing be made beside a state that is only lent. */
const LENT: readonly (string | undefined)[] = ['EACCES', 'EPERM', 'EROFS'];

/** Removes the copy of a look that was killed, not that of one that goes on. What can not be removed is only in the way of the next copy. */
export function removeAside(aside: string): void {
  if (!existsSync(aside)) return;
  try {
    lockFolder(aside).release();
    rmSync(aside, { recursive: true, force: true });
  } catch {
    // Whoever needs the place is told.
  }
}

/** Makes a folder for a copy, as private as the state itself, which goes when the copy is closed. */
function makeAside(aside: string, opened: DisposableStack): string {
  try {
    mkdirSync(aside, { mode: 0o700 });
  } catch (error) {
    if (!LENT.includes((error as NodeJS.ErrnoException).code)) throw diskFailure(aside, 'made', error);
    const elsewhere = mkdtempSync(join(tmpdir(), 'myelin-checkpoint-'));
    opened.defer(() => rmSync(elsewhere, { recursive: true, force: true }));
    return elsewhere;
  }
  opened.defer(() => rmSync(aside, { recursive: true, force: true }));
  opened.defer(lockFolder(aside).release);
  return aside;
}

/** Opens a database without a change to its folder. */
function openToRead(folder: string, aside: string, opened: DisposableStack): CheckpointDatabase {
  if (isSettled(folder)) return new CheckpointDatabase(folder, 'as it lies');
  const copy = makeAside(aside, opened);
  try {
    copyFiles(folder, copy);
    return new CheckpointDatabase(copy);
  } catch (error) {
    throw isDiskFailure(error) ? diskFailure(copy, 'written', error) : error;
  }
}

export class SqliteCheckpoints implements CheckpointStore {
  readonly #folder: string;
  readonly #database: CheckpointDatabase | undefined;
  readonly #isReadOnly: boolean;
  readonly #opened: DisposableStack;
  #mark: CheckpointMark | undefined;
  #writer: Writer | undefined;
  #isWriting = false;

  private constructor({ folder, database, isReadOnly, opened }: Opened) {
    this.#folder = folder;
    this.#database = database;
    this.#isReadOnly = isReadOnly;
    this.#opened = opened;
    this.#mark = database?.mark;
  }

  /**
   * Opens the checkpoints of a folder, which may be new, for this node alone.
   * @throws IcError `CHECKPOINT_UNREADABLE`, `STATE_DISK_FAILED`, `STATE_DIRECTORY_IN_USE`
   */
  static open(folder: string): SqliteCheckpoints {
    return openedIn(folder, (opened) => {
      makeFolderNow(folder);
      opened.defer(lockFolder(folder).release);
      const database = new CheckpointDatabase(folder);
      opened.defer(() => database.close());
      return new SqliteCheckpoints({ folder, database, isReadOnly: false, opened });
    });
  }

  /**
   * Opens the checkpoints of a folder to be read only: no file there changes, comes or goes. What a crash has left is put in order in a copy.
   * @param aside - where the copy is made, on the file system of the state, which has room for what is as large; nothing else is of that name.
   * @throws as {@link open}
   */
  static openToRead(folder: string, aside: string): SqliteCheckpoints {
    return openedIn(folder, (opened) => {
      // Whoever has worked there has left the file.
      if (existsSync(join(folder, LOCK_FILE))) opened.defer(lockFolder(folder).release);
      removeAside(aside);
      const database = existsSync(join(folder, CHECKPOINT_FILE)) ? openToRead(folder, aside, opened) : undefined;
      if (database !== undefined) opened.defer(() => database.close());
      return new SqliteCheckpoints({ folder, database, isReadOnly: true, opened });
    });
  }

  get mark(): CheckpointMark | undefined {
    return this.#mark;
  }

  /** @throws IcError `CHECKPOINT_UNREADABLE`, `STATE_DISK_FAILED` */
  *records(which: 'all' | 'without pages' = 'all'): Generator<StateRecord, void, undefined> {
    try {
      if (this.#database !== undefined) yield* this.#database.records(which);
    } catch (cause) {
      throw unreadable(this.#folder, cause);
    }
  }

  /** @throws IcError `CHECKPOINT_UNREADABLE`, `STATE_DISK_FAILED` */
  read(key: Uint8Array): Uint8Array | undefined {
    try {
      return this.#database?.read(key);
    } catch (cause) {
      throw unreadable(this.#folder, cause);
    }
  }

  async write(mark: CheckpointMark, changes: Iterable<RecordChange> | AsyncIterable<RecordChange>): Promise<void> {
    assert(!this.#isReadOnly, 'what is only read is not written');
    assert(!this.#isWriting, 'checkpoints are written one after the other');
    this.#isWriting = true;
    const writer = (this.#writer ??= new Writer(this.#folder));
    try {
      writer.send({ kind: 'begin' });
      await sendRecords(writer, changes);
      writer.send({ kind: 'mark', mark });
      await writer.answer('written');
      this.#mark = mark;
    } catch (error) {
      writer.send({ kind: 'abandon' });
      // A writer that has ended has told why; that is what is thrown here.
      await writer.answer('abandoned').catch(() => undefined);
      throw error;
    } finally {
      this.#isWriting = false;
    }
  }

  async close(): Promise<void> {
    try {
      if (this.#writer === undefined) return;
      this.#writer.send({ kind: 'close' });
      await this.#writer.answer('closed');
    } finally {
      this.#opened.dispose();
    }
  }
}

/** Reads the records for a few milliseconds at a time. */
async function sendRecords(writer: Writer, changes: Iterable<RecordChange> | AsyncIterable<RecordChange>): Promise<void> {
  let part: RecordChange[] = [];
  let bytes = 0;
  let turn = performance.now();
  const flush = async (): Promise<void> => {
    await writer.hasRoom(bytes);
    writer.send({ kind: 'records', buffer: packRecords(part) });
    part = [];
    bytes = 0;
  };
  for await (const change of changes) {
    part.push(change);
    bytes += change.key.length + (change.value?.length ?? 0);
    if (bytes >= BUFFER_BYTES) await flush();
    if (performance.now() - turn < TURN_MS) continue;
    await setImmediate();
    turn = performance.now();
  }
  if (part.length > 0) await flush();
}
