/**
 * A message that pauses gives the same bytes and the same count as one that does not, wherever it pauses, and when its slices are run again.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canisterIdOfIndex } from '@myelin/core/base';
import { HostTrap, type HeapImage, type RunOutcome, type RunRequest, type WasmEngine } from '@myelin/core/execution';
import { createV8Engine } from '@myelin/engine';
import { canisterId, canisterModule, emptyHeap, exported, handler, request } from './support/canister-module.ts';

/** Work of every kind that may meet the end of a slice: loops, calls, bulk operations, growth, the System API, indirect calls. */
const module = canisterModule(`(module
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "performance_counter" (func $counter (param i32) (result i64)))
  (import "ic0" "debug_print" (func $print (param i32 i32)))
  (memory 1 40) (global $g (mut i64) (i64.const 1)) (table funcref (elem $mix))
  (func $mix (param i32) (result i32) (global.set $g (i64.add (i64.mul (global.get $g) (i64.const 6364136223846793005)) (i64.const 1))) (i32.wrap_i64 (i64.shr_u (global.get $g) (i64.const 33))))
  (func $tree (param i32) (result i32) (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1)) (else (i32.add (call $tree (i32.sub (local.get 0) (i32.const 1))) (call $tree (i32.sub (local.get 0) (i32.const 1)))))))
  (func (export "canister_update work") (local $i i32)
    (loop $again
      (i32.store (i32.and (call_indirect (param i32) (result i32) (local.get $i) (i32.const 0)) (i32.const 0xfffc)) (call $tree (i32.const 4)))
      (if (i32.eqz (i32.rem_u (local.get $i) (i32.const 50)))
        (then
          (memory.copy (i32.const 30000) (i32.and (local.get $i) (i32.const 0xff)) (i32.const 5000))
          (i64.store (i32.const 8) (call $counter (i32.const 0)))
          (call $print (i32.const 0) (i32.const 0))
          (call $append (i32.const 0) (i32.const 64))
          (drop (memory.grow (i32.const 1)))))
      (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 500))))
    (i32.store (i32.const 0) (memory.size)))
  (func (export "canister_update trap") (local $i i32)
    (loop $again (i32.store (local.get $i) (i32.const -1)) (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 4))) (i32.const 60000)))) (unreachable))
  (func (export "canister_update refuse") (drop (call $tree (i32.const 12))) (call $append (i32.const 0) (i32.const 1)))
  (func (export "canister_update forever") (loop (br 0)))
  (func (export "canister_query peek") (call $append (i32.const 0) (i32.const 8))))`);

type Seen = { readonly replies: string[]; readonly counts: bigint[] };

function api(seen: Seen) {
  const created = handler({
    performance_counter: () => {
      seen.counts.push(created.port.instructionsUsed());
      return created.port.instructionsUsed();
    },
    debug_print: () => created.port.charge(777),
    msg_reply_data_append: (source: number, size: number) => {
      if (size === 1) throw new HostTrap({ code: 502, message: 'refused' });
      seen.replies.push(Buffer.from(created.port.read(source, size)).toString('hex'));
    },
  });
  return created;
}

class Subject {
  readonly engine: WasmEngine = createV8Engine({});
  readonly token = {};
  heap: HeapImage = emptyHeap;
  seen: Seen = { replies: [], counts: [] };

  constructor() {
    this.engine.runPlain(request(module, { instance: 'fresh', heapToken: this.token }));
    this.engine.commit(canisterId);
    const delta = this.engine.capture(canisterId, this.token, this.token);
    if (delta !== undefined) this.heap = { ...emptyHeap, wasmPages: delta.wasmPages, globals: delta.globals };
  }

  request(name: string, parts: Partial<RunRequest> = {}): RunRequest {
    const createApi = () => {
      this.seen = { replies: [], counts: [] };
      return api(this.seen);
    };
    return request(module, { heap: this.heap, heapToken: this.token, entries: [exported(`canister_update ${name}`)], createApi, ...parts });
  }

  /** Everything that the message did, and undoes it by going back to the image. */
  result(outcome: RunOutcome): unknown {
    if (outcome.kind === 'paused') throw new Error('the message has ended');
    const { kind, instructions } = outcome;
    const trap = outcome.kind === 'trapped' ? outcome.trap : undefined;
    if (kind === 'trapped') return { kind, instructions, trap, seen: this.seen };
    const { dirtyPages, wasmPages } = outcome;
    this.engine.commit(canisterId);
    const delta = this.engine.capture(canisterId, this.token, {})!;
    const pages = delta.pages.map(([index, bytes]) => [index, Buffer.from(bytes).toString('hex')]);
    return { kind, instructions, dirtyPages, wasmPages, pages, globals: [...delta.globals], seen: this.seen };
  }

  plain(name: string, parts: Partial<RunRequest> = {}): unknown {
    return this.result(this.engine.runPlain(this.request(name, parts))!);
  }

  async sliced(
    name: string,
    sliceInstructions: bigint,
    each?: (outcome: RunOutcome, slices: number) => Promise<RunOutcome | undefined>,
  ): Promise<{ result: unknown; slices: number }> {
    let slices = 1;
    let outcome = await this.engine.startSliced(this.request(name, { sliceInstructions }));
    while (outcome.kind === 'paused') {
      const other = await each?.(outcome, slices);
      slices++;
      outcome = other ?? (await this.engine.resumeSliced(canisterId));
    }
    return { result: this.result(outcome), slices };
  }
}

describe('slices', () => {
  for (const name of ['work', 'trap', 'refuse']) {
    for (const slice of [500n, 4_321n, 60_000n, 10_000_000n]) {
      it(`${name} in slices of ${slice}`, async () => {
        const subject = new Subject();
        const expected = subject.plain(name);
        const { result, slices } = await subject.sliced(name, slice);
        assert.deepEqual(result, expected);
        const used = (expected as { instructions: bigint }).instructions;
        assert.ok(slice > used ? slices === 1 : slices > 1, `${slices} slices for ${used} instructions`);
      });
    }
  }

  it('abandoned at every slice and run again from the start', async () => {
    const subject = new Subject();
    const expected = subject.plain('work');
    const sliceInstructions = 40_000n;
    const { result, slices } = await subject.sliced('work', sliceInstructions, async (paused, slicesDone) => {
      subject.engine.abortSliced(canisterId);
      if (slicesDone % 3 === 0) subject.engine.drop(canisterId);
      const again = await subject.engine.startSliced(subject.request('work', { sliceInstructions, slicesDone: slicesDone - 1 }));
      assert.deepEqual(again, paused);
      subject.engine.abortSliced(canisterId);
      return subject.engine.startSliced(subject.request('work', { sliceInstructions, slicesDone }));
    });
    assert.deepEqual(result, expected);
    assert.ok(slices > 5);
  });

  it('reports the instructions so far at each pause', async () => {
    const subject = new Subject();
    const counts: bigint[] = [];
    await subject.sliced('work', 50_000n, async (outcome) => void counts.push(outcome.instructions));
    assert.ok(counts.length > 3);
    for (const [index, count] of counts.entries()) {
      const budget = 50_000n * BigInt(index + 1);
      assert.ok(count > budget && count < budget + 10_000n, `${count} after ${index + 1} slices`);
    }
  });

  it('end at the limit of the message, which need not be a multiple', async () => {
    const subject = new Subject();
    const outcome = subject.engine.runPlain(subject.request('forever', { instructionLimit: 70_000n, sliceInstructions: 70_000n }));
    assert.deepEqual(outcome?.kind === 'trapped' && [outcome.trap, outcome.instructions], ['instruction-limit', 70_000n]);
    let sliced = await subject.engine.startSliced(subject.request('forever', { instructionLimit: 70_000n, sliceInstructions: 30_000n }));
    let slices = 1;
    for (; sliced.kind === 'paused'; slices++) sliced = await subject.engine.resumeSliced(canisterId);
    assert.equal(slices, 3);
    assert.deepEqual(sliced.kind === 'trapped' && [sliced.trap, sliced.instructions], ['instruction-limit', 70_000n]);
  });

  it('queries and other canisters run while a message is paused', async () => {
    const subject = new Subject();
    const expected = subject.plain('work');
    const { result } = await subject.sliced('work', 40_000n, async () => {
      const query = {
        ...subject.request('', { role: 'query', entries: [exported('canister_query peek')] }),
        createApi: () => api({ replies: [], counts: [] }),
      };
      assert.equal(subject.engine.runPlain(query)?.kind, 'completed');
      subject.engine.rollback(canisterId);
      const other = canisterIdOfIndex(77n);
      assert.equal(subject.engine.runPlain(request(module, { canister: other, instance: 'fresh' }))?.kind, 'completed');
      subject.engine.commit(other);
      return undefined;
    });
    assert.deepEqual(result, expected);
  });

  it('many messages may be paused at once', async () => {
    const engine = createV8Engine({});
    const ids = Array.from({ length: 50 }, (_, index) => canisterIdOfIndex(BigInt(index)));
    const start = (canister: (typeof ids)[number]) =>
      engine.startSliced(
        request(module, {
          canister,
          instance: 'fresh',
          entries: [exported('canister_update work')],
          createApi: () => api({ replies: [], counts: [] }),
          sliceInstructions: 300_000n,
        }),
      );
    let outcomes = await Promise.all(ids.map(start));
    assert.ok(outcomes.every((outcome) => outcome.kind === 'paused'));
    while (outcomes.some((outcome) => outcome.kind === 'paused')) outcomes = await Promise.all(ids.map((id) => engine.resumeSliced(id)));
    assert.ok(outcomes.every((outcome) => outcome.kind === 'completed' && outcome.instructions === outcomes[0]!.instructions));
    for (const id of ids) engine.commit(id);
  });

  it('a fault of the host is thrown to whoever waits', async () => {
    const subject = new Subject();
    const createApi = () =>
      handler({
        msg_reply_data_append: () => {
          throw new TypeError('a bug');
        },
      });
    await assert.rejects(subject.engine.startSliced(subject.request('refuse', { createApi })), /a bug/);
    assert.throws(() => subject.engine.runPlain(subject.request('refuse', { createApi })), /a bug/);
    assert.equal(subject.engine.runPlain(subject.request('work'))?.kind, 'completed');
  });
});
