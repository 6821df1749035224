/**
 * The stack limit is reached at the same call whatever compiled the code and on whatever stack it runs.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createV8Engine } from '@myelin/engine';
import { STACK_SLOTS_MAX } from '@myelin/core/wasm';
import type { RunOutcome } from '@myelin/core/execution';
import { canisterId, canisterModule, exported, handler, request } from './support/canister-module.ts';

/**
 * A canister whose functions tell the host each time they are entered. `endless` calls itself until it is stopped; `warm` so often that V8 optimises
 * the code, which it counts by returns.
 */
function recursive(parameters: string, body: string, more = ''): string {
  const start = `(call $f ${'(i64.const 1) '.repeat(parameters.split('param').length - 1)})`;
  return `(module (import "ic0" "canister_status" (func $tell (result i32))) (memory 1) (global $left (mut i32) (i32.const 0)) ${more}
    (func $f ${parameters} (drop (call $tell))
      (if (i32.eqz (global.get $left)) (then (return)))
      (global.set $left (i32.sub (global.get $left) (i32.const 1)))
      ${body})
    (func (export "canister_update endless") (global.set $left (i32.const -1)) ${start})
    (func (export "canister_update warm") (global.set $left (i32.const 60)) ${start}))`;
}

const manyLocals = Array.from({ length: 100 }, () => '(local i64)').join(' ');
/** Products that the optimising compiler computes once and keeps for both uses: its frames become many times larger than their weight. */
const products = Array.from(
  { length: 300 },
  (_, index) => `(i64.store (i32.const ${8 * index}) (i64.mul (local.get 0) (i64.const ${7 * index + 3})))`,
).join(' ');

const shapes: Readonly<Record<string, string>> = {
  'a small function': recursive('', '(call $f)'),
  'many locals': recursive(manyLocals, `(local.set 7 (i64.load (i32.const 0))) (call $f) (i64.store (i32.const 0) (local.get 7))`),
  'many parameters': recursive(
    '(param i64) '.repeat(30),
    `(call $f ${Array.from({ length: 30 }, (_, index) => `(i64.add (local.get ${index}) (i64.const 1))`).join(' ')})`,
  ),
  'two functions through a table': recursive('', '(call_indirect (i32.const 0))', '(table funcref (elem $g)) (func $g (call $f))'),
  'a deep operand stack': recursive('', `${'(i64.load (i32.const 0)) '.repeat(40)} (call $f) ${'(i64.add) '.repeat(39)} (drop)`),
  'values that live long': recursive('(param i64)', `${products} (call $f (i64.add (local.get 0) (i64.const 1))) ${products}`),
};

const times = (count: number, text: string): string => `${text} `.repeat(count);
const parameters = Array.from({ length: 200 }, (_, index) => `(local.get ${index})`).join(' ');

/** Functions whose frames hold what their locals and operands, each counted as a slot, do not show. */
const wideFrames: Readonly<Record<string, string>> = {
  'vectors as parameters': `(func $f ${times(200, '(param v128)')} ${parameters} (call $f))
    (func $start ${times(200, '(v128.const i64x2 1 2)')} (call $f))`,
  'vectors made of integers': `(func $f ${times(200, '(i32x4.splat (i32.load (i32.const 0)))')} (call $f) ${times(199, '(i32x4.add)')} (drop))
    (func $start (call $f))`,
  'vectors from a global': `(global $v (mut v128) (v128.const i64x2 1 2))
    (func $f ${times(200, '(global.get $v)')} (call $f) ${times(200, '(global.set $v)')}) (func $start (call $f))`,
  'many results': `(func $many (result ${times(200, 'i64')}) ${times(200, '(i64.const 1)')})
    (func $f (call $many) (call $f) ${times(200, '(drop)')}) (func $start (call $f))`,
  'vectors as results': `(func $many (result ${times(200, 'v128')}) ${times(200, '(v128.const i64x2 1 2)')})
    (func $f (call $many) (call $f) ${times(200, '(drop)')}) (func $start (call $f))`,
};

const instructionLimit = 1_000_000_000n;

describe('stack limit', () => {
  for (const [name, text] of Object.entries(shapes)) {
    it(`is reached at the same call: ${name}`, async () => {
      const engine = createV8Engine({});
      const module = canisterModule(text);
      engine.runPlain(request(module, { instance: 'fresh' }));
      engine.commit(canisterId);
      let entered = 0;
      // A message that runs again is counted anew.
      const createApi = () => {
        entered = 0;
        return handler({ canister_status: () => (entered++, 1) });
      };
      const parts = (method: string, sliceInstructions = instructionLimit) =>
        request(module, { entries: [exported(`canister_update ${method}`)], createApi, instructionLimit, sliceInstructions });
      const check = (outcome: RunOutcome | undefined): number => {
        assert.ok(outcome?.kind === 'trapped');
        assert.equal(outcome.trap, 'stack-overflow');
        return entered;
      };
      const plain = (): number => {
        return check(engine.runPlain(parts('endless')));
      };
      const sliced = async (slice: bigint): Promise<number> => {
        let outcome = await engine.startSliced(parts('endless', slice));
        while (outcome.kind === 'paused') outcome = await engine.resumeSliced(canisterId);
        return check(outcome);
      };
      const frames = plain();
      assert.ok(frames > 100 && frames < STACK_SLOTS_MAX / 18, `${frames} frames`);
      assert.equal(await sliced(instructionLimit), frames);
      for (let round = 0; round < 400; round++) {
        assert.equal(engine.runPlain(parts('warm'))?.kind, 'completed');
        engine.commit(canisterId);
        if (round % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      }
      for (let round = 0; round < 3; round++) assert.equal(plain(), frames);
      assert.equal(await sliced(instructionLimit), frames);
      assert.equal(await sliced(50_000n), frames);
    });
  }

  for (const [name, functions] of Object.entries(wideFrames)) {
    it(`is reached before that of the host: ${name}`, () => {
      const engine = createV8Engine({});
      const module = canisterModule(`(module (memory 1) ${functions} (export "canister_update f" (func $start)))`);
      engine.runPlain(request(module, { instance: 'fresh' }));
      engine.commit(canisterId);
      const outcome = engine.runPlain(request(module, { entries: [exported('canister_update f')] }));
      assert.equal(outcome?.kind === 'trapped' && outcome.trap, 'stack-overflow');
    });
  }

  it('does not concern tail calls', () => {
    const engine = createV8Engine({});
    const module =
      canisterModule(`(module (memory 1) (table funcref (elem $g)) (func $f (param i32) (if (i32.eqz (local.get 0)) (then (return))) (return_call_indirect (param i32) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0)))
      (func $g (param i32) (return_call $f (local.get 0))) (func (export "canister_update f") (call $f (i32.const 300000))))`);
    engine.runPlain(request(module, { instance: 'fresh' }));
    engine.commit(canisterId);
    const outcome = engine.runPlain(request(module, { entries: [exported('canister_update f')] }));
    assert.equal(outcome?.kind, 'completed');
  });

  it('is proven at the start: a thread whose stack is too small does not become an engine', () => {
    const descend = (levels: number): unknown => {
      const padding = [levels, levels, levels, levels, levels, levels, levels, levels];
      return levels === 0 ? createV8Engine({}) : [descend(levels - 1), ...padding];
    };
    assert.throws(
      () => descend(6_000),
      (error) =>
        error instanceof Error &&
        (error instanceof RangeError || /ENGINE_STACK_TOO_SMALL/.test(JSON.stringify((error as { detail?: unknown }).detail))),
    );
  });
});
