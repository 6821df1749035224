import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Batch } from '@myelin/core/execution';
import { FileInputLog } from '../../src/store/index.ts';

function batchOf(height: bigint): Batch {
  const randomness = new Uint8Array(32).fill(Number(height));
  return { height, timeNs: height, protocolVersion: 1, randomness, heartbeat: false, ingress: [] };
}

const digestOf = (height: bigint): Uint8Array => new Uint8Array(32).fill(Number(height));

describe('the input log', () => {
  let directory = '';
  let count = 0;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'myelin-log-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const freshFolder = (): string => join(directory, `log-${count++}`);

  type Opened = { readonly log: FileInputLog; readonly replayed: bigint[]; readonly compared: bigint[] };

  async function open(folder: string, height = 0n): Promise<Opened> {
    const replayed: bigint[] = [];
    const compared: bigint[] = [];
    const log = await FileInputLog.open({
      folder,
      height,
      replay: async (batch) => {
        replayed.push(batch.height);
      },
      compare: (at, digest) => {
        assert.deepEqual(digest, digestOf(at));
        compared.push(at);
      },
    });
    return { log, replayed, compared };
  }

  async function replayOf(folder: string, height = 0n): Promise<bigint[]> {
    const { log, replayed } = await open(folder, height);
    await log.close();
    return replayed;
  }

  async function append(log: FileInputLog, ...heights: bigint[]): Promise<void> {
    for (const height of heights) await log.append(batchOf(height));
  }

  /** A log of three segments: 1 to 3, 4 to 5, 6. */
  async function threeSegments(folder: string): Promise<void> {
    const { log } = await open(folder);
    await append(log, 1n, 2n, 3n);
    await log.rotate(digestOf(3n));
    await append(log, 4n, 5n);
    await log.rotate(digestOf(5n));
    await append(log, 6n);
    await log.close();
  }

  it('replays all segments in order and compares the state at the seams', async () => {
    const folder = freshFolder();
    await threeSegments(folder);
    const { log, replayed, compared } = await open(folder);
    assert.deepEqual(replayed, [1n, 2n, 3n, 4n, 5n, 6n]);
    assert.deepEqual(compared, [3n, 5n]);
    await append(log, 7n);
    await log.close();
    assert.deepEqual(await replayOf(folder, 5n), [6n, 7n]);
  });

  it('replays from the height of a checkpoint, wherever it lies', async () => {
    const folder = freshFolder();
    await threeSegments(folder);
    for (const height of [0n, 2n, 3n, 4n, 5n]) {
      const { log, replayed } = await open(folder, height);
      assert.deepEqual(replayed, [1n, 2n, 3n, 4n, 5n, 6n].slice(Number(height)));
      await log.close();
    }
  });

  it('removes the segments before a checkpoint, and only those', async () => {
    const folder = freshFolder();
    await threeSegments(folder);
    const { log } = await open(folder);
    await log.prune(2n);
    assert.equal((await readdir(folder)).length, 3);
    await log.prune(4n);
    assert.equal((await readdir(folder)).length, 2);
    await log.rotate(digestOf(6n));
    await log.prune(6n);
    assert.deepEqual(await readdir(folder), ['0000000000000007.log']);
    await append(log, 7n);
    await log.close();
    assert.deepEqual(await replayOf(folder, 6n), [7n]);
  });

  it('puts batches that are appended during a rotation where they belong', async () => {
    const folder = freshFolder();
    const { log } = await open(folder);
    await append(log, 1n);
    await Promise.all([log.rotate(digestOf(1n)), log.append(batchOf(2n)), log.rotate(digestOf(2n)), log.append(batchOf(3n))]);
    await log.close();
    assert.deepEqual((await readdir(folder)).toSorted(), ['0000000000000001.log', '0000000000000002.log', '0000000000000003.log']);
    const opened = await open(folder);
    assert.deepEqual(opened.replayed, [1n, 2n, 3n]);
    assert.deepEqual(opened.compared, [1n, 2n]);
    await opened.log.close();
  });

  it('makes no second segment for the same height', async () => {
    const folder = freshFolder();
    const { log } = await open(folder);
    await log.rotate(digestOf(0n));
    await append(log, 1n);
    await log.close();
    assert.deepEqual(await replayOf(folder), [1n]);
  });

  it('goes on after a crash between the beginning of a segment and its first entry', async () => {
    const folder = freshFolder();
    const { log } = await open(folder);
    await append(log, 1n, 2n);
    await log.close();
    await writeFile(join(folder, '0000000000000003.log'), 'mye');
    const again = await open(folder);
    assert.deepEqual(again.replayed, [1n, 2n]);
    await append(again.log, 3n);
    await again.log.close();
    assert.deepEqual(await replayOf(folder), [1n, 2n, 3n]);
  });

  it('refuses a log in which batches are missing', async () => {
    const folder = freshFolder();
    await threeSegments(folder);
    await unlink(join(folder, '0000000000000004.log'));
    await assert.rejects(open(folder), { detail: { code: 'INPUT_LOG_GAP' }, message: /goes on with batch 6, but batch 4 is next/ });
    await unlink(join(folder, '0000000000000001.log'));
    await assert.rejects(open(folder), { detail: { code: 'INPUT_LOG_GAP' }, message: /batch 1 is next/ });
    assert.deepEqual(await replayOf(folder, 5n), [6n]);
  });

  it('refuses an empty log that goes on from a checkpoint that is not there', async () => {
    const folder = freshFolder();
    const { log } = await open(folder);
    await append(log, 1n, 2n);
    await log.rotate(digestOf(2n));
    await log.prune(2n);
    await log.close();
    assert.deepEqual(await replayOf(folder, 2n), []);
    await assert.rejects(open(folder, 0n), { detail: { code: 'INPUT_LOG_GAP' } });
  });

  it('refuses to go on from a checkpoint whose log is missing or older', async () => {
    const folder = freshFolder();
    await assert.rejects(open(folder, 3n), { detail: { code: 'INPUT_LOG_GAP' }, message: /ends before the checkpoint of height 3/ });
    await threeSegments(folder);
    await assert.rejects(open(folder, 6n), { detail: { code: 'INPUT_LOG_GAP' } });
    const behind = freshFolder();
    await FileInputLog.begin(behind, 3n);
    assert.deepEqual(await replayOf(behind, 3n), []);
  });

  it('says when a replay came to another state', async () => {
    const folder = freshFolder();
    await threeSegments(folder);
    const compare = (height: bigint): void => assert.fail(`another state at ${height}`);
    await assert.rejects(FileInputLog.open({ folder, height: 0n, replay: () => Promise.resolve(), compare }), /another state at 3/);
  });
});
