/**
 * Deleting canisters: nothing of them is left in the sums and indexes of the subnet.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openNetwork } from './universal-network.ts';

describe('a deleted canister', () => {
  it('gives back the memory that its allocation kept free', async () => {
    const network = openNetwork();
    const before = network.state.reservedMemoryBytes;
    const id = await network.createCanister({ settings: { memory_allocation: [1n << 30n] } });
    assert.ok(network.state.reservedMemoryBytes > before);
    await network.stopCanister(id);
    await network.deleteCanister(id);
    assert.equal(network.state.reservedMemoryBytes, before);
  });
});
