/**
 * Instances are caches: whatever is kept, dropped, lent or made anew, messages see the state that they were given.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canisterIdOfIndex, type PrincipalId } from '@myelin/core/base';
import type { CanisterModule, EntryPoint, HeapDelta, HeapImage, RunOutcome, RunRequest, WasmEngine } from '@myelin/core/execution';
import { createV8Engine } from '@myelin/engine';
import { canisterId, canisterModule, emptyHeap, exported, handler, request } from './support/canister-module.ts';

const memory = canisterModule(`(module
  (import "ic0" "msg_arg_data_copy" (func $arg (param i32 i32 i32)))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (memory 1 10)
  (global $sum (mut i64) (i64.const 0))
  (data (i32.const 65000) "data")
  (func $reply (i64.store (i32.const 8) (global.get $sum)) (i32.store (i32.const 4) (memory.size)) (call $append (i32.const 0) (i32.const 16)))
  (func (export "canister_init") (i32.store (i32.const 0) (i32.const 1)))
  (func (export "canister_update add")
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
    (global.set $sum (i64.add (global.get $sum) (i64.const 10)))
    (call $reply))
  (func (export "canister_update far") (i64.store (i32.const 61436) (i64.const -1)))
  (func (export "canister_update grow") (drop (memory.grow (i32.const 2))) (i32.store (i32.const 150000) (i32.const 7)) (call $reply))
  (func (export "canister_update grow_and_trap") (drop (memory.grow (i32.const 2))) (unreachable))
  (func (export "canister_update beyond") (drop (i32.load (i32.const 150000))))
  (func (export "canister_query read") (call $reply))
  (func (export "canister_query grow_query") (drop (memory.grow (i32.const 1))) (call $reply))
  (func (export "canister_composite_query note") (i32.store (i32.const 0) (i32.const 99)) (call $reply))
  (func (export "canister_query host") (call $arg (i32.const 4000) (i32.const 0) (i32.const 200)))
  (func $callback (param i32) (i32.store (i32.const 0) (local.get 0)) (call $reply))
  (func $other (result i32) (i32.const 1))
  (table 4 funcref) (elem (i32.const 1) $callback $other))`);

/** A canister as execution keeps it: an image, its token, one engine. */
class Subject {
  readonly engine: WasmEngine;
  readonly id: PrincipalId;
  heap: HeapImage = emptyHeap;
  token: object = {};
  reply: Uint8Array = new Uint8Array(0);
  readonly #module: CanisterModule;

  constructor(engine: WasmEngine, module: CanisterModule = memory, id: PrincipalId = canisterId) {
    this.engine = engine;
    this.id = id;
    this.#module = module;
  }

  request(entries: readonly EntryPoint[], parts: Partial<RunRequest> = {}): RunRequest {
    const createApi = () => {
      const api = handler({
        msg_reply_data_append: (source: number, size: number) => void (this.reply = api.port.read(source, size)),
        msg_arg_data_copy: (destination: number, _offset: number, size: number) =>
          api.port.write(destination, new Uint8Array(size).fill(5)),
      });
      return api;
    };
    return request(this.#module, { canister: this.id, heap: this.heap, heapToken: this.token, entries, createApi, ...parts });
  }

  run(name: string, parts: Partial<RunRequest> = {}): RunOutcome | undefined {
    return this.engine.runPlain(this.request(name === '' ? [] : [exported(name)], parts));
  }

  install(): void {
    assert.equal(this.run('canister_init', { instance: 'fresh' })?.kind, 'completed');
    this.engine.commit(this.id);
    this.capture(emptyHeap);
  }

  update(name: string): void {
    assert.equal(this.run(`canister_update ${name}`)?.kind, 'completed');
    this.engine.commit(this.id);
  }

  query(name: string): number[] {
    assert.equal(this.run(`canister_query ${name}`, { role: 'query' })?.kind, 'completed');
    this.engine.rollback(this.id);
    return this.values();
  }

  /** The counter, the size of the memory, the global: what the canister replies with. */
  values(): number[] {
    const view = new DataView(this.reply.buffer, this.reply.byteOffset);
    return [view.getInt32(0, true), view.getInt32(4, true), Number(view.getBigInt64(8, true))];
  }

  capture(base: HeapImage = this.heap): HeapDelta | undefined {
    const token = {};
    const delta = this.engine.capture(this.id, this.token, token);
    if (delta === undefined) return undefined;
    const pages = base.pages.fork();
    for (const [index, bytes] of delta.pages) pages.set(index, bytes);
    this.heap = { pages, wasmPages: delta.wasmPages, globals: delta.globals };
    this.token = token;
    return delta;
  }
}

function installed(options: { instancesMax?: number } = {}): Subject {
  const subject = new Subject(createV8Engine(options));
  subject.install();
  return subject;
}

describe('images', () => {
  it('a fresh instance is captured with its data segments', () => {
    const subject = installed();
    assert.deepEqual(
      [...subject.heap.pages.entries()].map(([index]) => index),
      [0, 15],
    );
    assert.equal(Buffer.from(subject.heap.pages.get(15)!.subarray(65_000 % 4096, (65_000 % 4096) + 4)).toString(), 'data');
  });

  it('nothing is captured where nothing changed, and the instance goes by both tokens', () => {
    const subject = installed();
    subject.query('read');
    const newToken = {};
    assert.equal(subject.engine.capture(canisterId, subject.token, newToken), undefined);
    subject.update('add');
    assert.notEqual(subject.engine.capture(canisterId, newToken, {}), undefined);
  });

  it('a dropped instance is restored: memory, size, globals', () => {
    const subject = installed();
    subject.update('add');
    subject.update('grow');
    subject.capture();
    subject.engine.drop(canisterId);
    assert.equal(subject.engine.instanceCount, 0);
    assert.deepEqual(subject.query('read'), [2, 3, 10]);
    subject.update('add');
    assert.deepEqual(subject.values(), [3, 3, 20]);
  });

  it('a page reached by one store across the boundary is captured', () => {
    const subject = installed();
    subject.update('far');
    assert.deepEqual(
      subject.capture()?.pages.map(([index]) => index),
      [14, 15],
    );
  });

  it('what the host wrote is captured and rolled back, on both sides of a boundary', () => {
    const subject = installed();
    const before = subject.heap.pages.get(0)!.slice();
    assert.equal(subject.run('canister_query host')?.kind, 'completed');
    subject.engine.rollback(canisterId);
    subject.update('add');
    assert.deepEqual(
      subject.capture()!.pages.map(([index]) => index),
      [0],
    );
    assert.equal(before[4000], 0);
    assert.equal(subject.heap.pages.get(0)![4000], 0);
    assert.equal(subject.run('canister_query host')?.kind, 'completed');
    subject.engine.commit(canisterId);
    const delta = subject.capture()!;
    assert.deepEqual(
      delta.pages.map(([index]) => index),
      [0, 1],
    );
    assert.equal(delta.pages[1]![1][103], 5);
  });

  it('an older or a foreign state is taken from its image', () => {
    const subject = installed();
    const { heap, token } = subject;
    subject.update('add');
    subject.update('grow');
    subject.capture();
    const later = { heap: subject.heap, token: subject.token };
    Object.assign(subject, { heap, token });
    assert.deepEqual(subject.query('read'), [1, 1, 0]);
    subject.update('add');
    assert.deepEqual(subject.values(), [2, 1, 10]);
    Object.assign(subject, later);
    subject.update('add');
    assert.deepEqual(subject.values(), [3, 3, 20]);
  });

  it('a committed change that was abandoned does not come back', () => {
    const subject = installed();
    subject.update('add');
    subject.token = {};
    subject.update('add');
    assert.deepEqual(subject.values(), [2, 1, 10]);
  });
});

describe('queries', () => {
  it('see the state of their token while updates go on', () => {
    const subject = installed();
    const { heap, token } = subject;
    subject.update('add');
    assert.deepEqual(subject.query('read'), [1, 1, 0]);
    subject.update('add');
    subject.capture();
    assert.deepEqual(subject.values(), [3, 1, 20]);
    assert.equal(
      subject.engine.runPlain(subject.request([exported('canister_query read')], { role: 'query', heap, heapToken: token }))?.kind,
      'completed',
    );
    subject.engine.rollback(canisterId);
    assert.deepEqual(subject.values(), [1, 1, 0]);
    assert.deepEqual(subject.query('read'), [3, 1, 20]);
    assert.ok(subject.engine.instanceCount <= 2);
  });

  it('a composite query keeps its changes to itself', () => {
    const subject = installed();
    subject.update('add');
    subject.capture();
    const view = { heap: subject.heap, token: subject.token };
    assert.equal(subject.run('canister_composite_query note', { role: 'query' })?.kind, 'completed');
    subject.engine.commit(canisterId);
    const inner = {};
    const delta = subject.engine.capture(canisterId, view.token, inner);
    assert.deepEqual(
      delta?.pages.map(([index]) => index),
      [0],
    );
    const pages = view.heap.pages.fork();
    for (const [index, bytes] of delta!.pages) pages.set(index, bytes);
    const kept = { pages, wasmPages: delta!.wasmPages, globals: delta!.globals };
    subject.update('add');
    assert.deepEqual(subject.values(), [3, 1, 20]);
    const callback: EntryPoint = { kind: 'callback', fun: 1, env: 55n };
    assert.equal(subject.engine.runPlain(subject.request([callback], { role: 'query', heap: kept, heapToken: inner }))?.kind, 'completed');
    subject.engine.rollback(canisterId);
    assert.deepEqual(subject.values(), [55, 1, 10]);
    assert.deepEqual(subject.query('read'), [2, 1, 10]);
    assert.notEqual(subject.capture(), undefined);
    assert.deepEqual(subject.query('read'), [3, 1, 20]);
  });
});

describe('growth', () => {
  it('an update never runs where a rolled-back growth left memory behind', () => {
    const subject = installed();
    const beyond = (): unknown => {
      const outcome = subject.run('canister_update beyond');
      return outcome?.kind === 'trapped' && outcome.trap;
    };
    assert.equal(beyond(), 'heap-out-of-bounds');
    assert.deepEqual(subject.query('grow_query'), [1, 2, 0]);
    assert.equal(beyond(), 'heap-out-of-bounds');
    subject.update('add');
    assert.equal(subject.run('canister_update grow_and_trap')?.kind, 'trapped');
    assert.equal(beyond(), 'heap-out-of-bounds');
    // The change that was committed before survives the new instance.
    assert.deepEqual(
      subject.capture()?.pages.map(([index]) => index),
      [0],
    );
    assert.deepEqual(subject.query('read'), [2, 1, 10]);
    subject.update('grow');
    assert.deepEqual(subject.values(), [2, 3, 10]);
  });

  it('the host is asked, and may refuse', () => {
    const subject = installed();
    const asked: number[][] = [];
    const createApi = () =>
      handler({
        memoryGrow: (current: number, more: number) => (asked.push([current, more]), false),
        msg_reply_data_append: () => undefined,
      });
    const outcome = subject.run('canister_update grow', { createApi });
    assert.equal(outcome?.kind === 'trapped' && outcome.trap, 'heap-out-of-bounds');
    assert.deepEqual(asked, [[1, 2]]);
  });
});

describe('callbacks', () => {
  it('run by table index with their environment; others do not exist', () => {
    const subject = installed();
    const call = (fun: number, env: bigint): RunOutcome | undefined =>
      subject.engine.runPlain(subject.request([{ kind: 'callback', fun, env }]));
    assert.equal(call(1, 0xffff_fff0n)?.kind, 'completed');
    subject.engine.commit(canisterId);
    assert.deepEqual(subject.values(), [-16, 1, 0]);
    for (const fun of [0, 2, 3, 4, 0xffff_ffff]) {
      const outcome = call(fun, 0n);
      assert.equal(outcome?.kind === 'trapped' && outcome.trap, 'no-such-callback', String(fun));
    }
  });

  it('without a table there is none', () => {
    const subject = new Subject(createV8Engine({}), canisterModule('(module (memory 1))'));
    subject.run('', { instance: 'fresh' });
    subject.engine.commit(canisterId);
    const outcome = subject.engine.runPlain(subject.request([{ kind: 'callback', fun: 0, env: 0n }]));
    assert.equal(outcome?.kind === 'trapped' && outcome.trap, 'no-such-callback');
  });

  it('take 64-bit values in a 64-bit module', () => {
    const module = canisterModule(
      '(module (memory i64 1) (func $f (param i64) (i64.store (i64.const 0) (local.get 0))) (table i64 2 funcref) (elem (i64.const 1) $f))',
    );
    const subject = new Subject(createV8Engine({}), module);
    subject.run('', { instance: 'fresh' });
    subject.engine.commit(canisterId);
    const call = (fun: number): RunOutcome | undefined =>
      subject.engine.runPlain(subject.request([{ kind: 'callback', fun, env: 2n ** 64n - 2n }]));
    assert.equal(call(1)?.kind, 'completed');
    subject.engine.commit(canisterId);
    assert.deepEqual([...subject.capture(emptyHeap)!.pages[0]![1].subarray(0, 8)], [254, 255, 255, 255, 255, 255, 255, 255]);
    for (const fun of [0, 2, 2 ** 40, 2 ** 64]) assert.equal((call(fun) as { trap?: unknown }).trap, 'no-such-callback');
  });
});

describe('fresh instances', () => {
  it('start runs first, then init, as one message', () => {
    const module = canisterModule(
      '(module (memory 1) (global $n (mut i32) (i32.const 1)) (func $start (global.set $n (i32.const 2))) (start $start) (func (export "canister_init") (i32.store (i32.const 0) (global.get $n))))',
    );
    const subject = new Subject(createV8Engine({}), module);
    const outcome = subject.engine.runPlain(subject.request([{ kind: 'start' }, exported('canister_init')], { instance: 'fresh' }));
    assert.equal(outcome?.kind === 'completed' && outcome.instructions, BigInt(1 + 1 + 2 + 1 + 1 + 2 + 1));
    subject.engine.commit(canisterId);
    assert.equal(subject.capture(emptyHeap)!.pages[0]![1][0], 2);
  });

  it('kept memory is in place before start runs, and only what changed since is captured', () => {
    const subject = installed();
    subject.update('grow');
    subject.capture();
    const module = canisterModule(
      `(module (memory 2) (data (i32.const 0) "new data") (func $start (i32.store (i32.const 70000) (i32.load (i32.const 150000)))) (start $start))`,
    );
    const upgraded = new Subject(subject.engine, module);
    Object.assign(upgraded, { heap: subject.heap, token: {} });
    const outcome = upgraded.engine.runPlain(upgraded.request([{ kind: 'start' }], { instance: 'fresh', keptHeap: subject.heap }));
    assert.equal(outcome?.kind === 'completed' && outcome.wasmPages, 3);
    upgraded.engine.commit(canisterId);
    const delta = upgraded.capture();
    assert.deepEqual(
      delta?.pages.map(([index]) => index),
      [17],
    );
    assert.equal(delta.pages[0]![1][70_000 % 4096], 7);
    assert.equal(upgraded.heap.pages.get(0)![0], 1);
  });

  it('one that is not committed leaves the old one in place', () => {
    const subject = installed();
    subject.update('add');
    assert.equal(subject.run('canister_init', { instance: 'fresh' })?.kind, 'completed');
    subject.engine.rollback(canisterId);
    subject.update('add');
    assert.deepEqual(subject.values(), [3, 1, 20]);
  });

  it('a segment that does not fit ends the installation', () => {
    const subject = new Subject(createV8Engine({}), canisterModule('(module (memory 1) (data (i32.const 65535) "ab"))'));
    const outcome = subject.run('', { instance: 'fresh' });
    assert.equal(outcome?.kind === 'trapped' && outcome.trap, 'heap-out-of-bounds');
  });

  it('every message finds the segments as they are in the module', () => {
    const module = canisterModule(
      '(module (memory 1) (data "ab") (func (export "canister_update use") (memory.init 0 (i32.const 0) (i32.const 0) (i32.const 2)) (data.drop 0)))',
    );
    const subject = new Subject(createV8Engine({}), module);
    subject.run('', { instance: 'fresh' });
    subject.engine.commit(canisterId);
    subject.update('use');
    subject.update('use');
    subject.capture(emptyHeap);
    subject.update('use');
  });
});

describe('eviction', () => {
  it('keeps to the number of instances and loses nothing', () => {
    const engine = createV8Engine({ instancesMax: 8 });
    const subjects = Array.from({ length: 30 }, (_, index) => new Subject(engine, memory, canisterIdOfIndex(BigInt(index))));
    for (const subject of subjects) subject.install();
    for (let round = 1; round <= 3; round++) {
      for (const subject of subjects) {
        subject.update('add');
        subject.capture();
        assert.ok(engine.instanceCount <= 8);
        assert.deepEqual(subject.values(), [1 + round, 1, 10 * round]);
      }
    }
  });

  it('keeps to the bytes of their memories, also when one grows, and loses nothing', () => {
    const one = 3.5 * 2 ** 20;
    const engine = createV8Engine({ instanceBytesMax: 8 * one });
    const subjects = Array.from({ length: 20 }, (_, index) => new Subject(engine, memory, canisterIdOfIndex(BigInt(index))));
    for (const subject of subjects) subject.install();
    assert.ok(engine.instanceCount >= 4 && engine.instanceCount <= 14, `${engine.instanceCount} instances`);
    for (const subject of subjects) {
      subject.update('add');
      subject.capture();
      assert.deepEqual(subject.values(), [2, 1, 10]);
    }
    const held = engine.instanceCount;
    const [first] = subjects;
    for (let growth = 0; growth < 200 && engine.instanceCount >= held; growth++) {
      first!.update('grow');
      first!.capture();
    }
    assert.ok(engine.instanceCount < held, 'others go when one grows');
    for (const subject of subjects.slice(1)) assert.deepEqual(subject.values(), [2, 1, 10]);
  });

  it('keeps to the bytes also where queries grow memories, or follow a canister that grows', () => {
    const large = canisterModule(`(module (memory 1 4000)
      (func (export "canister_query grow") (drop (memory.grow (i32.const 2000)))) (func (export "canister_query read")))`);
    const ask = (engine: WasmEngine, index: number, wasmPages: number, method: string): void => {
      const canister = canisterIdOfIndex(BigInt(index));
      const entries = [exported(`canister_query ${method}`)];
      const heap = { ...emptyHeap, wasmPages };
      const outcome = engine.runPlain(
        request(large, { canister, heap, heapToken: {}, role: 'query', entries, createApi: () => handler({}) }),
      );
      assert.equal(outcome?.kind, 'completed');
      engine.rollback(canister);
    };
    const growing = createV8Engine({ instanceBytesMax: 64 * 2 ** 20 });
    for (let index = 0; index < 5; index++) ask(growing, index, 1, 'grow');
    assert.equal(growing.instanceCount, 1);
    const following = createV8Engine({ instanceBytesMax: 64 * 2 ** 20 });
    for (let index = 0; index < 5; index++) for (const wasmPages of [1, 2_000]) ask(following, index, wasmPages, 'read');
    assert.equal(following.instanceCount, 1);
  });

  it('never drops what is not captured', () => {
    const engine = createV8Engine({ instancesMax: 4 });
    const subjects = Array.from({ length: 12 }, (_, index) => new Subject(engine, memory, canisterIdOfIndex(BigInt(index))));
    for (const subject of subjects) subject.install();
    for (const subject of subjects) subject.update('add');
    for (const subject of subjects) {
      assert.notEqual(subject.capture(), undefined);
      assert.deepEqual(subject.query('read'), [2, 1, 10]);
    }
  });
});

describe('traps', () => {
  const cases: readonly (readonly [body: string, trap: string])[] = [
    ['(unreachable)', 'unreachable'],
    ['(drop (i32.load (i32.const -4)))', 'heap-out-of-bounds'],
    ['(memory.fill (i32.const 65536) (i32.const 0) (i32.const 1))', 'heap-out-of-bounds'],
    ['(drop (table.get 0 (i32.const 9)))', 'table-out-of-bounds'],
    ['(call_indirect (i32.const 9))', 'table-out-of-bounds'],
    ['(call_indirect (i32.const 1))', 'null-function'],
    ['(call_indirect (i32.const 0))', 'signature-mismatch'],
    ['(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))', 'integer-overflow'],
    ['(drop (i64.div_s (i64.const 0x8000000000000000) (i64.const -1)))', 'integer-overflow'],
    ['(drop (i32.rem_u (i32.const 1) (i32.const 0)))', 'integer-divide-by-zero'],
    ['(drop (i64.div_u (i64.const 1) (i64.const 0)))', 'integer-divide-by-zero'],
    ['(drop (i32.trunc_f64_s (f64.const nan)))', 'invalid-conversion'],
    ['(call $forever)', 'stack-overflow'],
  ];
  const text = `(module (memory 1) (table 2 funcref) (elem (i32.const 0) $typed) (func $typed (param i32)) (func $forever (call $forever)) ${cases.map(([body], index) => `(func (export "canister_update ${index}") ${body})`).join(' ')})`;
  const subject = new Subject(createV8Engine({}), canisterModule(text));
  subject.run('', { instance: 'fresh' });
  subject.engine.commit(canisterId);
  for (const [index, [body, trap]] of cases.entries()) {
    it(`${body} is ${trap}`, () => {
      const outcome = subject.run(`canister_update ${index}`);
      assert.equal(outcome?.kind === 'trapped' && outcome.trap, trap);
    });
  }

  for (const [name, segments, fits] of [
    ['ends in the table', '(elem (i32.const 1) $f)', true],
    ['ends beyond it', '(elem (i32.const 1) $f $f)', false],
    ['begins before it', '(elem (i32.const -1) $f)', false],
    ['is empty at its end', '(elem (i32.const 2))', true],
    ['is empty beyond it', '(elem (i32.const 3))', false],
    ['begins where a global says', '(global $g i32 (i32.const 2)) (elem (global.get $g) $f)', false],
    ['is second', '(elem (i32.const 0) $f) (elem (i32.const 2) $f)', false],
    ['is applied by nobody', '(elem func $f $f $f)', true],
  ] as const) {
    it(`an element segment that ${name} ${fits ? 'is applied' : 'is table-out-of-bounds'}`, () => {
      const module = canisterModule(`(module (memory 1) (table 2 funcref) (func $f) ${segments})`);
      const outcome = new Subject(createV8Engine({}), module).run('', { instance: 'fresh' });
      assert.equal(outcome?.kind === 'trapped' ? outcome.trap : outcome?.kind, fits ? 'completed' : 'table-out-of-bounds');
    });
  }

  it('an element segment beyond the table of a 64-bit table is table-out-of-bounds', () => {
    const module = canisterModule('(module (memory i64 1) (table i64 2 funcref) (func $f) (elem (i64.const -1) $f))');
    const outcome = new Subject(createV8Engine({}), module).run('', { instance: 'fresh' });
    assert.equal(outcome?.kind === 'trapped' && outcome.trap, 'table-out-of-bounds');
  });
});
