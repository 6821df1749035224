/**
 * The state tree as it is needed: hashes at once, nodes only where a witness must show them.
 *
 * Labels below a node form a crit-bit trie (trie-node.ts) over their bytes, whether they are the keys of a `PersistentMap` or a
 * handful of fixed names. So the tree is ordered as the IC demands and its root depends on the contents only.
 * Source: IC interface specification, "The system state tree", "Certificate".
 * @module
 */
import { assert, toHex, utf8 } from '../base/index.ts';
import { PersistentMap } from './persistent-map.ts';
import type { TreeHasher } from './state-tree-hash.ts';
import { type HashSlot, firstDifference, keyBit } from './trie-node.ts';

/** A subtree whose nodes are made when somebody looks at them. */
export type LazyTree = LazyLeaf | LazyLabels;

/** A value. */
export type LazyLeaf = {
  readonly kind: 'leaf';
  readonly hash: () => Uint8Array;
  readonly value: Uint8Array;
};

/** What a walk over the labels of one node makes of them. */
export type LabelVisitor<W> = {
  readonly fork: (left: W, right: W) => W;
  /** A label: asked for, or only the neighbour of one that is not there. */
  readonly label: (labelHex: string, subtree: LazyTree, requested: boolean) => W;
  readonly pruned: (hash: Uint8Array) => W;
};

/** Labelled subtrees, possibly none. */
export type LazyLabels = {
  readonly kind: 'labels';
  readonly hash: () => Uint8Array;
  /** All labels as lower-case hex, ascending. */
  readonly labels: () => string[];
  /**
   * Folds the part that proves what is at the given labels (lower-case hex, ascending, without duplicates): the labels that are
   * there, the neighbours of those that are not, and the hashes of the rest. Undefined when there are no labels at all.
   */
  readonly walk: <W>(labels: readonly string[], visitor: LabelVisitor<W>) => W | undefined;
};

/** The entries of a map as labelled subtrees. */
export type LazyMap = LazyLabels & {
  /** Fills in the hashes that `hash` needs, with a pause after each `nodesMax` of them at most. */
  readonly hashInSteps: (nodesMax: number) => Generator<void, void, undefined>;
};

/** A fixed label, prepared once. */
export type StateLabel = { readonly bytes: Uint8Array; readonly hex: string };

/** @param label - bytes, or text that stands for its UTF-8 bytes. */
export function stateLabel(label: string | Uint8Array): StateLabel {
  const bytes = typeof label === 'string' ? utf8(label) : label;
  return { bytes, hex: toHex(bytes) };
}

/** A fixed label and the hash of what is below it. */
export type LabeledHash = readonly [label: StateLabel, subtreeHash: Uint8Array];

/**
 * Hash of a node from the hashes of what is below its labels.
 * @param entries - ascending by label, without duplicates (asserted).
 */
export function treeOfLabels(entries: readonly LabeledHash[], tree: TreeHasher): Uint8Array {
  for (let index = 1; index < entries.length; index++) assert(entries[index - 1]![0].hex < entries[index]![0].hex, 'labels are ascending');
  if (entries.length === 0) return tree.emptyHash;
  return foldLabels(entries, 0, entries.length, { label: ({ bytes }, hash) => tree.labeledHash(bytes, hash), fork: tree.forkHash });
}

/** Folds labelled things in the shape of their tree. */
function foldLabels<T, W>(
  entries: readonly (readonly [label: StateLabel, value: T])[],
  start: number,
  end: number,
  of: { readonly label: (label: StateLabel, value: T) => W; readonly fork: (left: W, right: W) => W },
): W {
  const [first, value] = entries[start]!;
  if (end - start === 1) return of.label(first, value);
  const position = firstDifference(first.hex, entries[end - 1]![0].hex);
  let middle = start + 1;
  while (keyBit(entries[middle]![0].hex, position) === 0) middle++;
  return of.fork(foldLabels(entries, start, middle, of), foldLabels(entries, middle, end, of));
}

/** A value in the tree. */
export function lazyLeaf(value: Uint8Array, tree: TreeHasher): LazyLeaf {
  return { kind: 'leaf', value, hash: () => tree.leafHash(value) };
}

/** A text in the tree, as its UTF-8 bytes. */
export function lazyText(text: string, tree: TreeHasher): LazyLeaf {
  return lazyLeaf(utf8(text), tree);
}

type LabeledTree = readonly [label: StateLabel, subtree: LazyTree];

/**
 * Fixed labels. What is hashed once is kept: many witnesses are made of one state, and they share the labels near its root.
 * @param entries - ascending by label, without duplicates (asserted).
 */
export function lazyLabels(entries: readonly LabeledTree[], tree: TreeHasher): LazyLabels {
  let hash: Uint8Array | undefined;
  let map: PersistentMap<LazyTree> | undefined;
  const asMap = (): PersistentMap<LazyTree> => {
    const made = PersistentMap.empty<LazyTree>();
    for (const [label, subtree] of entries) made.set(label.hex, subtree);
    made.seal();
    return made;
  };
  return {
    kind: 'labels',
    hash: () =>
      (hash ??= treeOfLabels(
        entries.map(([label, subtree]): LabeledHash => [label, subtree.hash()]),
        tree,
      )),
    labels: () => entries.map(([label]) => label.hex),
    walk: (labels, visitor) => {
      // Where everything is asked for, nothing has to be hashed.
      const isWhole = labels.length === entries.length && entries.every(([label], index) => label.hex === labels[index]);
      if (isWhole && entries.length > 0) {
        return foldLabels(entries, 0, entries.length, {
          label: ({ hex }, subtree) => visitor.label(hex, subtree, true),
          fork: visitor.fork,
        });
      }
      return lazyMap((map ??= asMap()), 0, { subtree: (_, subtree) => subtree }, tree).walk(labels, visitor);
    },
  };
}

/** What is below the labels that a map's keys stand for. */
export type MapSubtrees<V> = {
  readonly subtree: (key: string, value: V) => LazyTree;
  /** Hash of that subtree, where it can be had in a faster way. */
  readonly subtreeHash?: (key: string, value: V) => Uint8Array;
};

/** A map that can prove what it holds. */
export type HashedMap<V> = Pick<PersistentMap<V>, 'rootHash' | 'hashInSteps' | 'walk' | 'keys'>;

/**
 * The entries of a map as labelled subtrees: the bytes of a key are the label.
 * @param map - sealed when the tree is looked at.
 * @param slot - the hash slot that the map keeps for this tree, and for nothing else.
 */
export function lazyMap<V>(map: HashedMap<V>, slot: HashSlot, subtrees: MapSubtrees<V>, tree: TreeHasher): LazyMap {
  const subtreeHash = subtrees.subtreeHash ?? ((key: string, value: V): Uint8Array => subtrees.subtree(key, value).hash());
  const leafHash = (key: string, value: V): Uint8Array => tree.labeledHexHash(key, subtreeHash(key, value));
  return {
    kind: 'labels',
    hash: () => map.rootHash(slot, leafHash, tree.forkHash) ?? tree.emptyHash,
    hashInSteps: (nodesMax) => map.hashInSteps(slot, { leafHash, forkHash: tree.forkHash }, nodesMax),
    labels: () => [...map.keys()],
    walk: (labels, visitor) =>
      map.walk(
        labels,
        slot,
        { leafHash, forkHash: tree.forkHash },
        {
          fork: visitor.fork,
          pruned: visitor.pruned,
          leaf: (key, value, requested) => visitor.label(key, subtrees.subtree(key, value), requested),
        },
      ),
  };
}
