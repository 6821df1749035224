/**
 * An ordered map from request ids that can be forked in constant time: `PersistentMap` (persistent-map.ts) for keys of 32 bytes of which there are a
 * million. Its order, its hash and what it proves are those of a `PersistentMap` with the same entries; see there for edits and ownership.
 * @module
 */
import { assert } from '../../base/index.ts';
import { bytesOfWords, bytesToWords, DIGEST_WORDS } from '../digest.ts';
import type { TrieHashing, TrieVisitor } from '../digest-trie.ts';
import type { MapEntry } from '../persistent-map.ts';
import { createEditToken, type EditToken, type HashSlot } from '../trie-node.ts';
import { hashRequests, hashRequestsInSteps, valueAt, walkRequests } from './request-hashing.ts';
import {
  bitOf,
  Branch,
  type Bucket,
  bucketFor,
  bucketOf,
  divided,
  isBranch,
  joined,
  keyToWords,
  KEY_WORDS,
  type NewEntry,
  type RequestNode,
  ValueAtRest,
} from './request-nodes.ts';

/** The entry that is looked for: valid until the next one is. */
const sought = new Int32Array(KEY_WORDS);
/** Its key: most are looked for several times in a row. */
let soughtKey: string | undefined;

/** Makes a key the one that is looked for; tells whether it is one. */
function seek(key: string): boolean {
  if (key === soughtKey) return true;
  soughtKey = undefined;
  if (!keyToWords(key, sought)) return false;
  soughtKey = key;
  return true;
}

/** A handle on a map. */
export class RequestMap<V> {
  #root: RequestNode<V> | null;
  #size: number;
  #edit: EditToken | null = null;
  /** Buckets that were hashed last, in this map or in one that it shares with. They still have the hashes of their forks. */
  readonly #recent: { buckets: readonly Bucket<V>[] };

  private constructor(root: RequestNode<V> | null, size: number, recent: { buckets: readonly Bucket<V>[] }) {
    this.#root = root;
    this.#size = size;
    this.#recent = recent;
  }

  /** A new map without entries. */
  static empty<V>(): RequestMap<V> {
    return new RequestMap<V>(null, 0, { buckets: [] });
  }

  /** Number of entries. */
  get size(): number {
    return this.#size;
  }

  /** Looks for an entry. @returns its bucket, and its index there; undefined when there is none */
  #find(key: string): { readonly bucket: Bucket<V>; readonly index: number } | undefined {
    if (!seek(key) || this.#root === null) return undefined;
    const bucket = bucketFor(this.#root, sought);
    const index = bucket.indexOf(sought);
    return bucket.holds(index, sought) ? { bucket, index } : undefined;
  }

  /** The value of an entry. What is no request id has none. */
  get(key: string): V | undefined {
    const found = this.#find(key);
    return found === undefined ? undefined : valueAt(found.bucket, found.index, key);
  }

  has(key: string): boolean {
    return this.#find(key) !== undefined;
  }

  /**
   * Adds or replaces an entry.
   * @throws AssertionFault when the key is not the lower-case hex of 32 bytes.
   */
  set(key: string, value: V): void {
    assert(seek(key), 'a request id is the lower-case hex of 32 bytes');
    const found = this.#find(key);
    const edit = (this.#edit ??= createEditToken());
    if (found === undefined) this.#insert({ value, hash: undefined }, edit);
    else if (found.bucket.edit === edit) found.bucket.replace(found.index, value);
    else this.#root = this.#replaced(this.#root!, found.index, value, edit);
  }

  /**
   * Adds an entry whose value is at rest, unless there is one with its key; tells whether it did.
   * @param hash - of the entry, 32 bytes.
   * @throws AssertionFault as `set`
   */
  attach(key: string, hash: Uint8Array, value: ValueAtRest<V>): boolean {
    assert(seek(key), 'a request id is the lower-case hex of 32 bytes');
    if (this.#find(key) !== undefined) return false;
    const words = new Int32Array(DIGEST_WORDS);
    bytesToWords(hash, words);
    this.#insert({ value, hash: words }, (this.#edit ??= createEditToken()));
    return true;
  }

  /**
   * Lets go of the value of an entry, which is made again whenever somebody looks at it. Nothing happens to an entry that may still be changed in
   * place, or that has no hash.
   * @param value - gives the value that is there now.
   */
  rest(key: string, value: ValueAtRest<V>): void {
    const found = this.#find(key);
    if (found === undefined || found.bucket.edit === this.#edit || !found.bucket.hasEntryHash(found.index)) return;
    found.bucket.values[found.index] = value;
  }

  /** Hash of an entry; undefined when it was not taken yet. */
  hashOf(key: string): Uint8Array | undefined {
    const found = this.#find(key);
    if (found === undefined || !found.bucket.hasEntryHash(found.index)) return undefined;
    const words = new Int32Array(DIGEST_WORDS);
    found.bucket.copyEntryHash(found.index, words, 0);
    return bytesOfWords(words);
  }

  /** Removes an entry; tells whether there was one. */
  delete(key: string): boolean {
    if (this.#find(key) === undefined) return false;
    const edit = (this.#edit ??= createEditToken());
    this.#root = this.#without(this.#root!, edit);
    this.#size--;
    return true;
  }

  /** Adds what is sought, which is not there. */
  #insert(entry: NewEntry<V>, edit: EditToken): void {
    this.#size++;
    if (this.#root === null) {
      this.#root = bucketOf(sought, entry, edit);
      return;
    }
    const bucket = bucketFor(this.#root, sought);
    const index = bucket.indexOf(sought);
    // The neighbours in order have most bits in common with it.
    const before = index === 0 ? 0 : bucket.differenceFrom(index - 1, sought);
    const after = index === bucket.size ? 0 : bucket.differenceFrom(index, sought);
    this.#root = this.#with(this.#root, Math.max(before, after), entry, edit);
  }

  #ownBranch(branch: Branch<V>, edit: EditToken): Branch<V> {
    return branch.edit === edit ? branch : new Branch(branch.bit, branch.left, branch.right, edit);
  }

  /** A node with what is sought, which differs from all that is there in a bit. */
  #with(node: RequestNode<V>, bit: number, entry: NewEntry<V>, edit: EditToken): RequestNode<V> {
    if (!isBranch(node)) {
      const bucket = node.own(edit);
      bucket.insert(bucket.indexOf(sought), sought, entry);
      return divided(bucket, edit);
    }
    if (node.bit > bit) {
      const single = bucketOf(sought, entry, edit);
      return bitOf(sought, bit) === 0 ? new Branch(bit, single, node, edit) : new Branch<V>(bit, node, single, edit);
    }
    const branch = this.#ownBranch(node, edit);
    if (bitOf(sought, branch.bit) === 0) branch.left = this.#with(branch.left, bit, entry, edit);
    else branch.right = this.#with(branch.right, bit, entry, edit);
    return branch;
  }

  #replaced(node: RequestNode<V>, index: number, value: V, edit: EditToken): RequestNode<V> {
    if (!isBranch(node)) {
      const bucket = node.own(edit);
      bucket.replace(index, value);
      return bucket;
    }
    const branch = this.#ownBranch(node, edit);
    if (bitOf(sought, branch.bit) === 0) branch.left = this.#replaced(branch.left, index, value, edit);
    else branch.right = this.#replaced(branch.right, index, value, edit);
    return branch;
  }

  /** A node without what is sought, which is there; null when nothing is left. */
  #without(node: RequestNode<V>, edit: EditToken): RequestNode<V> | null {
    if (!isBranch(node)) {
      if (node.size === 1) return null;
      const bucket = node.own(edit);
      bucket.remove(bucket.indexOf(sought));
      return bucket;
    }
    const isLeft = bitOf(sought, node.bit) === 0;
    const below = this.#without(isLeft ? node.left : node.right, edit);
    if (below === null) return isLeft ? node.right : node.left;
    const branch = this.#ownBranch(node, edit);
    if (isLeft) branch.left = below;
    else branch.right = below;
    return joined(branch, edit);
  }

  /** Entries in ascending order of keys. The map is not changed meanwhile. */
  *entries(): Generator<MapEntry<V>, void, undefined> {
    for (const { bucket, index } of this.#places()) {
      const key = bucket.keyAt(index);
      yield [key, valueAt(bucket, index, key)];
    }
  }

  *keys(): Generator<string, void, undefined> {
    for (const { bucket, index } of this.#places()) yield bucket.keyAt(index);
  }

  *values(): Generator<V, void, undefined> {
    for (const { bucket, index } of this.#places()) yield valueAt(bucket, index);
  }

  /** Keys of the entries whose values are not at rest. */
  *keysAwake(): Generator<string, void, undefined> {
    for (const { bucket, index } of this.#places()) if (!(bucket.values[index] instanceof ValueAtRest)) yield bucket.keyAt(index);
  }

  *#places(): Generator<{ readonly bucket: Bucket<V>; readonly index: number }, void, undefined> {
    const pending = this.#root === null ? [] : [this.#root];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      if (isBranch(node)) pending.push(node.right, node.left);
      else for (let index = 0; index < node.size; index++) yield { bucket: node, index };
    }
  }

  /** An independent handle on the same entries, in constant time. Ends the running edit. */
  fork(): RequestMap<V> {
    this.#edit = null;
    return new RequestMap<V>(this.#root, this.#size, this.#recent);
  }

  /** Ends the running edit: hashes may be taken. */
  seal(): void {
    this.#edit = null;
  }

  #assertSealed(slot: HashSlot): void {
    assert(this.#edit === null, 'hashes are taken of a sealed map');
    assert(slot === 0, 'requests have one hash');
  }

  /** Fills in the hashes that are missing. */
  #hash(root: RequestNode<V>, hashing: TrieHashing<V>): void {
    const hashed = hashRequests(root, hashing);
    if (hashed.length === 0) return;
    const now = new Set(hashed);
    for (const bucket of this.#recent.buckets) if (!now.has(bucket)) bucket.inner = undefined;
    this.#recent.buckets = hashed;
  }

  /**
   * Hash of the whole map, as `PersistentMap.rootHash`.
   * @returns undefined for an empty map.
   * @throws AssertionFault unless the handle is sealed.
   */
  rootHash(
    slot: HashSlot,
    leafHash: TrieHashing<V>['leafHash'],
    forkHash: TrieHashing<V>['forkHash'],
  ): Uint8Array<ArrayBuffer> | undefined {
    this.#assertSealed(slot);
    if (this.#root === null) return undefined;
    this.#hash(this.#root, { leafHash, forkHash });
    const words = new Int32Array(DIGEST_WORDS);
    this.#root.copyHash(words, 0);
    return bytesOfWords(words);
  }

  /** Fills in the hashes that `rootHash` would, with a pause after each `nodesMax` of them or little more. */
  *hashInSteps(slot: HashSlot, hashing: TrieHashing<V>, nodesMax: number): Generator<void, void, undefined> {
    this.#assertSealed(slot);
    if (this.#root !== null) yield* hashRequestsInSteps(this.#root, hashing, nodesMax);
  }

  /** Folds the part that proves what the map holds under `keys`, as `PersistentMap.walk`. */
  walk<W>(keys: readonly string[], slot: HashSlot, hashing: TrieHashing<V>, visitor: TrieVisitor<V, W>): W | undefined {
    this.#assertSealed(slot);
    if (this.#root === null) return undefined;
    this.#hash(this.#root, hashing);
    return walkRequests(this.#root, keys, hashing.forkHash, visitor);
  }
}
