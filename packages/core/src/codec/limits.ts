/**
 * Bounds of the codecs of this folder.
 * @module
 */

/** What a CBOR decoder accepts. Every field is a count or a size of untrusted input. */
export type CborLimits = {
  /** Most bytes of a message. */
  readonly bytesMax: number;
  /** Most arrays and maps around an item. */
  readonly depthMax: number;
  /** Most data items of a message, keys included. */
  readonly itemsMax: number;
};

/**
 * Fits every message of the IC's HTTPS interface: a body is at most 4 MiB, a request names at most 1,000 paths of 127 labels, and a
 * certificate's hash tree nests one array per bit of a label at worst (a request id has 256) plus one per label.
 */
export const DEFAULT_CBOR_LIMITS: CborLimits = { bytesMax: 16 * 1024 * 1024, depthMax: 512, itemsMax: 1_000_000 };

/** Most bits of a LEB128 number that is read as a JavaScript number, so that it stays exact. */
export const LEB128_NUMBER_BITS_MAX = 53;
