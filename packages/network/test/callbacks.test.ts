/**
 * Callbacks: the function of the table and the value that belongs to it, the order of messages, and callbacks that meet another code than the
 * one that made the call.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MANAGEMENT_CANISTER_ID, type PrincipalId, principalToBytes } from '@myelin/core/base';
import { managementCanister } from '@myelin/core/candid';
import type { Network } from '@myelin/network';
import { script } from '@myelin/test-canisters';
import { deployUniversal, numberOf, openNetwork, textOf } from './universal-network.ts';
import { deployWat, numbers, type Pointer, pointers, type WatCanister, watModule, wordsOf } from './wat-canister.ts';

const { program, reply, call, register, setRegister, concat } = script;

const EMPTY: Uint8Array = new Uint8Array(0);

/** Calls the peer whose id is the argument from byte 24 on; function, its value and the cleanup's index come before. */
function callerOf(pointer: Pointer): WatCanister {
  const wide = pointer === 'i64' ? '(local.get $env)' : '(i64.extend_i32_u (local.get $env))';
  const body = `
    (call $msg_arg_data_copy (P.const 512) (P.const 24) (P.const 10))
    (call $call_new (P.const 512) (P.const 10) (P.const 600) (P.const 4)
      (call $arg (P.const 0)) (call $arg (P.const 8)) (call $arg (P.const 0)) (call $arg (P.const 8)))
    (call $call_on_cleanup (call $arg (P.const 16)) (call $arg (P.const 8)))
    (drop (call $call_perform))`;
  return {
    pointer,
    entries: {
      'update run': body.replaceAll('P.', `${pointer}.`),
      'query cleaned': `(call $answer64 (i64.load (${pointer}.const 700)))`,
      'query noop': '(call $msg_reply)',
    },
    more: `(table 6 funcref) (elem (i32.const 1) $good $bad $cleanup $other) (data (${pointer}.const 600) "noop")
      (func $good (param $env ${pointer}) (call $answer64 ${wide}))
      (func $bad (param ${pointer}) (unreachable))
      (func $cleanup (param $env ${pointer}) (i64.store (${pointer}.const 700) ${wide}))
      (func $other (param f64) (unreachable))`,
  };
}

for (const pointer of pointers) {
  const most = pointer === 'i32' ? (1n << 32n) - 1n : (1n << 64n) - 1n;

  describe(`callbacks in a module of ${pointer === 'i32' ? 'wasm32' : 'wasm64'}`, () => {
    const deploy = async (network: Network): Promise<(fun: bigint, env: bigint, cleanup?: bigint) => Promise<string | bigint>> => {
      const id = await deployWat(network, callerOf(pointer));
      const peer = principalToBytes(await deployWat(network, callerOf(pointer)));
      return async (fun, env, cleanup = 5n) => {
        const result = await network.updateResult(id, 'run', Uint8Array.from([...numbers(fun, env, cleanup), ...peer]));
        const cleaned = numberOf(network.queryResult(id, 'cleaned', EMPTY));
        return result.kind === 'reply' ? numberOf(result) : `${textOf(result)} [${cleaned}]`;
      };
    };

    it('are given the value of their call, to the last bit', async () => {
      const network = openNetwork();
      const run = await deploy(network);
      for (const env of [0n, 1n, most >> 1n, (most >> 1n) + 1n, most - 1n, most]) {
        assert.equal(await run(1n, env), env);
        assert.match(String(await run(2n, env, 3n)), new RegExp(`^reject 5 502: .*unreachable \\[${env}\\]$`));
      }
    });

    it('that are not in the table or of another type are errors, after which the cleanup runs', async () => {
      const network = openNetwork();
      const run = await deploy(network);
      for (const [index, fun] of [0n, 4n, 5n, 6n, 1n << 31n, most].entries()) {
        assert.match(
          String(await run(fun, BigInt(index + 10), 3n)),
          new RegExp(`^reject 5 513: .*non-existent Wasm function.* \\[${index + 10}\\]$`),
        );
      }
    });

    it('without a cleanup in the table fail all the same', async () => {
      const network = openNetwork();
      const run = await deploy(network);
      for (const cleanup of [0n, 4n, 6n, most]) {
        assert.match(
          String(await run(2n, 7n, cleanup)),
          /^reject 5 502: .*unreachable\n\ncall_on_cleanup also failed:\n\n.*non-existent Wasm function.* \[0\]$/s,
        );
      }
    });
  });
}

describe('messages between two canisters', () => {
  it('arrive in the order in which they were sent', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const note = (mark: string): ReturnType<typeof program> => program(setRegister(1, concat(register(1), mark)), reply());
    const send = (mark: string): ReturnType<typeof call> =>
      call({ callee: b.bytes, argument: note(mark), onReply: note(mark.toUpperCase()), onReject: note('!') });
    for (const marks of ['abc', 'def', 'ghi']) network.submit(a.id, 'update', program(...[...marks].map(send)));
    await network.runUntilIdle();
    assert.equal(textOf(b.query(reply(register(1)))), 'abcdefghi');
    const answers = textOf(a.query(reply(register(1))));
    // The first callback of a message answers the user; the others can not, and trap.
    assert.equal(answers.replaceAll(/[^A-I]/g, ''), 'ADG');
  });

  it('are answered once, however many callbacks would', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const twice = call({ callee: b.bytes, argument: program(reply('x')), onReply: program(reply('first')) });
    assert.equal(textOf(await a.update(twice, twice)), 'first');
    await network.runUntilIdle();
    assert.equal(network.canister(a.id)?.callContexts.size, 0);
    assert.equal(
      textOf(
        await a.update(reply('now'), call({ callee: b.bytes, argument: program(reply()), onReply: program(setRegister(3, 'afterwards')) })),
      ),
      'now',
    );
    await network.runUntilIdle();
    assert.equal(textOf(a.query(reply(register(3)))), 'afterwards', 'a callback may run after the answer');
  });
});

describe('a callback after', () => {
  const CALLER = (answer: number): WatCanister => ({
    entries: {
      'update run': `(call $msg_arg_data_copy (i32.const 512) (i32.const 0) (i32.const 10))
        (call $call_new (i32.const 512) (i32.const 10) (i32.const 600) (i32.const 4) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
        (drop (call $call_perform))`,
      'update slow': `(local $n i64) (local.set $n (i64.const 20000000))
        (loop (br_if 0 (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0)))) (call $msg_reply)`,
    },
    more: `(table 1 funcref) (elem (i32.const 0) $back) (data (i32.const 600) "slow")
      (func $back (param i32) (call $answer64 (i64.const ${answer})))`,
  });

  const begin = async (network: Network): Promise<{ readonly id: PrincipalId; readonly peer: PrincipalId; readonly request: string }> => {
    const id = await deployWat(network, CALLER(1));
    const peer = await deployWat(network, CALLER(0));
    const request = network.submit(id, 'run', principalToBytes(peer));
    await network.runBatch();
    assert.ok(network.canister(peer)?.paused !== undefined && network.resultOf(request) === undefined);
    return { id, peer, request };
  };

  it('an upgrade runs in the new code', async () => {
    const network = openNetwork();
    const { id, request } = await begin(network);
    await network.installCode(id, await watModule(CALLER(2)), { mode: 'upgrade', arg: EMPTY });
    await network.runUntilIdle();
    assert.deepEqual(wordsOf(network.resultOf(request)!), [2n]);
  });

  it('an upgrade that has no such function is an error', async () => {
    const network = openNetwork();
    const { id, request } = await begin(network);
    await network.installCode(id, await watModule({ entries: {} }), { mode: 'upgrade', arg: EMPTY });
    await network.runUntilIdle();
    assert.match(textOf(network.resultOf(request)!), /^reject 5 513: /);
  });

  it('an upgrade to 64 bits is paid from what was set aside for 32', async () => {
    const network = openNetwork();
    const { id, request } = await begin(network);
    const wide = {
      pointer: 'i64',
      entries: {},
      more: '(table 1 funcref) (elem (i32.const 0) $back) (func $back (param i64) (call $answer64 (i64.const 64)))',
    } as const;
    await network.installCode(id, await watModule(wide), { mode: 'upgrade', arg: EMPTY });
    await network.runUntilIdle();
    assert.deepEqual(wordsOf(network.resultOf(request)!), [64n]);
  });

  it('the code was removed does not run; the user has been told, and the cycles come back', async () => {
    const network = openNetwork();
    const { id, request } = await begin(network);
    const held = network.canister(id)?.heldCycles ?? 0n;
    assert.ok(held > 40_000_000_000n);
    const payload = managementCanister.uninstall_code.args.encode([{ canister_id: id, sender_canister_version: [] }]);
    await network.update(MANAGEMENT_CANISTER_ID, 'uninstall_code', payload);
    assert.match(textOf(network.resultOf(request)!), /^reject 4 406: .*uninstalled/);
    const before = network.canister(id)?.balance ?? 0n;
    await network.runUntilIdle();
    const back = (network.canister(id)?.balance ?? 0n) - before;
    assert.ok(back > 40_000_000_000n && back <= held, `${back} of ${held}`);
    assert.equal(network.canister(id)?.callContexts.size, 0);
    await network.installCode(id, await watModule(CALLER(3)), { arg: EMPTY });
    assert.equal(network.canister(id)?.callbacks.size, 0);
  });
});
