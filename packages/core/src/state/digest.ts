/**
 * A 32-byte hash as eight 32-bit words: word `i` holds bytes `4i` to `4i+3`, the first in the highest bits, as a signed integer.
 *
 * Trees keep millions of hashes. One takes 248 bytes as a `Uint8Array`, 88 as an object of words, 64 as words in the node itself
 * (Node 26, measured).
 * @module
 */
import { assert } from '../base/index.ts';

/** Bytes of a SHA-256 digest. */
export const DIGEST_BYTES = 32;

/** Words of a SHA-256 digest. */
export const DIGEST_WORDS = 8;

/** A digest. Immutable. */
export class Digest {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
  readonly w4: number;
  readonly w5: number;
  readonly w6: number;
  readonly w7: number;
  constructor(w0: number, w1: number, w2: number, w3: number, w4: number, w5: number, w6: number, w7: number) {
    this.w0 = w0 | 0;
    this.w1 = w1 | 0;
    this.w2 = w2 | 0;
    this.w3 = w3 | 0;
    this.w4 = w4 | 0;
    this.w5 = w5 | 0;
    this.w6 = w6 | 0;
    this.w7 = w7 | 0;
  }
}

/** Whether two digests are equal. */
export function sameDigest(a: Digest, b: Digest): boolean {
  return (
    a.w0 === b.w0 && a.w1 === b.w1 && a.w2 === b.w2 && a.w3 === b.w3 && a.w4 === b.w4 && a.w5 === b.w5 && a.w6 === b.w6 && a.w7 === b.w7
  );
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) | bytes[offset + 3]!;
}

/** @throws AssertionFault unless there are 32 bytes. */
export function digestFromBytes(bytes: Uint8Array): Digest {
  assert(bytes.length === DIGEST_BYTES, 'a digest has 32 bytes');
  return new Digest(
    wordAt(bytes, 0),
    wordAt(bytes, 4),
    wordAt(bytes, 8),
    wordAt(bytes, 12),
    wordAt(bytes, 16),
    wordAt(bytes, 20),
    wordAt(bytes, 24),
    wordAt(bytes, 28),
  );
}

function putWord(word: number, bytes: Uint8Array, offset: number): void {
  bytes[offset] = word >>> 24;
  bytes[offset + 1] = word >>> 16;
  bytes[offset + 2] = word >>> 8;
  bytes[offset + 3] = word;
}

/** Writes the 32 bytes of a digest from `offset` on. */
export function digestInto(digest: Digest, bytes: Uint8Array, offset: number): void {
  putWord(digest.w0, bytes, offset);
  putWord(digest.w1, bytes, offset + 4);
  putWord(digest.w2, bytes, offset + 8);
  putWord(digest.w3, bytes, offset + 12);
  putWord(digest.w4, bytes, offset + 16);
  putWord(digest.w5, bytes, offset + 20);
  putWord(digest.w6, bytes, offset + 24);
  putWord(digest.w7, bytes, offset + 28);
}

/** The 32 bytes of a digest. */
export function digestToBytes(digest: Digest): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(DIGEST_BYTES);
  digestInto(digest, bytes, 0);
  return bytes;
}

/** Words of 32 bytes. @throws AssertionFault unless there are 32. */
export function bytesToWords(bytes: Uint8Array, words: Int32Array): void {
  assert(bytes.length === DIGEST_BYTES, 'a digest has 32 bytes');
  for (let index = 0; index < DIGEST_WORDS; index++) words[index] = wordAt(bytes, 4 * index);
}

/** The 32 bytes of eight words. */
export function wordsToBytes(words: Int32Array, bytes: Uint8Array): void {
  for (let index = 0; index < DIGEST_WORDS; index++) putWord(words[index]!, bytes, 4 * index);
}

/** A digest of its own, from the eight words that start at `offset`. */
export function bytesOfWords(words: Int32Array, offset = 0): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(DIGEST_BYTES);
  for (let index = 0; index < DIGEST_WORDS; index++) putWord(words[offset + index]!, bytes, 4 * index);
  return bytes;
}
