/**
 * Copies of the state of a node that works and takes checkpoints meanwhile.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { IcError, toHex } from '@myelin/core/base';
import { universalCanister } from '@myelin/test-canisters';
import { openLocalNode } from '../../src/node/index.ts';
import { copyNetwork } from '../../src/replica/index.ts';
import { deploy, update, work } from './node-updates.ts';

const COPIES = 3;

describe('copyNetwork', () => {
  it('takes states that the node had, and lets it go on undisturbed', async (context) => {
    const directory = await mkdtemp(join(tmpdir(), 'myelin-node-'));
    const faults: unknown[] = [];
    const node = await openLocalNode({
      stateDirectory: directory,
      host: '127.0.0.1',
      port: 0,
      onFault: (error) => faults.push(error),
      checkpoints: { logBytes: 2 ** 40, batches: 5n },
    });
    context.after(async () => {
      await node.close();
      await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    });
    const id = await deploy(node, await universalCanister());
    /** Of states after which something was answered. */
    const digests = new Map<bigint, string>();
    const sendOne = async (step: number): Promise<void> => {
      await update(node, id, 'update', work(step));
      const { certified } = node.host;
      digests.set(certified.state.height, toHex(certified.digest()));
    };
    await sendOne(0);
    let isOver = false;
    const working = (async (): Promise<void> => {
      for (let step = 1; !isOver; step++) await sendOne(step);
    })();
    const heights: bigint[] = [];
    for (let copy = 0; copy < COPIES; copy++) {
      const network = await copyNetwork(directory);
      heights.push(network.height);
      const copied = network.digest();
      // What is done to the copy is done to the copy alone: the digests of the node stay those of its own batches.
      await network.update(id, 'update', work(copy));
      assert.notEqual(network.digest(), copied);
      const { height } = node.host.certified.state;
      assert.ok(heights[copy]! <= height, 'the node is not behind its copy');
      // Batches that answer nobody are not noted.
      if (digests.has(heights[copy]!)) assert.equal(copied, digests.get(heights[copy]!));
    }
    isOver = true;
    await working;
    assert.ok(heights.some((height) => digests.has(height)));
    assert.ok(heights.at(-1)! > heights[0]!, 'it went on while it was copied');
    assert.deepEqual(faults, []);
  });

  it('leaves nothing behind, and says where there is no network', async (context) => {
    const directory = await mkdtemp(join(tmpdir(), 'myelin-node-'));
    context.after(() => rm(directory, { recursive: true, force: true }));
    await assert.rejects(copyNetwork(directory), (error) => error instanceof IcError && error.detail.code === 'STATE_MISSING');
    assert.deepEqual(await readdir(directory), []);
  });
});
