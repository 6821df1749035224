/**
 * Program: a node that takes a checkpoint every few batches and sends itself updates, until it is killed. Tells the height and the digest of each
 * state after an update was acknowledged.
 */
import assert from 'node:assert/strict';
import type { PrincipalId } from '@myelin/core/base';
import { toHex } from '@myelin/core/base';
import { universalCanister } from '@myelin/test-canisters';
import { openLocalNode } from '../../src/node/index.ts';
import { deploy, update, work } from './node-updates.ts';

const [stateDirectory] = process.argv.slice(2);
const node = await openLocalNode({
  stateDirectory,
  host: '127.0.0.1',
  port: 0,
  checkpoints: { logBytes: 2 ** 40, batches: 7n },
  onFault: (error) => {
    throw error;
  },
});
const canisters = [...node.host.state.canisters.keys()] as PrincipalId[];
while (canisters.length < 2) canisters.push(await deploy(node, await universalCanister()));
for (let step = 0; ; step++) {
  await update(node, canisters[step % 3 === 0 ? 1 : 0]!, 'update', work(step));
  const { certified } = node.host;
  assert.ok(process.connected);
  process.send?.([Number(certified.state.height), toHex(certified.digest())]);
}
