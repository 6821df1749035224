/**
 * Hashes of a trie, kept in its nodes, and the part of a trie that proves the presence or absence of keys.
 * @module
 */
import { type HashTreeForks, assert } from '../base/index.ts';
import { DIGEST_BYTES, DIGEST_WORDS, bytesOfWords, bytesToWords, wordsToBytes } from './digest.ts';
import {
  type HashSlot,
  type TrieFork,
  type TrieLeaf,
  type TrieNode,
  copyHash,
  firstLeaf,
  hasHash,
  isFork,
  keepHash,
  keyBit,
  leafBefore,
  nearestLeaf,
  subtreesFrom,
} from './trie-node.ts';

/** Hash of a fork from those of its sides. The arguments are valid during the call only, and so may be the result. */
export interface ForkHash {
  (left: Uint8Array, right: Uint8Array): Uint8Array;
  /** The same function for many forks at once. */
  readonly batch?: HashTreeForks | undefined;
}

/** How a map is hashed. */
export type TrieHashing<V> = {
  /** 32 bytes; copied before the next call. */
  readonly leafHash: (key: string, value: V) => Uint8Array;
  readonly forkHash: ForkHash;
};

/** What `walkTrie` makes of the nodes it meets. */
export type TrieVisitor<V, W> = {
  readonly fork: (left: W, right: W) => W;
  /** An entry: asked for, or only the neighbour of an absent key, of which the key alone matters. */
  readonly leaf: (key: string, value: V, requested: boolean) => W;
  /** The hash of a subtree in which nothing was asked for. */
  readonly pruned: (hash: Uint8Array) => W;
};

/** Forks without a hash, parents first, and for each the most forks without a hash on a way down from it, itself included. */
type DirtyForks<V> = { readonly forks: TrieFork<V>[]; readonly heights: number[]; readonly height: number };

/** The hash of a node, which is there. */
export function hashBytes<V>(node: TrieNode<V>, slot: HashSlot): Uint8Array<ArrayBuffer> {
  const words = new Int32Array(DIGEST_WORDS);
  copyHash(node, slot, words, 0);
  return bytesOfWords(words);
}

/** Hashes the leaves that have no hash, and collects the forks that have none. Iterative: keys decide the depth. */
function collectDirty<V>(root: TrieNode<V>, slot: HashSlot, hashing: TrieHashing<V>): DirtyForks<V> {
  const forks: TrieFork<V>[] = [];
  const parents: number[] = [];
  const words = new Int32Array(DIGEST_WORDS);
  const visit = (node: TrieNode<V>, parent: number): void => {
    if (hasHash(node, slot)) return;
    if (isFork(node)) {
      forks.push(node);
      parents.push(parent);
    } else {
      bytesToWords(hashing.leafHash(node.key, node.value), words);
      keepHash(node, slot, words, 0);
    }
  };
  visit(root, -1);
  for (let index = 0; index < forks.length; index++) {
    const fork = forks[index]!;
    visit(fork.left, index);
    visit(fork.right, index);
  }
  const heights: number[] = new Array<number>(forks.length).fill(1);
  let height = 0;
  for (let index = forks.length - 1; index >= 0; index--) {
    const own = heights[index]!;
    if (own > height) height = own;
    const parent = parents[index]!;
    if (parent >= 0 && heights[parent]! <= own) heights[parent] = own + 1;
  }
  return { forks, heights, height };
}

function hashOneByOne<V>(forks: readonly TrieFork<V>[], slot: HashSlot, forkHash: ForkHash): void {
  const left = new Uint8Array(DIGEST_BYTES);
  const right = new Uint8Array(DIGEST_BYTES);
  const words = new Int32Array(DIGEST_WORDS);
  for (let index = forks.length - 1; index >= 0; index--) {
    const fork = forks[index]!;
    copyHash(fork.left, slot, words, 0);
    wordsToBytes(words, left);
    copyHash(fork.right, slot, words, 0);
    wordsToBytes(words, right);
    bytesToWords(forkHash(left, right), words);
    keepHash(fork, slot, words, 0);
  }
}

/** Forks of equal height do not depend on each other: one batch. */
function hashInBatches<V>(dirty: DirtyForks<V>, slot: HashSlot, batch: HashTreeForks): void {
  const levels: TrieFork<V>[][] = Array.from({ length: dirty.height }, () => []);
  for (let index = 0; index < dirty.forks.length; index++) levels[dirty.heights[index]! - 1]!.push(dirty.forks[index]!);
  for (const level of levels) {
    for (let start = 0; start < level.length; start += batch.capacity) {
      const count = Math.min(batch.capacity, level.length - start);
      for (let index = 0; index < count; index++) {
        const fork = level[start + index]!;
        copyHash(fork.left, slot, batch.input, 16 * index);
        copyHash(fork.right, slot, batch.input, 16 * index + 8);
      }
      batch.run(count);
      for (let index = 0; index < count; index++) keepHash(level[start + index]!, slot, batch.output, 8 * index);
    }
  }
}

/** Fills in the hashes that are missing in a subtree. */
export function hashTrie<V>(root: TrieNode<V>, slot: HashSlot, hashing: TrieHashing<V>): void {
  if (hasHash(root, slot)) return;
  const dirty = collectDirty(root, slot, hashing);
  if (hashing.forkHash.batch === undefined) hashOneByOne(dirty.forks, slot, hashing.forkHash);
  else hashInBatches(dirty, slot, hashing.forkHash.batch);
}

/** Whether at most so many nodes of a subtree have no hash. */
function hasFewDirty<V>(root: TrieNode<V>, slot: HashSlot, limit: number): boolean {
  const pending: TrieNode<V>[] = [root];
  let count = 0;
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (hasHash(node, slot)) continue;
    if (++count > limit) return false;
    if (isFork(node)) pending.push(node.right, node.left);
  }
  return true;
}

/** Like `hashTrie`, with a pause after each `nodesMax` nodes at most. */
export function* hashTrieInSteps<V>(
  root: TrieNode<V>,
  slot: HashSlot,
  hashing: TrieHashing<V>,
  nodesMax: number,
): Generator<void, void, undefined> {
  const pending: TrieNode<V>[] = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (hasHash(node, slot)) continue;
    if (isFork(node) && !hasFewDirty(node, slot, nodesMax)) {
      pending.push(node.right, node.left);
      continue;
    }
    hashTrie(node, slot, hashing);
    yield;
  }
  hashTrie(root, slot, hashing);
}

/** Leaves without a hash, in ascending order of keys. */
export function* unhashedLeaves<V>(root: TrieNode<V>, slot: HashSlot): Generator<TrieLeaf<V>, void, undefined> {
  const pending: TrieNode<V>[] = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (hasHash(node, slot)) continue;
    if (isFork(node)) pending.push(node.right, node.left);
    else yield node;
  }
}

/** Keys whose leaves are revealed, and whether they were asked for. */
function revealedKeys<V>(root: TrieNode<V>, keys: readonly string[]): Map<string, boolean> {
  const revealed = new Map<string, boolean>();
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index]!;
    assert(index === 0 || keys[index - 1]! < key, 'keys are ascending');
    if (nearestLeaf(root, key).key === key) {
      revealed.set(key, true);
      continue;
    }
    const below = leafBefore(root, key);
    if (below !== null && !revealed.has(below.key)) revealed.set(below.key, false);
    const above = subtreesFrom(root, key).pop();
    if (above !== undefined) revealed.set(firstLeaf(above).key, false);
  }
  return revealed;
}

/** As `walkTrie` for one key that is there, which is what nearly all requests ask for: nothing is collected on the way. */
function walkToLeaf<V, W>(root: TrieNode<V>, key: string, slot: HashSlot, visitor: TrieVisitor<V, W>): W | undefined {
  const path: TrieFork<V>[] = [];
  let node = root;
  while (isFork(node)) {
    path.push(node);
    node = keyBit(key, node.position) === 0 ? node.left : node.right;
  }
  if (node.key !== key) return undefined;
  let result = visitor.leaf(key, node.value, true);
  for (let below: TrieNode<V> = node, fork = path.pop(); fork !== undefined; below = fork, fork = path.pop()) {
    const isLeft = fork.left === below;
    const other = visitor.pruned(hashBytes(isLeft ? fork.right : fork.left, slot));
    result = isLeft ? visitor.fork(result, other) : visitor.fork(other, result);
  }
  return result;
}

/** See `PersistentMap.walk`. */
export function walkTrie<V, W>(
  root: TrieNode<V>,
  keys: readonly string[],
  slot: HashSlot,
  hashing: TrieHashing<V>,
  visitor: TrieVisitor<V, W>,
): W {
  hashTrie(root, slot, hashing);
  const found = keys.length === 1 ? walkToLeaf(root, keys[0]!, slot, visitor) : undefined;
  if (found !== undefined) return found;
  const revealed = revealedKeys(root, keys);
  // Nodes on the way to a revealed leaf; iterative like the hashing, because keys decide the depth.
  const onWay = new Set<TrieNode<V>>();
  for (const key of revealed.keys()) {
    let node = root;
    onWay.add(node);
    while (isFork(node)) {
      node = keyBit(key, node.position) === 0 ? node.left : node.right;
      onWay.add(node);
    }
  }
  const pending: { readonly node: TrieNode<V>; readonly combine: boolean }[] = [{ node: root, combine: false }];
  const results: W[] = [];
  for (let task = pending.pop(); task !== undefined; task = pending.pop()) {
    const { node } = task;
    if (task.combine) {
      const right = results.pop()!;
      const left = results.pop()!;
      results.push(visitor.fork(left, right));
    } else if (!onWay.has(node)) {
      results.push(visitor.pruned(hashBytes(node, slot)));
    } else if (isFork(node)) {
      pending.push({ node, combine: true }, { node: node.right, combine: false }, { node: node.left, combine: false });
    } else {
      results.push(visitor.leaf(node.key, node.value, revealed.get(node.key) === true));
    }
  }
  return results[0]!;
}
