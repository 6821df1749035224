/**
 * Canisters that can not pay: what they still do, what is refused, and what waits until they have cycles again.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MANAGEMENT_CANISTER_ID, type PrincipalId } from '@myelin/core/base';
import { managementCanister } from '@myelin/core/candid';
import type { Network } from '@myelin/network';
import { script, universalCanister } from '@myelin/test-canisters';
import { deployUniversal, numberOf, openNetwork, textOf, type Universal } from './universal-network.ts';

const { program, reply, call, register, setRegister, drop, add } = script;

const burnAll = drop(script.cyclesBurn(script.cycles((1n << 128n) - 1n)));

/** Cycles out of nothing. */
async function topUp(network: Network, id: PrincipalId, amount = 1_000_000_000_000n): Promise<void> {
  const arg = managementCanister.provisional_top_up_canister.args.encode([{ canister_id: id, amount }]);
  const result = await network.updateResult(MANAGEMENT_CANISTER_ID, 'provisional_top_up_canister', arg, { effectiveCanisterId: id });
  assert.equal(result.kind, 'reply', textOf(result));
}

/** Burns everything above the freezing limit. */
async function freeze(a: Universal, ...before: Parameters<Universal['update']>): Promise<void> {
  assert.equal(textOf(await a.update(...before, burnAll, reply('frozen'))), 'frozen');
}

describe('a frozen canister', () => {
  it('takes no update, no query and no call, until it has cycles again', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    await freeze(a);
    assert.match(textOf(await a.update(reply())), /^reject 2 207: .*out of cycles/);
    // What the last message set aside and did not use keeps it above the limit: it takes a higher limit to refuse queries.
    await network.updateSettings(a.id, { freezing_threshold: [10_000_000n] });
    assert.match(textOf(a.query(reply())), /^reject 2 207: .*frozen/);
    const answer = await b.update(
      call({ callee: a.bytes, cycles: 5n, onReject: program(reply(script.rejectCode(), script.cyclesRefunded())) }),
    );
    assert.equal(answer.kind === 'reply' && answer.data[0], 2);
    assert.equal(answer.kind === 'reply' && answer.data[8], 5);
    await topUp(network, a.id);
    assert.equal(textOf(await a.update(reply('thawed'))), 'thawed');
    assert.equal(textOf(a.query(reply('thawed'))), 'thawed');
  });

  it('still runs the callbacks of its calls: they were paid for', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const result = await a.update(
      call({
        callee: b.bytes,
        argument: program(script.spin(4_000_000), reply('answer')),
        onReply: program(setRegister(1, script.argument()), reply('called back')),
      }),
      burnAll,
    );
    assert.equal(textOf(result), 'called back');
  });

  it('may grow in its callbacks and cleanups, and in nothing else', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const grow = [drop(script.memoryGrow(5)), drop(script.stableGrow(5))];
    const pages = network.canister(a.id)?.heap.wasmPages ?? 0;
    const answer = call({ callee: b.bytes, argument: program(reply()), onReply: program(...grow, reply('grown')) });
    assert.match(
      textOf(await a.update(burnAll, drop(script.memoryGrow(1000)), reply())),
      /^reject 5 532: .*cannot grow memory by \d+ bytes due to insufficient/,
    );
    assert.equal(textOf(await a.update(answer, burnAll)), 'grown');
    await topUp(network, a.id);
    const trap = program(script.unreachable());
    await a.update(call({ callee: b.bytes, argument: program(reply()), onReply: trap, onCleanup: program(...grow) }), burnAll);
    assert.equal(network.canister(a.id)?.stablePages, 10);
    assert.ok((network.canister(a.id)?.heap.wasmPages ?? 0) >= pages + 10);
  });

  it('keeps a timer that falls due, and runs it when it has cycles again', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const due = network.timeNs + 5_000_000_000n;
    await freeze(a, script.onTimer(program(setRegister(1, script.time()))), drop(script.setGlobalTimer(due)));
    network.advanceTime({ seconds: 7 });
    await network.tick(3);
    assert.equal(network.canister(a.id)?.globalTimerNs, due, 'still set');
    await topUp(network, a.id);
    await network.tick(2);
    assert.ok(numberOf(a.query(reply(register(1)))) > due);
    assert.equal(network.canister(a.id)?.globalTimerNs, 0n);
    const ran = network.canister(a.id)?.version;
    network.advanceTime({ seconds: 7 });
    await network.tick(3);
    assert.equal(network.canister(a.id)?.version, ran, 'once');
  });

  it('keeps a timer that falls due, and runs it when its freezing limit falls', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    await a.update(setRegister(2, script.filled(8, 0)), script.onTimer(program(setRegister(2, add(register(2), 1)))), reply());
    await a.update(drop(script.setGlobalTimer(network.timeNs + 5_000_000_000n)), reply());
    await network.updateSettings(a.id, { freezing_threshold: [1n << 50n] });
    network.advanceTime({ seconds: 7 });
    await network.tick(3);
    await network.updateSettings(a.id, { freezing_threshold: [2_592_000n] });
    await network.tick(2);
    assert.equal(numberOf(a.query(reply(register(2)))), 1n);
  });

  it('keeps a timer that falls due, and runs it when there is less memory to pay for', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const chunk = managementCanister.upload_chunk.args.encode([{ canister_id: a.id, chunk: Uint8Array.of(1) }]);
    await network.update(MANAGEMENT_CANISTER_ID, 'upload_chunk', chunk);
    // Not by a user: a frozen canister could not pay for taking the call in.
    const b = await deployUniversal(network);
    await network.updateSettings(a.id, { controllers: [[b.id]] });
    const due = network.timeNs + 5_000_000_000n;
    await freeze(a, script.onTimer(program(setRegister(1, script.time()))), drop(script.setGlobalTimer(due)));
    network.advanceTime({ seconds: 7 });
    await network.tick(3);
    assert.equal(network.canister(a.id)?.globalTimerNs, due, 'still set');
    const clear = script.bytes(managementCanister.clear_chunk_store.args.encode([{ canister_id: a.id }]));
    const cleared = call({ callee: new Uint8Array(0), method: 'clear_chunk_store', argument: clear, onReply: program(reply('cleared')) });
    assert.equal(textOf(await b.update(cleared)), 'cleared');
    await network.tick(2);
    assert.equal(network.canister(a.id)?.globalTimerNs, 0n);
  });

  it('keeps a timer of new code, and runs it when cycles come back to a call of the old code', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const slow = program(script.spin(60_000_000), reply());
    network.submit(a.id, 'update', program(call({ callee: b.bytes, cycles: 1_000_000_000_000n, argument: slow })));
    await network.runBatch();
    const uninstall = managementCanister.uninstall_code.args.encode([{ canister_id: a.id, sender_canister_version: [] }]);
    await network.update(MANAGEMENT_CANISTER_ID, 'uninstall_code', uninstall);
    await network.installCode(a.id, await universalCanister(), { arg: program() });
    assert.equal(network.canister(a.id)?.callContexts.size, 1, 'the call is still open');
    await freeze(a, script.onTimer(program(setRegister(1, script.time()))), drop(script.setGlobalTimer(network.timeNs + 1n)));
    await network.tick(2);
    assert.ok((network.canister(a.id)?.globalTimerNs ?? 0n) > 0n, 'still set');
    assert.equal(network.canister(a.id)?.callContexts.size, 1, 'the call is still open');
    await network.runUntilIdle();
    await network.tick(2);
    assert.equal(network.canister(a.id)?.globalTimerNs, 0n);
  });

  it('runs the hook for low memory when it has cycles again, if memory is still low', async () => {
    const network = openNetwork();
    const counted = async (relief: boolean): Promise<bigint> => {
      const a = await deployUniversal(network, ['canister_on_low_wasm_memory']);
      await a.update(setRegister(1, script.filled(8, 0)), script.onLowMemory(program(setRegister(1, add(register(1), 1)))), reply());
      const used = BigInt(network.canister(a.id)?.heap.wasmPages ?? 0) * 65_536n;
      await network.updateSettings(a.id, { wasm_memory_limit: [used + 20n * 65_536n], wasm_memory_threshold: [10n * 65_536n] });
      await network.runUntilIdle();
      await freeze(a, drop(script.memoryGrow(15)));
      await network.tick(3);
      assert.equal(network.canister(a.id)?.lowWasmMemoryHook, 'ready');
      if (relief) await network.updateSettings(a.id, { wasm_memory_threshold: [65_536n] });
      await topUp(network, a.id);
      await network.runUntilIdle();
      return numberOf(a.query(reply(register(1))));
    };
    assert.equal(await counted(false), 1n);
    assert.equal(await counted(true), 0n);
  });

  it('has no heartbeats', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network, ['canister_heartbeat']);
    await a.update(setRegister(1, script.filled(8, 0)), script.onHeartbeat(program(setRegister(1, add(register(1), 1)))), reply());
    await network.tick(2);
    await freeze(a);
    await network.tick(5);
    await topUp(network, a.id);
    assert.equal(numberOf(a.query(reply(register(1)))), 2n);
    await network.tick();
    assert.equal(numberOf(a.query(reply(register(1)))), 3n);
  });

  it('loses its code when nothing is left to pay for its memory', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    await a.update(drop(script.stableGrow(16)), reply());
    const b = await deployUniversal(network);
    await freeze(a);
    network.advanceTime({ seconds: 10_000_000 });
    await network.tick(2);
    const after = network.canister(a.id);
    assert.ok(after !== undefined && after.module === undefined);
    assert.equal(after.balance, 0n);
    assert.equal(after.stablePages, 0);
    assert.match(
      textOf(await b.update(call({ callee: a.bytes, onReject: program(reply(script.rejectMessage())) }))),
      /contains no Wasm module/,
    );
  });
});
