/**
 * The stack limit is reached at the same call whatever compiled the code and on whatever stack it runs.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createV8Engine } from '@myelin/engine';
import { STACK_SLOTS_MAX } from '@myelin/core/wasm';
import type { RunOutcome } from '@myelin/core/execution';
import { canisterId, canisterModule, exported, handler, request } from './support/canister-module.ts';

/** A canister whose functions tell the host each time they are entered; `recurse` calls itself. */
function recursive(parameters: string, body: string, more = ''): string {
  return `(module (import "ic0" "canister_status" (func $tell (result i32))) (memory 1) ${more}
    (func $f ${parameters} (drop (call $tell)) ${body})
    (func (export "canister_update f") (call $f ${'(i64.const 1) '.repeat(parameters.split('param').length - 1)})))`;
}

const manyLocals = Array.from({ length: 100 }, () => '(local i64)').join(' ');
const shapes: Readonly<Record<string, string>> = {
  'a small function': recursive('', '(call $f)'),
  'many locals': recursive(manyLocals, `(local.set 7 (i64.load (i32.const 0))) (call $f) (i64.store (i32.const 0) (local.get 7))`),
  'many parameters': recursive(
    '(param i64) '.repeat(30),
    `(call $f ${Array.from({ length: 30 }, (_, index) => `(i64.add (local.get ${index}) (i64.const 1))`).join(' ')})`,
  ),
  'two functions through a table': recursive('', '(call_indirect (i32.const 0))', '(table funcref (elem $g)) (func $g (call $f))'),
  'a deep operand stack': recursive('', `${'(i64.load (i32.const 0)) '.repeat(40)} (call $f) ${'(i64.add) '.repeat(39)} (drop)`),
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
      const createApi = () => handler({ canister_status: () => (entered++, 1) });
      const parts = { entries: [exported('canister_update f')], createApi, instructionLimit };
      const check = (outcome: RunOutcome | undefined): number => {
        assert.ok(outcome?.kind === 'trapped');
        assert.equal(outcome.trap, 'stack-overflow');
        const frames = entered;
        entered = 0;
        return frames;
      };
      const frames = check(engine.runPlain(request(module, { ...parts, sliceInstructions: instructionLimit })));
      assert.ok(frames > 100 && frames < STACK_SLOTS_MAX / 18, `${frames} frames`);
      assert.equal(check(await engine.startSliced(request(module, { ...parts, sliceInstructions: instructionLimit }))), frames);
      // Enough calls for the optimising compiler, which works in the background.
      for (let round = 0; round < 40; round++) {
        assert.equal(check(engine.runPlain(request(module, { ...parts, sliceInstructions: instructionLimit }))), frames);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      assert.equal(check(await engine.startSliced(request(module, { ...parts, sliceInstructions: instructionLimit }))), frames);
      entered = 0;
      let sliced = await engine.startSliced(request(module, { ...parts, sliceInstructions: 50_000n }));
      while (sliced.kind === 'paused') sliced = await engine.resumeSliced(canisterId);
      assert.equal(check(sliced), frames);
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
