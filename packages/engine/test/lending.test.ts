/**
 * Queries run on the instance of the updates where that costs the updates nothing.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { HeapImage } from '@myelin/core/execution';
import { createV8Engine } from '@myelin/engine';
import { canisterId, canisterModule, emptyHeap, exported, request } from './support/canister-module.ts';

const module = canisterModule(`(module (memory 1 10)
  (func (export "canister_update add") (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))))
  (func (export "canister_query read") (drop (i32.load (i32.const 0))))
  (func (export "canister_query grow") (drop (memory.grow (i32.const 1))))
  (func (export "canister_query grow_and_trap") (drop (memory.grow (i32.const 1))) (unreachable)))`);

describe('instances that are lent to queries', () => {
  const { Instance } = WebAssembly;
  let made = 0;
  before(() => {
    WebAssembly.Instance = new Proxy(Instance, {
      construct: (target, values) => {
        made++;
        return Reflect.construct(target, values) as object;
      },
    });
  });
  after(() => {
    WebAssembly.Instance = Instance;
  });

  for (const [query, instances] of [
    ['read', 2],
    ['grow', 3],
    ['grow_and_trap', 3],
  ] as const) {
    it(`${query} and updates in turn make ${instances} instances in all`, () => {
      const engine = createV8Engine({});
      let heap: HeapImage = { ...emptyHeap, wasmPages: 1 };
      let token = {};
      made = 0;
      for (let round = 1; round <= 5; round++) {
        const outcome = engine.runPlain(
          request(module, { heap, heapToken: token, entries: [exported(`canister_query ${query}`)], role: 'query' }),
        );
        if (outcome?.kind === 'completed') engine.rollback(canisterId);
        assert.equal(
          engine.runPlain(request(module, { heap, heapToken: token, entries: [exported('canister_update add')] }))?.kind,
          'completed',
        );
        engine.commit(canisterId);
        const next = {};
        const delta = engine.capture(canisterId, token, next);
        assert.ok(delta !== undefined);
        const pages = heap.pages.fork();
        for (const [index, bytes] of delta.pages) pages.set(index, bytes);
        heap = { pages, wasmPages: delta.wasmPages, globals: delta.globals };
        token = next;
        assert.equal(heap.pages.get(0)?.[0], round);
      }
      assert.ok(made <= instances, `${made} were made`);
    });
  }
});
