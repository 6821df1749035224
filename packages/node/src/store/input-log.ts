/**
 * The input log of a node: every batch, in segments. A checkpoint begins a segment; when it is complete, the segments before it go.
 *
 * A segment is called after the height of its first batch and begins with the digest of the state before that batch, so that whoever replays an
 * earlier segment up to there learns whether it came to the same state.
 * @module
 */
import { join } from 'node:path';
import { assert, IcError } from '@myelin/core/base';
import type { Batch } from '@myelin/core/execution';
import type { InputLog } from '@myelin/network';
import { type Disk, nodeDisk } from './disk.ts';
import { decodeEntry, encodeEntry, type LogEntry } from './log-entries.ts';
import { LogSegment } from './log-segment.ts';

const NAME = /^([0-9a-f]{16})\.log$/;

function nameOf(height: bigint): string {
  return `${height.toString(16).padStart(16, '0')}.log`;
}

export type InputLogOptions = {
  readonly folder: string;
  /** Height of the state that the replay starts from. */
  readonly height: bigint;
  /** Runs a batch of the log. */
  readonly replay: (batch: Batch) => Promise<void>;
  /** Compares the state, which stands at that height, with the digest that was noted. @throws when they differ. */
  readonly compare: (height: bigint, digest: Uint8Array) => void;
  readonly disk?: Disk;
};

function gap(folder: string, height: bigint, found: bigint): IcError {
  return new IcError(
    { code: 'INPUT_LOG_GAP' },
    `the input log in ${folder} goes on with batch ${found}, but batch ${height} is next: a segment is missing, or the checkpoint is older than the log. Restore the whole state directory from a backup; nothing was changed`,
  );
}

function short(folder: string, height: bigint): IcError {
  return new IcError(
    { code: 'INPUT_LOG_GAP' },
    `the input log in ${folder} ends before the checkpoint of height ${height}: it is missing, or older than the checkpoint. Restore the whole state directory from a backup; nothing was changed`,
  );
}

/** Hands the entries of segments to a replay, in order and without gaps. */
class Replay {
  readonly #options: InputLogOptions;
  #height: bigint;

  constructor(options: InputLogOptions) {
    this.#options = options;
    this.#height = options.height;
  }

  get height(): bigint {
    return this.#height;
  }

  async take(entry: LogEntry): Promise<void> {
    if (entry.kind === 'digest') {
      if (entry.height === this.#height) this.#options.compare(entry.height, entry.digest);
      return;
    }
    const { batch } = entry;
    // A checkpoint that was completed before its segments were removed.
    if (batch.height <= this.#height) return;
    if (batch.height !== this.#height + 1n) throw gap(this.#options.folder, this.#height + 1n, batch.height);
    await this.#options.replay(batch);
    this.#height = batch.height;
  }
}

async function segmentHeights(disk: Disk, folder: string): Promise<bigint[]> {
  const names = await disk.list(folder);
  return names
    .flatMap((name) => NAME.exec(name)?.[1] ?? [])
    .map((digits) => BigInt(`0x${digits}`))
    .toSorted((a, b) => (a < b ? -1 : 1));
}

export class FileInputLog implements InputLog {
  readonly #disk: Disk;
  readonly #folder: string;
  /** First heights of the segments on disk, ascending; the last is the one that is written to. */
  readonly #heights: bigint[];
  #segment: LogSegment;
  #nextHeight: bigint;
  /** Bytes of the segments before it that this process wrote and has not removed. */
  #olderBytes = 0;
  /** The last segment that was begun is complete on disk when this resolves. */
  #rotating: Promise<void> = Promise.resolve();

  private constructor(disk: Disk, folder: string, heights: bigint[], segment: LogSegment, nextHeight: bigint) {
    this.#disk = disk;
    this.#folder = folder;
    this.#heights = heights;
    this.#segment = segment;
    this.#nextHeight = nextHeight;
  }

  /**
   * Opens the log of a folder, or begins one, and replays what it holds beyond the height of the state.
   * @throws IcError `INPUT_LOG_GAP`, `INPUT_LOG_FOREIGN`, `INPUT_LOG_DAMAGED`, `BATCH_MALFORMED`, and what `replay` and `compare` throw
   */
  static async open(options: InputLogOptions): Promise<FileInputLog> {
    const { folder, disk = nodeDisk } = options;
    await disk.makeFolder(folder);
    const replay = new Replay(options);
    const heights = await segmentHeights(disk, folder);
    // A checkpoint begins a segment before it is complete: without one, batches that were acknowledged after it are lost.
    if (options.height > 0n && (heights.at(-1) ?? 0n) <= options.height) throw short(folder, options.height);
    if (heights.length === 0) heights.push(options.height + 1n);
    let segment: LogSegment | undefined;
    for (const height of heights) {
      await segment?.close();
      // Also when the segment is empty: batches before it were acknowledged.
      if (height > replay.height + 1n) throw gap(folder, replay.height + 1n, height);
      segment = await LogSegment.open(join(folder, nameOf(height)), (entry) => replay.take(decodeEntry(entry)), disk);
    }
    assert(segment !== undefined, 'a log has a segment');
    return new FileInputLog(disk, folder, heights, segment, replay.height + 1n);
  }

  /** Begins the log of a folder without one behind a checkpoint of that height. */
  static async begin(folder: string, height: bigint, disk: Disk = nodeDisk): Promise<void> {
    await disk.makeFolder(folder);
    const segment = await LogSegment.open(join(folder, nameOf(height + 1n)), () => Promise.resolve(), disk);
    await segment.close();
  }

  /** Bytes of the segment that is written to. */
  get segmentBytes(): number {
    return this.#segment.size;
  }

  /** Bytes on disk; segments that were complete before this process started are not counted. */
  get bytes(): number {
    return this.#olderBytes + this.#segment.size;
  }

  /** Height of the last batch that was given to the log, whether it became durable or not. */
  get height(): bigint {
    return this.#nextHeight - 1n;
  }

  async append(batch: Batch): Promise<void> {
    assert(batch.height === this.#nextHeight, 'batches are appended in order');
    this.#nextHeight++;
    const entry = encodeEntry({ kind: 'batch', batch });
    await this.#rotating;
    await this.#segment.append(entry);
  }

  /**
   * Begins a segment with the next batch. Called between batches.
   * @param digest - full digest of the state after the last batch, 32 bytes.
   */
  rotate(digest: Uint8Array): Promise<void> {
    // Now, not when it is their turn: what is appended from now on belongs to the new segment.
    const height = this.#nextHeight;
    this.#rotating = this.#rotating.then(() => this.#rotate(height, digest));
    return this.#rotating;
  }

  async #rotate(height: bigint, digest: Uint8Array): Promise<void> {
    if (this.#heights.at(-1) === height) return;
    // Where the segment that is written to is, the next one belongs: a directory that was replaced is another network's.
    await this.#segment.checkPlace();
    const next = await LogSegment.open(join(this.#folder, nameOf(height)), () => Promise.resolve(), this.#disk);
    try {
      await next.append(encodeEntry({ kind: 'digest', height: height - 1n, digest }));
    } catch (error) {
      await next.close();
      throw error;
    }
    const before = this.#segment;
    this.#segment = next;
    this.#heights.push(height);
    this.#olderBytes += before.size;
    await before.close();
  }

  /** Removes the segments that hold only batches up to `height`: a checkpoint of that height is complete. */
  async prune(height: bigint): Promise<void> {
    await this.#rotating;
    await this.#segment.checkPlace();
    while (this.#heights.length > 1 && this.#heights[1]! <= height + 1n) {
      await this.#disk.remove(join(this.#folder, nameOf(this.#heights[0]!)));
      this.#heights.shift();
    }
    if (this.#heights.length === 1) this.#olderBytes = 0;
    await this.#disk.syncFolder(this.#folder);
  }

  async close(): Promise<void> {
    await this.#rotating.catch(() => undefined);
    await this.#segment.close();
  }
}
