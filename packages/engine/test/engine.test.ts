import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { HostTrap } from '@myelin/core/execution';
import { createV8Engine } from '@myelin/engine';
import { canisterId, canisterModule, exported, handler, request } from './support/canister-module.ts';

const counter = canisterModule(`(module
  (import "ic0" "msg_arg_data_size" (func $size (result i32)))
  (import "ic0" "msg_arg_data_copy" (func $copy (param i32 i32 i32)))
  (import "ic0" "msg_reply_data_append" (func $append (param i32 i32)))
  (import "ic0" "msg_reply" (func $reply))
  (memory 1 4)
  (global $calls (mut i64) (i64.const 5))
  (data (i32.const 100) "hello")
  (func (export "canister_init") (i32.store (i32.const 0) (i32.const 7)))
  (func (export "canister_update inc")
    (global.set $calls (i64.add (global.get $calls) (i64.const 1)))
    (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))
    (call $copy (i32.const 200) (i32.const 0) (call $size))
    (call $append (i32.const 0) (i32.const 4)) (call $reply))
  (func (export "canister_update trap") (i32.store (i32.const 0) (i32.const 99)) (global.set $calls (i64.const 0)) unreachable)
  (func (export "canister_update forever") (i32.store (i32.const 0) (i32.const 98)) (loop (br 0)))
  (func (export "canister_query read") (call $append (i32.const 0) (i32.const 4)) (call $append (i32.const 100) (i32.const 5)) (call $reply)))`);

function replyingApi(replies: Uint8Array[], argument = new Uint8Array([1, 2, 3])) {
  return () => {
    const api = handler({
      msg_arg_data_size: () => argument.length,
      msg_arg_data_copy: (destination: number, offset: number, size: number) =>
        api.port.write(destination, argument.subarray(offset, offset + size)),
      msg_reply_data_append: (source: number, size: number) => void replies.push(api.port.read(source, size)),
      msg_reply: () => undefined,
    });
    return api;
  };
}

describe('engine: plain messages', () => {
  it('installs, commits, captures, rolls back and restores', () => {
    const engine = createV8Engine({});
    const replies: Uint8Array[] = [];
    const createApi = replyingApi(replies);
    const t0 = {};
    const installed = engine.runPlain(
      request(counter, { instance: 'fresh', heapToken: t0, entries: [exported('canister_init')], createApi }),
    );
    assert.equal(installed?.kind, 'completed');
    engine.commit(canisterId);
    const t1 = {};
    const delta = engine.capture(canisterId, t0, t1);
    assert.deepEqual(
      delta?.pages.map(([index]) => index),
      [0],
    );
    assert.equal(delta?.wasmPages, 1);
    assert.deepEqual([...delta!.globals], [5, 0, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual([...delta!.pages[0]![1].subarray(0, 4)], [7, 0, 0, 0]);

    const run = (name: string) => engine.runPlain(request(counter, { heapToken: t1, entries: [exported(name)], createApi }));
    const outcome = run('canister_update inc');
    assert.equal(outcome?.kind, 'completed');
    engine.commit(canisterId);
    assert.deepEqual([...replies.pop()!], [8, 0, 0, 0]);

    const trapped = run('canister_update trap');
    assert.deepEqual(trapped?.kind === 'trapped' && trapped.trap, 'unreachable');
    run('canister_update inc');
    assert.deepEqual([...replies.pop()!], [9, 0, 0, 0]);
    engine.rollback(canisterId);
    run('canister_update inc');
    assert.deepEqual([...replies.pop()!], [9, 0, 0, 0]);
    engine.commit(canisterId);
    const next = engine.capture(canisterId, t1, {});
    assert.deepEqual([...next!.globals], [7, 0, 0, 0, 0, 0, 0, 0]);
    assert.deepEqual([...next!.pages[0]![1].subarray(200, 203)], [1, 2, 3]);
  });

  it('ends a message at its limit and asks for slices before it', () => {
    const engine = createV8Engine({});
    engine.runPlain(request(counter, { instance: 'fresh', entries: [exported('canister_init')] }));
    engine.commit(canisterId);
    const forever = (parts: object) => engine.runPlain(request(counter, { entries: [exported('canister_update forever')], ...parts }));
    assert.equal(forever({ sliceInstructions: 1_000n }), undefined);
    const outcome = forever({ instructionLimit: 100_000n });
    assert.deepEqual(outcome?.kind === 'trapped' && [outcome.trap, outcome.instructions], ['instruction-limit', 100_000n]);
  });

  it('reports traps of the System API', () => {
    const engine = createV8Engine({});
    engine.runPlain(request(counter, { instance: 'fresh', entries: [exported('canister_init')] }));
    engine.commit(canisterId);
    const createApi = () =>
      handler({
        msg_reply_data_append: () => {
          throw new HostTrap({ code: 504, message: 'no' });
        },
      });
    const outcome = engine.runPlain(request(counter, { role: 'query', entries: [exported('canister_query read')], createApi }));
    assert.deepEqual(outcome?.kind === 'trapped' && outcome.trap, { code: 504, message: 'no' });
    assert.equal(outcome?.kind === 'trapped' && outcome.instructions, 1n + 2n + 5n + 2n + 5n + 5n + 500n + 200n);
  });
});

describe('engine: sliced messages', () => {
  const long = canisterModule(`(module (memory 1) (func (export "canister_update long") (local $i i32)
    (loop (i32.store (i32.mul (local.get $i) (i32.const 4)) (local.get $i))
      (br_if 0 (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 10000))))))`);
  const entries = [exported('canister_update long')];

  it('pauses, resumes, aborts and gives the same bytes and count as a plain run', async () => {
    const engine = createV8Engine({});
    const token = {};
    engine.runPlain(request(long, { instance: 'fresh', heapToken: token }));
    engine.commit(canisterId);
    const plain = engine.runPlain(request(long, { entries, heapToken: token }));
    assert.equal(plain?.kind, 'completed');
    engine.rollback(canisterId);
    const sliced = request(long, { entries, heapToken: token, sliceInstructions: 20_000n });
    assert.equal(engine.runPlain(sliced), undefined);
    let outcome = await engine.startSliced(sliced);
    assert.equal(outcome.kind, 'paused');
    engine.abortSliced(canisterId);
    outcome = await engine.startSliced({ ...sliced, slicesDone: 3 });
    assert.equal(outcome.kind === 'paused' && outcome.instructions > 80_000n && outcome.instructions < 80_100n, true);
    while (outcome.kind === 'paused') outcome = await engine.resumeSliced(canisterId);
    assert.equal(outcome.kind, 'completed');
    assert.equal(outcome.instructions, plain.instructions);
    engine.commit(canisterId);
    const delta = engine.capture(canisterId, token, {});
    assert.equal(delta?.pages.length, 10);
    assert.equal(new Int32Array(delta!.pages[9]![1].slice().buffer)[783], 9999);
  });
});
