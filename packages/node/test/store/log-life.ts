/**
 * The life of an input log beneath a node, on a disk in memory: for tests that let the disk stop or fail in the middle of it.
 */
import assert from 'node:assert/strict';
import type { Batch } from '@myelin/core/execution';
import { FileInputLog } from '../../src/store/index.ts';
import type { MemoryDisk } from './memory-disk.ts';

const FOLDER = '/log';

export function batchOf(height: bigint): Batch {
  // Of different sizes: less than a sector, about one, several.
  const randomness = new Uint8Array(Number((height * 389n) % 1_700n)).fill(Number(height % 251n));
  return { height, timeNs: height, protocolVersion: 1, randomness, heartbeat: false, ingress: [] };
}

const digestOf = (height: bigint): Uint8Array => new Uint8Array(32).fill(Number(height % 256n));

export function createDice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What a node knows when its disk stops or fails. */
export type Progress = { acknowledged: bigint; appended: bigint; checkpoint: bigint };

export function openLog(disk: MemoryDisk, height: bigint, replay: (batch: Batch) => void): Promise<FileInputLog> {
  return FileInputLog.open({
    folder: FOLDER,
    height,
    disk,
    replay: async (batch) => replay(batch),
    compare: (at, digest) => assert.deepEqual(digest, digestOf(at)),
  });
}

/** Batches alone and together, checkpoints that take a while, and what the log does for them. The log is closed also when it fails. */
export async function live(disk: MemoryDisk, progress: Progress): Promise<void> {
  const log = await openLog(disk, progress.checkpoint, () => undefined);
  const append = async (): Promise<void> => {
    const height = ++progress.appended;
    await log.append(batchOf(height));
    progress.acknowledged = height > progress.acknowledged ? height : progress.acknowledged;
  };
  try {
    for (let round = 0; round < 6; round++) {
      for (let count = 0; count < 3; count++) await append();
      const together = await Promise.allSettled([append(), append(), append()]);
      for (const { reason } of together.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]) throw reason;
      // A checkpoint of what is acknowledged: the store is another file, replaced as a whole.
      const height = progress.acknowledged;
      await log.rotate(digestOf(height));
      await append();
      progress.checkpoint = height;
      await log.prune(height);
    }
  } finally {
    await log.close();
  }
}

/** Opens what is left, and compares it with what was known. @returns the height of the last batch */
export async function check(disk: MemoryDisk, progress: Progress, what: string): Promise<bigint> {
  const heights: bigint[] = [];
  const log = await openLog(disk, progress.checkpoint, (batch) => {
    assert.deepEqual(batch, batchOf(batch.height), what);
    heights.push(batch.height);
  });
  await log.close();
  const last = progress.checkpoint + BigInt(heights.length);
  heights.forEach((height, index) => assert.equal(height, progress.checkpoint + BigInt(index) + 1n, what));
  assert.ok(last >= progress.acknowledged, `${what}: ${progress.acknowledged} was acknowledged, ${last} is the last`);
  assert.ok(last <= progress.appended, `${what}: ${last} was never appended`);
  return last;
}
