import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { script } from '@myelin/test-canisters';
import { deployUniversal, numberOf, openNetwork, textOf } from './universal-network.ts';

const { program, reply, register, setRegister, add, drop, time } = script;

describe('timers, heartbeats and hooks', () => {
  it('fires a timer once, when its time has come', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    await a.update(setRegister(1, script.slice(time(), 0, 8)), setRegister(2, script.filled(8, 0)), reply());
    const due = network.timeNs + 5_000_000_000n;
    await a.update(script.onTimer(program(setRegister(2, add(register(2), 1)))), drop(script.setGlobalTimer(due)), reply());
    await network.tick(3);
    assert.equal(numberOf(a.query(reply(register(2)))), 0n);
    network.advanceTime({ seconds: 6 });
    await network.tick(3);
    assert.equal(numberOf(a.query(reply(register(2)))), 1n);
    assert.equal(network.canister(a.id)?.globalTimerNs, 0n);
  });

  it('answers the previous value when a timer is set', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const due = network.timeNs + 1_000_000_000_000n;
    assert.equal(numberOf(await a.update(reply(script.setGlobalTimer(due)))), 0n);
    assert.equal(numberOf(await a.update(reply(script.setGlobalTimer(0)))), due);
    assert.equal(network.state.timers.size, 0);
  });

  it('gives a heartbeat with each tick', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network, ['canister_heartbeat']);
    await a.update(setRegister(1, script.filled(8, 0)), script.onHeartbeat(program(setRegister(1, add(register(1), 1)))), reply());
    await network.tick(5);
    assert.equal(numberOf(a.query(reply(register(1)))), 5n);
  });

  it('runs on_low_wasm_memory once each time the rest falls below the threshold', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network, ['canister_on_low_wasm_memory']);
    await a.update(setRegister(1, script.filled(8, 0)), script.onLowMemory(program(setRegister(1, add(register(1), 1)))), reply());
    const used = BigInt(network.canister(a.id)?.heap.wasmPages ?? 0) * 65_536n;
    await network.updateSettings(a.id, { wasm_memory_limit: [used + 10n * 65_536n], wasm_memory_threshold: [5n * 65_536n] });
    await network.runUntilIdle();
    assert.equal(numberOf(a.query(reply(register(1)))), 0n);
    await a.update(drop(script.memoryGrow(6)), reply());
    await network.runUntilIdle();
    assert.equal(numberOf(a.query(reply(register(1)))), 1n);
    await a.update(drop(script.memoryGrow(1)), reply());
    await network.runUntilIdle();
    assert.equal(numberOf(a.query(reply(register(1)))), 1n);
  });

  it('asks inspect_message before an ingress message', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network, ['canister_inspect_message']);
    await a.update(script.onInspect(program(script.acceptMessage())), reply());
    assert.equal(network.inspect(a.id, 'update'), undefined);
    await a.update(script.onInspect(program(drop(time()))), reply());
    assert.match(network.inspect(a.id, 'update')?.message ?? '', /Canister rejected the message/);
    await a.update(script.onInspect(program(script.trap('go away'))), reply());
    assert.match(network.inspect(a.id, 'update')?.message ?? '', /go away/);
  });
});

describe('queries', () => {
  it('have a certificate that proves exactly the state they run on', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    await a.update(script.setCertifiedData('proof'), reply());
    const certificate = a.query(reply(script.dataCertificate()));
    assert.equal(certificate.kind, 'reply');
    assert.equal(numberOf(a.query(reply(script.dataCertificatePresent()))), 1n);
    assert.equal(numberOf(await a.update(reply(script.dataCertificatePresent()))), 0n);
  });

  it('may be called as updates, and change nothing then', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const result = await network.updateResult(a.id, 'query', program(setRegister(1, 'x'), reply(register(1))));
    assert.equal(textOf(result), 'x');
    assert.equal(textOf(a.query(reply(register(1)))), '');
  });

  it('compose: a composite query calls queries and keeps its heap between callbacks', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    await b.update(setRegister(1, 'from b'), reply());
    const result = a.composite(
      setRegister(1, 'kept '),
      script.call({
        callee: b.bytes,
        method: 'query',
        argument: program(reply(register(1))),
        onReply: program(reply(register(1), script.argument())),
      }),
    );
    assert.equal(textOf(result), 'kept from b');
    assert.equal(textOf(a.query(reply(register(1)))), '');
  });

  it('composite queries can not be called as updates', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    assert.match(textOf(await network.updateResult(a.id, 'composite_query', program(reply()))), /cannot be called in replicated mode/);
  });
});
