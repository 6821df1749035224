/**
 * The hash port. Every implementation gives the same digests; they differ in speed only, so a node may use native code and a
 * browser tab pure JavaScript.
 * @module
 */
import { sha224 as nobleSha224, sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/**
 * Hashes of many forks of a hash tree in one call: SHA-256 of the byte 16, `ic-hashtree-fork`, and the hashes of both sides.
 * Hashes are given as eight words: word `i` holds bytes `4i` to `4i+3`, the first one in the highest bits.
 */
export interface HashTreeForks {
  /** Most forks per call, at least 1. */
  readonly capacity: number;
  /** 16 words per fork: left, then right. Written by the caller. */
  readonly input: Int32Array;
  /** 8 words per fork. Overwritten by the next call; calls may also overwrite `input`. */
  readonly output: Int32Array;
  /** Hashes the first `count` forks of `input` into `output`, 0 ≤ count ≤ capacity. */
  run(count: number): void;
}

/** SHA-2 as the Internet Computer uses it. */
export interface Hasher {
  /** SHA-256 of `data`, 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** SHA-224 of `data`, 28 bytes. */
  sha224(data: Uint8Array): Uint8Array;
  /** A faster way to the same hashes of forks, where there is one. */
  readonly hashTreeForks?: HashTreeForks;
}

/** Pure JavaScript, runs everywhere. */
export const nobleHasher: Hasher = {
  sha256: (data) => nobleSha256(data),
  sha224: (data) => nobleSha224(data),
};
