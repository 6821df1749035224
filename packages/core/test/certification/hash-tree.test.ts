import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cbor, lookup_path, reconstruct } from '@icp-sdk/core/agent';
import type { HashTree as OracleTree } from '@icp-sdk/core/agent';
import fc from 'fast-check';
import { fromHex, nobleHasher, toHex, utf8 } from '../../src/base/index.ts';
import {
  EMPTY_TREE,
  HASH_TREE_DEPTH_MAX,
  decodeHashTree,
  encodeHashTree,
  fork,
  isWellFormed,
  labeled,
  leaf,
  listPaths,
  lookupPath,
  lookupSubtree,
  mergeTrees,
  pruneTree,
  pruned,
  rootHash,
} from '../../src/certification/index.ts';
import type { HashTree } from '../../src/certification/index.ts';
import { hasCode } from '../support/has-code.ts';
import { lookupPlain, pathsOf, plainTreeOf, shape, shapedTree, somePaths } from './arbitrary-tree.ts';

const path = (...labels: string[]) => labels.map((label) => utf8(label));
const root = (tree: HashTree) => toHex(rootHash(tree, nobleHasher));

/** The example of the interface specification, "Example" of the certification chapter. */
const EXAMPLE = fork(
  fork(labeled('a', fork(fork(labeled('x', leaf('hello')), EMPTY_TREE), labeled('y', leaf('world')))), labeled('b', leaf('good'))),
  fork(labeled('c', EMPTY_TREE), labeled('d', leaf('morning'))),
);
const EXAMPLE_CBOR =
  '8301830183024161830183018302417882034568656c6c6f810083024179820345776f726c6483024162820344676f6f648301830241638100830241648203476d6f726e696e67';
const EXAMPLE_ROOT = 'eb5c5b2195e62d996b84c9bcc8259d19a83786a2f59e0878cec84c811f669aa0';
const PRUNED_CBOR =
  '83018301830241618301820458201b4feff9bef8131788b0c9dc6dbad6e81e524249c879e9f10f71ce3749f5a63883024179820345776f726c6483024162820458207b32ac0c6ba8ce35ac82c255fc7906f7fc130dab2a090f80fe12f9c2cae83ba6830182045820ec8324b8a1f1ac16bd2e806edba78006479c9877fed4eb464a25485465af601d830241648203476d6f726e696e67';

describe('hash tree: vectors of the interface specification', () => {
  it('encodes and decodes the example', () => {
    assert.equal(toHex(encodeHashTree(EXAMPLE)), EXAMPLE_CBOR);
    assert.deepEqual(decodeHashTree(fromHex(EXAMPLE_CBOR)), EXAMPLE);
  });

  it('has the root hash of the example', () => assert.equal(root(EXAMPLE), EXAMPLE_ROOT));

  it('prunes the example to /a/y, /ax and /d', () => {
    const witness = pruneTree(EXAMPLE, [path('a', 'y'), path('ax'), path('d')], nobleHasher);
    assert.equal(toHex(encodeHashTree(witness)), PRUNED_CBOR);
    assert.equal(root(witness), EXAMPLE_ROOT);
  });

  const answers: readonly (readonly [string[], string])[] = [
    [['a', 'a'], 'unknown'],
    [['a', 'y'], 'found'],
    [['aa'], 'absent'],
    [['ax'], 'absent'],
    [['b'], 'unknown'],
    [['bb'], 'unknown'],
    [['d'], 'found'],
    [['e'], 'absent'],
    [['a'], 'error'],
  ];
  for (const [labels, status] of answers) {
    it(`answers /${labels.join('/')} in the pruned tree with ${status}`, () => {
      assert.equal(lookupPath(path(...labels), decodeHashTree(fromHex(PRUNED_CBOR))).status, status);
    });
  }
});

describe('hash tree: codec', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['a map', 'a0'],
    ['an empty list', '80'],
    ['type 5', '8105'],
    ['an empty tree with contents', '820040'],
    ['a fork with one side', '82018100'],
    ['a fork with three sides', '8401810081008100'],
    ['a label that is text', '830261618100'],
    ['a leaf without a value', '8103'],
    ['a hash of 31 bytes', `8204581f${'00'.repeat(31)}`],
    ['a type that is a float', '81f90000'],
  ];
  for (const [name, hex] of refused) {
    it(`refuses ${name}`, () => assert.throws(() => decodeHashTree(fromHex(hex)), hasCode('HASH_TREE_INVALID')));
  }

  it('accepts a tree of the largest depth and refuses one node more', () => {
    let tree: HashTree = leaf('');
    for (let depth = 0; depth < HASH_TREE_DEPTH_MAX; depth++) tree = labeled('x', tree);
    assert.deepEqual(decodeHashTree(encodeHashTree(tree)), tree);
    assert.throws(() => decodeHashTree(encodeHashTree(labeled('x', tree))), hasCode('HASH_TREE_INVALID', 'CBOR_LIMIT_EXCEEDED'));
  });

  it('decodes what it encodes', () =>
    fc.assert(fc.property(shapedTree, ({ tree }) => assert.deepEqual(decodeHashTree(encodeHashTree(tree)), tree))));

  it('agrees with @icp-sdk/core on root hashes', () =>
    fc.assert(
      fc.asyncProperty(shapedTree, somePaths, async ({ tree }, paths) => {
        const witness = pruneTree(tree, paths, nobleHasher);
        assert.equal(toHex(await reconstruct(Cbor.decode<OracleTree>(encodeHashTree(witness)))), root(tree));
      }),
    ));

  // Its lookup compares labels byte by byte without regard to their order, and gives up at an empty tree in a fork: labels of one byte
  // and trees without such forks are what it decides by the specification.
  it('agrees with @icp-sdk/core on lookups', () => {
    const byte = fc.uint8Array({ minLength: 1, maxLength: 1 });
    const path = fc.array(byte, { maxLength: 3 });
    fc.assert(
      fc.property(plainTreeOf(byte), fc.array(path, { minLength: 1, maxLength: 4 }), fc.nat(2), (plain, paths, pruneBy) => {
        const tree = shape(plain, [][Symbol.iterator]());
        const witness = pruneTree(tree, paths.slice(pruneBy), nobleHasher);
        const oracle = Cbor.decode<OracleTree>(encodeHashTree(witness));
        for (const wanted of paths) assert.equal(lookup_path(wanted, oracle).status.toLowerCase(), lookupPath(wanted, witness).status);
      }),
    );
  });
});

describe('hash tree: witnesses', () => {
  it('H1: a witness has the root hash of the tree and the answers to its paths, and hides the other values', () =>
    fc.assert(
      fc.property(shapedTree, somePaths, ({ plain, tree }, paths) => {
        const witness = pruneTree(tree, paths, nobleHasher);
        assert.equal(root(witness), root(tree));
        assert.ok(isWellFormed(witness));
        for (const wanted of paths) {
          const expected = lookupPlain(plain, wanted);
          const answer = lookupPath(wanted, witness);
          if (typeof expected === 'string') assert.equal(answer.status, expected);
          else assert.deepEqual(answer, { status: 'found', value: expected });
        }
        for (const shown of listPaths(witness)) {
          // A leaf is shown when a path leads to it, to something above it, or on below it.
          const wanted = paths.some((labels) => {
            const shared = Math.min(labels.length, shown.path.length);
            return labels.slice(0, shared).every((name, index) => toHex(name) === toHex(shown.path[index]!));
          });
          assert.ok(wanted);
        }
      }),
    ));

  it('reveals everything below a prefix', () =>
    fc.assert(
      fc.property(shapedTree, ({ plain, tree }) => {
        assert.deepEqual(
          listPaths(pruneTree(tree, [[]], nobleHasher)).map((item) => item.path.map(toHex)),
          pathsOf(plain).map((labels) => labels.map(toHex)),
        );
      }),
    ));

  it('merges two witnesses of one tree into one that answers both', () =>
    fc.assert(
      fc.property(shapedTree, somePaths, somePaths, ({ tree }, left, right) => {
        const merged = mergeTrees(pruneTree(tree, left, nobleHasher), pruneTree(tree, right, nobleHasher), nobleHasher);
        assert.equal(root(merged), root(tree));
        for (const wanted of [...left, ...right]) assert.deepEqual(lookupPath(wanted, merged), lookupPath(wanted, tree));
      }),
    ));

  it('does not merge witnesses of different trees', () => {
    const other = labeled('a', leaf('1'));
    for (const tree of [labeled('a', leaf('2')), labeled('b', leaf('1')), leaf('1'), EMPTY_TREE, pruned(new Uint8Array(32))]) {
      assert.throws(() => mergeTrees(tree, other, nobleHasher), hasCode('HASH_TREES_DIFFER'));
      assert.throws(() => mergeTrees(other, tree, nobleHasher), hasCode('HASH_TREES_DIFFER'));
    }
  });
});

describe('hash tree: lookups in trees that are not well-formed', () => {
  const unsorted = fork(labeled('b', leaf('1')), labeled('a', leaf('2')));
  it('follows the rules of the specification as they are written', () => {
    assert.equal(lookupPath(path('a'), unsorted).status, 'found');
    assert.equal(lookupPath(path('c'), fork(pruned(new Uint8Array(32)), leaf('1'))).status, 'unknown');
    assert.equal(lookupPath(path('c'), leaf('1')).status, 'absent');
    assert.equal(lookupPath([], EMPTY_TREE).status, 'absent');
  });
  it('knows them', () => {
    assert.equal(isWellFormed(unsorted), false);
    assert.equal(isWellFormed(fork(labeled('a', leaf('1')), labeled('a', leaf('1')))), false);
    assert.equal(isWellFormed(fork(labeled('a', leaf('1')), leaf('1'))), false);
    assert.equal(isWellFormed(labeled('a', unsorted)), false);
    assert.equal(isWellFormed(EXAMPLE), true);
  });
  it('finds subtrees', () => {
    assert.deepEqual(lookupSubtree(path('d'), EXAMPLE), { status: 'found', tree: leaf('morning') });
    assert.equal(lookupSubtree(path('z'), EXAMPLE).status, 'absent');
  });
});
