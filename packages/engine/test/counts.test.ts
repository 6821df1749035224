/**
 * Instructions are those of the Internet Computer: the rules' own examples, the System API, dynamic charges, what a message sees of its count.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createV8Engine } from '@myelin/engine';
import { assembleText } from '../../core/test/wasm/text/script.ts';
import { canisterId, canisterModule, exported, handler, request, type TestApi } from './support/canister-module.ts';
import { RunningModule } from './support/running-module.ts';

function count(body: string, fields = ''): number {
  const running = new RunningModule(assembleText(`(module ${fields} (func (export "f") ${body}))`));
  running.begin();
  try {
    running.call('f');
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
  }
  return running.used;
}

describe('static charges', () => {
  const cases: readonly [body: string, instructions: number, fields?: string][] = [
    ['', 1],
    ['(drop (i32.const 1))', 3],
    ['(local i32) (loop (br_if 0 (local.get 0)))', 4],
    ['(if (i32.const 1) (then (nop)) (else (nop) (nop)))', 5],
    ['(if (i32.const 0) (then (nop)) (else (nop) (nop)))', 6],
    ['(block (br_if 0 (i32.const 1)) (nop) (nop))', 1 + 1 + 2],
    ['(block (br_if 0 (i32.const 0)) (nop) (nop)) (nop)', 1 + 1 + 2 + 2 + 1],
    ['(block (block (br_table 0 1 0 (i32.const 1)) (nop)) (nop)) (nop)', 1 + 1 + 2 + 1],
    ['(block (br 0) (nop)) (nop)', 1 + 2 + 1],
    ['(return) (nop)', 2],
    ['(nop) (unreachable) (nop)', 3],
    ['(call $g) (nop)', 1 + 5 + 1 + 2, '(func $g (nop))'],
    ['(call $g) (nop)', 1 + 5 + 1 + 3, '(func $g (nop) (return))'],
    ['(return_call $g)', 1 + 3 + 2, '(func $g (nop))'],
    ['(call_indirect (i32.const 0)) (nop)', 1 + 1 + 10 + 1 + 2, '(table funcref (elem $g)) (func $g (nop))'],
    ['(return_call_indirect (i32.const 0))', 1 + 1 + 60 + 2, '(table funcref (elem $g)) (func $g (nop))'],
    ['(call $g) (nop) (nop)', 1 + 5 + 2 + 1 + 1, '(func $g (unreachable))'],
    ['(call $g) (block (nop)) (nop) (nop)', 1 + 5 + 1 + 1 + 1, '(func $g (unreachable))'],
    ['(block (br_if 0 (i32.const 1)) (call $g) (unreachable)) (nop) (nop)', 1 + 1 + 2 + 2, '(func $g)'],
    ['(block (br_if 0 (i32.const 0)) (call $g) (unreachable)) (nop) (nop)', 1 + 1 + 2 + 5 + 1 + 1, '(func $g)'],
    ['(if (i32.const 1) (then (nop) (unreachable))) (nop) (nop)', 1 + 1 + 2 + 1 + 1],
    ['(if (i32.const 0) (then (nop) (unreachable))) (nop) (nop)', 1 + 1 + 2 + 2],
    ['(if (i32.const 0) (then (nop)) (else (call $g) (nop) (return))) (nop) (nop)', 1 + 1 + 2 + 5 + 1 + 1 + 1, '(func $g)'],
    ['(if (i32.const 1) (then (nop)) (else (call $g) (nop) (return))) (nop) (nop)', 1 + 1 + 2 + 1 + 2, '(func $g)'],
    [`(local ${'i64 '.repeat(3_000)})`, 1],
    [`(local ${'i64 '.repeat(40_000)}) (nop)`, 1 + 37_000 / 8 + 1],
    [`${'loop '.repeat(65)} ${'end '.repeat(65)}`, 1],
    [`${'loop '.repeat(1_065)} ${'end '.repeat(1_065)}`, 1 + 1_000],
    [`${'loop end '.repeat(1_065)}`, 1 + 1_000],
    [`${'loop nop end '.repeat(100)}`, 1 + 100],
    ['(drop (i64.div_u (i64.const 1) (i64.const 1)))', 1 + 2 + 10 + 1],
    ['(drop (f64.min (f64.const 1) (f64.const 1)))', 1 + 2 + 18 + 1],
    ['(drop (i32.load (i32.const 0)))', 1 + 1 + 1 + 1, '(memory 1)'],
    ['(drop (i32.load (i64.const 0)))', 1 + 1 + 2 + 1, '(memory i64 1)'],
    ['(v128.store (i64.const 0) (v128.const i64x2 0 0))', 1 + 2 + 2, '(memory i64 1)'],
    ['(drop (memory.grow (memory.size)))', 1 + 20 + 300 + 1, '(memory 1)'],
  ];
  for (const [body, instructions, fields] of cases)
    it(`${body.slice(0, 200)} ${fields ?? ''}`, () => assert.equal(count(body, fields), instructions));

  it('counts a loop exactly, merged or not', () => {
    const text = `(module (func (export "f") (param i32) (result i32) (local i32)
      (loop $again
        (if (i32.and (local.get 0) (i32.const 1)) (then (local.set 1 (i32.add (local.get 1) (i32.const 3)))) (else (block (br_if 0 (local.get 1)) (nop)) (nop)))
        (block (nop) (block (br_if 0 (local.get 0)) (nop) (nop)))
        (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
      (local.get 1)))`;
    const used = [true, false].map((mergePoints) => {
      const running = new RunningModule(assembleText(text), { mergePoints });
      running.begin();
      running.call('f', 1_000);
      return running.used;
    });
    assert.equal(used[0], used[1]);
  });
});

describe('dynamic charges', () => {
  const memory = '(memory 1) (data "0123456789")';
  const cases: readonly [body: string, instructions: number, fields: string][] = [
    ['(memory.fill (i32.const 0) (i32.const 0) (i32.const 10))', 114, memory],
    ['(memory.copy (i32.const 0) (i32.const 9) (i32.const 100))', 1 + 3 + 100 + 100, memory],
    ['(memory.init 0 (i32.const 0) (i32.const 0) (i32.const 10))', 1 + 3 + 100 + 10, memory],
    ['(memory.fill (i64.const 0) (i32.const 0) (i64.const 10))', 114, '(memory i64 1)'],
    ['(memory.init 0 (i64.const 0) (i32.const 0) (i32.const 3))', 1 + 3 + 100 + 3, '(memory i64 1) (data "abc")'],
    ['(table.fill 0 (i32.const 0) (ref.null func) (i32.const 4))', 1 + 3 + 100 + 4, '(table 9 funcref)'],
    ['(table.copy (i32.const 0) (i32.const 1) (i32.const 5))', 1 + 3 + 100 + 5, '(table 9 funcref)'],
    ['(drop (table.grow 0 (ref.null func) (i32.const 5)))', 1 + 2 + 300 + 1, '(table 9 funcref)'],
  ];
  for (const [body, instructions, fields] of cases) it(body, () => assert.equal(count(body, fields), instructions));

  it('charges a length that no limit can pay before it looks at the bounds', () => {
    const running = new RunningModule(
      assembleText('(module (memory i64 1) (func (export "f") (memory.fill (i64.const 0) (i32.const 0) (i64.const -1))))'),
    );
    running.begin(1e12);
    assert.throws(
      () => running.call('f'),
      (error) => (error as { code: number }).code === 0,
    );
  });
});

const imports = `(import "ic0" "msg_reply_data_append" (func $append (param A A))) (import "ic0" "performance_counter" (func $counter (param i32) (result i64)))
  (import "ic0" "debug_print" (func $print (param A A))) (import "ic0" "stable64_write" (func $write (param i64 i64 i64))) (import "ic0" "time" (func $time (result i64)))`;

function run(
  body: string,
  calls: TestApi,
  options: { readonly memory64?: boolean; readonly limit?: bigint } = {},
): { instructions: bigint; trap: unknown } {
  const address = options.memory64 === true ? 'i64' : 'i32';
  const text = `(module ${imports.replaceAll('A', address)} (memory ${options.memory64 === true ? 'i64' : ''} 1) (func (export "canister_update f") ${body}))`;
  const engine = createV8Engine({});
  const module = canisterModule(text);
  engine.runPlain(request(module, { instance: 'fresh' }));
  engine.commit(canisterId);
  const limit = options.limit ?? 1_000_000n;
  const outcome = engine.runPlain(
    request(module, {
      entries: [exported('canister_update f')],
      createApi: () => handler(calls),
      instructionLimit: limit,
      sliceInstructions: limit,
    }),
  );
  if (outcome === undefined || outcome.kind === 'paused') throw new Error('the message has one slice');
  return { instructions: outcome.instructions, trap: outcome.kind === 'trapped' ? outcome.trap : undefined };
}

describe('System API charges', () => {
  it('fixed and per byte', () => {
    const seen: unknown[] = [];
    const calls = { msg_reply_data_append: (...values: unknown[]) => void seen.push(values) };
    assert.equal(run('(call $append (i32.const -1) (i32.const 3))', calls).instructions, 1n + 2n + 5n + 500n + 150n);
    assert.equal(run('(call $append (i64.const -1) (i64.const 3))', calls, { memory64: true }).instructions, 1n + 2n + 5n + 500n + 150n);
    assert.deepEqual(seen, [
      [0xffff_ffff, 3],
      [2 ** 64, 3],
    ]);
  });

  it('refuses a size that no limit can pay before the host is called', () => {
    const calls = { msg_reply_data_append: () => assert.fail('called'), stable64_write: () => assert.fail('called') };
    for (const size of ['-1', '9223372036854775807', '4294967296']) {
      assert.deepEqual(run(`(call $append (i64.const 0) (i64.const ${size}))`, calls, { memory64: true }).trap, 'instruction-limit');
    }
    assert.deepEqual(run('(call $write (i64.const 0) (i64.const 0) (i64.const -1))', calls).trap, 'instruction-limit');
    assert.deepEqual(run('(call $append (i32.const 0) (i32.const -1))', calls).trap, 'instruction-limit');
  });

  it('shows the host the count up to and with the call', () => {
    const api = handler({ performance_counter: () => api.port.instructionsUsed() });
    let counted = 0n;
    const engine = createV8Engine({});
    const module = canisterModule(`(module (import "ic0" "performance_counter" (func $counter (param i32) (result i64))) (memory 1)
      (func $work (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
      (func (export "canister_update f") (call $work (i32.const 100000)) (i64.store (i32.const 0) (call $counter (i32.const 0)))))`);
    engine.runPlain(request(module, { instance: 'fresh' }));
    engine.commit(canisterId);
    engine.runPlain(request(module, { entries: [exported('canister_update f')], createApi: () => api }));
    counted = new BigInt64Array(api.port.read(0, 8).slice().buffer)[0]!;
    assert.equal(counted, 1n + 1n + 5n + 1n + 1n + 5n + 1n + 1n + 100_000n * 6n + 200n);
  });

  it('ends the message right after a call that charged beyond the limit', () => {
    const calls = (amount: number): TestApi => {
      const api = handler({ debug_print: () => api.port.charge(amount), time: () => assert.fail('called') });
      return api as unknown as TestApi;
    };
    const body = '(call $print (i32.const 0) (i32.const 0)) (drop (call $time))';
    assert.equal(run(body, calls(10_000_000)).trap, 'instruction-limit');
    assert.throws(() => run(body, calls(10)), /called/);
  });

  it('passes 64-bit values unsigned', () => {
    const seen: unknown[] = [];
    run('(call $write (i64.const -1) (i64.const -2) (i64.const 3)) (drop (call $time))', {
      stable64_write: (...values: unknown[]) => void seen.push(values),
      time: () => 2n ** 64n - 1n,
    });
    assert.deepEqual(seen, [[2n ** 64n - 1n, 2n ** 64n - 2n, 3n]]);
  });
});
