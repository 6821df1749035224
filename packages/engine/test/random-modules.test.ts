/**
 * Random modules, instrumented, against plain V8: results, traps, memory; dirty pages and rollback against full copies; counts against the
 * reference. `MYELIN_SEED` repeats a run, `MYELIN_RANDOM_MODULES` sets the number of modules.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { InstrumentOptions } from '@myelin/core/wasm';
import { CHECKED, COUNTER, countingReference } from './support/counting-reference.ts';
import { randomModule } from './support/random-module.ts';
import { AMPLE, differingPages, RunningModule, TrapCode } from './support/running-module.ts';

const seed = process.env['MYELIN_SEED'] ?? String(Date.now());
const modules = Number(process.env['MYELIN_RANDOM_MODULES'] ?? '6');
/** By how much the count at a trap of the engine's own may differ: what the instruction word holds, and a stretch. */
const TRAP_TOLERANCE = 70_000;

const OUT_OF_BOUNDS = 'memory access out of bounds';

const variants: readonly InstrumentOptions[] = [{}, { mergePoints: false, elideStoreChecks: false }];

type Result = { readonly values?: unknown; readonly trap?: string };

/** Calls an export; undefined when its type does not exist in JavaScript. */
function attempt(call: () => unknown): Result | undefined {
  try {
    return { values: call() };
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return { trap: error.message };
    if (error instanceof TypeError) return undefined;
    if (error instanceof TrapCode) return { trap: `code ${error.code}` };
    throw error;
  }
}

/** Imports that only note what they are told. */
function recorder(log: unknown[]): WebAssembly.Imports {
  const names = ['log-i32', 'log-i64', 'log-f32', 'log-f64', 'log-v128', 'call-export', 'call-export-catch', 'sleep'];
  const note =
    (name: string) =>
    (...values: unknown[]) => {
      log.push(name, ...values);
      return 0;
    };
  return { 'fuzzing-support': Object.fromEntries(names.map((name) => [name, note(name)])) };
}

function compare(source: Uint8Array, options: InstrumentOptions): void {
  const logs: unknown[][] = [[], [], []];
  const started = attempt(() => new WebAssembly.Instance(new WebAssembly.Module(source), recorder(logs[0]!)).exports);
  // A vector reached JavaScript in the start function: nothing to compare.
  if (started === undefined) return;
  if (started.trap !== undefined) {
    const actual = attempt(() => new RunningModule(source, options, recorder(logs[2]!)));
    // Only a length that no limit can pay, charged before its bounds are checked, uses up what the start function has.
    if (started.trap === OUT_OF_BOUNDS && actual?.trap === 'code 0') return;
    assert.deepEqual(actual, started);
    return;
  }
  const plain = started.values as Record<string, WebAssembly.ExportValue>;
  const counted = new WebAssembly.Instance(new WebAssembly.Module(countingReference(source)), recorder(logs[1]!)).exports;
  const running = new RunningModule(source, options, recorder(logs[2]!));
  const memory = Object.values(plain).find((value) => value instanceof WebAssembly.Memory);
  const counter = counted[COUNTER] as WebAssembly.Global;
  for (const log of logs) log.length = 0;
  for (const [name, value] of Object.entries(plain)) {
    if (typeof value !== 'function') continue;
    const values = new Array<number>(value.length).fill(0);
    const before = running.memory.slice();
    const globals = running.globals();
    running.begin();
    const first = attempt(() => running.call(name, ...values));
    if (first === undefined) {
      // A vector reached JavaScript, which ends the call somewhere.
      running.rollback();
      continue;
    }
    // Dropped segments are not restored: the engine makes the instance anew.
    if (running.consumed) return;
    running.settle();
    const dirty = differingPages(before, running.memory);
    const written = running.written();
    for (const page of dirty) assert.ok(written.has(page), `${name}: page ${page} changed unnoticed`);
    running.rollback();
    assert.equal(differingPages(before, running.memory).size, 0, `${name}: memory after rollback`);
    assert.deepEqual(running.globals(), globals, `${name}: globals after rollback`);
    assert.ok(running.isClean, `${name}: marks after rollback`);
    logs[2]!.length = 0;

    counter.value = 0n;
    const expected = attempt(() => value(...values));
    attempt(() => (counted[name] as Function)(...values));
    const least = Number((counted[CHECKED] as WebAssembly.Global).value);
    const count = Number(counter.value);
    // Beyond that a length was charged that no limit can pay.
    const isCounted = least <= AMPLE;
    if (isCounted) checkLimit(running, name, values, least, expected!);
    logs[2]!.length = 0;
    running.begin();
    const actual = attempt(() => running.call(name, ...values));
    if (!isCounted && actual?.trap === 'code 0') {
      // A length that no limit can pay was charged before its bounds were checked; neither writes anything.
      running.commit();
      for (const log of logs) log.length = 0;
      continue;
    }
    assert.deepEqual(actual, expected, `${name}: result`);
    assert.deepEqual(logs[2], logs[0], `${name}: what it logged`);
    if (!isCounted) assert.notEqual(expected?.trap, undefined, `${name}: such a length traps`);
    else if (expected?.trap === undefined || expected.trap === 'unreachable')
      assert.equal(running.used, count, `${name}: instructions, ${expected?.trap ?? 'completed'}`);
    else assert.ok(Math.abs(running.used - count) < TRAP_TOLERANCE, `${name}: ${running.used} instructions, ${count} expected`);
    running.commit();
    if (memory !== undefined)
      assert.equal(
        differingPages(new Uint8Array(memory.buffer), running.memory.subarray(0, memory.buffer.byteLength)).size,
        0,
        `${name}: memory`,
      );
    for (const log of logs) log.length = 0;
  }
}

/** With a limit equal to the count at the last check the message goes on, with one instruction less it does not. */
function checkLimit(running: RunningModule, name: string, values: readonly number[], least: number, expected: Result): void {
  for (const [limit, result] of [
    [least - 1, { trap: 'code 0' }],
    [least, expected],
  ] as const) {
    running.begin(limit);
    assert.deepEqual(
      attempt(() => running.call(name, ...values)),
      result,
      `${name}: limit ${limit} of ${least}`,
    );
    running.rollback();
  }
}

describe(`random modules, MYELIN_SEED=${seed}`, () => {
  for (let index = 0; index < modules; index++) {
    it(`module ${index}`, () => {
      const source = randomModule(`${seed} ${index}`);
      for (const options of variants) compare(source, options);
    });
  }
});
