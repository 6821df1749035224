/**
 * What a partial tree proves about a path.
 *
 * Source: IC interface specification, "Lookup". The rules are applied as written there, also to trees that are not well-formed: check
 * `isWellFormed` first where the tree comes from someone who could gain by ambiguity.
 * @module
 */
import { compareBytes } from '../base/index.ts';
import { flattenForks } from './hash-tree.ts';
import type { Forest, HashTree, LabelPath } from './hash-tree.ts';

/**
 * `found`: the tree proves the value. `absent`: the tree proves that nothing is at the path. `unknown`: pruned away. `error`: the path
 * exists, but has a subtree in place of a value.
 */
export type LookupResult =
  | { readonly status: 'found'; readonly value: Uint8Array }
  | { readonly status: 'absent' }
  | { readonly status: 'unknown' }
  | { readonly status: 'error' };

/** As {@link LookupResult}, for whatever is at a path: a subtree, a leaf, or something pruned. */
export type SubtreeLookupResult =
  | { readonly status: 'found'; readonly tree: HashTree }
  | { readonly status: 'absent' }
  | { readonly status: 'unknown' };

const ABSENT = { status: 'absent' } as const;
const UNKNOWN = { status: 'unknown' } as const;
const ERROR = { status: 'error' } as const;

/** The subtree at `path`. */
export function lookupSubtree(path: LabelPath, tree: HashTree): SubtreeLookupResult {
  let current = tree;
  for (const label of path) {
    const next = findLabel(label, flattenForks(current));
    if (next.status !== 'found') return next;
    current = next.tree;
  }
  return { status: 'found', tree: current };
}

/** The value at `path`: `lookup_path` of the specification. */
export function lookupPath(path: LabelPath, tree: HashTree): LookupResult {
  const subtree = lookupSubtree(path, tree);
  if (subtree.status !== 'found') return subtree;
  switch (subtree.tree.kind) {
    case 'leaf':
      return { status: 'found', value: subtree.tree.value };
    case 'empty':
      return ABSENT;
    case 'pruned':
      return UNKNOWN;
    case 'labeled':
    case 'fork':
      return ERROR;
  }
}

/** `find_label` of the specification. */
function findLabel(label: Uint8Array, forest: Forest): SubtreeLookupResult {
  if (forest.length === 0) return ABSENT;
  let absent = forest.length === 1 && forest[0]!.kind === 'leaf';
  let previousIsLess = true; // Nothing is left of the first tree, so the label cannot be there.
  for (const item of forest) {
    if (item.kind !== 'labeled') {
      previousIsLess = false;
      continue;
    }
    const order = compareBytes(item.label, label);
    if (order === 0) return { status: 'found', tree: item.tree };
    if (order > 0 && previousIsLess) absent = true;
    previousIsLess = order < 0;
  }
  return absent || (previousIsLess && forest.at(-1)!.kind === 'labeled') ? ABSENT : UNKNOWN;
}

/** A leaf and where it is. */
export type PathValue = { readonly path: LabelPath; readonly value: Uint8Array };

/** Every leaf that the tree reveals at or below `prefix`, left to right. */
export function listPaths(tree: HashTree, prefix: LabelPath = []): PathValue[] {
  const start = lookupSubtree(prefix, tree);
  const found: PathValue[] = [];
  if (start.status === 'found') collectPaths(start.tree, prefix, found);
  return found;
}

function collectPaths(tree: HashTree, path: LabelPath, found: PathValue[]): void {
  switch (tree.kind) {
    case 'leaf':
      found.push({ path, value: tree.value });
      return;
    case 'labeled':
      return collectPaths(tree.tree, [...path, tree.label], found);
    case 'fork':
      collectPaths(tree.left, path, found);
      return collectPaths(tree.right, path, found);
    case 'empty':
    case 'pruned':
      return;
  }
}
