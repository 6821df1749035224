/**
 * Hash trees: labelled trees whose parts can be replaced by their hashes without changing the root hash.
 *
 * Invariant H1: pruning any subtree leaves `rootHash` unchanged.
 * Source: IC interface specification, "Certificate" and "Lookup" (well-formedness).
 * @module
 */
import { assert, compareBytes, concatBytes, utf8 } from '../base/index.ts';
import type { Hasher } from '../base/index.ts';

/** A node of a hash tree. Nodes are immutable and may be shared between trees. */
export type HashTree =
  | { readonly kind: 'empty' }
  | { readonly kind: 'fork'; readonly left: HashTree; readonly right: HashTree }
  | { readonly kind: 'labeled'; readonly label: Uint8Array; readonly tree: HashTree }
  | { readonly kind: 'leaf'; readonly value: Uint8Array }
  | { readonly kind: 'pruned'; readonly hash: Uint8Array };

/** A sequence of labels. */
export type LabelPath = readonly Uint8Array[];

/** Bytes of every hash in a tree. */
export const HASH_BYTES = 32;

/** Length-prefixed text: what goes in front of everything that is hashed or signed. */
function domainSeparator(text: string): Uint8Array<ArrayBuffer> {
  const bytes = utf8(text);
  return concatBytes(Uint8Array.of(bytes.length), bytes);
}

const EMPTY_SEPARATOR = domainSeparator('ic-hashtree-empty');
const FORK_SEPARATOR = domainSeparator('ic-hashtree-fork');
const LABELED_SEPARATOR = domainSeparator('ic-hashtree-labeled');
const LEAF_SEPARATOR = domainSeparator('ic-hashtree-leaf');
const STATE_ROOT_SEPARATOR = domainSeparator('ic-state-root');

export const EMPTY_TREE: HashTree = { kind: 'empty' };

export function fork(left: HashTree, right: HashTree): HashTree {
  return { kind: 'fork', left, right };
}

/** @param label - bytes, or text that is taken as its UTF-8 bytes. */
export function labeled(label: Uint8Array | string, tree: HashTree): HashTree {
  return { kind: 'labeled', label: typeof label === 'string' ? utf8(label) : label, tree };
}

/** @param value - bytes, or text that is taken as its UTF-8 bytes. */
export function leaf(value: Uint8Array | string): HashTree {
  return { kind: 'leaf', value: typeof value === 'string' ? utf8(value) : value };
}

export function pruned(hash: Uint8Array): HashTree {
  assert(hash.length === HASH_BYTES, 'a pruned subtree is a hash of 32 bytes');
  return { kind: 'pruned', hash };
}

/** Hash of the empty tree. */
export function hashEmpty(hasher: Hasher): Uint8Array {
  return hasher.sha256(EMPTY_SEPARATOR);
}

/** Hash of a fork of two subtrees with these hashes. */
export function hashFork(left: Uint8Array, right: Uint8Array, hasher: Hasher): Uint8Array {
  return hasher.sha256(concatBytes(FORK_SEPARATOR, left, right));
}

/** Hash of a label above a subtree with this hash. */
export function hashLabeled(label: Uint8Array, subtree: Uint8Array, hasher: Hasher): Uint8Array {
  return hasher.sha256(concatBytes(LABELED_SEPARATOR, label, subtree));
}

/** Hash of a leaf. */
export function hashLeaf(value: Uint8Array, hasher: Hasher): Uint8Array {
  return hasher.sha256(concatBytes(LEAF_SEPARATOR, value));
}

/** Root hash of a tree: `reconstruct` of the specification. The tree is at most some thousand nodes deep. */
export function rootHash(tree: HashTree, hasher: Hasher): Uint8Array {
  switch (tree.kind) {
    case 'empty':
      return hashEmpty(hasher);
    case 'fork':
      return hashFork(rootHash(tree.left, hasher), rootHash(tree.right, hasher), hasher);
    case 'labeled':
      return hashLabeled(tree.label, rootHash(tree.tree, hasher), hasher);
    case 'leaf':
      return hashLeaf(tree.value, hasher);
    case 'pruned':
      return tree.hash;
  }
}

/** What a subnet signs: the state root under its domain separator. */
export function stateRootMessage(root: Uint8Array): Uint8Array<ArrayBuffer> {
  return concatBytes(STATE_ROOT_SEPARATOR, root);
}

/** A forest: what is below one label, left to right, without forks and empty trees. */
export type Forest = readonly Exclude<HashTree, { readonly kind: 'fork' | 'empty' }>[];

/** `flatten_forks` of the specification. */
export function flattenForks(tree: HashTree): Forest {
  const forest: Exclude<HashTree, { readonly kind: 'fork' | 'empty' }>[] = [];
  collect(tree, forest);
  return forest;
}

function collect(tree: HashTree, forest: Exclude<HashTree, { readonly kind: 'fork' | 'empty' }>[]): void {
  if (tree.kind === 'fork') {
    collect(tree.left, forest);
    collect(tree.right, forest);
  } else if (tree.kind !== 'empty') {
    forest.push(tree);
  }
}

/**
 * Whether labels are strictly increasing everywhere and never mixed with leaves. Pruned parts are taken to be so. Lookups give
 * unambiguous answers on such trees only.
 */
export function isWellFormed(tree: HashTree): boolean {
  if (tree.kind === 'leaf') return true;
  let last: Uint8Array | undefined;
  for (const item of flattenForks(tree)) {
    if (item.kind === 'leaf') return false;
    if (item.kind === 'pruned') continue;
    if (last !== undefined && compareBytes(last, item.label) >= 0) return false;
    if (!isWellFormed(item.tree)) return false;
    last = item.label;
  }
  return true;
}
