/**
 * The hash port. Every implementation gives the same digests; they differ in speed only, so a node may use native code and a
 * browser tab pure JavaScript.
 * @module
 */
import { sha224 as nobleSha224, sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

/** SHA-2 as the Internet Computer uses it. */
export interface Hasher {
  /** SHA-256 of `data`, 32 bytes. */
  sha256(data: Uint8Array): Uint8Array;
  /** SHA-224 of `data`, 28 bytes. */
  sha224(data: Uint8Array): Uint8Array;
}

/** Pure JavaScript, runs everywhere. */
export const nobleHasher: Hasher = {
  sha256: (data) => nobleSha256(data),
  sha224: (data) => nobleSha224(data),
};
