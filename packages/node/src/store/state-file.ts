/**
 * A network as one file: to be copied, kept, or moved to another machine.
 *
 * The line `myelin state 2`, then compressed with gzip: records as in `record-frames.ts`, of which the first is the genesis (key: nothing), the
 * second the mark of the checkpoint (key: 0), the third may be notes (key: 0, 1), the last the SHA-256 of all bytes before it (key: 255), and those
 * between the state.
 * @module
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { equalBytes, IcError, plainBytes } from '@myelin/core/base';
import type { RecordChange } from '@myelin/core/state';
import { type CheckpointMark, decodeMark, encodeMark, type StateRecord } from './checkpoint.ts';
import { syncFolder } from './disk.ts';
import { packRecords, RECORD_HEAD_BYTES } from './record-frames.ts';

const MAGIC: Buffer = Buffer.from('myelin state 2\n', 'utf8');
const NO_KEY = new Uint8Array(0);
const MARK_KEY = Uint8Array.of(0);
const NOTES_KEY = Uint8Array.of(0, 1);
const END_KEY = Uint8Array.of(255);
/** Longest notes, in bytes. */
export const NOTES_BYTES_MAX: number = 1024 * 1024;
const KEY_BYTES_MAX = 1024;
const VALUE_BYTES_MAX: number = 512 * 1024 * 1024;

/** What a file begins with. */
export type StateFileHead = {
  readonly genesis: Uint8Array;
  readonly mark: CheckpointMark;
  /** What people keep beside the state, such as names of canisters; the node does not look into it. */
  readonly notes?: Uint8Array;
};

function* framed(head: StateFileHead, records: Iterable<RecordChange>): Generator<Uint8Array, void, undefined> {
  const hash = createHash('sha256');
  const frame = (record: RecordChange): Uint8Array => {
    const bytes = new Uint8Array(packRecords([record]));
    hash.update(bytes);
    return bytes;
  };
  yield frame({ key: NO_KEY, value: head.genesis });
  yield frame({ key: MARK_KEY, value: encodeMark(head.mark) });
  if (head.notes !== undefined) yield frame({ key: NOTES_KEY, value: head.notes });
  for (const record of records) yield frame(record);
  yield new Uint8Array(packRecords([{ key: END_KEY, value: hash.digest() }]));
}

async function writeAll(file: FileHandle, head: StateFileHead, records: Iterable<RecordChange>): Promise<void> {
  await file.writeFile(MAGIC);
  await pipeline(Readable.from(framed(head, records), { objectMode: true }), createGzip({ level: 1 }), async (compressed) => {
    for await (const bytes of compressed) await file.writeFile(bytes as Buffer);
  });
  await file.sync();
}

/** Writes a file, which is there as a whole or not at all. Replaces one of that name. */
export async function writeStateFile(path: string, head: StateFileHead, records: Iterable<RecordChange>): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await writeAll(file, head, records);
    await file.close();
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await file.close();
    await rm(temporary, { force: true });
    throw error;
  }
}

function unreadable(path: string, why: string, cause?: unknown): IcError {
  const message = `${path} is not a whole state file: ${why}. Export the state again, or take another copy`;
  return new IcError({ code: 'STATE_FILE_UNREADABLE' }, message, cause === undefined ? undefined : { cause });
}

/** Takes bytes as they come and gives records. */
class FrameReader {
  readonly #path: string;
  #rest: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];
  #held = 0;
  #wanted = RECORD_HEAD_BYTES;

  constructor(path: string) {
    this.#path = path;
  }

  get isEmpty(): boolean {
    return this.#rest.length === 0 && this.#held === 0;
  }

  *take(bytes: Buffer): Generator<{ readonly record: StateRecord; readonly frame: Buffer }, void, undefined> {
    this.#parts.push(bytes);
    this.#held += bytes.length;
    if (this.#rest.length + this.#held < this.#wanted) return;
    this.#rest = Buffer.concat([this.#rest, ...this.#parts]);
    this.#parts = [];
    this.#held = 0;
    let offset = 0;
    for (;;) {
      const size = this.#frameSize(offset);
      this.#wanted = size ?? RECORD_HEAD_BYTES;
      if (size === undefined || offset + size > this.#rest.length) break;
      const frame = this.#rest.subarray(offset, offset + size);
      const keyEnd = RECORD_HEAD_BYTES + frame.readUInt32LE(0);
      yield { record: { key: frame.subarray(RECORD_HEAD_BYTES, keyEnd), value: frame.subarray(keyEnd) }, frame };
      offset += size;
    }
    this.#rest = this.#rest.subarray(offset);
  }

  #frameSize(offset: number): number | undefined {
    if (offset + RECORD_HEAD_BYTES > this.#rest.length) return undefined;
    const keyBytes = this.#rest.readUInt32LE(offset);
    const valueBytes = this.#rest.readUInt32LE(offset + 4);
    if (keyBytes > KEY_BYTES_MAX || valueBytes > VALUE_BYTES_MAX) throw unreadable(this.#path, 'a record is larger than any of a state');
    return RECORD_HEAD_BYTES + keyBytes + valueBytes;
  }
}

async function* frames(path: string): AsyncGenerator<{ readonly record: StateRecord; readonly frame: Buffer }, void, undefined> {
  const reader = new FrameReader(path);
  const input = createReadStream(path, { start: MAGIC.length });
  const plain = input.pipe(createGunzip());
  input.once('error', (error) => plain.destroy(error));
  try {
    for await (const bytes of plain) yield* reader.take(bytes as Buffer);
  } catch (error) {
    if (error instanceof IcError) throw error;
    throw unreadable(path, error instanceof Error ? error.message : String(error), error);
  } finally {
    input.destroy();
  }
  if (!reader.isEmpty) throw unreadable(path, 'it ends within a record');
}

async function checkMagic(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    if (!equalBytes(buffer, MAGIC)) throw unreadable(path, "it does not begin with 'myelin state 2'");
  } finally {
    await file.close();
  }
}

/** The records of a file one after the other, and their checksum. */
class RecordSource {
  readonly #path: string;
  readonly #frames: ReturnType<typeof frames>;
  readonly #hash = createHash('sha256');

  constructor(path: string) {
    this.#path = path;
    this.#frames = frames(path);
  }

  /** The next record; undefined behind the last one, when the checksum is right. */
  async next(): Promise<StateRecord | undefined> {
    const next = await this.#frames.next();
    if (next.done === true) throw unreadable(this.#path, 'its end is missing');
    const { record, frame } = next.value;
    if (!equalBytes(record.key, END_KEY)) {
      this.#hash.update(frame);
      return record;
    }
    if (!equalBytes(record.value, this.#hash.digest())) throw unreadable(this.#path, 'its checksum is another one');
    const after = await this.#frames.next();
    if (after.done !== true) throw unreadable(this.#path, 'something follows its end');
    return undefined;
  }

  async close(): Promise<void> {
    await this.#frames.return();
  }
}

/** A state file that is read from its beginning to its end. */
export class StateFileReader {
  readonly head: StateFileHead;
  readonly #source: RecordSource;
  /** The record after the head. */
  readonly #first: StateRecord | undefined;

  private constructor(head: StateFileHead, source: RecordSource, first: StateRecord | undefined) {
    this.head = head;
    this.#source = source;
    this.#first = first;
  }

  /** @throws IcError `STATE_FILE_UNREADABLE`, and the errors of the file system */
  static async open(path: string): Promise<StateFileReader> {
    await checkMagic(path);
    const source = new RecordSource(path);
    try {
      const { genesis, mark } = await readHead(path, source);
      const next = await source.next();
      if (next === undefined || !equalBytes(next.key, NOTES_KEY)) return new StateFileReader({ genesis, mark }, source, next);
      if (next.value.length > NOTES_BYTES_MAX) throw unreadable(path, `its notes are longer than ${NOTES_BYTES_MAX} bytes`);
      const notes = plainBytes(next.value).slice();
      return new StateFileReader({ genesis, mark, notes }, source, await source.next());
    } catch (error) {
      await source.close();
      if (error instanceof IcError && error.detail.code === 'STATE_FILE_UNREADABLE') throw error;
      throw unreadable(path, error instanceof Error ? error.message : String(error), error);
    }
  }

  /** The records of the state. @throws IcError `STATE_FILE_UNREADABLE`, at the latest at the end */
  async *records(): AsyncGenerator<StateRecord, void, undefined> {
    for (let record = this.#first; record !== undefined; record = await this.#source.next()) yield record;
  }

  /** Ends reading, also before the end. */
  async close(): Promise<void> {
    await this.#source.close();
  }
}

async function readHead(path: string, source: RecordSource): Promise<StateFileHead> {
  const genesis = await source.next();
  const mark = await source.next();
  if (genesis?.key.length !== 0 || mark === undefined || !equalBytes(mark.key, MARK_KEY))
    throw unreadable(path, 'genesis and mark do not come first');
  return { genesis: plainBytes(genesis.value).slice(), mark: decodeMark(mark.value) };
}
