/**
 * What becomes of the input log when the disk fails: nothing that was acknowledged is lost, nothing is guessed.
 */
import assert from 'node:assert/strict';
import { type FileHandle, mkdtemp, open, readdir, readFile, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { IcError } from '@myelin/core/base';
import type { Batch } from '@myelin/core/execution';
import { openGenesis } from '../../src/replica/state-directory.ts';
import { BatchSegment } from './batch-segment.ts';

function batchOf(height: number): Batch {
  const randomness = new Uint8Array(32).fill(height);
  return { height: BigInt(height), timeNs: BigInt(height), protocolVersion: 1, randomness, heartbeat: false, ingress: [] };
}

const isDamaged = (error: unknown): boolean => error instanceof IcError && error.detail.code === 'INPUT_LOG_DAMAGED';

/** The methods of files on the disk, to let them fail as a disk does. */
type DiskCalls = { write: FileHandle['write']; datasync: FileHandle['datasync'] };

describe('a segment of the input log on a disk that fails', () => {
  let directory = '';
  let count = 0;
  let disk: DiskCalls;
  let whole: DiskCalls;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'myelin-log-'));
    const file = await open(join(directory, 'any'), 'w');
    disk = Object.getPrototypeOf(file) as DiskCalls;
    whole = { write: disk.write, datasync: disk.datasync };
    await file.close();
  });
  afterEach(() => Object.assign(disk, whole));
  after(() => rm(directory, { recursive: true, force: true }));

  const freshPath = (): string => join(directory, `log-${count++}`);

  async function heightsOf(path: string): Promise<bigint[]> {
    const heights: bigint[] = [];
    const log = await BatchSegment.open(path, async ({ height }) => {
      heights.push(height);
    });
    await log.close();
    return heights;
  }

  async function openLog(path: string): Promise<BatchSegment> {
    return await BatchSegment.open(path, () => Promise.resolve());
  }

  it('writes the rest of what was written in part', async () => {
    const path = freshPath();
    const log = await openLog(path);
    const { write } = whole as { write: (...values: unknown[]) => Promise<{ bytesWritten: number }> };
    disk.write = function (this: FileHandle, bytes: Uint8Array, offset: number, length: number, position: number) {
      return write.call(this, bytes, offset, Math.min(length, 7), position);
    } as unknown as FileHandle['write'];
    await log.append(batchOf(1));
    await log.append(batchOf(2));
    await log.close();
    assert.deepEqual(await heightsOf(path), [1n, 2n]);
  });

  it('takes nothing more after a batch could not be written', async () => {
    const path = freshPath();
    const log = await openLog(path);
    await log.append(batchOf(1));
    disk.write = () => Promise.reject(new Error('no space left on device'));
    const failing = Promise.allSettled([log.append(batchOf(2)), log.append(batchOf(3))]);
    assert.deepEqual(
      (await failing).map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    Object.assign(disk, whole);
    await assert.rejects(log.append(batchOf(4)), /no space left/);
    await log.close();
    assert.deepEqual(await heightsOf(path), [1n], 'there is no gap');
  });

  it('takes nothing more after a batch could not be synced: nobody knows what the disk holds', async () => {
    const log = await openLog(freshPath());
    disk.datasync = () => Promise.reject(new Error('input/output error'));
    await assert.rejects(log.append(batchOf(1)), /input\/output error/);
    Object.assign(disk, whole);
    await assert.rejects(log.append(batchOf(1)), /input\/output error/);
    await log.close();
  });

  it('refuses a log with any damaged byte before its last record', async () => {
    const path = freshPath();
    const log = await openLog(path);
    await log.append(batchOf(1));
    const { length } = await readFile(path);
    await log.append(batchOf(2));
    await log.append(batchOf(3));
    await log.close();
    const bytes = await readFile(path);
    for (let at = 'myelin input log 3\n'.length; at < length; at++) {
      for (const bit of [1, 128]) {
        const damaged = Buffer.from(bytes);
        damaged[at]! ^= bit;
        await writeFile(path, damaged);
        await assert.rejects(heightsOf(path), isDamaged, `byte ${at}`);
        assert.deepEqual(await readFile(path), damaged, 'nothing was changed');
      }
    }
  });

  it('refuses a log whose first sector is gone: the header was there before any record', async () => {
    const path = freshPath();
    const log = await openLog(path);
    for (const height of [1, 2, 3, 4, 5, 6, 7, 8]) await log.append(batchOf(height));
    await log.close();
    const bytes = await readFile(path);
    for (const size of ['myelin input log 3\n'.length, 512]) {
      const damaged = Buffer.from(bytes).fill(0, 0, size);
      await writeFile(path, damaged);
      await assert.rejects(heightsOf(path), isDamaged);
      assert.deepEqual(await readFile(path), damaged, 'nothing was changed');
    }
  });

  it('cuts off a record of which only some sectors reached the disk', async () => {
    const path = freshPath();
    const log = await openLog(path);
    await log.append(batchOf(1));
    const { length } = await readFile(path);
    const big: Batch = { ...batchOf(2), randomness: new Uint8Array(5_000).fill(7) };
    await log.append(big);
    await log.close();
    const bytes = await readFile(path);
    for (let lost = 0; lost < bytes.length; lost += 512) {
      const torn = Buffer.from(bytes);
      torn.fill(0, Math.max(lost, length), Math.min(lost + 512, torn.length));
      if (torn.equals(bytes)) continue;
      await writeFile(path, torn);
      assert.deepEqual(await heightsOf(path), [1n], `without the sector at ${lost}`);
    }
  });

  it('refuses a log whose genesis is gone', async () => {
    const state = await mkdtemp(join(directory, 'state-'));
    const genesis = await openGenesis(state, 5n);
    assert.deepEqual(await openGenesis(state, 6n), genesis);
    const log = await openLog(join(state, 'log'));
    await log.close();
    await unlink(join(state, 'genesis.json'));
    await assert.rejects(openGenesis(state, 7n), (error: unknown) => error instanceof IcError && error.detail.code === 'GENESIS_INVALID');
  });

  it('makes no network where the disk does not say whether there is a log', async () => {
    const state = await mkdtemp(join(directory, 'state-'));
    await symlink('log', join(state, 'log'));
    await assert.rejects(openGenesis(state, 5n), { detail: { code: 'STATE_DISK_FAILED' }, message: /ELOOP/ });
    assert.deepEqual(await readdir(state), ['log']);
  });
});
