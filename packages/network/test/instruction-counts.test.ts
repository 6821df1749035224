/**
 * How much work a message is said to have done, and what that costs: counts by hand against `performance_counter` and against the cycles
 * that are gone.
 *
 * Weights and overheads are those of the Internet Computer: one for the entry of a function and for most instructions, the fixed fee and the
 * bytes of a System API call on top of the five of the call itself.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PrincipalId, principalToBytes } from '@myelin/core/base';
import type { Network } from '@myelin/network';
import { script } from '@myelin/test-canisters';
import { deployUniversal, numberOf, openNetwork, textOf } from './universal-network.ts';
import { bytesOf, deployWat, type Pointer, pointers, runWat, type WatCanister, wordsOf } from './wat-canister.ts';

const { program, reply, call, argument } = script;

/** Charged for reading the counter, besides the five of the call. */
const COUNTER_FEE = 200n;

/** Instructions of a function `() -> ()` with this body, its entry included. */
async function costOf(network: Network, body: string, canister: Omit<WatCanister, 'entries'> = {}): Promise<bigint> {
  const measured = `(local $before i64)
    (local.set $before (call $performance_counter (i32.const 0)))
    (call $body)
    (call $answer64 (i64.sub (call $performance_counter (i32.const 0)) (local.get $before)))`;
  const more = `(func $body ${body}) ${canister.more ?? ''}`;
  const result = await runWat(network, measured, { ...canister, more });
  // What the surrounding function executes is charged when it is entered: only the fee of the second reading lies between.
  return numberOf(result) - COUNTER_FEE;
}

/** Bodies and their cost by hand, in wasm32 and wasm64; `P` is the type of addresses. */
const bodies: readonly (readonly [name: string, body: string, cost: number, cost64?: number])[] = [
  ['an empty function', '', 1],
  ['a constant that is dropped', '(drop (i32.const 1))', 3],
  ['nops', '(nop) (nop) (nop)', 4],
  ['a loop that runs once', '(local i32) (loop (br_if 0 (local.get 0)))', 4],
  [
    'a loop that runs ten times',
    '(local $n i32) (local.set $n (i32.const 10)) (loop (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))',
    3 + 10 * 6,
  ],
  ['if, then', '(if (i32.const 1) (then (nop)) (else (nop) (nop)))', 5],
  ['if, else', '(if (i32.const 0) (then (nop)) (else (nop) (nop)))', 6],
  ['code after a branch is not charged', '(block (br 0) (nop) (nop) (nop))', 3],
  ['code after a conditional branch that is taken', '(block (br_if 0 (i32.const 1)) (nop) (nop) (nop))', 4],
  ['code after a conditional branch that is not taken', '(block (br_if 0 (i32.const 0)) (nop) (nop) (nop))', 7],
  ['a table of branches', '(block (block (br_table 0 1 (i32.const 1))) (nop))', 4],
  ['a return', '(nop) (return)', 3],
  ['blocks are free', '(block (block (block (nop))))', 2],
  ['a call of an empty function', '(call $empty)', 1 + 5 + 1],
  ['an indirect call', '(call_indirect (type $void) (i32.const 0))', 1 + 1 + 10 + 1],
  ['a tail call', '(return_call $empty)', 1 + 3 + 1],
  ['divisions', '(drop (i64.div_s (i64.const 7) (i64.const 2))) (drop (i32.rem_u (i32.const 7) (i32.const 2)))', 1 + 2 * 13],
  ['floats', '(drop (f64.sqrt (f64.add (f64.const 2) (f64.const 3))))', 1 + 2 + 2 + 8 + 1],
  ['minimum and maximum', '(drop (f64.min (f64.const 2) (f64.max (f64.const 1) (f64.const 3))))', 1 + 3 + 36 + 1],
  ['truncation', '(drop (i32.trunc_f64_s (f64.const 2)))', 1 + 1 + 20 + 1],
  ['globals', '(global.set $g (i32.add (global.get $g) (i32.const 1)))', 1 + 2 + 1 + 1 + 2],
  ['loads', '(drop (i32.load (P.const 0))) (drop (i64.load8_u (P.const 0)))', 1 + 6, 1 + 8],
  ['stores', '(i32.store (P.const 0) (i32.const 0)) (f64.store (P.const 0) (f64.const 0))', 1 + 6, 1 + 8],
  ['vectors', '(v128.store (P.const 0) (v128.load (P.const 16)))', 1 + 4, 1 + 6],
  ['memory.size', '(drop (memory.size))', 1 + 20 + 1],
  ['memory.grow', '(drop (memory.grow (P.const 1)))', 1 + 1 + 300 + 1],
  ['memory.fill of 10 bytes', '(memory.fill (P.const 0) (i32.const 0) (P.const 10))', 1 + 3 + 100 + 10],
  ['memory.copy of 1,000 bytes', '(memory.copy (P.const 0) (P.const 2000) (P.const 1000))', 1 + 3 + 100 + 1_000],
  ['memory.init of 3 bytes', '(memory.init $passive (P.const 0) (i32.const 0) (i32.const 3))', 1 + 3 + 100 + 3],
  ['a table', '(drop (ref.is_null (table.get (i32.const 0))))', 1 + 1 + 5 + 5 + 1],
  ['a reference', '(drop (ref.func $empty))', 1 + 130 + 1],
];

const FURNITURE = `(type $void (func)) (func $empty) (table 1 funcref) (elem (i32.const 0) $empty) (global $g (mut i32) (i32.const 0)) (data $passive "abc")`;

describe('instructions of WebAssembly', () => {
  for (const pointer of pointers) {
    for (const [name, body, cost, cost64] of bodies) {
      it(`${name}, ${pointer === 'i32' ? 'wasm32' : 'wasm64'}`, async () => {
        const found = await costOf(openNetwork(), body.replaceAll('P.', `${pointer}.`), { pointer, more: FURNITURE });
        assert.equal(found, BigInt(pointer === 'i64' ? (cost64 ?? cost) : cost));
      });
    }
  }
});

/** Functions that an update may call, their arguments, and their fee without the five of the call. `p` stands for an address. */
const fees: readonly (readonly [name: string, args: string, fee: number, result?: true])[] = [
  ['msg_arg_data_size', '', 500, true],
  ['msg_arg_data_copy', 'p0 p0 p7', 500 + 7],
  ['msg_caller_size', '', 500, true],
  ['msg_caller_copy', 'p0 p0 p1', 500 + 1],
  ['msg_caller_info_data_size', '', 500, true],
  ['msg_caller_info_signer_copy', 'p0 p0 p0', 500],
  ['msg_deadline', '', 500, true],
  ['msg_reply_data_append', 'p0 p100', 500 + 50 * 100],
  ['msg_cycles_available128', 'p16', 500],
  ['msg_cycles_accept128', 'l0 l0 p16', 500],
  ['cycles_burn128', 'l0 l0 p16', 500],
  ['canister_self_size', '', 500, true],
  ['canister_self_copy', 'p0 p0 p10', 500 + 10],
  ['canister_cycle_balance128', 'p16', 500],
  ['canister_liquid_cycle_balance128', 'p16', 500],
  ['canister_status', '', 500, true],
  ['canister_version', '', 500, true],
  ['subnet_self_copy', 'p0 p0 p29', 500 + 29],
  ['call_new', 'p900 p10 p900 p4 p0 p0 p0 p0', 1_500 + 10 + 4],
  ['root_key_copy', 'p0 p0 p133', 500 + 133],
  ['certified_data_set', 'p0 p32', 500 + 32],
  ['data_certificate_present', '', 500, true],
  ['time', '', 500, true],
  ['global_timer_set', 'l0', 500, true],
  ['performance_counter', 'i0', 200, true],
  ['is_controller', 'p900 p10', 1_000 + 10, true],
  ['in_replicated_execution', '', 500, true],
  ['cost_call', 'l0 l0 p16', 500],
  ['cost_create_canister', 'p16', 500],
  ['cost_http_request', 'l0 l0 p16', 500],
  ['cost_sign_with_ecdsa', 'p900 p5 i0 p16', 500 + 5, true],
  ['cost_sign_with_schnorr', 'p900 p5 i0 p16', 500 + 5, true],
  ['cost_vetkd_derive_key', 'p900 p5 i0 p16', 500 + 5, true],
  ['env_var_count', '', 500, true],
  ['env_var_name_exists', 'p900 p5', 500, true],
  ['stable64_size', '', 0, true],
  ['stable64_grow', 'l1', 100, true],
  ['stable64_read', 'l0 l0 l9', 20 + 9],
  // 4,000 bytes from 3,000 on: two pages of 4 KiB that were clean.
  ['stable64_write', 'l3000 l0 l4000', 20 + 4_000 + 2 * 1_000],
  // A text of 40 bytes is looked at twice and kept for 50 a byte.
  ['debug_print', 'p0 p40', 100 + 2 * 40 + 50 * 40],
];

function callText(name: string, args: string, pointer: Pointer, result: boolean): string {
  const types: Readonly<Record<string, string>> = { p: pointer, l: 'i64', i: 'i32' };
  const values = args === '' ? [] : args.split(' ').map((arg) => `(${types[arg[0]!]}.const ${arg.slice(1)})`);
  const text = `(call $${name} ${values.join(' ')})`;
  return result ? `(drop ${text})` : text;
}

describe('instructions of the System API', () => {
  for (const pointer of pointers) {
    it(`fixed fees and bytes, ${pointer === 'i32' ? 'wasm32' : 'wasm64'}`, async () => {
      const network = openNetwork({ checkInvariants: false });
      const measured = (body: string): string => `(local $before i64)
        (drop (call $stable64_grow (i64.const 1)))
        (local.set $before (call $performance_counter (i32.const 0)))
        ${body}
        (call $answer64 (i64.sub (call $performance_counter (i32.const 0)) (local.get $before)))`;
      const entries = Object.fromEntries(
        fees.map(([name, args, , result]) => [`update ${name}`, measured(callText(name, args, pointer, result === true))]),
      );
      const id = await deployWat(network, { pointer, entries });
      for (const [name, , fee] of fees) {
        const found = lastNumber(bytesOf(await network.updateResult(id, name, new Uint8Array(8))));
        // The call and its constants are charged with the whole function; what was appended before comes first in the reply.
        assert.equal(found - COUNTER_FEE, BigInt(fee), name);
      }
    });
  }

  it('of stable memory in a module of 32 bits', async () => {
    const network = openNetwork();
    const grown = '(drop (call $stable_grow (i32.const 1)))';
    assert.equal(await costOf(network, grown), 1n + 1n + 5n + 100n + 1n);
    assert.equal(await costOf(network, '(drop (call $stable_size))'), 1n + 5n + 1n);
    // A page counts as written to once in a message.
    const write = '(call $stable_write (i32.const 10) (i32.const 0) (i32.const 50))';
    assert.equal(await costOf(network, `${grown} ${write}`), 108n + 3n + 5n + 20n + 50n + 1_000n);
    assert.equal(await costOf(network, `${grown} ${write} ${write}`), 108n + 2n * (3n + 5n + 20n + 50n) + 1_000n);
  });

  it('of printing stop where the log is full', async () => {
    const network = openNetwork();
    const print = '(call $debug_print (i32.const 0) (i32.const 3000))';
    const once = 3n - 1n + 5n + 100n;
    assert.equal(await costOf(network, print), 1n + once + 2n * 3_000n + 50n * 3_000n);
    assert.equal(await costOf(network, `${print} ${print}`), 1n + 2n * (once + 2n * 3_000n) + 50n * 4_096n);
  });
});

/** The number at the end of a reply. */
function lastNumber(reply: Uint8Array): bigint {
  return numberOf({ kind: 'reply', data: reply.subarray(reply.length - 8) });
}

/** Cycles that one update call takes from a canister, its induction left out. */
async function executionFee(network: Network, id: PrincipalId, method: string): Promise<bigint> {
  const before = network.canister(id)?.balance ?? 0n;
  const result = await network.updateResult(id, method, new Uint8Array(0));
  assert.equal(result.kind, 'reply', textOf(result));
  const induction = 1_200_000n + 2_000n * BigInt(128 + method.length);
  return before - (network.canister(id)?.balance ?? 0n) - induction;
}

describe('cycles of execution', () => {
  // entry 1, msg_reply 5 + 500, loop: 1 + 1 and a thousand times 6
  const SPIN =
    '(local $n i32) (local.set $n (i32.const 1000)) (loop (br_if 0 (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (call $msg_reply)';
  const INSTRUCTIONS = 1n + 2n + 6_000n + 505n;

  it('are 5 M for a message and 1 for an instruction of wasm32, 2 for one of wasm64', async () => {
    const network = openNetwork();
    const entries = { 'update run': SPIN };
    const narrow = await deployWat(network, { entries });
    const wide = await deployWat(network, { entries, pointer: 'i64' });
    assert.equal(await executionFee(network, narrow, 'run'), 5_000_000n + INSTRUCTIONS);
    assert.equal(await executionFee(network, wide, 'run'), 5_000_000n + 2n * INSTRUCTIONS);
  });

  it('count loads and stores of wasm64 twice, and their price twice', async () => {
    const network = openNetwork();
    const body = (pointer: Pointer): string =>
      `${Array.from({ length: 100 }, () => `(i32.store (${pointer}.const 8) (i32.load (${pointer}.const 0)))`).join('')} (call $msg_reply)`;
    const narrow = await deployWat(network, { entries: { 'update run': body('i32') } });
    const wide = await deployWat(network, { entries: { 'update run': body('i64') }, pointer: 'i64' });
    assert.equal(await executionFee(network, narrow, 'run'), 5_000_000n + 1n + 400n + 505n);
    assert.equal(await executionFee(network, wide, 'run'), 5_000_000n + 2n * (1n + 600n + 505n));
  });

  it('grow with the number of nodes', async () => {
    const network = openNetwork({ nodes: 34 });
    const id = await deployWat(network, { entries: { 'update run': SPIN } });
    const before = network.canister(id)?.balance ?? 0n;
    await network.update(id, 'run', new Uint8Array(0));
    const scale = (amount: bigint): bigint => (amount * 34n) / 13n;
    const fee = before - (network.canister(id)?.balance ?? 0n);
    assert.equal(fee, scale(5_000_000n + INSTRUCTIONS) + scale(1_200_000n + 2_000n * 131n));
  });

  it('are charged for what a message did before it trapped, and for no query', async () => {
    const network = openNetwork();
    const id = await deployWat(network, { entries: { 'update run': '(nop) (nop) (unreachable)', 'query look': SPIN } });
    const before = network.canister(id)?.balance ?? 0n;
    await network.updateResult(id, 'run', new Uint8Array(0));
    const induction = 1_200_000n + 2_000n * 131n;
    const fee = before - (network.canister(id)?.balance ?? 0n) - induction;
    assert.equal(fee, 5_000_000n + 1n + 2n + 1n);
    const held = network.canister(id)?.balance;
    network.query(id, 'look', new Uint8Array(0));
    assert.equal(network.canister(id)?.balance, held);
  });
});

describe('performance counters', () => {
  it('0 starts anew with each message of a call, 1 goes on', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const both = reply(argument(), script.register(1), script.performanceCounter(0), script.performanceCounter(1));
    const result = await a.update(
      script.spin(100_000),
      script.setRegister(1, script.concat(script.performanceCounter(0), script.performanceCounter(1))),
      call({ callee: b.bytes, argument: program(script.spin(1_000_000), reply()), onReply: program(both) }),
    );
    const [first = 0n, firstOfCall = 0n, second = 0n, secondOfCall = 0n] = wordsOf(result);
    assert.ok(first > 500_000n && firstOfCall > first && firstOfCall - first < 10_000n, 'both count from the start of the call');
    assert.ok(second < first, 'the callback does less than the update');
    assert.ok(secondOfCall > firstOfCall + second && secondOfCall < firstOfCall + second + 100_000n, 'what the callee did is not counted');
  });

  it('1 goes on from a callback that trapped to its cleanup', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const note = program(script.setRegister(2, script.concat(script.performanceCounter(0), script.performanceCounter(1))));
    const fail = program(script.spin(200_000), script.unreachable());
    await a.update(call({ callee: b.bytes, argument: program(reply()), onReply: fail, onCleanup: note }));
    const [own = 0n, ofCall = 0n] = wordsOf(a.query(reply(script.register(2))));
    assert.ok(own < 100_000n, `${own}`);
    assert.ok(ofCall > 1_000_000n, `the instructions of the callback are counted: ${ofCall}`);
  });

  it('1 goes on over the callbacks of a composite query', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const result = a.composite(
      script.spin(100_000),
      call({
        callee: b.bytes,
        method: 'query',
        argument: program(script.spin(1_000_000), reply()),
        onReply: program(reply(script.performanceCounter(0), script.performanceCounter(1))),
      }),
    );
    const [own = 0n, ofCall = 0n] = wordsOf(result);
    assert.ok(own < 200_000n && ofCall > 1_000_000n && ofCall < 5_000_000n, `${own}, ${ofCall}`);
  });

  it('there are two', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    assert.match(textOf(await a.update(reply(script.performanceCounter(2)))), /504: .*no counter of type 2/);
  });
});

type Price = typeof script.costSignWithEcdsa;

describe('prices that canisters can ask for', () => {
  for (const nodes of [13n, 34n]) {
    it(`are those of the published table on a subnet of ${nodes} nodes`, async () => {
      const network = openNetwork({ nodes: Number(nodes) });
      const a = await deployUniversal(network);
      const amount = async (value: ReturnType<typeof script.costCreateCanister>): Promise<bigint> => numberOf(await a.update(reply(value)));
      const scale = (base: bigint): bigint => (base * nodes) / 13n;
      assert.equal(await amount(script.costCreateCanister()), scale(500_000_000_000n));
      const http = async (request: number, response: number): Promise<bigint> => await amount(script.costHttpRequest(request, response));
      assert.equal(await http(0, 0), (3_000_000n + 60_000n * nodes) * nodes);
      assert.equal(await http(1_000, 2_000_000), (3_000_000n + 60_000n * nodes + 400n * 1_000n + 800n * 2_000_000n) * nodes);
      // Code and amount are two values: joined, they are one.
      const ask = async (price: Price, key: string, algorithm: number): Promise<bigint[]> =>
        wordsOf(await a.update(reply(script.concat(price(key, algorithm)))));
      for (const [price, algorithms] of [
        [script.costSignWithEcdsa, 1],
        [script.costSignWithSchnorr, 2],
        [script.costVetkdDeriveKey, 1],
      ] as const) {
        for (let algorithm = 0; algorithm < algorithms; algorithm++) {
          assert.deepEqual(await ask(price, 'key_1', algorithm), [0n, scale(10_000_000_000n), 0n]);
        }
        assert.deepEqual(await ask(price, 'key_1', algorithms), [1n, 0n, 0n], 'no such algorithm');
        assert.deepEqual(await ask(price, 'no_key', 0), [2n, 0n, 0n], 'no such key');
      }
    });
  }

  it('of a call are what it needs: with one cycle less it is not performed', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const price = numberOf(await a.update(reply(script.costCall(6, 100))));
    assert.equal(price, 260_000n + 1_000n * 106n + 1_000n * 2_097_152n + 5_000_000n + 40_000_000_000n);
    /** What call_perform answers when all cycles but the price, less `short`, are attached to the call. */
    const perform = async (short: bigint): Promise<bigint> => {
      const body = `(local $left i64)
        (call $canister_liquid_cycle_balance128 (i32.const 600))
        (local.set $left (i64.sub (i64.load (i32.const 600)) (i64.const ${price - short})))
        (call $call_new (i32.const 700) (i32.const 10) (i32.const 710) (i32.const 6) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
        (call $call_data_append (i32.const 0) (i32.const 100))
        (call $call_cycles_add128 (i64.const 0) (local.get $left))
        (call $answer64 (i64.extend_i32_u (call $call_perform)))`;
      const callee = [...principalToBytes(b.id)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
      return numberOf(await runWat(network, body, { more: `(data (i32.const 700) "${callee}update")` }));
    };
    assert.equal(await perform(0n), 0n);
    assert.equal(await perform(1n), 2n);
  });

  it('of a call are given back as far as they were not needed', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const before = network.canister(a.id)?.balance ?? 0n;
    await a.update(call({ callee: b.bytes, argument: program(reply()), onReply: program(reply()) }));
    const paid = before - (network.canister(a.id)?.balance ?? 0n);
    assert.ok(paid > 11_000_000n && paid < 20_000_000n, `two messages, one call: ${paid}`);
    assert.equal(network.canister(a.id)?.callbacks.size, 0);
  });
});
