import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { IcError, type PrincipalId } from '@myelin/core/base';
import type { Batch } from '@myelin/core/execution';
import { decodeBatch, encodeBatch } from '../../src/store/batch-codec.ts';
import { BatchSegment } from './batch-segment.ts';

function batchOf(height: number, args: readonly Uint8Array[] = []): Batch {
  return {
    height: BigInt(height),
    timeNs: 1_700_000_000_000_000_000n + BigInt(height),
    protocolVersion: 1,
    randomness: new Uint8Array(32).fill(height),
    heartbeat: height % 2 === 0,
    ingress: args.map((arg, index) => ({
      kind: 'ingress',
      requestId: `${index}`.padStart(64, '0'),
      sender: '04' as PrincipalId,
      receiver: '00000000000000000101' as PrincipalId,
      effectiveCanisterId: '00000000000000000101' as PrincipalId,
      methodName: 'inc',
      arg,
      expiryNs: 5n,
    })),
  };
}

describe('a segment of the input log', () => {
  let directory = '';
  let count = 0;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'myelin-log-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const freshPath = (): string => join(directory, `log-${count++}`);

  async function reopen(path: string): Promise<Batch[]> {
    const batches: Batch[] = [];
    const log = await BatchSegment.open(path, async (batch) => {
      batches.push(batch);
    });
    await log.close();
    return batches;
  }

  async function write(path: string, batches: readonly Batch[], together = false): Promise<void> {
    const log = await BatchSegment.open(path, () => Promise.resolve());
    if (together) await Promise.all(batches.map((batch) => log.append(batch)));
    else for (const batch of batches) await log.append(batch);
    await log.close();
  }

  it('hands back what was appended, in order', async () => {
    const path = freshPath();
    const batches = [batchOf(1), batchOf(2, [new Uint8Array(3), new Uint8Array(100_000).fill(7)]), batchOf(3)];
    await write(path, batches);
    assert.deepEqual(await reopen(path), batches);
  });

  it('keeps the order of batches that share one fsync', async () => {
    const path = freshPath();
    const batches = Array.from({ length: 50 }, (_, index) => batchOf(index + 1));
    await write(path, batches, true);
    assert.deepEqual(await reopen(path), batches);
  });

  it('goes on after it was opened again', async () => {
    const path = freshPath();
    await write(path, [batchOf(1)]);
    await write(path, [batchOf(2)]);
    assert.deepEqual(
      (await reopen(path)).map((batch) => batch.height),
      [1n, 2n],
    );
  });

  it('cuts a torn record off, wherever it was torn, and goes on', async () => {
    const path = freshPath();
    await write(path, [batchOf(1), batchOf(2)]);
    const whole = await readFile(path);
    const first = (await stat(path)).size;
    await write(path, [batchOf(3, [new Uint8Array(200)])]);
    const end = (await stat(path)).size;
    const full = await readFile(path);
    for (const size of [first + 1, first + 11, first + 12, first + 40, end - 1]) {
      await writeFile(path, full.subarray(0, size));
      assert.deepEqual(
        (await reopen(path)).map((batch) => batch.height),
        [1n, 2n],
        `torn at ${size}`,
      );
      assert.deepEqual(await readFile(path), whole);
      await write(path, [batchOf(3)]);
      assert.deepEqual(
        (await reopen(path)).map((batch) => batch.height),
        [1n, 2n, 3n],
      );
    }
  });

  it('cuts off zeros that a file system left behind a crash', async () => {
    const path = freshPath();
    await write(path, [batchOf(1)]);
    await appendFile(path, new Uint8Array(4096));
    assert.equal((await reopen(path)).length, 1);
  });

  it('refuses a record that was damaged before the end', async () => {
    const path = freshPath();
    await write(path, [batchOf(1, [new Uint8Array(500)]), batchOf(2)]);
    const bytes = await readFile(path);
    bytes[100]! ^= 1;
    await writeFile(path, bytes);
    await assert.rejects(reopen(path), (error: unknown) => error instanceof IcError && error.detail.code === 'INPUT_LOG_DAMAGED');
    assert.deepEqual(await readFile(path), bytes, 'nothing was changed');
  });

  it('refuses a file that is something else', async () => {
    const path = freshPath();
    await writeFile(path, 'this is a text file and certainly not a log');
    await assert.rejects(reopen(path), (error: unknown) => error instanceof IcError && error.detail.code === 'INPUT_LOG_FOREIGN');
  });

  it('starts anew from a file whose header was torn', async () => {
    const path = freshPath();
    await write(path, [batchOf(1)]);
    await truncate(path, 5);
    assert.deepEqual(await reopen(path), []);
  });

  it('encodes every batch so that it decodes to the same', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 5 }), (height, args) => {
        const batch = batchOf(height % 256, args);
        assert.deepEqual(decodeBatch(encodeBatch(batch)), batch);
      }),
    );
  });
});
