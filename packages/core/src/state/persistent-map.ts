/**
 * An ordered map from lower-case hex keys that can be forked in constant time.
 *
 * It is a crit-bit trie (trie-node.ts): shape, order and hashes depend on the entries only, never on how they came about.
 * A handle is mutable; its nodes are shared with other handles and copied before they are changed, each at most once per edit.
 *
 * Edits. The first write starts an edit, `seal()` and `fork()` end it. A value set (or owned through `getOwned`) during an edit
 * belongs to it and may be changed in place until the edit ends, and never after.
 * Invariant M1: a node of the running edit has no hash, so changing it or its value in place leaves no stale hash behind. That is
 * why hashes are taken of a sealed handle only (asserted).
 * Invariant M2: all ancestors of a node of the running edit belong to it too.
 * @module
 */
import { assert, joinBytes } from '../base/index.ts';
import { bytesToWords, DIGEST_BYTES, DIGEST_WORDS } from './digest.ts';
import { type TrieHashing, type TrieVisitor, hashBytes, hashTrie, hashTrieInSteps, unhashedLeaves, walkTrie } from './digest-trie.ts';
import { type TrieChange, trieChanges } from './trie-changes.ts';
import {
  type EditToken,
  type HashSlot,
  NO_POSITION,
  TrieFork,
  TrieLeaf,
  type TrieNode,
  type ValueSource,
  createEditToken,
  firstDifference,
  firstLeaf,
  hasHash,
  isFork,
  isHexKey,
  keepHash,
  keyBit,
  lastLeaf,
  leafBefore,
  nearestLeaf,
  subtreesFrom,
} from './trie-node.ts';

/** Entries that were attached belong to no edit: what is set in their place is another node. */
const ATTACHED: EditToken = createEditToken();

/** An entry of a map. */
export type MapEntry<V> = readonly [key: string, value: V];

/** A handle on a map; see the module description for edits and ownership. */
export class PersistentMap<V> {
  #root: TrieNode<V> | null;
  #size: number;
  /** The running edit, or null on a sealed handle. */
  #edit: EditToken | null = null;
  /** Counts changes of the node structure, so that an iterator notices them. */
  #changes = 0;

  private constructor(root: TrieNode<V> | null, size: number) {
    this.#root = root;
    this.#size = size;
  }

  /** A new map without entries. */
  static empty<V>(): PersistentMap<V> {
    return new PersistentMap<V>(null, 0);
  }

  /** Number of entries. */
  get size(): number {
    return this.#size;
  }

  /** Whether no edit is running: hashes may be taken, and no value may be changed in place. */
  get sealed(): boolean {
    return this.#edit === null;
  }

  get(key: string): V | undefined {
    if (this.#root === null) return undefined;
    const leaf = nearestLeaf(this.#root, key);
    return leaf.key === key ? leaf.value : undefined;
  }

  has(key: string): boolean {
    return this.#root !== null && nearestLeaf(this.#root, key).key === key;
  }

  /**
   * Adds or replaces an entry. The value belongs to the running edit from now on.
   * @throws AssertionFault when a new key is not the lower-case hex of a byte string.
   */
  set(key: string, value: V): void {
    const edit = (this.#edit ??= createEditToken());
    if (this.#root === null) {
      this.#insert(null, key, NO_POSITION, value, edit);
      return;
    }
    const nearest = nearestLeaf(this.#root, key);
    if (nearest.key !== key) this.#insert(this.#root, key, firstDifference(key, nearest.key), value, edit);
    else if (nearest.edit === edit) nearest.value = value;
    else this.#replace(key, value, edit);
  }

  /**
   * Adds an entry that is not there yet, whose value is made when somebody looks at it. It must have the hashes that are given, and is never changed
   * in place.
   * @param hashes - 64 bytes: those of slot 0, then those of slot 1.
   * @throws AssertionFault as `set`
   */
  attach(key: string, hashes: Uint8Array, source: ValueSource<V>): void {
    const edit = (this.#edit ??= createEditToken());
    const leaf = new TrieLeaf<V>(key, undefined, ATTACHED);
    leaf.source = source;
    const words = new Int32Array(DIGEST_WORDS);
    bytesToWords(hashes.subarray(0, DIGEST_BYTES), words);
    keepHash(leaf, 0, words, 0);
    bytesToWords(hashes.subarray(DIGEST_BYTES), words);
    keepHash(leaf, 1, words, 0);
    const nearest = this.#root === null ? undefined : nearestLeaf(this.#root, key);
    assert(nearest?.key !== key, 'an entry that is attached is a new one');
    this.#insertLeaf(this.#root, leaf, nearest === undefined ? NO_POSITION : firstDifference(key, nearest.key), edit);
  }

  /** Both hashes of an entry, as `attach` takes them; undefined when they were not taken yet. */
  hashesOf(key: string): Uint8Array | undefined {
    if (this.#root === null) return undefined;
    const leaf = nearestLeaf(this.#root, key);
    return leaf.key === key && hasHash(leaf, 0) && hasHash(leaf, 1) ? joinBytes([hashBytes(leaf, 0), hashBytes(leaf, 1)]) : undefined;
  }

  /**
   * The value under `key` as one that the running edit may change in place.
   *
   * @param copy - makes an independent copy; called when the value does not belong to the running edit yet.
   * @returns undefined when there is no such entry.
   */
  getOwned(key: string, copy: (value: V) => V): V | undefined {
    if (this.#root === null) return undefined;
    const leaf = nearestLeaf(this.#root, key);
    if (leaf.key !== key) return undefined;
    if (this.#edit !== null && leaf.edit === this.#edit) return leaf.value;
    const value = copy(leaf.value);
    this.#replace(key, value, (this.#edit ??= createEditToken()));
    return value;
  }

  /** Removes an entry; tells whether there was one. */
  delete(key: string): boolean {
    const root = this.#root;
    if (root === null || nearestLeaf(root, key).key !== key) return false;
    const edit = (this.#edit ??= createEditToken());
    this.#changes++;
    this.#size--;
    if (!isFork(root)) {
      this.#root = null;
      return true;
    }
    // The fork above the leaf disappears and the leaf's sibling takes its place.
    let above: TrieFork<V> | null = null;
    let fork = root;
    for (;;) {
      const goRight = keyBit(key, fork.position) === 1;
      const next: TrieNode<V> = goRight ? fork.right : fork.left;
      if (!isFork(next)) {
        this.#link(above, key, goRight ? fork.left : fork.right);
        return true;
      }
      above = this.#ownFork(above, fork, key, edit);
      fork = next;
    }
  }

  /** The entry with the smallest key. */
  first(): MapEntry<V> | undefined {
    if (this.#root === null) return undefined;
    const leaf = firstLeaf(this.#root);
    return [leaf.key, leaf.value];
  }

  /** The entry with the largest key. */
  last(): MapEntry<V> | undefined {
    if (this.#root === null) return undefined;
    const leaf = lastLeaf(this.#root);
    return [leaf.key, leaf.value];
  }

  /** The entry with the smallest key ≥ `key`, which need not be in the map. */
  firstAtOrAfter(key: string): MapEntry<V> | undefined {
    const subtree = subtreesFrom(this.#root, key).pop();
    if (subtree === undefined) return undefined;
    const leaf = firstLeaf(subtree);
    return [leaf.key, leaf.value];
  }

  /** The entry with the largest key < `key`, which need not be in the map. */
  lastBefore(key: string): MapEntry<V> | undefined {
    const leaf = leafBefore(this.#root, key);
    return leaf === null ? undefined : [leaf.key, leaf.value];
  }

  /**
   * Entries in ascending order of keys. The map may be changed meanwhile: the walk goes on with the smallest key above the last
   * one that the map holds then.
   */
  entries(): Generator<MapEntry<V>, void, undefined> {
    return this.entriesFrom('');
  }

  *keys(): Generator<string, void, undefined> {
    for (const { key } of this.#leavesFrom('')) yield key;
  }

  /** Like `entriesFrom`, without those whose value was not made yet. */
  *loadedFrom(key: string): Generator<MapEntry<V>, void, undefined> {
    for (const leaf of this.#leavesFrom(key)) if (leaf.source === undefined) yield [leaf.key, leaf.value];
  }

  *values(): Generator<V, void, undefined> {
    for (const [, value] of this.entriesFrom('')) yield value;
  }

  /** Like `entries`, from the smallest key ≥ `key` on. */
  *entriesFrom(key: string): Generator<MapEntry<V>, void, undefined> {
    for (const leaf of this.#leavesFrom(key)) yield [leaf.key, leaf.value];
  }

  *#leavesFrom(key: string): Generator<TrieLeaf<V>, void, undefined> {
    let changes = this.#changes;
    let stack = subtreesFrom(this.#root, key);
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      while (isFork(node)) {
        stack.push(node.right);
        node = node.left;
      }
      const last: string = node.key;
      yield node;
      if (changes === this.#changes) continue;
      changes = this.#changes;
      stack = subtreesFrom(this.#root, last);
      this.#skip(stack, last);
    }
  }

  /**
   * What is different in this map from an earlier one, in ascending order of keys. The cost follows the changes when this map was forked from
   * the other, or the other from it. An entry that was set to the value that it had may be among them. Neither map is changed meanwhile.
   */
  changesSince(earlier: PersistentMap<V>): Generator<TrieChange<V>, void, undefined> {
    return trieChanges(earlier.#root, this.#root);
  }

  /** An independent handle on the same entries, in constant time. Ends the running edit. */
  fork(): PersistentMap<V> {
    this.#edit = null;
    return new PersistentMap<V>(this.#root, this.#size);
  }

  /** Ends the running edit: its values must not be changed in place any more, and hashes may be taken. */
  seal(): void {
    this.#edit = null;
  }

  /**
   * Hash of the whole map: `leafHash` of each entry, combined by `forkHash` in the shape of the trie. Hashes are kept in the nodes,
   * so the cost follows what changed since they were last taken of this map or of one it was forked from.
   *
   * @param slot - which of two independent hashes; a slot must always be used with the same two functions.
   * @returns undefined for an empty map.
   * @throws AssertionFault unless the handle is sealed.
   */
  rootHash(
    slot: HashSlot,
    leafHash: TrieHashing<V>['leafHash'],
    forkHash: TrieHashing<V>['forkHash'],
  ): Uint8Array<ArrayBuffer> | undefined {
    assert(this.#edit === null, 'hashes are taken of a sealed map');
    if (this.#root === null) return undefined;
    hashTrie(this.#root, slot, { leafHash, forkHash });
    return hashBytes(this.#root, slot);
  }

  /**
   * Fills in the hashes that `rootHash` would, with a pause after each `nodesMax` of them at most.
   * @throws AssertionFault unless the handle is sealed.
   */
  *hashInSteps(slot: HashSlot, hashing: TrieHashing<V>, nodesMax: number): Generator<void, void, undefined> {
    assert(this.#edit === null, 'hashes are taken of a sealed map');
    if (this.#root !== null) yield* hashTrieInSteps(this.#root, slot, hashing, nodesMax);
  }

  /** Values of the entries that have no hash in that slot yet. */
  *unhashed(slot: HashSlot): Generator<V, void, undefined> {
    if (this.#root === null) return;
    for (const leaf of unhashedLeaves(this.#root, slot)) yield leaf.value;
  }

  /**
   * Folds the part of the trie that proves what the map holds under `keys`: present entries, and for an absent key the entries
   * just below and above it. All else is reduced to its hash.
   *
   * @param keys - ascending, without duplicates.
   * @returns undefined for an empty map.
   * @throws AssertionFault unless the handle is sealed.
   */
  walk<W>(keys: readonly string[], slot: HashSlot, hashing: TrieHashing<V>, visitor: TrieVisitor<V, W>): W | undefined {
    assert(this.#edit === null, 'hashes are taken of a sealed map');
    return this.#root === null ? undefined : walkTrie(this.#root, keys, slot, hashing, visitor);
  }

  /** Drops `key` from the front of a stack of subtrees whose smallest key is at least `key`. */
  #skip(stack: TrieNode<V>[], key: string): void {
    let node = stack.pop();
    if (node === undefined) return;
    while (isFork(node)) {
      stack.push(node.right);
      node = node.left;
    }
    if (node.key !== key) stack.push(node);
  }

  /** Makes `child` what the key leads to below `above`, a fork of the running edit; null: the root. */
  #link(above: TrieFork<V> | null, key: string, child: TrieNode<V>): void {
    if (above === null) this.#root = child;
    else if (keyBit(key, above.position) === 0) above.left = child;
    else above.right = child;
  }

  /** `fork`, which lies below `above`, as one that belongs to `edit`. */
  #ownFork(above: TrieFork<V> | null, fork: TrieFork<V>, key: string, edit: EditToken): TrieFork<V> {
    if (fork.edit === edit) return fork;
    const copy = new TrieFork(fork.position, fork.left, fork.right, edit);
    this.#link(above, key, copy);
    return copy;
  }

  #replace(key: string, value: V, edit: EditToken): void {
    this.#changes++;
    let above: TrieFork<V> | null = null;
    let node = this.#root;
    assert(node !== null, 'the key is in the map');
    while (isFork(node)) {
      above = this.#ownFork(above, node, key, edit);
      node = keyBit(key, above.position) === 0 ? above.left : above.right;
    }
    this.#link(above, key, new TrieLeaf(node.key, value, edit));
  }

  /** Adds an entry whose key first differs from those in the map at `difference`. */
  #insert(root: TrieNode<V> | null, key: string, difference: number, value: V, edit: EditToken): void {
    this.#insertLeaf(root, new TrieLeaf(key, value, edit), difference, edit);
  }

  #insertLeaf(root: TrieNode<V> | null, leaf: TrieLeaf<V>, difference: number, edit: EditToken): void {
    const { key } = leaf;
    assert(isHexKey(key), 'a key is the lower-case hex of a byte string');
    this.#changes++;
    this.#size++;
    if (root === null) {
      this.#root = leaf;
      return;
    }
    let above: TrieFork<V> | null = null;
    let node = root;
    while (isFork(node) && node.position < difference) {
      above = this.#ownFork(above, node, key, edit);
      node = keyBit(key, above.position) === 0 ? above.left : above.right;
    }
    const isLeft = keyBit(key, difference) === 0;
    this.#link(above, key, new TrieFork(difference, isLeft ? leaf : node, isLeft ? node : leaf, edit));
  }
}
