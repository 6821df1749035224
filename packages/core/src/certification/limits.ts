/**
 * Bounds of certificates and hash trees that come from outside.
 * @module
 */
import type { CborLimits } from '../codec/index.ts';

/**
 * Most nodes between the root of a hash tree and a leaf: forks and labels count one each. The CBOR readers of other agents stop at
 * 128 nested arrays, so no tree beyond that is understood by everyone.
 */
export const HASH_TREE_DEPTH_MAX = 128;

/** Most bytes of an encoded certificate, its delegation included: the largest body that the HTTPS interface accepts. */
export const CERTIFICATE_BYTES_MAX = 4_194_304;

/** Most CBOR items of a certificate. A witness of 1,000 paths in a large tree has about 100,000. */
export const CERTIFICATE_ITEMS_MAX = 500_000;

/** Most canister ranges in one list. */
export const CANISTER_RANGES_MAX = 100_000;

/** Bounds of one certificate: the tree sits one map deep. */
export const CERTIFICATE_CBOR_LIMITS: CborLimits = {
  bytesMax: CERTIFICATE_BYTES_MAX,
  depthMax: HASH_TREE_DEPTH_MAX + 1,
  itemsMax: CERTIFICATE_ITEMS_MAX,
};

/** How far a certificate's time may lie from the reader's clock, in either direction, unless the reader says otherwise. */
export const CERTIFICATE_AGE_MAX_NS = 300_000_000_000n;

/** Bytes of a BLS public key: a compressed point of G2. */
export const BLS_PUBLIC_KEY_BYTES = 96;

/** Bytes of a BLS signature: a compressed point of G1. */
export const BLS_SIGNATURE_BYTES = 48;
