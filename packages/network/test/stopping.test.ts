/**
 * Callers who wait for a canister to stop.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MANAGEMENT_CANISTER_ID } from '@myelin/core/base';
import { managementCanister } from '@myelin/core/candid';
import { nextWakeNs } from '@myelin/core/execution';
import type { Network } from '@myelin/network';
import { script } from '@myelin/test-canisters';
import { deployUniversal, openNetwork, textOf, type Universal } from './universal-network.ts';

const { program, call, reply, spin } = script;

const STOP_TIMEOUT_NS = 300_000_000_000n;

function requestStop(network: Network, { id }: Universal): string {
  const arg = managementCanister.stop_canister.args.encode([{ canister_id: id }]);
  return network.submit(MANAGEMENT_CANISTER_ID, 'stop_canister', arg, { effectiveCanisterId: id });
}

/** A canister that can not stop, because the one that it has called answers to nobody for a while. */
async function open(): Promise<{ readonly network: Network; readonly stopping: Universal }> {
  const network = openNetwork();
  const stopping = await deployUniversal(network);
  const busy = await deployUniversal(network);
  network.submit(stopping.id, 'update', program(call({ callee: busy.bytes, argument: program(spin(400_000_000), reply()) })));
  await network.runBatch();
  return { network, stopping };
}

describe('callers who wait for a canister to stop', () => {
  it('are answered after five minutes, for which the state wants a batch', async () => {
    const { network, stopping } = await open();
    const request = requestStop(network, stopping);
    await network.runBatch();
    const since = network.timeNs;
    assert.equal(network.canister(stopping.id)?.status.kind, 'stopping');
    assert.equal(nextWakeNs(network.state), since + STOP_TIMEOUT_NS);
    network.advanceTime({ nanoseconds: STOP_TIMEOUT_NS });
    await network.runBatch();
    assert.match(textOf(network.resultOf(request)!), /timed out/);
    assert.equal(nextWakeNs(network.state), undefined);
  });

  it('are answered when the last response comes to a canister that lost its code meanwhile', async () => {
    const { network, stopping } = await open();
    const arg = managementCanister.uninstall_code.args.encode([{ canister_id: stopping.id, sender_canister_version: [] }]);
    await network.updateResult(MANAGEMENT_CANISTER_ID, 'uninstall_code', arg, { effectiveCanisterId: stopping.id });
    const request = requestStop(network, stopping);
    await network.runBatch();
    assert.equal(network.canister(stopping.id)?.status.kind, 'stopping');
    await network.runUntilIdle();
    assert.equal(network.resultOf(request)?.kind, 'reply');
    assert.equal(network.canister(stopping.id)?.status.kind, 'stopped');
    assert.equal(nextWakeNs(network.state), undefined);
  });

  it('cost a batch nothing while they wait', async () => {
    const { network, stopping } = await open();
    requestStop(network, stopping);
    await network.runBatch();
    const record = network.canister(stopping.id);
    await network.runBatch();
    assert.equal(network.canister(stopping.id), record, 'the record is the same');
  });

  it('are 500 at most', async () => {
    const { network, stopping } = await open();
    const requests: string[] = [];
    for (let count = 0; count < 3; count++) {
      for (let index = 0; index < 167; index++) requests.push(requestStop(network, stopping));
      await network.runBatch();
    }
    const results = requests.map((request) => network.resultOf(request));
    assert.equal(results.filter((result) => result === undefined).length, 500);
    assert.match(textOf(results.find((result) => result !== undefined)!), /201/);
  });
});
