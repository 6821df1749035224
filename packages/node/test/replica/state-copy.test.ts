/**
 * Copies of the state of a node that works and takes checkpoints meanwhile.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { IcError, type PrincipalId } from '@myelin/core/base';
import { copyNetwork } from '../../src/replica/index.ts';
import { work } from './node-updates.ts';

const COPIES = 4;
/** Longest wait for what the node tells of a height: a fault if it does not come. */
const PATIENCE_MS = 60_000;

describe('copyNetwork', () => {
  it('takes states that the node had, and lets it go on undisturbed', async (context) => {
    const directory = await mkdtemp(join(tmpdir(), 'myelin-node-'));
    context.after(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
    const child = fork(new URL('./working-node.ts', import.meta.url), [directory], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const ended = once(child, 'exit');
    context.after(async () => {
      child.kill('SIGKILL');
      await ended;
    });
    const digests = new Map<bigint, string>();
    child.on('message', ([height, digest]: [number, string]) => digests.set(BigInt(height), digest));
    await once(child, 'message');
    const heights: bigint[] = [];
    for (let copy = 0; copy < COPIES; copy++) {
      const network = await copyNetwork(directory);
      const { height } = network;
      heights.push(height);
      const copied = network.digest();
      // What is done to the copy is done to the copy alone: the node's own digests below stay those of its own batches.
      const [first] = [...network.state.canisters.keys()] as PrincipalId[];
      assert.ok(first !== undefined);
      await network.update(first, 'update', work(copy));
      assert.notEqual(network.digest(), copied);
      const deadline = performance.now() + PATIENCE_MS;
      while (Math.max(...[...digests.keys()].map(Number)) < Number(height)) {
        assert.ok(performance.now() < deadline && child.exitCode === null, 'the node goes on');
        await once(child, 'message');
      }
      // Batches that answer nobody are not told.
      if (digests.has(height)) assert.equal(copied, digests.get(height));
    }
    assert.ok(heights.some((height) => digests.has(height)));
    assert.ok(heights.at(-1)! > heights[0]!);
    assert.deepEqual(
      heights,
      heights.toSorted((a, b) => Number(a - b)),
    );
    assert.equal(child.exitCode, null);
  });

  it('leaves nothing behind, and says where there is no network', async (context) => {
    const directory = await mkdtemp(join(tmpdir(), 'myelin-node-'));
    context.after(() => rm(directory, { recursive: true, force: true }));
    await assert.rejects(copyNetwork(directory), (error) => error instanceof IcError && error.detail.code === 'STATE_MISSING');
    assert.deepEqual(await readdir(directory), []);
  });
});
