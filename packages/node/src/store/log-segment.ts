/**
 * One file of the input log: entries, fsynced before anything that depends on them leaves the node.
 *
 * A file of records after a header line. A record is a head `length (u32, little-endian) · first 8 bytes of the payload's SHA-256 · first
 * 4 bytes of the SHA-256 of these 12` and its payload: the entries that were made durable by one fsync. So a record that was torn by a
 * crash can only be the last: it is cut off, nobody was told of it. A damaged record before the end stops the node, for replaying past it
 * would give another state; the head has a checksum of its own, so that a wrong length is not taken for the end.
 * @module
 */
import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { assert, equalBytes, IcError } from '@myelin/core/base';
import { fileGone } from './disk-failure.ts';
import { type Disk, type DiskFile, nodeDisk } from './disk.ts';
import { decodeEntries, encodeEntries } from './log-entries.ts';

const MAGIC: Buffer = Buffer.from('myelin input log 3\n', 'utf8');
const HEAD_BYTES = 16;
/** Length and checksum of the payload. */
const CHECKED_BYTES = 12;
/** What a disk writes as a whole. */
const SECTOR_BYTES = 512;
/** Entries are written together up to this size; one alone is never larger than what is read back. */
const GROUP_BYTES_MAX: number = 64 * 1024 * 1024;
const RECORD_BYTES_MAX: number = 512 * 1024 * 1024;
const READ_CHUNK_BYTES: number = 4 * 1024 * 1024;

function checksum(bytes: Uint8Array, size: number): Buffer {
  return createHash('sha256').update(bytes).digest().subarray(0, size);
}

function frame(payload: Uint8Array): Buffer {
  assert(payload.length <= RECORD_BYTES_MAX, 'a record is not larger than what is read back');
  const record = Buffer.alloc(HEAD_BYTES + payload.length);
  record.writeUInt32LE(payload.length, 0);
  checksum(payload, 8).copy(record, 4);
  checksum(record.subarray(0, CHECKED_BYTES), 4).copy(record, CHECKED_BYTES);
  record.set(payload, HEAD_BYTES);
  return record;
}

/** Reads records one by one; knows where the last whole one ends. */
class RecordReader {
  readonly #file: DiskFile;
  readonly #size: number;
  /** End of the last whole record. */
  end = MAGIC.length;

  constructor(file: DiskFile, size: number) {
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

  /** Whether a whole record lies somewhere behind `start`: what is there was not the last then. */
  async #hasRecordAfter(start: number): Promise<boolean> {
    for (let chunk = start + 1; chunk + HEAD_BYTES <= this.#size; chunk += READ_CHUNK_BYTES) {
      const bytes = await this.#read(chunk, Math.min(READ_CHUNK_BYTES + HEAD_BYTES, this.#size - chunk));
      for (let offset = 0; offset + HEAD_BYTES <= Math.min(bytes.length, READ_CHUNK_BYTES + HEAD_BYTES - 1); offset++) {
        // Few places look like a length: the checksums are computed for those only.
        const length = bytes.readUInt32LE(offset);
        if (length === 0 || length > this.#size - chunk - offset - HEAD_BYTES) continue;
        const head = bytes.subarray(offset, offset + HEAD_BYTES);
        if (equalBytes(checksum(head.subarray(0, CHECKED_BYTES), 4), head.subarray(CHECKED_BYTES))) return true;
      }
    }
    return false;
  }

  /** The next payload; undefined at the end or at a torn record. */
  async next(): Promise<Uint8Array | undefined> {
    const start = this.end;
    if (start + HEAD_BYTES > this.#size) return undefined;
    const head = await this.#read(start, HEAD_BYTES);
    if (!equalBytes(checksum(head.subarray(0, CHECKED_BYTES), 4), head.subarray(CHECKED_BYTES))) {
      if (isUnwritten(head, start) && !(await this.#hasRecordAfter(start))) return undefined;
      throw damaged(start);
    }
    const end = start + HEAD_BYTES + head.readUInt32LE(0);
    if (end > this.#size) return undefined;
    const payload = await this.#read(start + HEAD_BYTES, end - start - HEAD_BYTES);
    if (equalBytes(checksum(payload, 8), head.subarray(4, CHECKED_BYTES))) {
      this.end = end;
      return payload;
    }
    if (end < this.#size) throw damaged(start);
    return undefined;
  }
}

/** Whether a head did not reach the disk, or only the part of it that lies in one of two sectors: the rest is zeros then. */
function isUnwritten(head: Buffer, offset: number): boolean {
  const firstPart = Math.min(SECTOR_BYTES - (offset % SECTOR_BYTES), HEAD_BYTES);
  const isZero = (part: Buffer): boolean => part.every((byte) => byte === 0);
  return isZero(head.subarray(0, firstPart)) || (firstPart < HEAD_BYTES && isZero(head.subarray(firstPart)));
}

function damaged(offset: number, why = 'a record in the middle does not match its checksum'): IcError {
  return new IcError(
    { code: 'INPUT_LOG_DAMAGED' },
    `the input log is damaged at byte ${offset}: ${why}. Restore the file from a backup; nothing was changed`,
  );
}

/** Writes all of `bytes`: a disk that is nearly full takes a part of them and calls it success. */
async function writeFully(file: DiskFile, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, offset + done);
    done += bytesWritten;
  }
}

type Pending = { readonly entry: Uint8Array; readonly resolve: () => void; readonly reject: (error: unknown) => void };

export class LogSegment {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #file: DiskFile;
  #offset: number;
  readonly #pending: Pending[] = [];
  #writing: Promise<void> | undefined;
  /** Why nothing is appended any more: after a failed write or sync nobody knows what the disk holds. */
  #failure: { readonly error: unknown } | undefined;

  private constructor(disk: Disk, path: string, file: DiskFile, offset: number) {
    this.#disk = disk;
    this.#path = path;
    this.#file = file;
    this.#offset = offset;
  }

  /**
   * Opens or creates a file and hands every entry in it to `read`, in order.
   * @throws IcError `INPUT_LOG_FOREIGN`, `INPUT_LOG_DAMAGED`, and what `read` throws
   */
  static async open(path: string, read: (entry: Uint8Array) => Promise<void>, disk: Disk = nodeDisk): Promise<LogSegment> {
    const handle = await disk.open(path);
    try {
      const { size } = await handle.stat();
      const magic = Buffer.alloc(MAGIC.length);
      await handle.read(magic, 0, MAGIC.length, 0);
      // The header is synced before the first entry: where it did not reach the disk nothing follows it, and nobody was told of anything.
      const isBlank = magic.every((byte) => byte === 0);
      if (isBlank && size > MAGIC.length) throw damaged(0, 'the header is gone, but there are records');
      if (isBlank || size < MAGIC.length) {
        await handle.truncate(0);
        await writeFully(handle, MAGIC, 0);
        await handle.sync();
        await disk.syncFolder(dirname(path));
        return new LogSegment(disk, path, handle, MAGIC.length);
      }
      if (!equalBytes(magic, MAGIC)) {
        throw new IcError(
          { code: 'INPUT_LOG_FOREIGN' },
          `${path} is not an input log of this version; use another state directory, or start with --clean`,
        );
      }
      const reader = new RecordReader(handle, size);
      for (let payload = await reader.next(); payload !== undefined; payload = await reader.next()) {
        for (const entry of decodeEntries(payload)) await read(entry);
      }
      if (reader.end < size) {
        await handle.truncate(reader.end);
        await handle.sync();
      }
      return new LogSegment(disk, path, handle, reader.end);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes of the file. */
  get size(): number {
    return this.#offset;
  }

  /** Appends an entry. @returns when it is durable */
  append(entry: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error as Error);
    return new Promise((resolve, reject) => {
      this.#pending.push({ entry, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  #nextGroup(): Pending[] {
    let bytes = 0;
    const rest = this.#pending.findIndex(({ entry }, index) => (bytes += entry.length) > GROUP_BYTES_MAX && index > 0);
    return this.#pending.splice(0, rest < 0 ? this.#pending.length : rest);
  }

  /** Writes what has gathered with one fsync. */
  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const group = this.#nextGroup();
      try {
        if (this.#failure !== undefined) throw this.#failure.error;
        const bytes = frame(encodeEntries(group.map(({ entry }) => entry)));
        await writeFully(this.#file, bytes, this.#offset);
        await Promise.all([this.#file.datasync(), this.#checkSize(this.#offset + bytes.length)]);
        this.#offset += bytes.length;
        for (const entry of group) entry.resolve();
      } catch (error) {
        this.#failure ??= { error };
        for (const entry of group) entry.reject(error);
      }
    }
    this.#writing = undefined;
  }

  /**
   * What is written to a file that has lost its name is gone when the process ends, though every write and sync succeeds.
   * @throws IcError `STATE_DISK_FAILED` when none has the name, or another one
   */
  async checkPlace(): Promise<void> {
    // What is written meanwhile makes the file longer.
    const size = this.#offset;
    const found = await this.#disk.sizeOf(this.#path);
    if (found === undefined || found < size) throw fileGone(this.#path);
  }

  async #checkSize(size: number): Promise<void> {
    if ((await this.#disk.sizeOf(this.#path)) !== size) throw fileGone(this.#path);
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.#file.close();
  }
}
