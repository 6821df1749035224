/**
 * Responses, calls, cycles and deadlines as `ic0` offers them: what they answer, and where they stop.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { principalToBytes } from '@myelin/core/base';
import type { CallResult } from '@myelin/core/execution';
import type { Network } from '@myelin/network';
import { script, universalCanister } from '@myelin/test-canisters';
import { deployUniversal, numberOf, openNetwork, textOf, type Universal, universal } from './universal-network.ts';
import { bytesOf, deployWat, numbers, watModule, wordsOf } from './wat-canister.ts';

const { program, reply, call, concat, argument, register, setRegister, drop, cycles } = script;

const SECOND = 1_000_000_000n;

describe('responses', () => {
  const large = (size: number): ReturnType<typeof script.filled> => script.filled(size, 65);
  const MIB = 1024 * 1024;

  it('are 2 MiB at most for an update and 3 MiB for a query', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    assert.equal(bytesOf(await a.update(reply(large(2 * MIB)))).length, 2 * MIB);
    assert.match(
      textOf(await a.update(reply(large(2 * MIB), 'x'))),
      /504: .*application payload size \(2097153\) cannot be larger than 2097152/,
    );
    assert.equal(bytesOf(a.query(reply(large(3 * MIB)))).length, 3 * MIB);
    assert.match(textOf(a.query(reply(large(3 * MIB), 'x'))), /504: .*cannot be larger than 3145728/);
  });

  it('that were appended and not sent are gone in the next message', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const result = await a.update(
      script.replyAppend('lost '),
      call({ callee: b.bytes, argument: program(reply()), onReply: program(reply('kept')) }),
    );
    assert.equal(textOf(result), 'kept');
  });

  it('are gone when the call is rejected', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    assert.match(textOf(await a.update(script.replyAppend('unsent'), script.reject('no'))), /^reject 4 406: no$/);
  });

  it('reject with valid UTF-8 only', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    assert.match(textOf(await a.update(script.reject(script.bytes(Uint8Array.of(0xff))))), /504: .*not valid UTF-8/);
  });

  it('come once: append, reply and reject trap after a response', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    for (const again of [script.replyAppend('x'), reply(), script.reject('x')]) {
      for (const first of [reply('1'), script.reject('1')]) {
        assert.match(textOf(await a.update(first, again)), /504: .*already replied or rejected/);
        assert.match(textOf(a.query(first, again)), /504: .*already replied or rejected/);
      }
    }
  });
});

describe('calls under construction', () => {
  const started = script.callNew(script.bytes(Uint8Array.of(1)), 'update', program(), program());

  it('take one cleanup and one timeout, and nothing after they are performed', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const cases: readonly (readonly [ReturnType<typeof program>, RegExp])[] = [
      [program(started, script.callOnCleanup(program()), script.callOnCleanup(program())), /cleanup callback is already set/],
      [program(started, script.callBestEffort(1), script.callBestEffort(2)), /a timeout is already set/],
      [program(started, drop(script.callPerform()), drop(script.callPerform())), /call_perform: no call is under construction/],
      [program(started, drop(script.callPerform()), script.callDataAppend('x')), /call_data_append: no call is under construction/],
      [program(started, drop(script.callPerform()), script.callCyclesAdd(cycles(1n))), /call_cycles_add128: no call is under construction/],
      [program(started, drop(script.callPerform()), script.callOnCleanup(program())), /call_on_cleanup: no call is under construction/],
      [program(started, drop(script.callPerform()), script.callBestEffort(1)), /best_effort_response: no call is under construction/],
    ];
    for (const [arg, expected] of cases) assert.match(textOf(await network.updateResult(a.id, 'update', arg)), expected);
  });

  it('refuse callees of 30 bytes and method names of more than 20,000', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const of = (callee: number, name: number): Promise<CallResult> =>
      a.update(script.callNew(script.filled(callee, 1), script.filled(name, 65), program(), program()), reply('fine'));
    assert.equal(textOf(await of(29, 20_000)), 'fine');
    assert.match(textOf(await of(30, 1)), /504: .*at most 29 bytes/);
    assert.match(textOf(await of(1, 20_001)), /504: .*size of method_name 20001 exceeds the allowed limit of 20000/);
  });

  it('carry 10 MiB at most', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const size = 10 * 1024 * 1024;
    // A callee in the text format: the universal one would run its argument.
    const callee = await deployWat(network, {
      entries: { 'update size': '(call $answer64 (i64.extend_i32_u (call $msg_arg_data_size)))' },
    });
    const sent = await a.update(
      call({ callee: principalToBytes(callee), method: 'size', argument: script.filled(size, 0), onReply: program(reply(argument())) }),
    );
    assert.equal(numberOf(sent), BigInt(size));
    assert.match(
      textOf(await b.update(call({ callee: a.bytes, argument: script.filled(size + 1, 0) }))),
      /504: .*10485761 bytes, the limit is 10485760/,
    );
  });

  it('give their cycles back when they are given up', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const add = script.callCyclesAdd(cycles(5_000n));
    const difference = script.subtract(register(1), script.slice(script.cycleBalance(), 0, 8));
    const before = setRegister(1, script.slice(script.cycleBalance(), 0, 8));
    assert.equal(numberOf(await a.update(before, started, add, reply(difference))), 5_000n, 'taken at once');
    assert.equal(numberOf(await a.update(before, started, add, started, reply(difference))), 0n, 'back with the next call_new');
    const held = network.canister(a.id)?.balance ?? 0n;
    await a.update(started, script.callCyclesAdd(cycles(1_000_000_000_000n)), reply());
    const lost = held - (network.canister(a.id)?.balance ?? 0n);
    assert.ok(lost < 1_000_000_000n, `the call that was not performed cost ${lost} cycles`);
  });
});

describe('cycles', () => {
  const HUGE = 1n << 100n;
  const deployRich = async (network: Network): Promise<Universal> =>
    universal(network, await network.deploy(await universalCanister(), { arg: program(), cycles: HUGE }));

  it('have 128 bits', async () => {
    const network = openNetwork();
    const a = await deployRich(network);
    const b = await deployUniversal(network);
    const sent = (1n << 70n) + 12_345n;
    const balance = numberOf(await a.update(reply(script.cycleBalance())));
    assert.ok(balance > HUGE - (1n << 60n) && balance < HUGE);
    const result = await a.update(
      call({
        callee: b.bytes,
        cycles: sent,
        argument: program(reply(script.cyclesAvailable(), script.cyclesAccept(cycles(1n << 66n)), script.cyclesAvailable())),
        onReply: program(reply(argument(), script.cyclesRefunded())),
      }),
    );
    const data = bytesOf(result);
    const at = (index: number): bigint => numberOf({ kind: 'reply', data: data.subarray(16 * index, 16 * index + 16) });
    assert.deepEqual([at(0), at(1), at(2), at(3)], [sent, 1n << 66n, sent - (1n << 66n), sent - (1n << 66n)]);
  });

  it('that do not fit into 64 bits trap in the functions that answer 64 bits', async () => {
    const network = openNetwork();
    const a = await deployRich(network);
    const entries = {
      'update balance': '(call $answer64 (call $canister_cycle_balance))',
      'update available': '(call $answer64 (call $msg_cycles_available))',
      'update accept': '(call $answer64 (call $msg_cycles_accept (i64.const -1)))',
      'update refunded': `
        (call $call_new (i32.const 0) (i32.const 10) (i32.const 16) (i32.const 5) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
        (call $msg_arg_data_copy (i32.const 32) (i32.const 0) (i32.const 16))
        (call $call_cycles_add128 (i64.load (i32.const 40)) (i64.load (i32.const 32)))
        (drop (call $call_perform))`,
    };
    const b = await network.createCanister({ cycles: HUGE });
    const id = [...principalToBytes(a.id)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
    const more = `(table 1 funcref) (elem (i32.const 0) $back) (data (i32.const 0) "${id}") (data (i32.const 16) "query")
      (func $back (param i32) (call $answer64 (call $msg_cycles_refunded)))`;
    await network.installCode(b, await watModule({ entries, more }), { arg: new Uint8Array(0) });
    const fitting = (1n << 64n) - 1n;
    const ask = (method: string, amount: bigint): Promise<CallResult> =>
      a.update(
        call({
          callee: principalToBytes(b),
          method,
          cycles: amount,
          onReply: program(reply(argument())),
          onReject: program(reply(concat('rejected: ', script.rejectMessage()))),
        }),
      );
    assert.match(textOf(await ask('balance', 0n)), /rejected: .*canister_cycle_balance: \d+ cycles do not fit into 64 bits/);
    assert.match(textOf(await ask('available', fitting + 1n)), /rejected: .*msg_cycles_available: 18446744073709551616 cycles do not fit/);
    assert.equal(numberOf(await ask('available', fitting)), fitting);
    assert.equal(numberOf(await ask('accept', fitting + 10n)), fitting);
    const back = (amount: bigint): Promise<CallResult> => network.updateResult(b, 'refunded', numbers(amount & fitting, amount >> 64n));
    assert.equal(numberOf(await back(fitting)), fitting);
    assert.match(textOf(await back(fitting + 1n)), /504: .*msg_cycles_refunded: 18446744073709551616 cycles do not fit/);
  });

  it('can be accepted in parts, also by callbacks, and not after the response', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const c = await deployUniversal(network);
    const take = (amount: bigint): ReturnType<typeof script.cyclesAccept> => script.cyclesAccept(cycles(amount));
    const inner = program(
      drop(take(100n)),
      call({
        callee: c.bytes,
        argument: program(reply()),
        onReply: program(drop(take(20n)), script.replyAppend(script.cyclesAvailable()), reply()),
      }),
    );
    const result = await a.update(
      call({ callee: b.bytes, cycles: 1_000n, argument: inner, onReply: program(reply(argument(), script.cyclesRefunded())) }),
    );
    assert.deepEqual(wordsOf(result), [880n, 0n, 880n, 0n]);
    const late = program(reply(), setRegister(1, take(5n)), setRegister(2, script.cyclesAvailable()));
    const refunded = await a.update(
      call({ callee: b.bytes, cycles: 7n, argument: late, onReply: program(reply(script.cyclesRefunded())) }),
    );
    assert.equal(numberOf(refunded), 7n);
    assert.deepEqual(wordsOf(b.query(reply(register(1), register(2)))), [0n, 0n, 0n, 0n]);
  });

  it('liquid are those above the freezing limit: so many can be sent or burned, and no more', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const [balance, , liquid] = wordsOf(await a.update(reply(script.cycleBalance(), script.liquidCycleBalance())));
    const { fees } = network.config;
    const bytes = network.canister(a.id)?.countedBytes ?? 0n;
    const perSecond = fees.prices.storageGibSecond * bytes + (fees.prices.canisterSecond << 30n);
    const frozen = (((perSecond * 86_400n) >> 30n) * 2_592_000n) / 86_400n;
    const missing = (balance ?? 0n) - (liquid ?? 0n) - frozen;
    assert.ok(missing >= -30n && missing <= 30n, `the freezing limit is that of 30 days of storage: ${missing} cycles off`);
    const attach = (value: ReturnType<typeof script.liquidCycleBalance>): Promise<CallResult> =>
      a.update(script.callNew(script.bytes(b.bytes), 'update', program(), program()), script.callCyclesAdd(value), reply('attached'));
    assert.equal(textOf(await attach(script.liquidCycleBalance())), 'attached');
    assert.match(
      textOf(await attach(concat(script.add(script.slice(script.liquidCycleBalance(), 0, 8), 1), script.filled(8, 0)))),
      /504: .*insufficient liquid balance/,
    );
    const burned = await a.update(reply(script.cyclesBurn(cycles((1n << 128n) - 1n)), script.liquidCycleBalance()));
    assert.equal(wordsOf(burned)[2], 0n);
  });
});

describe('time and deadlines', () => {
  it('is the time of the batch, the same through a message', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const times = wordsOf(await a.update(setRegister(1, script.time()), script.spin(100_000), reply(register(1), script.time())));
    assert.deepEqual(times, [network.timeNs, network.timeNs]);
    network.advanceTime({ nanoseconds: 77n });
    assert.equal(numberOf(await a.update(reply(script.time()))), (times[0] ?? 0n) + 78n);
    assert.equal(numberOf(a.query(reply(script.time()))), network.state.timeNs);
  });

  it('msg_deadline is the time of the call and the seconds, 300 at most; 0 for calls that wait', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const ask = (seconds: number | undefined, method = 'update'): Promise<CallResult> =>
      a.update(
        setRegister(1, script.time()),
        call({
          callee: b.bytes,
          method,
          argument: program(reply(script.deadline())),
          ...(seconds === undefined ? {} : { bestEffortSeconds: seconds }),
          onReply: program(reply(script.subtract(argument(), register(1)), argument())),
        }),
      );
    for (const [seconds, expected] of [
      [0, 0n],
      [1, 1n],
      [300, 300n],
      [301, 300n],
      [0xffff_ffff, 300n],
    ] as const) {
      const result = await ask(seconds);
      assert.equal(wordsOf(result)[0], expected * SECOND, `${seconds} seconds`);
    }
    assert.equal(wordsOf(await ask(undefined))[1], 0n);
    assert.equal(wordsOf(await ask(10, 'query'))[1], 0n, 'a query has no deadline, whoever calls it');
    assert.equal(numberOf(await a.update(reply(script.deadline()))), 0n);
    assert.equal(numberOf(a.query(reply(script.deadline()))), 0n);
  });

  it('keeps the deadline of a call in its callbacks', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const c = await deployUniversal(network);
    const inner = program(
      setRegister(1, script.deadline()),
      call({ callee: c.bytes, argument: program(reply()), onReply: program(reply(register(1), script.deadline())) }),
    );
    const [first, second] = wordsOf(
      await a.update(call({ callee: b.bytes, bestEffortSeconds: 30, argument: inner, onReply: program(reply(argument())) })),
    );
    assert.ok(first !== undefined && first > network.timeNs - 60n * SECOND);
    assert.equal(second, first);
  });
});
