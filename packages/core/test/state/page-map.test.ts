import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AssertionFault, nobleHasher, toHex } from '@myelin/core/base';
import { PAGE_BYTES, PAGE_INDEX_LIMIT, PageMap } from '@myelin/core/state';

type Model = Map<number, Uint8Array>;

/** Indexes around the places where the tree gets a level more, so that nodes come, go and are shared. */
const pageIndex = fc.constantFrom(
  0,
  1,
  2,
  31,
  32,
  33,
  1023,
  1024,
  32_768,
  2 ** 20 - 1,
  2 ** 20,
  2 ** 25,
  2 ** 30 + 5,
  2 ** 31,
  PAGE_INDEX_LIMIT - 1,
);
const handle = fc.nat({ max: 2 });
const fill = fc.constantFrom(0, 0, 1, 200);

const command = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('set' as const), handle, index: pageIndex, fill }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      handle,
      index: pageIndex,
      within: fc.constantFrom(0, 1, 4000, 4095),
      size: fc.constantFrom(0, 1, 96, 97, 4096, 9000),
      fill,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), handle, index: pageIndex }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('truncate' as const), handle, index: pageIndex }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('fork' as const, 'seal' as const, 'digest' as const, 'assign' as const, 'away' as const),
      handle,
    }),
  },
);
type Command = typeof command extends fc.Arbitrary<infer T> ? T : never;

function page(fillByte: number): Uint8Array {
  return new Uint8Array(PAGE_BYTES).fill(fillByte);
}

/** What a page holds in the model, not to be changed. */
function modelPage(model: Model, index: number): Uint8Array {
  return model.get(index) ?? page(0);
}

function modelWrite(model: Model, offset: number, size: number, fillByte: number): void {
  for (let done = 0; done < size;) {
    const index = Math.floor((offset + done) / PAGE_BYTES);
    const within = (offset + done) % PAGE_BYTES;
    const count = Math.min(PAGE_BYTES - within, size - done);
    model.set(
      index,
      modelPage(model, index)
        .slice()
        .fill(fillByte, within, within + count),
    );
    done += count;
  }
}

/** A map with the same contents, built in another way. */
function rebuilt(model: Model): PageMap {
  const map = PageMap.empty();
  for (const [index, bytes] of [...model].reverse()) map.set(index, bytes);
  map.seal();
  return map;
}

function checkSealed(map: PageMap, model: Model): void {
  map.seal();
  const stored = [...model].filter(([, bytes]) => bytes.some((byte) => byte !== 0)).sort(([a], [b]) => a - b);
  assert.equal(map.size, stored.length);
  assert.deepEqual(
    Array.from(map.entries(), ([index, bytes]) => [index, toHex(bytes)]),
    stored.map(([index, bytes]) => [index, toHex(bytes)]),
  );
  assert.equal(toHex(map.rootDigest(nobleHasher)), toHex(rebuilt(model).rootDigest(nobleHasher)));
}

function apply(maps: PageMap[], models: Model[], step: Command): void {
  const at = step.handle % maps.length;
  const map = maps[at]!;
  const model = models[at]!;
  switch (step.kind) {
    case 'set':
      map.set(step.index, page(step.fill));
      model.set(step.index, page(step.fill));
      break;
    case 'write': {
      const offset = step.index * PAGE_BYTES + step.within;
      if (offset + step.size > PAGE_INDEX_LIMIT * PAGE_BYTES) return;
      map.write(offset, new Uint8Array(step.size).fill(step.fill));
      modelWrite(model, offset, step.size, step.fill);
      break;
    }
    case 'delete':
      map.delete(step.index);
      model.delete(step.index);
      break;
    case 'truncate':
      map.truncate(step.index);
      for (const index of model.keys()) if (index >= step.index) model.delete(index);
      break;
    case 'fork':
      if (maps.length === 3) return;
      maps.push(map.fork());
      models.push(new Map(model));
      break;
    case 'seal':
      map.seal();
      break;
    case 'assign':
      maps[(at + 1) % maps.length]!.seal();
      map.assign(maps[(at + 1) % maps.length]!);
      models[at] = new Map(models[(at + 1) % maps.length]);
      break;
    case 'away':
      map.seal();
      map.rootDigest(nobleHasher);
      for (const [, leaf] of map.leaves()) {
        const { pages, digest } = leaf;
        leaf.sendAway({ load: (wanted) => (assert.equal(wanted, digest), pages) });
        assert.ok(leaf.isAway);
      }
      break;
    case 'digest':
      map.seal();
      map.rootDigest(nobleHasher);
  }
}

describe('PageMap', () => {
  it('behaves like a map of pages, also when forks are written to in turns; its digest depends on the contents only', () => {
    fc.assert(
      fc.property(
        fc.array(command, { maxLength: 25, size: 'max' }),
        pageIndex,
        fc.nat(9000),
        fc.nat(9000),
        (steps, index, within, size) => {
          const maps = [PageMap.empty()];
          const models: Model[] = [new Map()];
          for (const step of steps) apply(maps, models, step);
          for (const [at, map] of maps.entries()) {
            const model = models[at]!;
            const offset = Math.min(index * PAGE_BYTES + within, PAGE_INDEX_LIMIT * PAGE_BYTES - size);
            const expected = new Uint8Array(size);
            for (let byte = 0; byte < size; byte++) {
              const address = offset + byte;
              expected[byte] = model.get(Math.floor(address / PAGE_BYTES))?.[address % PAGE_BYTES] ?? 0;
            }
            assert.equal(toHex(map.read(offset, size)), toHex(expected));
            assert.equal(toHex(map.get(index) ?? page(0)), toHex(modelPage(model, index)));
            checkSealed(map, model);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('tells of each page once per edit, before it is written', () => {
    const map = PageMap.empty();
    const dirty: number[] = [];
    const note = (index: number): void => void dirty.push(index);
    map.write(PAGE_BYTES - 1, Uint8Array.of(1, 2), note);
    map.write(0, Uint8Array.of(3), note);
    map.write(5 * PAGE_BYTES, Uint8Array.of(0), note);
    map.write(5 * PAGE_BYTES, Uint8Array.of(1), note);
    assert.deepEqual(dirty, [0, 1, 5]);
    map.seal();
    map.write(0, Uint8Array.of(4), note);
    map.write(9, Uint8Array.of(4), note);
    assert.deepEqual(dirty, [0, 1, 5, 0]);
    assert.throws(() =>
      map.write(0, new Uint8Array(3 * PAGE_BYTES).fill(9), (index) => {
        if (index === 2) throw new Error('too many pages');
      }),
    );
    assert.equal(map.get(1)![0], 9);
    assert.equal(map.get(2), undefined);
  });

  it('copies a page once per edit and never changes one that a fork or the caller holds', () => {
    const given = page(7);
    const map = PageMap.empty();
    map.set(3, given);
    map.write(3 * PAGE_BYTES, Uint8Array.of(1));
    assert.equal(given[0], 7);
    const before = map.get(3);
    map.write(3 * PAGE_BYTES, Uint8Array.of(2));
    assert.equal(map.get(3), before);
    const fork = map.fork();
    map.write(3 * PAGE_BYTES, Uint8Array.of(3));
    assert.deepEqual([fork.get(3)![0], map.get(3)![0]], [2, 3]);
  });

  it('takes the contents of another map and keeps its own pages where they are equal', () => {
    const map = PageMap.empty();
    const other = PageMap.empty();
    for (const index of [1, 40]) map.set(index, page(index));
    for (const [index, fill] of [
      [1, 1],
      [3, 3],
    ] as const)
      other.set(index, page(fill));
    const before = map.get(1);
    other.seal();
    map.assign(other);
    assert.equal(map.get(1), before);
    assert.deepEqual(
      Array.from(map.entries(), ([index]) => index),
      [1, 3],
    );
    assert.deepEqual(map.rootDigest(nobleHasher), other.rootDigest(nobleHasher));
  });

  it('does not store zeros', () => {
    const map = PageMap.empty();
    map.set(1, page(0));
    map.write(2 ** 30, new Uint8Array(3 * PAGE_BYTES));
    map.seal();
    assert.equal(map.size, 0);
    assert.deepEqual(map.rootDigest(nobleHasher), PageMap.empty().rootDigest(nobleHasher));
  });

  it('hashes only what changed', () => {
    let pages = 0;
    let nodes = 0;
    const hasher = {
      ...nobleHasher,
      sha256: (data: Uint8Array) => (data.length === PAGE_BYTES ? pages++ : nodes++, nobleHasher.sha256(data)),
    };
    const map = PageMap.empty();
    for (let index = 0; index < 64; index++) map.set(index, page(1));
    map.seal();
    map.rootDigest(hasher);
    assert.deepEqual([pages, nodes], [64, 3]);
    map.write(40 * PAGE_BYTES, Uint8Array.of(2));
    map.seal();
    map.rootDigest(hasher);
    assert.deepEqual([pages, nodes], [65, 5]);
  });

  it('refuses what no memory has, and digests while pages may still be changed in place', () => {
    const map = PageMap.empty();
    for (const index of [-1, 0.5, PAGE_INDEX_LIMIT]) assert.throws(() => map.set(index, page(1)), AssertionFault);
    assert.throws(() => map.set(0, new Uint8Array(PAGE_BYTES - 1)), AssertionFault);
    assert.throws(() => map.read(PAGE_INDEX_LIMIT * PAGE_BYTES, 1), AssertionFault);
    map.set(0, page(1));
    assert.throws(() => map.rootDigest(nobleHasher), AssertionFault);
    assert.throws(() => {
      for (const [index] of map.entries()) map.delete(index);
    }, AssertionFault);
  });
});

describe('pages that two maps do not share', () => {
  it('are those that either has changed since one was forked from the other', () => {
    const index = fc.oneof(fc.nat({ max: 40 }), fc.nat({ max: 70_000 }), fc.constant(2 ** 30));
    const change = fc.tuple(index, fc.nat({ max: 2 }));
    fc.assert(
      fc.property(fc.array(change), fc.array(change), fc.array(change), (common, onlyA, onlyB) => {
        const apply = (map: PageMap, changes: readonly (readonly [number, number])[]): void => {
          for (const [at, fill] of changes) map.set(at, page(fill));
        };
        const a = PageMap.empty();
        apply(a, common);
        const b = a.fork();
        apply(a, onlyA);
        apply(b, onlyB);
        const differing = new Set<number>();
        for (const [at, bytes] of a.entries()) if (b.get(at) !== bytes) differing.add(at);
        for (const [at] of b.entries()) if (a.get(at) === undefined) differing.add(at);
        assert.deepEqual(
          [...a.unshared(b)],
          [...differing].sort((x, y) => x - y),
        );
      }),
    );
  });
});
