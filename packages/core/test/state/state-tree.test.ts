import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AssertionFault, fromHex, nobleHasher, toHex } from '@myelin/core/base';
import {
  EMPTY_TREE,
  fork,
  hashFork,
  hashLabeled,
  hashLeaf,
  isWellFormed,
  labeled,
  leaf,
  lookupPath,
  lookupSubtree,
  pruneTree,
  rootHash,
  type HashTree,
  type LabelPath,
} from '@myelin/core/certification';
import {
  PersistentMap,
  buildWitness,
  createTreeHasher,
  lazyLabels,
  lazyLeaf,
  lazyMap,
  lazyText,
  stateLabel,
  treeOfLabels,
  type LazyTree,
} from '@myelin/core/state';

/** Subtrees by hex label, or a value. */
type Data = string | { readonly [label: string]: Data };

const tree = createTreeHasher(nobleHasher);
const hexLabel = fc
  .array(fc.constantFrom('00', '01', '41', '7f', '80', 'ff'), { maxLength: 3, size: 'max' })
  .map((bytes) => bytes.join(''));
const { data } = fc.letrec<{ data: Data; inner: Data }>((tie) => ({
  data: fc.oneof({ depthSize: 'medium', maxDepth: 3 }, fc.string({ maxLength: 200 }), tie('inner')),
  inner: fc.dictionary(hexLabel, tie('data'), { maxKeys: 12, size: 'max' }),
}));
const dataTree = fc.dictionary(hexLabel, data, { maxKeys: 20, size: 'max' }) as fc.Arbitrary<Data>;
const path = fc.array(hexLabel, { maxLength: 4 }).map((labels) => labels.map((label) => fromHex(label)));

function entriesOf(source: Exclude<Data, string>): [string, Data][] {
  return Object.entries(source).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Fixed labels at even depths, maps at odd ones. */
function lazyOf(source: Data, depth: number): LazyTree {
  if (typeof source === 'string') return lazyText(source, tree);
  if (depth % 2 === 0)
    return lazyLabels(
      entriesOf(source).map(([label, below]) => [stateLabel(fromHex(label)), lazyOf(below, depth + 1)]),
      tree,
    );
  const map = PersistentMap.empty<Data>();
  for (const [label, below] of Object.entries(source)) map.set(label, below);
  map.seal();
  return lazyMap(map, 1, { subtree: (_, below) => lazyOf(below, depth + 1) }, tree);
}

/** Bit `position` of a label: per byte one bit that says that it is there, then its eight bits. */
function labelBit(label: Uint8Array, position: number): number {
  const byte = label[Math.floor(position / 9)];
  if (byte === undefined) return 0;
  return position % 9 === 0 ? 1 : (byte >> (8 - (position % 9))) & 1;
}

/** The whole tree, by the definition of its shape: a fork wherever some labels have a 0 and others a 1. */
function wholeTree(source: Data): HashTree {
  if (typeof source === 'string') return leaf(source);
  const build = (items: readonly { readonly label: Uint8Array; readonly below: Data }[], position: number): HashTree => {
    if (items.length === 0) return EMPTY_TREE;
    if (items.length === 1) return labeled(items[0]!.label, wholeTree(items[0]!.below));
    const left = items.filter(({ label }) => labelBit(label, position) === 0);
    const right = items.filter(({ label }) => labelBit(label, position) === 1);
    if (left.length === 0 || right.length === 0) return build(items, position + 1);
    return fork(build(left, position + 1), build(right, position + 1));
  };
  return build(
    Object.entries(source).map(([label, below]) => ({ label: fromHex(label), below })),
    0,
  );
}

/** Paths that exist, prefixes of them, and labels next to them. */
function pathsIn(source: Data, prefix: LabelPath = []): LabelPath[] {
  if (typeof source === 'string') return [prefix];
  return [prefix, ...Object.entries(source).flatMap(([label, below]) => pathsIn(below, [...prefix, fromHex(label)]))];
}

describe('state tree', () => {
  it('has the root of the whole tree, and witnesses that answer as it does', () => {
    fc.assert(
      fc.property(
        dataTree,
        fc.array(path, { maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 4 }),
        hexLabel,
        (source, others, picks, label) => {
          const lazy = lazyOf(source, picks.length % 2);
          const whole = wholeTree(source);
          assert.ok(isWellFormed(whole));
          assert.equal(toHex(lazy.hash()), toHex(rootHash(whole, nobleHasher)));
          const existing = pathsIn(source);
          const picked = picks.flatMap((pick) => {
            const one = existing[pick % existing.length]!;
            return pick % 3 === 0 ? [[...one, fromHex(label)]] : pick % 3 === 1 ? [[...one.slice(0, -1), fromHex(label)]] : [one];
          });
          const paths = [...others, ...picked];
          const witness = buildWitness(lazy, paths);
          assert.equal(toHex(rootHash(witness, nobleHasher)), toHex(lazy.hash()));
          assert.deepEqual(witness, pruneTree(whole, paths, nobleHasher));
          for (const one of paths) {
            assert.deepEqual(lookupPath(one, witness), lookupPath(one, whole));
            assert.deepEqual(lookupSubtree(one, witness), lookupSubtree(one, whole));
          }
        },
      ),
      { numRuns: 120 },
    );
  });

  it('proves presence and absence in a map of many entries with a witness of logarithmic size', () => {
    const requests = PersistentMap.empty<string>();
    for (let index = 0; index < 5_000; index++) requests.set(toHex(nobleHasher.sha256(Uint8Array.of(index & 255, index >> 8))), 'replied');
    requests.seal();
    const status = stateLabel('status');
    const lazy = lazyLabels(
      [
        [
          stateLabel('request_status'),
          lazyMap(requests, 0, { subtree: (_, value) => lazyLabels([[status, lazyText(value, tree)]], tree) }, tree),
        ],
        [stateLabel('time'), lazyLeaf(Uint8Array.of(1), tree)],
      ],
      tree,
    );
    const pathOf = (id: Uint8Array): LabelPath => [stateLabel('request_status').bytes, id, status.bytes];
    const present = nobleHasher.sha256(Uint8Array.of(7, 7));
    const missing = nobleHasher.sha256(Uint8Array.of(1, 2, 3));
    const witness = buildWitness(lazy, [pathOf(present), pathOf(missing)]);
    assert.deepEqual(lookupPath(pathOf(present), witness), { status: 'found', value: new TextEncoder().encode('replied') });
    assert.deepEqual(lookupPath(pathOf(missing), witness), { status: 'absent' });
    assert.deepEqual(lookupPath([stateLabel('time').bytes], witness), { status: 'unknown' });
    const count = (node: HashTree): number =>
      node.kind === 'fork' ? 1 + count(node.left) + count(node.right) : node.kind === 'labeled' ? 1 + count(node.tree) : 1;
    assert.ok(count(witness) < 120, String(count(witness)));
  });

  it('gives nothing but the root hash when nothing is asked for', () => {
    const lazy = lazyLabels([[stateLabel('a'), lazyText('b', tree)]], tree);
    assert.deepEqual(buildWitness(lazy, []), { kind: 'pruned', hash: lazy.hash() });
  });

  it('hashes nodes as certification does, whatever their size', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300, size: 'max' }), fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes, hash) => {
        assert.deepEqual(tree.leafHash(bytes), hashLeaf(bytes, nobleHasher));
        assert.deepEqual(tree.labeledHash(bytes, hash), hashLabeled(bytes, hash, nobleHasher));
        assert.deepEqual(tree.labeledHexHash(toHex(bytes), hash), hashLabeled(bytes, hash, nobleHasher));
        assert.deepEqual(tree.forkHash(hash, tree.emptyHash), hashFork(hash, tree.emptyHash, nobleHasher));
      }),
    );
  });

  it('refuses labels that are not ascending', () => {
    const hash = tree.emptyHash;
    assert.throws(
      () =>
        treeOfLabels(
          [
            [stateLabel('b'), hash],
            [stateLabel('a'), hash],
          ],
          tree,
        ),
      AssertionFault,
    );
    assert.throws(
      () =>
        treeOfLabels(
          [
            [stateLabel('a'), hash],
            [stateLabel('a'), hash],
          ],
          tree,
        ),
      AssertionFault,
    );
  });
});
