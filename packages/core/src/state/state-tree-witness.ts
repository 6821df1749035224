/**
 * Witnesses of a lazy state tree: what was asked for, everything else as hashes.
 * @module
 */
import { fromHex, toHex } from '../base/index.ts';
import { EMPTY_TREE, type HashTree, type LabelPath, fork, labeled, leaf, pruned } from '../certification/index.ts';
import type { LabelVisitor, LazyLabels, LazyTree } from './state-tree.ts';

/** What is asked for below a node, by label as hex; `whole`: everything. */
type Request = { whole: boolean; readonly below: Map<string, Request> };

function createRequest(): Request {
  return { whole: false, below: new Map() };
}

function mergePaths(paths: readonly LabelPath[]): Request {
  const root = createRequest();
  for (const path of paths) {
    let request = root;
    for (const label of path) {
      const hex = toHex(label);
      let next = request.below.get(hex);
      if (next === undefined) request.below.set(hex, (next = createRequest()));
      request = next;
    }
    request.whole = true;
  }
  return root;
}

/**
 * The smallest tree with the root hash of `root` in which every path has its answer: values and subtrees at the paths are there as
 * a whole, and for what does not exist the labels next to it, which proves its absence. A path that leads on below a value shows that
 * value, for the same reason. Equals `pruneTree` of the whole tree, without making it.
 *
 * @param paths - may be prefixes of each other; the empty path asks for everything; no path at all gives just the root hash.
 */
export function buildWitness(root: LazyTree, paths: readonly LabelPath[]): HashTree {
  return paths.length === 0 ? pruned(root.hash()) : reveal(root, mergePaths(paths));
}

function reveal(tree: LazyTree, request: Request): HashTree {
  if (tree.kind === 'leaf') return leaf(tree.value);
  if (request.whole) return revealWhole(tree);
  return walkLabels(tree, [...request.below.keys()].sort(), (labelHex, subtree, requested) => {
    const below = requested ? request.below.get(labelHex) : undefined;
    return below === undefined ? pruned(subtree.hash()) : reveal(subtree, below);
  });
}

function revealWhole(tree: LazyTree): HashTree {
  if (tree.kind === 'leaf') return leaf(tree.value);
  return walkLabels(tree, tree.labels(), (_, subtree) => revealWhole(subtree));
}

function walkLabels(tree: LazyLabels, labels: readonly string[], below: LabelVisitor<HashTree>['label']): HashTree {
  const witness = tree.walk<HashTree>(labels, {
    fork,
    pruned,
    label: (labelHex, subtree, requested) => labeled(fromHex(labelHex), below(labelHex, subtree, requested)),
  });
  return witness ?? EMPTY_TREE;
}
