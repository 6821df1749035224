/**
 * The input log of a node: every batch, fsynced before anything that depends on it leaves the node.
 *
 * A file of records `length (u32) · first 8 bytes of SHA-256 · payload`, little-endian, after a header line. A record holds the batches
 * that were made durable by one fsync, so one that was torn by a crash can only be the last: it is cut off, nobody was told of it. A
 * damaged record before the end stops the node, for replaying past it would give another state.
 * @module
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { equalBytes, IcError } from '@myelin/core/base';
import type { Batch } from '@myelin/core/execution';
import type { InputLog } from '@myelin/network';
import { decodeBatches, encodeBatch, encodeBatches } from './batch-codec.ts';

const MAGIC: Buffer = Buffer.from('myelin input log 1\n', 'utf8');
const HEAD_BYTES = 12;
const RECORD_BYTES_MAX: number = 512 * 1024 * 1024;
const READ_CHUNK_BYTES: number = 4 * 1024 * 1024;

function checksum(payload: Uint8Array): Buffer {
  return createHash('sha256').update(payload).digest().subarray(0, 8);
}

function frame(payload: Uint8Array): Buffer {
  const record = Buffer.alloc(HEAD_BYTES + payload.length);
  record.writeUInt32LE(payload.length, 0);
  checksum(payload).copy(record, 4);
  record.set(payload, HEAD_BYTES);
  return record;
}

/** Reads records one by one; knows where the last whole one ends. */
class RecordReader {
  readonly #file: FileHandle;
  readonly #size: number;
  /** End of the last whole record. */
  end = MAGIC.length;

  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    let done = 0;
    while (done < length) {
      const { bytesRead } = await this.#file.read(buffer, done, Math.min(length - done, READ_CHUNK_BYTES), offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return buffer.subarray(0, done);
  }

  /** The next payload; undefined at the end or at a torn record. */
  async next(): Promise<Uint8Array | undefined> {
    const start = this.end;
    if (start + HEAD_BYTES > this.#size) return undefined;
    const head = await this.#read(start, HEAD_BYTES);
    const length = head.readUInt32LE(0);
    const whole = length <= RECORD_BYTES_MAX && start + HEAD_BYTES + length <= this.#size;
    const payload = whole ? await this.#read(start + HEAD_BYTES, length) : undefined;
    if (payload !== undefined && equalBytes(checksum(payload), head.subarray(4))) {
      this.end = start + HEAD_BYTES + length;
      return payload;
    }
    const blank = head.every((byte) => byte === 0);
    if (whole && !blank && start + HEAD_BYTES + length < this.#size) {
      throw new IcError(
        { code: 'INPUT_LOG_DAMAGED' },
        `the input log is damaged at byte ${start}: a record in the middle does not match its checksum. Restore the file from a backup; nothing was changed`,
      );
    }
    return undefined;
  }
}

export class FileInputLog implements InputLog {
  readonly #file: FileHandle;
  #offset: number;
  #pending: { readonly batch: Uint8Array; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  #writing: Promise<void> | undefined;

  private constructor(file: FileHandle, offset: number) {
    this.#file = file;
    this.#offset = offset;
  }

  /**
   * Opens or creates a log and hands every batch in it to `replay`, in order.
   * @throws IcError `INPUT_LOG_FOREIGN`, `INPUT_LOG_DAMAGED`, `BATCH_MALFORMED`
   */
  static async open(path: string, replay: (batch: Batch) => Promise<void>): Promise<FileInputLog> {
    const file = await open(path, 'a+');
    await file.close();
    const handle = await open(path, 'r+');
    try {
      const { size } = await handle.stat();
      if (size < MAGIC.length) {
        await handle.truncate(0);
        await handle.write(MAGIC, 0, MAGIC.length, 0);
        await handle.sync();
        return new FileInputLog(handle, MAGIC.length);
      }
      const magic = Buffer.alloc(MAGIC.length);
      await handle.read(magic, 0, MAGIC.length, 0);
      if (!equalBytes(magic, MAGIC)) {
        throw new IcError({ code: 'INPUT_LOG_FOREIGN' }, `${path} is not an input log of this version; use another state directory, or start with --clean`);
      }
      const reader = new RecordReader(handle, size);
      for (let payload = await reader.next(); payload !== undefined; payload = await reader.next()) {
        for (const batch of decodeBatches(payload)) await replay(batch);
      }
      if (reader.end < size) {
        await handle.truncate(reader.end);
        await handle.sync();
      }
      return new FileInputLog(handle, reader.end);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  append(batch: Batch): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ batch: encodeBatch(batch), resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  /** Writes what has gathered with one fsync. */
  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const group = this.#pending;
      this.#pending = [];
      try {
        const bytes = frame(encodeBatches(group.map((entry) => entry.batch)));
        await this.#file.write(bytes, 0, bytes.length, this.#offset);
        await this.#file.datasync();
        this.#offset += bytes.length;
        for (const entry of group) entry.resolve();
      } catch (error) {
        for (const entry of group) entry.reject(error);
      }
    }
    this.#writing = undefined;
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }
}
