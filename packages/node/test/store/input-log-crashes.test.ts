/**
 * The input log on a disk that stops at any moment: whatever of the unsynced is lost, torn or reordered, every batch that was acknowledged is there
 * once, in order, and none that was never appended. `MYELIN_CRASHES` sets how many outcomes of each moment are tried.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Batch } from '@myelin/core/execution';
import { FileInputLog } from '../../src/store/index.ts';
import { Crash, MemoryDisk } from './memory-disk.ts';

const FOLDER = '/log';

function batchOf(height: bigint): Batch {
  // Of different sizes: less than a sector, about one, several.
  const randomness = new Uint8Array(Number((height * 389n) % 1_700n)).fill(Number(height % 251n));
  return { height, timeNs: height, protocolVersion: 1, randomness, heartbeat: false, ingress: [] };
}

const digestOf = (height: bigint): Uint8Array => new Uint8Array(32).fill(Number(height % 256n));

function createDice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** What a node knows when its machine stops. */
type Progress = { acknowledged: bigint; appended: bigint; checkpoint: bigint };

function open(disk: MemoryDisk, height: bigint, replay: (batch: Batch) => void): Promise<FileInputLog> {
  return FileInputLog.open({
    folder: FOLDER,
    height,
    disk,
    replay: async (batch) => replay(batch),
    compare: (at, digest) => assert.deepEqual(digest, digestOf(at)),
  });
}

/** A life of a node: batches alone and together, checkpoints that take a while, and what the log does for them. */
async function live(disk: MemoryDisk, progress: Progress): Promise<void> {
  const log = await open(disk, progress.checkpoint, () => undefined);
  const append = async (): Promise<void> => {
    const height = ++progress.appended;
    await log.append(batchOf(height));
    progress.acknowledged = height > progress.acknowledged ? height : progress.acknowledged;
  };
  for (let round = 0; round < 6; round++) {
    for (let count = 0; count < 3; count++) await append();
    await Promise.all([append(), append(), append()]);
    // A checkpoint of what is acknowledged: the store is another file, replaced as a whole.
    const height = progress.acknowledged;
    await log.rotate(digestOf(height));
    await append();
    progress.checkpoint = height;
    await log.prune(height);
  }
  await log.close();
}

async function lives(disk: MemoryDisk, progress: Progress): Promise<void> {
  try {
    await live(disk, progress);
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
  }
}

/** Opens what the crash has left, and compares it with what was known. */
async function check(disk: MemoryDisk, progress: Progress, what: string): Promise<bigint> {
  const heights: bigint[] = [];
  const log = await open(disk, progress.checkpoint, (batch) => {
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

describe('the input log on a disk that stops', () => {
  it('keeps what was acknowledged, whatever becomes of the rest', async (context) => {
    const seed = Number(process.env['MYELIN_SEED'] ?? 20_261_127);
    context.diagnostic(`MYELIN_SEED=${seed}`);
    const outcomes = Number(process.env['MYELIN_CRASHES'] ?? 80);
    const whole = new MemoryDisk();
    await lives(whole, { acknowledged: 0n, appended: 0n, checkpoint: 0n });
    let points = 0;
    for (let moment = 0; moment <= whole.operations; moment++) {
      const disk = new MemoryDisk(moment);
      const progress: Progress = { acknowledged: 0n, appended: 0n, checkpoint: 0n };
      await lives(disk, progress);
      for (let outcome = 0; outcome < outcomes; outcome++) {
        const what = `MYELIN_SEED=${seed}, crash ${moment} of ${whole.operations}, outcome ${outcome}`;
        const dice = createDice(seed + moment * 1_000_003 + outcome * 7_919);
        const left = disk.afterCrash(dice);
        const last = await check(left, progress, what);
        points++;
        // The node lives on, and its machine stops again.
        if (outcome % 10 !== 0) continue;
        const next: Progress = { acknowledged: last, appended: last, checkpoint: progress.checkpoint };
        const second = left.afterCrash(dice);
        second.crashAfter(dice(whole.operations));
        await lives(second, next);
        await check(second.afterCrash(dice), next, `${what}, second crash`);
        points++;
      }
    }
    context.diagnostic(`${points} crashes`);
    assert.ok(points > 120 * outcomes, `${points} crashes`);
  });
});
