/**
 * Witnesses: trees pruned to what they must prove, and the union of two of them.
 * @module
 */
import { IcError, compareBytes, equalBytes } from '../base/index.ts';
import type { Hasher } from '../base/index.ts';
import { flattenForks, fork, labeled, pruned, rootHash } from './hash-tree.ts';
import type { HashTree, LabelPath } from './hash-tree.ts';

/**
 * The smallest tree with the same root hash in which every path of `paths` has the answer that it has in `tree`: values and subtrees
 * at the paths are kept whole, and of paths that do not exist the neighbours' labels are kept, which proves the absence.
 *
 * Paths may be prefixes of each other; an empty path keeps everything. A path that leads on below a leaf keeps that leaf.
 */
export function pruneTree(tree: HashTree, paths: readonly LabelPath[], hasher: Hasher): HashTree {
  return pruneBelow(tree, paths, 0, hasher);
}

/** Prunes what is below the first `depth` labels of `paths`, all of which lead here. */
function pruneBelow(tree: HashTree, paths: readonly LabelPath[], depth: number, hasher: Hasher): HashTree {
  if (paths.length === 0) return tree.kind === 'pruned' ? tree : pruned(rootHash(tree, hasher));
  if (paths.some((path) => path.length === depth) || tree.kind === 'leaf') return tree;
  return rebuild(tree, chooseLabels(tree, paths, depth), depth + 1, hasher);
}

/** For every labelled tree of the forest that must stay: the paths that lead on below it, none when only its label is needed. */
function chooseLabels(tree: HashTree, paths: readonly LabelPath[], depth: number): Map<HashTree, LabelPath[]> {
  const forest = flattenForks(tree);
  const kept = new Map<HashTree, LabelPath[]>();
  for (const path of paths) {
    const label = path[depth]!;
    let less: HashTree | undefined;
    let greater: HashTree | undefined;
    let equal: HashTree | undefined;
    for (const item of forest) {
      if (item.kind !== 'labeled') continue;
      const order = compareBytes(item.label, label);
      if (order === 0) equal = item;
      else if (order < 0) less = item;
      else greater ??= item;
    }
    if (equal !== undefined) {
      const onward = kept.get(equal);
      if (onward === undefined) kept.set(equal, [path]);
      else onward.push(path);
      continue;
    }
    for (const neighbour of [less, greater]) if (neighbour !== undefined && !kept.has(neighbour)) kept.set(neighbour, []);
  }
  return kept;
}

function rebuild(tree: HashTree, kept: ReadonlyMap<HashTree, LabelPath[]>, depth: number, hasher: Hasher): HashTree {
  switch (tree.kind) {
    case 'fork': {
      const left = rebuild(tree.left, kept, depth, hasher);
      const right = rebuild(tree.right, kept, depth, hasher);
      const whole = fork(left, right);
      // Empty trees stay beside something revealed, where they prove absence, and go with what is pruned.
      const hidden = (left.kind === 'pruned' && isBare(right)) || (right.kind === 'pruned' && isBare(left));
      return hidden ? pruned(rootHash(whole, hasher)) : whole;
    }
    case 'labeled': {
      const onward = kept.get(tree);
      if (onward === undefined) return pruned(rootHash(tree, hasher));
      return labeled(tree.label, pruneBelow(tree.tree, onward, depth, hasher));
    }
    case 'leaf':
      return pruned(rootHash(tree, hasher));
    case 'empty':
    case 'pruned':
      return tree;
  }
}

function isBare(tree: HashTree): boolean {
  return tree.kind === 'pruned' || tree.kind === 'empty';
}

/**
 * The tree that reveals what either witness of the same tree reveals.
 * @throws IcError `HASH_TREES_DIFFER` when the two are not witnesses of one tree.
 */
export function mergeTrees(a: HashTree, b: HashTree, hasher: Hasher): HashTree {
  if (a === b) return a;
  if (a.kind === 'pruned') return mergePruned(a.hash, b, hasher);
  if (b.kind === 'pruned') return mergePruned(b.hash, a, hasher);
  if (a.kind === 'fork' && b.kind === 'fork') return fork(mergeTrees(a.left, b.left, hasher), mergeTrees(a.right, b.right, hasher));
  if (a.kind === 'labeled' && b.kind === 'labeled' && equalBytes(a.label, b.label)) {
    return labeled(a.label, mergeTrees(a.tree, b.tree, hasher));
  }
  if (a.kind === 'leaf' && b.kind === 'leaf' && equalBytes(a.value, b.value)) return a;
  if (a.kind === 'empty' && b.kind === 'empty') return a;
  throw differ(`one has a ${a.kind} node where the other has a ${b.kind} node with other contents`);
}

function mergePruned(hash: Uint8Array, other: HashTree, hasher: Hasher): HashTree {
  if (equalBytes(hash, rootHash(other, hasher))) return other;
  throw differ('one was pruned to a hash that is not that of the other');
}

function differ(what: string): IcError {
  return new IcError({ code: 'HASH_TREES_DIFFER' }, `the two hash trees are not witnesses of the same tree: ${what}`);
}
