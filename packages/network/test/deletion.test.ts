/**
 * Deleting canisters: nothing of them is left in the sums and indexes of the subnet.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canisterIdOfIndex } from '@myelin/core/base';
import { script, type Statement, universalCanister } from '@myelin/test-canisters';
import { deployUniversal, openNetwork, textOf } from './universal-network.ts';

const { program, call, reply, argument, spin } = script;

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

describe('a canister whose id comes back', () => {
  it('gets no response to calls of the one before it', async () => {
    const network = openNetwork();
    const slow = await deployUniversal(network);
    const slower = await deployUniversal(network);
    const wasm = await universalCanister();
    const id = canisterIdOfIndex(77n);
    const slices = (count: number): Statement => spin(count * 1_560_000);
    await network.deploy(wasm, { id, arg: program() });
    const first = call({ callee: slow.bytes, bestEffortSeconds: 1, argument: program(slices(16), reply('from the first')) });
    network.submit(id, 'update', program(first, reply()));
    await network.runBatch();
    network.advanceTime({ seconds: 2 });
    await network.runBatch();
    assert.equal(network.canister(id)?.callContexts.size, 0, 'the call has expired');
    await network.stopCanister(id);
    await network.deleteCanister(id);
    await network.deploy(wasm, { id, arg: program() });
    const second = call({
      callee: slower.bytes,
      argument: program(slices(16), reply('from the second')),
      onReply: program(reply(argument())),
    });
    const request = network.submit(id, 'update', program(second));
    await network.runBatch();
    assert.ok(network.canister(slow.id)?.paused !== undefined, 'the first call is still being answered');
    await network.runUntilIdle();
    assert.equal(textOf(network.resultOf(request)!), 'from the second');
  });
});
