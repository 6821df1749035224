/**
 * What a message wrote is known and can be undone: compared with full copies of the memory, on compiled C.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EXPORT } from '@myelin/core/wasm';
import { assembleText } from '../../core/test/wasm/text/script.ts';
import { AMPLE, differingPages, RunningModule, TrapCode } from './support/running-module.ts';
import { addresses, builds, loops, workload, type WorkloadBuild } from './support/workloads.ts';

type Call = readonly [name: string, values: readonly (number | bigint)[], trap?: string];

const OUT_OF_BOUNDS = 'memory access out of bounds';

function rareCalls(build: WorkloadBuild): Call[] {
  const at = (...values: number[]): (number | bigint)[] => addresses(build, ...values);
  return [
    ['touch', [700]],
    ['straddle', [900]],
    ['straddle_and_trap', [600], 'unreachable'],
    ['poke', at(0x7fff_ff00), OUT_OF_BOUNDS],
    ['copy_bytes', at(1 << 20, 2 << 20, 1_234_567)],
    ['copy_bytes', at(0x2ff_ff00, 100, 0x200), OUT_OF_BOUNDS],
    ['copy_bytes', at((2 << 20) + 4095, 77, 1)],
    ['copy_bytes', at(100, 200, 0)],
    ['fill_bytes', [...at(3_000_001), 171, ...at(50_000)]],
    ['fill_bytes', [...at(0x2ff_fff0), 1, ...at(17)], OUT_OF_BOUNDS],
    ['grow', [2]],
    ['grow', [1]],
    ['at', at(0x300_0000 + 4000), OUT_OF_BOUNDS],
  ];
}

/** Runs calls and compares what changed with what the module noticed. */
class Checker {
  readonly #running: RunningModule;
  /** The memory as it was before the message. */
  #before: Uint8Array;

  constructor(running: RunningModule) {
    this.#running = running;
    this.#before = running.memory.slice();
  }

  check([name, values, trap]: Call, keep: boolean): void {
    const running = this.#running;
    const { pages } = running;
    const globals = running.globals();
    const trapped = this.#run(name, values);
    // What lies beyond the logical size after a rollback does not trap; the engine keeps replicated messages away from it.
    if (!(name === 'at' && running.memory.length > pages * 65_536)) assert.equal(trapped, trap, name);
    running.settle();
    const written = running.written();
    const changed = differingPages(this.#before, running.memory);
    for (const page of changed) assert.ok(written.has(page), `${name}: page ${page} changed unnoticed`);
    if (keep && trapped === undefined) {
      this.#follow(changed);
      running.commit();
      for (const page of written) assert.ok(running.committed().has(page));
    } else {
      running.rollback();
      assert.equal(differingPages(this.#before, running.memory).size, 0, `${name}: memory after rollback`);
      assert.equal(running.pages, pages);
      assert.deepEqual(running.globals(), globals);
    }
    assert.ok(running.isClean);
    assert.equal(running.written().size, 0);
  }

  #run(name: string, values: readonly (number | bigint)[]): string | undefined {
    this.#running.begin();
    try {
      this.#running.call(name, ...values);
      return undefined;
    } catch (error) {
      assert.ok(error instanceof WebAssembly.RuntimeError, String(error));
      return error.message;
    }
  }

  #follow(changed: ReadonlySet<number>): void {
    const { memory } = this.#running;
    if (memory.length !== this.#before.length) {
      this.#before = memory.slice();
      return;
    }
    for (const page of changed) this.#before.set(memory.subarray(page * 4096, page * 4096 + 4096), page * 4096);
  }
}

describe('pages written and rolled back', () => {
  for (const build of builds) {
    for (const elideStoreChecks of build === '32' ? [true, false] : [true]) {
      it(`workloads-${build}, ${elideStoreChecks ? 'some' : 'all'} stores checked`, () => {
        const checker = new Checker(new RunningModule(workload(build), { elideStoreChecks }));
        for (const [name, size] of loops) for (const keep of [false, true]) checker.check([name, [size]], keep);
        for (const call of rareCalls(build)) for (const keep of [false, true, false]) checker.check(call, keep);
      });
    }
  }

  it('leaves a byte map and an undo log that stay correct over thousands of messages', () => {
    const running = new RunningModule(workload('32'));
    for (let message = 0; message < 2_000; message++) checkOne(running, message);
    assert.ok(running.isClean);
  });

  function checkOne(running: RunningModule, message: number): void {
    running.begin();
    running.call('touch', 1 + (message % 5));
    running.settle();
    assert.equal(running.written().size, 1 + (message % 5));
    if (message % 3 === 0) running.rollback();
    else running.commit();
  }
});

describe('growth', () => {
  const module =
    assembleText(`(module (memory 1 3) (global (mut i32) (i32.const 5)) (global (mut v128) (v128.const i32x4 1 2 3 4)) (global (mut f32) (f32.const nan:0x200001))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "size") (result i32) (memory.size))
    (func (export "edge") (i64.store (i32.const 65532) (i64.const -1)))
    (func (export "globals") (global.set 0 (i32.const 1)) (global.set 1 (v128.const i64x2 7 8)) (global.set 2 (f32.const 1))))`);

  it('answers as the specification says, to the limit of the module', () => {
    const running = new RunningModule(module);
    running.begin();
    assert.deepEqual(
      [running.call('grow', 0), running.call('grow', 1), running.call('grow', 2), running.call('grow', 1), running.call('grow', 1)],
      [1, 1, -1, 2, -1],
    );
    assert.equal(running.call('grow', -1), -1);
    running.rollback();
    assert.equal(running.call('size'), 1);
  });

  it('undoes a store into a page that did not exist when its predecessor was saved', () => {
    const running = new RunningModule(module);
    running.begin();
    assert.throws(() => running.call('edge'), WebAssembly.RuntimeError);
    running.rollback();
    for (let round = 0; round < 2; round++) {
      running.begin();
      running.call('grow', 1);
      running.call('edge');
      running.settle();
      assert.deepEqual(running.written(), new Set([15, 16]));
      running.rollback();
      assert.ok(running.memory.every((byte) => byte === 0));
    }
  });

  it('keeps the bits of every type of global', () => {
    const running = new RunningModule(module);
    const before = running.globals();
    assert.deepEqual([...before.subarray(24, 28)], [1, 0, 0xa0, 0x7f]);
    running.begin();
    running.call('globals');
    assert.notDeepEqual(running.globals(), before);
    running.rollback();
    assert.deepEqual(running.globals(), before);
  });
});

describe('a message that writes to more pages than the lists have room for', () => {
  /** Pages of 4 KiB: 44 MiB, and as many once more after the memory has grown. */
  const PAGES = 11_200;
  for (const width of ['i32', 'i64']) {
    it(`is kept, captured and undone whole, ${width}`, () => {
      const running = new RunningModule(
        assembleText(`(module (memory ${width === 'i64' ? 'i64 ' : ''}700 1400)
          (func (export "grow") (drop (memory.grow (${width}.const 700))))
          (func (export "touch") (param $page ${width}) (param $end ${width}) (param $value i32)
            (loop
              (i32.store (${width}.shl (local.get $page) (${width}.const 12)) (local.get $value))
              (local.set $page (${width}.add (local.get $page) (${width}.const 1)))
              (br_if 0 (${width}.lt_u (local.get $page) (local.get $end))))))`),
      );
      const touch = (from: number, to: number, value: number): unknown =>
        running.call('touch', ...(width === 'i64' ? [BigInt(from), BigInt(to)] : [from, to]), value);
      const valueAt = (page: number): number => new DataView(running.memory.buffer).getInt32(page * 4096, true);
      const all = new Set(Array.from({ length: PAGES }, (_, page) => page));
      running.begin();
      touch(0, PAGES, 1);
      running.settle();
      assert.deepEqual(running.written(), all);
      running.commit();
      assert.deepEqual(running.committed(), all);
      running.begin();
      running.call('grow');
      touch(0, 2 * PAGES, 2);
      running.settle();
      assert.equal(running.written().size, 2 * PAGES);
      running.rollback();
      assert.ok(running.isClean);
      for (const page of [0, 1, 1024, 8191, 8192, PAGES - 1]) assert.equal(valueAt(page), 1);
      running.begin();
      running.call('grow');
      touch(PAGES, 2 * PAGES, 3);
      running.settle();
      running.commit();
      assert.equal(running.committed().size, 2 * PAGES);
      running.call(EXPORT.captured);
      assert.equal(running.committed().size, 0);
      assert.equal(valueAt(2 * PAGES - 1), 3);
    });
  }
});

describe('segments and tables', () => {
  it('applies active segments in order, once, and leaves them dropped', () => {
    const running = new RunningModule(
      assembleText(`(module (memory 1) (data (i32.const 10) "abc") (data (i32.const 11) "xy") (data "passive")
        (func (export "again") (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 1)))
        (func (export "use") (memory.init 2 (i32.const 100) (i32.const 0) (i32.const 7)) (data.drop 2)))`),
    );
    assert.equal(Buffer.from(running.memory.subarray(10, 13)).toString(), 'axy');
    assert.deepEqual(running.committed(), new Set([0]));
    assert.throws(() => running.call('again'), WebAssembly.RuntimeError);
    assert.equal(running.consumed, false);
    running.begin();
    running.call('use');
    assert.equal(running.consumed, true);
    assert.equal(Buffer.from(running.memory.subarray(100, 107)).toString(), 'passive');
  });

  it('notes changes of tables', () => {
    const running = new RunningModule(
      assembleText(
        '(module (table 2 funcref) (elem func 0) (func (export "set") (table.set 0 (i32.const 1) (ref.func 0))) (func (export "fill") (table.fill 0 (i32.const 0) (ref.null func) (i32.const 2))))',
      ),
    );
    assert.equal(running.consumed, false);
    running.begin();
    running.call('fill');
    assert.equal(running.used, 1 + 3 + 100 + 2);
    assert.equal(running.consumed, true);
    running.begin(AMPLE);
    running.call('set');
  });
});

describe('limits', () => {
  it('traps with the code of the limit', () => {
    const running = new RunningModule(workload('32'));
    const code = (call: () => unknown): number => {
      try {
        call();
      } catch (error) {
        if (error instanceof TrapCode) return error.code;
        throw error;
      }
      return -1;
    };
    running.begin(10_000);
    assert.equal(
      code(() => running.call('recursion', 30)),
      0,
    );
    running.rollback();
    running.begin();
    assert.equal(
      code(() => running.call('deep', 10_000_000)),
      1,
    );
    running.rollback();
    running.begin();
    running.call('deep', 100);
  });
});
