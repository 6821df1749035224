/**
 * Nodes of a map by request id. They form the crit-bit trie that `PersistentMap` makes of the same keys (trie-node.ts), but its lowest levels are
 * packed: a bucket holds up to sixteen entries in two arrays.
 *
 * A history of five minutes has a million requests, and with every batch some of them come and go. With a leaf, a key and a fork for each of them the
 * collector of garbage marks 500 MB of small objects twice a minute, and the replica stands still for half a second or more; packed they are a fifth
 * of that and a tenth of the objects (Node 26, measured).
 *
 * Bits of a key are counted from 0, the highest bit of its first byte. Invariant: they grow from the root down, and all keys of a bucket are all keys of
 * the map that agree with them in the bits before the bucket's first difference.
 * @module
 */
import type { EditToken } from '../trie-node.ts';

/** Words of 32 bits of a key, and of a hash. */
export const KEY_WORDS = 8;
const ENTRY_WORDS: number = 2 * KEY_WORDS;

/** Entries of a bucket. */
const BUCKET_MAX = 16;
/** Two neighbours with no more entries together become one. */
const BUCKET_MERGED_MAX: number = BUCKET_MAX / 2;

/** Behind all bits of a key: two keys are equal. */
export const NO_BIT: number = 32 * KEY_WORDS;

/** A value that is made anew whenever somebody looks at it. */
export abstract class ValueAtRest<V> {
  /** @throws what shows that the value can not be made: nobody may go on without it */
  abstract load(key: string): V;
}

/** The hash of what is below a node. */
abstract class HashedNode {
  hashed = false;
  h0 = 0;
  h1 = 0;
  h2 = 0;
  h3 = 0;
  h4 = 0;
  h5 = 0;
  h6 = 0;
  h7 = 0;

  /** Keeps the hash whose words start at `offset`. */
  keepHash(words: Int32Array, offset: number): void {
    this.h0 = words[offset]!;
    this.h1 = words[offset + 1]!;
    this.h2 = words[offset + 2]!;
    this.h3 = words[offset + 3]!;
    this.h4 = words[offset + 4]!;
    this.h5 = words[offset + 5]!;
    this.h6 = words[offset + 6]!;
    this.h7 = words[offset + 7]!;
    this.hashed = true;
  }

  copyHash(words: Int32Array, offset: number): void {
    words[offset] = this.h0;
    words[offset + 1] = this.h1;
    words[offset + 2] = this.h2;
    words[offset + 3] = this.h3;
    words[offset + 4] = this.h4;
    words[offset + 5] = this.h5;
    words[offset + 6] = this.h6;
    words[offset + 7] = this.h7;
  }
}

/** Keys with a 0 in a bit are to the left, those with a 1 to the right. */
export class Branch<V> extends HashedNode {
  readonly bit: number;
  left: RequestNode<V>;
  right: RequestNode<V>;
  readonly edit: EditToken;

  constructor(bit: number, left: RequestNode<V>, right: RequestNode<V>, edit: EditToken) {
    super();
    this.bit = bit;
    this.left = left;
    this.right = right;
    this.edit = edit;
  }
}

/** What an entry begins with. @property hash - its words, when it is known */
export type NewEntry<V> = { readonly value: V | ValueAtRest<V>; readonly hash: Int32Array | undefined };

const NO_HASH = new Int32Array(KEY_WORDS);

/** Entries in ascending order of their keys. */
export class Bucket<V> extends HashedNode {
  /** No bit: what tells a bucket from a branch. */
  readonly bit: number = -1;
  /** For each entry the eight words of its key, and those of its hash. Small integers: nothing in here leads the collector anywhere. */
  readonly words: number[];
  readonly values: (V | ValueAtRest<V>)[];
  /** Which entries have their hash: bit `i` for entry `i`. */
  hashedEntries: number;
  /** Hashes of the forks between the entries, as long as they are likely to be needed: fork `i` parts entry `i` from `i + 1`. */
  inner: Int32Array | undefined = undefined;
  readonly edit: EditToken;

  constructor(words: number[], values: (V | ValueAtRest<V>)[], hashedEntries: number, edit: EditToken) {
    super();
    this.words = words;
    this.values = values;
    this.hashedEntries = hashedEntries;
    this.edit = edit;
  }

  get size(): number {
    return this.values.length;
  }

  /** A copy that belongs to an edit; the bucket itself when it does. */
  own(edit: EditToken): Bucket<V> {
    return this.edit === edit ? this : new Bucket(this.words.slice(), this.values.slice(), this.hashedEntries, edit);
  }

  /** The entries from `start` on, `end` excluded. */
  part(start: number, end: number, edit: EditToken): Bucket<V> {
    const hashed = (this.hashedEntries >>> start) & ((1 << (end - start)) - 1);
    return new Bucket(this.words.slice(start * ENTRY_WORDS, end * ENTRY_WORDS), this.values.slice(start, end), hashed, edit);
  }

  /** First bit in which entry `index` differs from the one after it. */
  difference(index: number): number {
    return firstDifferentBit(this.words, index * ENTRY_WORDS, this.words, (index + 1) * ENTRY_WORDS);
  }

  /** First bit in which entry `index` differs from a key. */
  differenceFrom(index: number, key: Int32Array): number {
    return firstDifferentBit(this.words, index * ENTRY_WORDS, key, 0);
  }

  /** Where a key is or would be: the number of entries with smaller keys. */
  indexOf(key: Int32Array): number {
    let index = 0;
    while (index < this.size && isSmaller(this.words, index * ENTRY_WORDS, key)) index++;
    return index;
  }

  holds(index: number, key: Int32Array): boolean {
    return index < this.size && this.differenceFrom(index, key) === NO_BIT;
  }

  /** The fork that is the root of the entries from `first` to `last`, of which there are several: it parts entry `i` from `i + 1`. */
  forkBetween(first: number, last: number): number {
    let found = first;
    let bit = this.difference(first);
    for (let index = first + 1; index < last; index++) {
      const other = this.difference(index);
      if (other >= bit) continue;
      found = index;
      bit = other;
    }
    return found;
  }

  keyAt(index: number): string {
    const start = index * ENTRY_WORDS;
    for (let word = 0; word < KEY_WORDS; word++) {
      const value = this.words[start + word]!;
      for (let digit = 0; digit < 8; digit++) digits[8 * word + digit] = digitCodes[(value >>> (28 - 4 * digit)) & DIGIT_MAX]!;
    }
    return String.fromCharCode(...digits);
  }

  hasEntryHash(index: number): boolean {
    return ((this.hashedEntries >>> index) & 1) !== 0;
  }

  keepEntryHash(index: number, from: Int32Array, offset: number): void {
    const start = index * ENTRY_WORDS + KEY_WORDS;
    for (let word = 0; word < KEY_WORDS; word++) this.words[start + word] = from[offset + word]!;
    this.hashedEntries |= 1 << index;
  }

  copyEntryHash(index: number, to: Int32Array, offset: number): void {
    const start = index * ENTRY_WORDS + KEY_WORDS;
    for (let word = 0; word < KEY_WORDS; word++) to[offset + word] = this.words[start + word]!;
  }

  /** Puts another value in the place of one. */
  replace(index: number, value: V): void {
    this.values[index] = value;
    this.hashedEntries &= ~(1 << index);
  }

  insert(index: number, key: Int32Array, { value, hash }: NewEntry<V>): void {
    this.words.splice(index * ENTRY_WORDS, 0, ...key, ...(hash ?? NO_HASH));
    this.values.splice(index, 0, value);
    const below = (1 << index) - 1;
    const own = hash === undefined ? 0 : 1 << index;
    this.hashedEntries = (this.hashedEntries & below) | own | ((this.hashedEntries & ~below) << 1);
  }

  remove(index: number): void {
    this.words.splice(index * ENTRY_WORDS, ENTRY_WORDS);
    this.values.splice(index, 1);
    const below = (1 << index) - 1;
    this.hashedEntries = (this.hashedEntries & below) | ((this.hashedEntries >>> 1) & ~below);
  }
}

export type RequestNode<V> = Branch<V> | Bucket<V>;

export function isBranch<V>(node: RequestNode<V>): node is Branch<V> {
  return node.bit >= 0;
}

/** A bucket with one entry. */
export function bucketOf<V>(key: Int32Array, entry: NewEntry<V>, edit: EditToken): Bucket<V> {
  const bucket = new Bucket<V>([], [], 0, edit);
  bucket.insert(0, key, entry);
  return bucket;
}

/** A bucket as what may stand in the trie: one that has become too large is divided. */
export function divided<V>(bucket: Bucket<V>, edit: EditToken): RequestNode<V> {
  if (bucket.size <= BUCKET_MAX) return bucket;
  const fork = bucket.forkBetween(0, bucket.size - 1);
  return new Branch(bucket.difference(fork), bucket.part(0, fork + 1, edit), bucket.part(fork + 1, bucket.size, edit), edit);
}

/** A branch as what may stand in the trie: two small buckets become one. */
export function joined<V>(branch: Branch<V>, edit: EditToken): RequestNode<V> {
  const { left, right } = branch;
  if (isBranch(left) || isBranch(right) || left.size + right.size > BUCKET_MERGED_MAX) return branch;
  const hashed = left.hashedEntries | (right.hashedEntries << left.size);
  return new Bucket([...left.words, ...right.words], [...left.values, ...right.values], hashed, edit);
}

/** Length of a key. */
export const KEY_HEX_DIGITS: number = 2 * 4 * KEY_WORDS;

/** Values of hexadecimal digits by their codes; 255 for other characters. */
const digitValues = new Uint8Array(128).fill(0xff);
/** Codes of hexadecimal digits by their values. */
const digitCodes: number[] = [];
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  digitValues[digit.charCodeAt(0)] = value;
  digitCodes.push(digit.charCodeAt(0));
}
const DIGIT_MAX = 15;

/** Writes the words of a key; tells whether it is one, the lower-case hex of 32 bytes. */
export function keyToWords(key: string, words: Int32Array): boolean {
  if (key.length !== KEY_HEX_DIGITS) return false;
  let all = 0;
  for (let word = 0; word < KEY_WORDS; word++) {
    let value = 0;
    for (let at = 8 * word; at < 8 * word + 8; at++) {
      // What is no digit, or beyond the table, has bits that no digit has.
      const digit = digitValues[key.charCodeAt(at)] ?? 0xff;
      all |= digit;
      value = (value << 4) | digit;
    }
    words[word] = value;
  }
  return all <= DIGIT_MAX;
}

/** The digits of a key, to be made a text at once. */
const digits: number[] = new Array<number>(KEY_HEX_DIGITS).fill(0);

type Words = ArrayLike<number>;

/** Bit of a key, 0 or 1. */
export function bitOf(key: Words, bit: number): number {
  return (key[bit >> 5]! >>> (31 - (bit & 31))) & 1;
}

function firstDifferentBit(a: Words, aStart: number, b: Words, bStart: number): number {
  for (let word = 0; word < KEY_WORDS; word++) {
    const difference = a[aStart + word]! ^ b[bStart + word]!;
    if (difference !== 0) return 32 * word + Math.clz32(difference);
  }
  return NO_BIT;
}

function isSmaller(words: Words, start: number, key: Words): boolean {
  for (let word = 0; word < KEY_WORDS; word++) {
    const ours = words[start + word]!;
    const theirs = key[word]!;
    if (ours !== theirs) return ours >>> 0 < theirs >>> 0;
  }
  return false;
}

/** The bucket that a key leads to: the only one that can hold it. */
export function bucketFor<V>(root: RequestNode<V>, key: Int32Array): Bucket<V> {
  let node = root;
  while (isBranch(node)) node = bitOf(key, node.bit) === 0 ? node.left : node.right;
  return node;
}
