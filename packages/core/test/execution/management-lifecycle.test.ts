import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANONYMOUS_PRINCIPAL, fromUtf8, MANAGEMENT_CANISTER_ID, principalToBytes } from '@myelin/core/base';
import { type Program, script } from '@myelin/test-canisters';
import {
  type CanisterCaller,
  canisterOf,
  deployCaller,
  encodeArgs,
  errorOf,
  manage,
  note,
  openNetwork,
  tellingModule,
} from './management-network.ts';

const NOBODY = ANONYMOUS_PRINCIPAL;
const { program, reply } = script;

/** A call of `a` that stays open for several batches: `slow` takes that long to answer. */
function openCall(slow: CanisterCaller): Program {
  return program(
    script.call({
      callee: principalToBytes(slow.id),
      argument: program(script.spin(60_000_000), reply('x')),
      onReply: program(reply('done')),
    }),
  );
}

describe('the life of a canister', () => {
  it('stops at once, starts again, is deleted only when stopped; what it had is burned', async () => {
    const network = openNetwork();
    const id = await network.deploy(await tellingModule({ init: '(drop (call $timer (i64.const 9000000000000000000)))' }), {
      settings: { compute_allocation: [5n], freezing_threshold: [0n] },
    });
    await assert.rejects(network.deleteCanister(id), /must be stopped before it is deleted\./);
    await network.stopCanister(id);
    assert.equal(canisterOf(network, id).status.kind, 'stopped');
    assert.match(errorOf(await network.updateResult(id, 'bump')), /IC0508: Canister .* is not running/);
    const { version } = canisterOf(network, id);
    await network.stopCanister(id);
    assert.equal(canisterOf(network, id).version, version + 1);
    await network.startCanister(id);
    assert.equal((await network.updateResult(id, 'bump')).kind, 'reply');
    await network.stopCanister(id);
    await network.deleteCanister(id);
    const { state } = network;
    assert.equal(network.canister(id), undefined);
    assert.deepEqual([state.timers.size, state.active.size, state.computeAllocated, state.memoryBytes], [0, 0, 0, 0n]);
    assert.equal(state.cycles.minted, state.cycles.burned);
    assert.match(errorOf(await manage(network, NOBODY, 'start_canister', { canister_id: id })), /IC0301: Canister [a-z0-9-]+ not found/);
    assert.notEqual(await network.createCanister(), id);
  });

  it('waits for open calls to stop', async () => {
    const network = openNetwork();
    const [a, slow] = [await deployCaller(network), await deployCaller(network)];
    const open = network.submit(a.id, 'update', openCall(slow));
    await network.runBatch();
    const stop = network.submit(MANAGEMENT_CANISTER_ID, 'stop_canister', encodeArgs('stop_canister', { canister_id: a.id }));
    await network.runBatch();
    assert.equal(network.resultOf(stop), undefined);
    assert.equal(network.state.ingressHistory.entries.get(stop)?.status, 'processing');
    assert.equal(canisterOf(network, a.id).status.kind, 'stopping');
    await network.runUntilIdle();
    assert.deepEqual([network.resultOf(open)?.kind, network.resultOf(stop)?.kind], ['reply', 'reply']);
    assert.equal(canisterOf(network, a.id).status.kind, 'stopped');
    assert.equal(network.state.stopping.size, 0);
  });

  it('start answers those who wait for a stop with a reject', async () => {
    const network = openNetwork();
    const [a, slow] = [await deployCaller(network), await deployCaller(network)];
    const open = network.submit(a.id, 'update', openCall(slow));
    await network.runBatch();
    const stops = [0, 1].map(() =>
      network.submit(MANAGEMENT_CANISTER_ID, 'stop_canister', encodeArgs('stop_canister', { canister_id: a.id })),
    );
    await network.runBatch();
    assert.deepEqual(
      stops.map((id) => network.resultOf(id)),
      [undefined, undefined],
    );
    assert.equal(canisterOf(network, a.id).status.kind, 'stopping');
    assert.match(errorOf(await network.updateResult(a.id, 'update', program(reply()))), /IC0509: Canister [a-z0-9-]+ is not running/);
    await network.startCanister(a.id);
    for (const id of stops) assert.match(errorOf(network.resultOf(id)!), /^5, IC0511: Canister [a-z0-9-]+'s stop request was cancelled$/);
    assert.equal(network.state.stopping.size, 0);
    await network.runUntilIdle();
    assert.equal(network.resultOf(open)?.kind, 'reply');
  });

  it('gives a stop up after five minutes; the canister stops later all the same', async () => {
    const network = openNetwork();
    const [a, slow] = [await deployCaller(network), await deployCaller(network)];
    const open = network.submit(a.id, 'update', openCall(slow));
    await network.runBatch();
    const stop = network.submit(MANAGEMENT_CANISTER_ID, 'stop_canister', encodeArgs('stop_canister', { canister_id: a.id }));
    await network.runBatch();
    network.advanceTime({ seconds: 301 });
    await network.runBatch();
    assert.match(errorOf(network.resultOf(stop)!), /^2, IC0206: Stop canister request timed out/);
    assert.equal(canisterOf(network, a.id).status.kind, 'stopping');
    await network.runUntilIdle();
    assert.equal(canisterOf(network, a.id).status.kind, 'stopped');
    assert.equal(network.resultOf(open)?.kind, 'reply');
  });

  it('stops when the last callback took many slices', async () => {
    const network = openNetwork();
    const a = await deployCaller(network);
    const slowCallback = program(script.spin(60_000_000), reply('done'));
    const call = script.call({
      callee: new Uint8Array(0),
      method: 'raw_rand',
      argument: script.bytes(encodeArgs('raw_rand')),
      onReply: slowCallback,
    });
    network.submit(a.id, 'update', program(call));
    await network.runBatch();
    const stop = network.submit(MANAGEMENT_CANISTER_ID, 'stop_canister', encodeArgs('stop_canister', { canister_id: a.id }));
    await network.runBatch();
    assert.notEqual(canisterOf(network, a.id).paused, undefined);
    await network.runUntilIdle();
    assert.equal(network.resultOf(stop)?.kind, 'reply');
    assert.equal(canisterOf(network, a.id).status.kind, 'stopped');
  });

  it('is not deleted by itself, nor with messages in its queues', async () => {
    const network = openNetwork();
    const caller = await deployCaller(network);
    await network.updateSettings(caller.id, { controllers: [[caller.id, NOBODY]] });
    assert.match(errorOf(await caller.call('delete_canister', [{ canister_id: caller.id }])), /^5, .*cannot delete itself\.$/);
    await network.stopCanister(caller.id);
    network.submit(caller.id, 'update', program(reply()));
    const deleted = await manage(network, NOBODY, 'delete_canister', { canister_id: caller.id });
    assert.match(errorOf(deleted), /^2, IC0203: Canister [a-z0-9-]+ has messages in its queues and cannot be deleted now\./);
  });

  it('answers what waits for a canister that is deleted', async () => {
    const network = openNetwork();
    const id = await network.createCanister();
    await network.stopCanister(id);
    const arg = encodeArgs('delete_canister', { canister_id: id });
    const requests = [0, 1, 2].map(() => network.submit(MANAGEMENT_CANISTER_ID, 'delete_canister', arg));
    await network.runUntilIdle();
    const [first, ...others] = requests.map((request) => network.resultOf(request));
    assert.equal(first?.kind, 'reply');
    for (const other of others) assert.match(errorOf(other!), /IC0301: Canister [a-z0-9-]+ not found\./);
  });

  it('a timer that falls due while the canister is stopped fires when it starts', async () => {
    const network = openNetwork();
    const wasm = await tellingModule({
      more: `(func (export "canister_global_timer") ${note.init}) (func (export "canister_update arm") (drop (call $timer (i64.const 1))) (call $reply))`,
    });
    const id = await network.deploy(wasm);
    await network.update(id, 'arm');
    await network.stopCanister(id);
    network.advanceTime({ seconds: 10 });
    await network.tick(3);
    const armedBefore = canisterOf(network, id).globalTimerNs;
    await network.startCanister(id);
    await network.tick(2);
    assert.equal(fromUtf8(network.query(id, 'notes')), 'I', `armed before: ${armedBefore}`);
    assert.equal(canisterOf(network, id).globalTimerNs, 0n);
  });

  it('a low-memory hook that falls due while the canister is stopped runs when it starts', async () => {
    const network = openNetwork();
    const id = await network.deploy(await tellingModule({ more: `(func (export "canister_on_low_wasm_memory") ${note.init})` }));
    await network.stopCanister(id);
    await network.updateSettings(id, { wasm_memory_threshold: [1n << 40n] });
    await network.tick(2);
    await network.startCanister(id);
    await network.tick(2);
    assert.equal(fromUtf8(network.query(id, 'notes')), 'I');
    assert.equal(canisterOf(network, id).lowWasmMemoryHook, 'executed');
  });
});

describe('uninstall_code', () => {
  it('empties the canister but for balance, settings and history; open calls are rejected, callbacks never run, cycles come back', async () => {
    const network = openNetwork();
    const [a, b] = [await deployCaller(network), await deployCaller(network)];
    await manage(network, NOBODY, 'upload_chunk', { canister_id: a.id, chunk: new Uint8Array(3) });
    await network.update(
      a.id,
      'update',
      program(
        script.debugPrint('x'),
        script.setCertifiedData('y'),
        script.drop(script.stableGrow(2)),
        script.drop(script.setGlobalTimer(9_000_000_000_000_000_000n)),
        reply(),
      ),
    );
    const open = network.submit(
      a.id,
      'update',
      program(
        script.call({
          callee: principalToBytes(b.id),
          cycles: 10n ** 12n,
          argument: program(script.spin(60_000_000), reply('x')),
          onReply: program(reply('never')),
        }),
      ),
    );
    await network.runBatch();
    assert.equal(canisterOf(network, a.id).callContexts.size, 1);
    const balance = canisterOf(network, a.id).balance;
    assert.equal(errorOf(await manage(network, NOBODY, 'uninstall_code', { canister_id: a.id, sender_canister_version: [] })), 'a reply');
    assert.equal(errorOf(network.resultOf(open)!), '4, IC0406: Canister has been uninstalled.');
    await network.installCode(a.id, await tellingModule({ init: note.init }));
    await network.runUntilIdle();
    assert.equal(fromUtf8(network.query(a.id, 'notes')), 'I');
    const canister = canisterOf(network, a.id);
    assert.equal(canister.callContexts.size, 0);
    assert.equal(canister.callbacks.size, 0);
    assert.equal(canister.balance > balance + 9n * 10n ** 11n, true);
    assert.deepEqual([canister.chunkStore.size, canister.logs.size, canister.certifiedData.length, canister.stablePages], [0, 0, 0, 1]);
    assert.deepEqual(
      canister.history.map(({ details }) => details.kind),
      ['creation', 'code_deployment', 'code_uninstall', 'code_deployment'],
    );
    assert.equal(network.state.timers.size, 0);
  });

  it('of a canister that stops lets it stop', async () => {
    const network = openNetwork();
    const caller = await deployCaller(network);
    await network.stopCanister(caller.id);
    await manage(network, NOBODY, 'uninstall_code', { canister_id: caller.id, sender_canister_version: [] });
    assert.equal(canisterOf(network, caller.id).status.kind, 'stopped');
    assert.equal(canisterOf(network, caller.id).module, undefined);
  });

  it('happens to a canister that can not pay for its memory; its changes are forgotten, their number is not', async () => {
    const network = openNetwork();
    const id = await network.deploy(await tellingModule({}), { settings: { freezing_threshold: [0n] }, cycles: 10n ** 12n });
    await network.updateSettings(id, { compute_allocation: [1n] });
    network.advanceTime({ seconds: 1_000_000 });
    await network.tick();
    const canister = canisterOf(network, id);
    assert.equal(canister.module, undefined);
    assert.deepEqual([canister.balance, canister.settings.computeAllocation, network.state.computeAllocated], [0n, 0, 0]);
    assert.deepEqual([canister.history.length, canister.historyLength], [0, 2]);
  });
});
