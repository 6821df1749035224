/**
 * The memory of messages that wait is bounded for the whole subnet.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limits } from '@myelin/core/execution';
import { forkState } from '@myelin/core/state';
import { createNobleBlsSigner } from '@myelin/core/crypto';
import { createV8Engine } from '@myelin/engine';
import { createGenesis, createIngressMessage, SubnetHost } from '@myelin/network';
import { script } from '@myelin/test-canisters';
import { GENESIS } from './gate-replica.ts';
import { deployUniversal, nodeHasher, openNetwork, numberOf, type textOf, type Universal } from './universal-network.ts';

const { program, call, reply, argument, performCall, spin } = script;

/** The same state on a subnet whose queues are full but for `free` bytes. */
function hostWithFullQueues(network: ReturnType<typeof openNetwork>, free: number): SubnetHost {
  const { blsSecretKey } = createGenesis(GENESIS, nodeHasher);
  const state = forkState(network.state);
  state.queuedBytes = limits.QUEUED_BYTES_MAX - free;
  return new SubnetHost({
    state,
    config: network.config,
    engine: createV8Engine({}),
    hasher: nodeHasher,
    blsSigner: createNobleBlsSigner(blsSecretKey),
  });
}

async function callOn(host: SubnetHost, { id }: Universal, arg: Uint8Array): Promise<ReturnType<typeof textOf>> {
  const timeNs = host.state.timeNs + 1n;
  const message = createIngressMessage(
    { sender: id, receiver: id, methodName: 'update', arg, expiryNs: timeNs + 1_000_000n, nonce: timeNs },
    nodeHasher,
  );
  const batch = { height: host.state.height + 1n, timeNs, protocolVersion: 1, randomness: new Uint8Array(32), heartbeat: false };
  await host.runBatch({ ...batch, ingress: [message] });
  for (let turn = 1n; turn < 5n; turn++) await host.runBatch({ ...batch, height: batch.height + turn, ingress: [] });
  const status = host.state.ingressHistory.entries.get(message.requestId);
  if (status?.status === 'replied') return String(numberOf({ kind: 'reply', data: status.reply.subarray(0, 4) }));
  return status?.status === 'rejected' ? `${status.errorCode}: ${status.rejectMessage}` : String(status?.status);
}

describe('the queues of a subnet', () => {
  it('count the bytes of what waits, and nothing when nothing waits', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const waiting = program(
      call({ callee: b.bytes, argument: program(spin(8_000_000), reply(script.filled(10_000, 1))), onReply: program(reply(argument())) }),
    );
    const requests = [1, 2, 3].map(() => network.submit(a.id, 'update', waiting));
    let most = 0;
    for (let count = 0; count < 20; count++) {
      await network.runBatch();
      most = Math.max(most, network.state.queuedBytes);
    }
    assert.ok(most > 500, `messages waited: ${most}`);
    assert.equal(network.state.queuedBytes, 0);
    for (const request of requests) assert.equal(network.resultOf(request)?.kind, 'reply');
  });

  it('count names too: those of methods, and what a signer says about the sender', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const [busy, waiting] = [a, b].map(({ id }) => network.submit(id, 'update', program(spin(8_000_000), reply())));
    await network.runBatch();
    assert.ok(network.canister(a.id)?.paused !== undefined && network.canister(b.id)?.paused !== undefined);
    const before = network.state.queuedBytes;
    const { timeNs } = network;
    const message = { sender: a.id, receiver: a.id, methodName: 'm'.repeat(1_000_000), arg: new Uint8Array(10), nonce: 1n };
    const named = createIngressMessage({ ...message, expiryNs: timeNs + 1_000_000n }, nodeHasher);
    network.offer([{ ...named, senderInfo: { info: new Uint8Array(1_000), signer: a.id } }]);
    await network.runBatch();
    assert.equal(network.state.queuedBytes - before, 256 + 1_000_000 + 10 + 1_000);
    await network.runUntilIdle();
    for (const request of [busy, waiting]) assert.equal(network.resultOf(request!)?.kind, 'reply');
    assert.equal(network.state.queuedBytes, 0);
    const longName = script.filled(20_000, 110);
    const arg = program(script.callNew(script.bytes(b.bytes), longName, program(), program()), reply(script.callPerform()));
    assert.equal(await callOn(hostWithFullQueues(network, 25_000), a, arg), '0');
    assert.equal(await callOn(hostWithFullQueues(network, 20_000), a, arg), '2', 'the message itself fits, the name of its call does not');
  });

  it('take no call for which there is no room, and no message of a user', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const arg = program(reply(performCall({ callee: b.bytes, argument: script.filled(50_000, 0) })));
    assert.equal(await callOn(hostWithFullQueues(network, 100_000), a, arg), '0');
    assert.equal(await callOn(hostWithFullQueues(network, 5_000), a, arg), '2', 'the message itself fits, its call does not');
    assert.match(await callOn(hostWithFullQueues(network, 200), a, arg), /IC0201/);
  });
});
