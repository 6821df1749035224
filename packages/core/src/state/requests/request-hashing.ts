/**
 * Hashes of a map by request id, and the part of it that proves the presence or absence of requests: what digest-trie.ts gives for the same keys.
 * @module
 */
import { assert } from '../../base/index.ts';
import { bytesOfWords, bytesToWords, DIGEST_WORDS } from '../digest.ts';
import type { ForkHash, TrieHashing, TrieVisitor } from '../digest-trie.ts';
import {
  bitOf,
  type Branch,
  type Bucket,
  bucketFor,
  isBranch,
  KEY_HEX_DIGITS,
  keyToWords,
  KEY_WORDS,
  NO_BIT,
  type RequestNode,
  ValueAtRest,
} from './request-nodes.ts';

export function valueAt<V>(bucket: Bucket<V>, index: number, key?: string): V {
  const value = bucket.values[index]!;
  return value instanceof ValueAtRest ? value.load(key ?? bucket.keyAt(index)) : value;
}

/** Places for hashes, eight words each. They are used again: only a first hashing of much needs many. */
let places = new Int32Array(4_096 * DIGEST_WORDS);
const PLACES_KEPT: number = 262_144 * DIGEST_WORDS;

/** Forks to be hashed, and what they are hashed of. Bottom up: forks of one height do not depend on each other. */
class HashPlan<V> {
  readonly #hashing: TrieHashing<V>;
  #placesUsed = 0;
  /** By place: how many forks lie below it, one above the other, at most. */
  readonly #heights: number[] = [];
  /** By height: places of a fork, of its left and of its right side, one after the other. */
  readonly #levels: number[][] = [];
  readonly #nodes: RequestNode<V>[] = [];
  readonly #nodePlaces: number[] = [];
  /** Places of the forks in buckets, in the order of the buckets and of the forks. */
  readonly #innerPlaces: number[] = [];
  readonly #words = new Int32Array(DIGEST_WORDS);

  constructor(hashing: TrieHashing<V>) {
    this.#hashing = hashing;
  }

  #place(height: number): number {
    const place = this.#placesUsed++;
    this.#heights[place] = height;
    if ((place + 1) * DIGEST_WORDS > places.length) {
      const grown = new Int32Array(2 * places.length);
      grown.set(places);
      places = grown;
    }
    return place;
  }

  #fork(left: number, right: number): number {
    const height = Math.max(this.#heights[left]!, this.#heights[right]!) + 1;
    const place = this.#place(height);
    (this.#levels[height - 1] ??= []).push(place, left, right);
    return place;
  }

  /** Adds what has no hash below a node. @returns the place of its hash */
  add(node: RequestNode<V>): number {
    if (node.hashed) {
      const place = this.#place(0);
      node.copyHash(places, place * DIGEST_WORDS);
      return place;
    }
    const place = isBranch(node) ? this.#fork(this.add(node.left), this.add(node.right)) : this.#addBucket(node);
    this.#nodes.push(node);
    this.#nodePlaces.push(place);
    return place;
  }

  #addBucket(bucket: Bucket<V>): number {
    for (let index = 0; index < bucket.size; index++) {
      if (bucket.hasEntryHash(index)) continue;
      const key = bucket.keyAt(index);
      bytesToWords(this.#hashing.leafHash(key, valueAt(bucket, index, key)), this.#words);
      bucket.keepEntryHash(index, this.#words, 0);
    }
    const start = this.#innerPlaces.length;
    for (let fork = 0; fork < bucket.size - 1; fork++) this.#innerPlaces.push(-1);
    return this.#addRange(bucket, 0, bucket.size - 1, start);
  }

  #addRange(bucket: Bucket<V>, first: number, last: number, start: number): number {
    if (first === last) {
      const place = this.#place(0);
      bucket.copyEntryHash(first, places, place * DIGEST_WORDS);
      return place;
    }
    const fork = bucket.forkBetween(first, last);
    const place = this.#fork(this.#addRange(bucket, first, fork, start), this.#addRange(bucket, fork + 1, last, start));
    this.#innerPlaces[start + fork] = place;
    return place;
  }

  /** Makes the hashes and gives them to their nodes. @returns the buckets among these */
  run(): Bucket<V>[] {
    for (const level of this.#levels) this.#hashLevel(level);
    const buckets: Bucket<V>[] = [];
    let at = 0;
    for (const [index, node] of this.#nodes.entries()) {
      node.keepHash(places, this.#nodePlaces[index]! * DIGEST_WORDS);
      if (isBranch(node)) continue;
      buckets.push(node);
      node.inner = new Int32Array((node.size - 1) * DIGEST_WORDS);
      for (let fork = 0; fork < node.size - 1; fork++) {
        const place = this.#innerPlaces[at++]! * DIGEST_WORDS;
        node.inner.set(places.subarray(place, place + DIGEST_WORDS), fork * DIGEST_WORDS);
      }
    }
    if (places.length > PLACES_KEPT) places = new Int32Array(PLACES_KEPT);
    return buckets;
  }

  #hashLevel(level: readonly number[]): void {
    const { forkHash } = this.#hashing;
    const { batch } = forkHash;
    const count = level.length / 3;
    const placeAt = (index: number): number => level[index]! * DIGEST_WORDS;
    if (batch === undefined) {
      for (let index = 0; index < count; index++) {
        const bytes = forkHash(bytesOfWords(places, placeAt(3 * index + 1)), bytesOfWords(places, placeAt(3 * index + 2)));
        bytesToWords(bytes, this.#words);
        places.set(this.#words, placeAt(3 * index));
      }
      return;
    }
    for (let start = 0; start < count; start += batch.capacity) {
      const length = Math.min(batch.capacity, count - start);
      for (let index = 0; index < length; index++) {
        const at = 3 * (start + index);
        copyWords(places, placeAt(at + 1), batch.input, 2 * DIGEST_WORDS * index);
        copyWords(places, placeAt(at + 2), batch.input, 2 * DIGEST_WORDS * index + DIGEST_WORDS);
      }
      batch.run(length);
      for (let index = 0; index < length; index++) {
        copyWords(batch.output, DIGEST_WORDS * index, places, placeAt(3 * (start + index)));
      }
    }
  }
}

function copyWords(from: Int32Array, fromStart: number, to: Int32Array, toStart: number): void {
  for (let word = 0; word < DIGEST_WORDS; word++) to[toStart + word] = from[fromStart + word]!;
}

/** Fills in the hashes that are missing below a node. @returns the buckets that were hashed; they have the hashes of their forks */
export function hashRequests<V>(root: RequestNode<V>, hashing: TrieHashing<V>): Bucket<V>[] {
  if (root.hashed) return [];
  const plan = new HashPlan(hashing);
  plan.add(root);
  return plan.run();
}

/** Whether at most so many nodes below one have no hash. */
function hasFewDirty<V>(root: RequestNode<V>, limit: number): boolean {
  const pending: RequestNode<V>[] = [root];
  let count = 0;
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.hashed) continue;
    count += isBranch(node) ? 1 : node.size;
    if (count > limit) return false;
    if (isBranch(node)) pending.push(node.right, node.left);
  }
  return true;
}

/** Like {@link hashRequests}, with a pause after each `nodesMax` hashes or little more; the hashes of forks in buckets are not kept. */
export function* hashRequestsInSteps<V>(root: RequestNode<V>, hashing: TrieHashing<V>, nodesMax: number): Generator<void, void, undefined> {
  const hash = (node: RequestNode<V>): void => {
    for (const bucket of hashRequests(node, hashing)) bucket.inner = undefined;
  };
  const pending: RequestNode<V>[] = [root];
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    if (node.hashed) continue;
    if (isBranch(node) && !hasFewDirty(node, nodesMax)) {
      pending.push(node.right, node.left);
      continue;
    }
    hash(node);
    yield;
  }
  hash(root);
}

/** Entries of a bucket from `first` to `last`, or all that is below a branch. */
type Part<V> = Branch<V> | Range<V>;
type Range<V> = { readonly bucket: Bucket<V>; readonly first: number; readonly last: number };

function partOf<V>(node: RequestNode<V>): Part<V> {
  return isBranch(node) ? node : { bucket: node, first: 0, last: node.size - 1 };
}

function isRange<V>(part: Part<V>): part is Range<V> {
  return 'bucket' in part;
}

type Fork<V> = { readonly bit: number; readonly left: Part<V>; readonly right: Part<V> };

/** The two sides of a part; undefined for a single entry. */
function forkOf<V>(part: Part<V>): Fork<V> | undefined {
  if (!isRange(part)) return { bit: part.bit, left: partOf(part.left), right: partOf(part.right) };
  const { bucket, first, last } = part;
  if (first === last) return undefined;
  const fork = bucket.forkBetween(first, last);
  return { bit: bucket.difference(fork), left: { bucket, first, last: fork }, right: { bucket, first: fork + 1, last } };
}

/** An entry. */
type Place<V> = { readonly bucket: Bucket<V>; readonly index: number };

/** The first or the last entry of a part. */
function endOf<V>(part: Part<V>, end: 'first' | 'last'): Place<V> {
  let node = part;
  while (!isRange(node)) node = partOf(end === 'first' ? node.left : node.right);
  return { bucket: node.bucket, index: node[end] };
}

type Around<V> = { readonly below: Place<V> | undefined; readonly at: Place<V> | undefined; readonly above: Place<V> | undefined };

/** The entry with a key, and those just below and just above it. */
function placesAround<V>(root: RequestNode<V>, key: Int32Array): Around<V> {
  const descend = (
    bitEnd: number,
  ): { readonly part: Part<V>; readonly below: Part<V> | undefined; readonly above: Part<V> | undefined } => {
    let part = partOf(root);
    let below: Part<V> | undefined;
    let above: Part<V> | undefined;
    for (let fork = forkOf(part); fork !== undefined && fork.bit < bitEnd; fork = forkOf(part)) {
      const isLeft = bitOf(key, fork.bit) === 0;
      if (isLeft) above = fork.right;
      else below = fork.left;
      part = isLeft ? fork.left : fork.right;
    }
    return { part, below, above };
  };
  const nearest = endOf(descend(NO_BIT).part, 'first');
  const difference = nearest.bucket.differenceFrom(nearest.index, key);
  const { part, ...sides } = descend(difference);
  const isAt = difference === NO_BIT;
  // A part without the key differs from it as a whole: it lies on one side of it.
  const isAbove = !isAt && bitOf(key, difference) === 0;
  const below = isAt || isAbove ? sides.below : part;
  const above = isAbove ? part : sides.above;
  return {
    below: below === undefined ? undefined : endOf(below, 'last'),
    at: isAt ? nearest : undefined,
    above: above === undefined ? undefined : endOf(above, 'first'),
  };
}

function innerHashes<V>(bucket: Bucket<V>, forkHash: ForkHash): Int32Array {
  if (bucket.inner !== undefined) return bucket.inner;
  const inner = new Int32Array((bucket.size - 1) * DIGEST_WORDS);
  const words = new Int32Array(DIGEST_WORDS);
  const hash = (first: number, last: number): Uint8Array<ArrayBuffer> => {
    if (first === last) {
      bucket.copyEntryHash(first, words, 0);
      return bytesOfWords(words);
    }
    const fork = bucket.forkBetween(first, last);
    bytesToWords(forkHash(hash(first, fork), hash(fork + 1, last)), words);
    inner.set(words, fork * DIGEST_WORDS);
    return bytesOfWords(words);
  };
  hash(0, bucket.size - 1);
  return inner;
}

/** A key that is there and shown, and whether it was asked for. */
type Revealed = { readonly key: string; readonly words: Int32Array; readonly requested: boolean };

/** Folds what proves the revealed keys. */
class Walk<V, W> {
  readonly #keys: readonly string[];
  readonly #revealed: readonly Int32Array[];
  readonly #requested: readonly boolean[];
  readonly #visitor: TrieVisitor<V, W>;
  readonly #forkHash: ForkHash;

  /** @param revealed - keys that are there, ascending, and whether they were asked for. */
  constructor(revealed: readonly Revealed[], visitor: TrieVisitor<V, W>, forkHash: ForkHash) {
    this.#keys = revealed.map(({ key }) => key);
    this.#revealed = revealed.map(({ words }) => words);
    this.#requested = revealed.map(({ requested }) => requested);
    this.#visitor = visitor;
    this.#forkHash = forkHash;
  }

  /** @param start - the revealed keys of the part are those from `start` on, `end` excluded. */
  fold(part: Part<V>, start: number, end: number): W {
    if (start === end) return this.#visitor.pruned(this.#hashOf(part));
    const fork = forkOf(part);
    if (fork === undefined) {
      const { bucket, index } = endOf(part, 'first');
      const key = this.#keys[start]!;
      return this.#visitor.leaf(key, valueAt(bucket, index, key), this.#requested[start]!);
    }
    let middle = start;
    while (middle < end && bitOf(this.#revealed[middle]!, fork.bit) === 0) middle++;
    return this.#visitor.fork(this.fold(fork.left, start, middle), this.fold(fork.right, middle, end));
  }

  #hashOf(part: Part<V>): Uint8Array {
    const words = new Int32Array(DIGEST_WORDS);
    if (!isRange(part)) {
      part.copyHash(words, 0);
      return bytesOfWords(words);
    }
    const { bucket, first, last } = part;
    if (first === last) bucket.copyEntryHash(first, words, 0);
    else if (first === 0 && last === bucket.size - 1) bucket.copyHash(words, 0);
    else copyWords(innerHashes(bucket, this.#forkHash), bucket.forkBetween(first, last) * DIGEST_WORDS, words, 0);
    return bytesOfWords(words);
  }
}

/** See `PersistentMap.walk`. @param root - hashed. */
export function walkRequests<V, W>(root: RequestNode<V>, keys: readonly string[], forkHash: ForkHash, visitor: TrieVisitor<V, W>): W {
  const revealed = new Map<string, Revealed>();
  const reveal = (place: Place<V> | undefined): void => {
    if (place === undefined) return;
    const key = place.bucket.keyAt(place.index);
    if (!revealed.has(key)) revealed.set(key, { key, words: wordsOf(key), requested: false });
  };
  for (const [index, key] of keys.entries()) {
    assert(index === 0 || keys[index - 1]! < key, 'keys are ascending');
    const words = wordsOf(key);
    const isKey = key.length === KEY_HEX_DIGITS;
    const bucket = bucketFor(root, words);
    if (isKey && bucket.holds(bucket.indexOf(words), words)) {
      revealed.set(key, { key, words, requested: true });
      continue;
    }
    const { below, at, above } = placesAround(root, words);
    for (const place of key.length < KEY_HEX_DIGITS ? [below, at ?? above] : [at ?? below, above]) reveal(place);
  }
  const ordered = revealed.size === 1 ? [...revealed.values()] : [...revealed.values()].toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return new Walk(ordered, visitor, forkHash).fold(partOf(root), 0, ordered.length);
}

/** Words of a key; of what is no key, those of the key next to it: a text that is too short comes before it, one that is too long after it. */
function wordsOf(text: string): Int32Array {
  const words = new Int32Array(KEY_WORDS);
  keyToWords(text.slice(0, KEY_HEX_DIGITS).padEnd(KEY_HEX_DIGITS, '0'), words);
  return words;
}
