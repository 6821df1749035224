/**
 * Best-effort calls whose answer is late: the caller learns at the deadline that the outcome is unknown, and nothing but cycles comes after that.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PrincipalId } from '@myelin/core/base';
import { managementCanister } from '@myelin/core/candid';
import type { Network } from '@myelin/network';
import { type Operand, type Program, script } from '@myelin/test-canisters';
import { deployUniversal, numberOf, openNetwork, textOf, type Universal } from './universal-network.ts';
import { wordsOf } from './wat-canister.ts';

const { program, reply, call, register, setRegister, concat, spin } = script;

/** More than one slice of work. */
const LONG = spin(12_000_000);

type Pair = { readonly network: Network; readonly a: Universal; readonly b: Universal };

async function openPair(): Promise<Pair> {
  const network = openNetwork();
  return { network, a: await deployUniversal(network), b: await deployUniversal(network) };
}

const seen = concat(script.rejectCode(), concat(script.slice(script.cyclesRefunded(), 0, 8), script.time()));

/** A call from a to b that waits 10 seconds; either callback says in a register that it ran, and replies. */
function impatient(callee: Uint8Array, argument: Operand, method = 'update'): Program {
  return program(
    call({
      callee,
      method,
      cycles: 1_000_000n,
      bestEffortSeconds: 10,
      argument,
      onReply: program(setRegister(1, concat(register(1), 'reply ')), reply()),
      onReject: program(setRegister(1, concat(register(1), 'reject ')), reply(seen)),
    }),
  );
}

const slowAnswer = program(script.drop(script.cyclesAccept(script.cycles(400_000n))), LONG, setRegister(2, 'finished'), reply('late'));

function isPaused(network: Network, { id }: Universal): boolean {
  return network.canister(id)?.paused !== undefined;
}

/** Begins a call that is still on its way when its deadline has passed. */
async function beginLate({ network, a, b }: Pair, argument: Program = slowAnswer): Promise<string> {
  const request = network.submit(a.id, 'update', impatient(b.bytes, argument));
  await network.runBatch();
  assert.equal(network.resultOf(request), undefined);
  assert.ok(isPaused(network, b), 'the callee works');
  return request;
}

function balance(network: Network, id: PrincipalId): bigint {
  return network.canister(id)?.balance ?? 0n;
}

describe('a best-effort call', () => {
  it('that is late is given up at its deadline with code 6, and its answer brings back cycles and nothing else', async () => {
    const pair = await openPair();
    const { network, a, b } = pair;
    const request = await beginLate(pair);
    const called = network.timeNs;
    network.advanceTime({ seconds: 9 });
    await network.runBatch();
    assert.equal(network.resultOf(request), undefined, 'not before the deadline');
    assert.ok(isPaused(network, b));
    network.advanceTime({ seconds: 2 });
    await network.runBatch();
    const result = network.resultOf(request);
    assert.ok(result !== undefined, 'at the deadline');
    assert.ok(isPaused(network, b), 'before the answer');
    const [code, refunded, time = 0n] = wordsOf(result);
    assert.equal(code, 6n);
    assert.equal(refunded, 0n, 'where the cycles are is not known yet');
    assert.ok(time >= called + 10_000_000_000n);
    const before = network.canister(a.id);
    assert.equal(before?.callContexts.size, 0, 'the call is over for the caller');
    assert.equal(before.callbacks.size, 0);
    await network.runUntilIdle();
    assert.equal(isPaused(network, b), false);
    assert.equal(textOf(b.query(reply(register(2)))), 'finished', 'the callee was not disturbed');
    assert.equal(balance(network, a.id) - before.balance, 600_000n, 'what was not accepted comes back');
    assert.equal(textOf(a.query(reply(register(1)))), 'reject ', 'one callback ran');
    assert.equal(network.canister(a.id)?.version, before.version);
    assert.ok(network.canister(a.id)?.heap === before.heap, 'the heap is the same object');
    assert.equal(network.state.deadlines.size, 0);
  });

  it('that still waits in the queue at its deadline is never executed, and all its cycles come back', async () => {
    const { network, a, b } = await openPair();
    network.submit(b.id, 'update', program(LONG, reply()));
    await network.runBatch();
    assert.ok(isPaused(network, b));
    const request = network.submit(a.id, 'update', impatient(b.bytes, program(setRegister(2, 'executed'), reply())));
    await network.runBatch();
    network.advanceTime({ seconds: 11 });
    await network.runBatch();
    const result = network.resultOf(request);
    assert.ok(result !== undefined && isPaused(network, b));
    assert.equal(wordsOf(result)[0], 6n);
    const before = balance(network, a.id);
    await network.runUntilIdle();
    assert.equal(textOf(b.query(reply(register(2)))), '');
    assert.equal(balance(network, a.id) - before, 1_000_000n);
  });

  it('whose answer lies in the queue of its caller at the deadline gets one callback', async () => {
    const { network, a, b } = await openPair();
    const request = network.submit(a.id, 'update', impatient(b.bytes, program(reply('in time'))));
    // The caller's next message takes long: the answer has to wait.
    const long = network.submit(a.id, 'update', program(LONG, reply('long')));
    await network.runBatch();
    if (!isPaused(network, a)) await network.runBatch();
    assert.ok(isPaused(network, a) && network.resultOf(request) === undefined);
    network.advanceTime({ seconds: 20 });
    await network.runUntilIdle();
    assert.equal(network.resultOf(long)?.kind, 'reply');
    const ran = textOf(a.query(reply(register(1))));
    assert.ok(ran === 'reply ' || ran === 'reject ', ran);
    assert.equal(network.canister(a.id)?.callbacks.size, 0);
    assert.equal(network.state.deadlines.size, 0);
  });

  it('that is answered in time hears nothing at its deadline', async () => {
    const { network, a, b } = await openPair();
    const request = network.submit(a.id, 'update', impatient(b.bytes, program(reply('in time'))));
    await network.runUntilIdle();
    assert.equal(network.resultOf(request)?.kind, 'reply');
    assert.equal(network.state.deadlines.size, 0);
    network.advanceTime({ seconds: 20 });
    await network.tick(2);
    assert.equal(textOf(a.query(reply(register(1)))), 'reply ');
  });

  it('that is late does not keep its caller from stopping, nor its cycles from a stopped caller', async () => {
    const pair = await openPair();
    const { network, a, b } = pair;
    await beginLate(pair);
    network.advanceTime({ seconds: 11 });
    await network.runBatch();
    await network.stopCanister(a.id);
    assert.ok(isPaused(network, b), 'the callee still works');
    assert.equal(network.canister(a.id)?.status.kind, 'stopped');
    const before = balance(network, a.id);
    await network.runUntilIdle();
    assert.equal(balance(network, a.id) - before, 600_000n);
  });

  it('that is late finds no caller when that was deleted meanwhile', async () => {
    const pair = await openPair();
    const { network, a, b } = pair;
    await beginLate(pair);
    network.advanceTime({ seconds: 11 });
    await network.runBatch();
    await network.stopCanister(a.id);
    await network.deleteCanister(a.id);
    assert.ok(isPaused(network, b));
    // The invariants of the network say that no cycles were lost or made.
    await network.runUntilIdle();
    assert.ok(network.canister(a.id) === undefined);
    assert.equal(textOf(b.query(reply(register(2)))), 'finished');
  });

  it('that traps in its callback at the deadline is cleaned up with code 6', async () => {
    const { network, a, b } = await openPair();
    const request = network.submit(
      a.id,
      'update',
      program(
        call({
          callee: b.bytes,
          bestEffortSeconds: 10,
          argument: slowAnswer,
          onReply: program(reply()),
          onReject: program(script.unreachable()),
          onCleanup: program(setRegister(1, script.rejectCode())),
        }),
      ),
    );
    await network.runBatch();
    network.advanceTime({ seconds: 11 });
    await network.runBatch();
    assert.match(textOf(network.resultOf(request)!), /^reject 5 502: .*unreachable/);
    assert.equal(numberOf(a.query(reply(register(1)))), 6n);
    await network.runUntilIdle();
  });

  it('of stop_canister is given up as well, and the canister stops later', async () => {
    const { network, a, b } = await openPair();
    const c = await deployUniversal(network);
    await network.updateSettings(b.id, { controllers: [[c.id]] });
    const busy = network.submit(
      b.id,
      'update',
      program(call({ callee: a.bytes, argument: program(LONG, reply()), onReply: program(reply('done')) })),
    );
    await network.runBatch();
    assert.ok(isPaused(network, a));
    const stop = script.bytes(managementCanister.stop_canister.args.encode([{ canister_id: b.id }]));
    const request = network.submit(c.id, 'update', impatient(new Uint8Array(0), stop, 'stop_canister'));
    await network.runBatch();
    assert.equal(network.canister(b.id)?.status.kind, 'stopping');
    network.advanceTime({ seconds: 11 });
    await network.runBatch();
    const result = network.resultOf(request);
    assert.ok(result !== undefined);
    assert.equal(wordsOf(result)[0], 6n);
    assert.equal(network.canister(b.id)?.status.kind, 'stopping');
    const before = balance(network, c.id);
    await network.runUntilIdle();
    assert.equal(textOf(network.resultOf(busy)!), 'done');
    assert.equal(network.canister(b.id)?.status.kind, 'stopped');
    assert.equal(balance(network, c.id) - before, 1_000_000n);
  });
});
