/**
 * A canister cannot use up the host's stack before the protocol's by code whose optimised frames are large.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createV8Engine } from '@myelin/engine';
import { canisterId, canisterModule, exported, request } from '../../../engine/test/support/canister-module.ts';
import { inBaseline } from '../../src/replica/baseline-code.ts';

/** Products that the optimising compiler computes once and keeps for both uses. */
const products = Array.from(
  { length: 300 },
  (_, index) => `(i64.store (i32.const ${8 * index}) (i64.mul (local.get 0) (i64.const ${7 * index + 3})))`,
).join(' ');

/** Runs a function so often that V8 optimises it, then calls it without end. */
const WARM_AND_ENDLESS = `(module (memory 1) (global $left (mut i32) (i32.const 0))
  (func $f (param i64)
    (if (i32.eqz (global.get $left)) (then (return)))
    (global.set $left (i32.sub (global.get $left) (i32.const 1)))
    ${products} (call $f (i64.add (local.get 0) (i64.const 1))) ${products})
  (func (export "canister_update f") (local $round i32)
    (loop
      (global.set $left (i32.const 20))
      (call $f (i64.const 1))
      (br_if 0 (i32.lt_u (local.tee $round (i32.add (local.get $round) (i32.const 1))) (i32.const 3000))))
    (global.set $left (i32.const -1))
    (call $f (i64.const 1))))`;

/** Lets another thread compile something in baseline from beginning to end, while this one waits. */
function otherThreadCompiles(): void {
  const done = new Int32Array(new SharedArrayBuffer(4));
  const url = new URL('../../src/replica/baseline-code.ts', import.meta.url).href;
  const program = `const { workerData } = require('node:worker_threads');
    import(${JSON.stringify(url)}).then(({ inBaseline }) => inBaseline(() => undefined)).finally(() => {
      Atomics.store(workerData, 0, 1);
      Atomics.notify(workerData, 0);
    });`;
  new Worker(program, { eval: true, workerData: done }).unref();
  Atomics.wait(done, 0, 0);
}

const instructionLimit = 40_000_000_000n;

describe('code that V8 does not optimise', () => {
  it('keeps to the stack limit in a message that runs long enough to be optimised', async () => {
    const engine = createV8Engine({ inBaseline });
    const module = canisterModule(WARM_AND_ENDLESS);
    engine.runPlain(request(module, { instance: 'fresh' }));
    engine.commit(canisterId);
    const parts = { entries: [exported('canister_update f')], instructionLimit };
    const plain = engine.runPlain(request(module, { ...parts, sliceInstructions: instructionLimit }));
    assert.equal(plain?.kind === 'trapped' && plain.trap, 'stack-overflow');
    let sliced = await engine.startSliced(request(module, { ...parts, sliceInstructions: 30_000_000n }));
    while (sliced.kind === 'paused') sliced = await engine.resumeSliced(canisterId);
    assert.equal(sliced.kind === 'trapped' && sliced.trap, 'stack-overflow');
    assert.equal(sliced.instructions, plain?.instructions);
  });

  it('is not optimised either when another thread compiles at the same time', { timeout: 120_000 }, () => {
    const engine = createV8Engine({
      inBaseline: (compile) =>
        inBaseline(() => {
          otherThreadCompiles();
          return compile();
        }),
    });
    // Another module: V8 has the code of the first one.
    const module = canisterModule(WARM_AND_ENDLESS.replace('(memory 1)', '(memory 2)'));
    engine.runPlain(request(module, { instance: 'fresh' }));
    engine.commit(canisterId);
    const entries = [exported('canister_update f')];
    const plain = engine.runPlain(request(module, { entries, instructionLimit, sliceInstructions: instructionLimit }));
    assert.equal(plain?.kind === 'trapped' && plain.trap, 'stack-overflow');
  });
});
