/**
 * Bounds of everything Candid that comes from outside.
 * @module
 */

/** What a decoder of messages accepts. */
export type CandidLimits = {
  /** Most bytes of a message. */
  readonly bytesMax: number;
  /** Most composite values around a value. Also ends types of infinite values that take no bytes. */
  readonly depthMax: number;
  /** Most entries, fields, tags, methods, arguments and results in a message's type table, together. */
  readonly typeTableItemsMax: number;
  /**
   * A message may hold `quotaBase + quotaPerByte × its bytes` values. Every value counts, with or without bytes of its own, used or
   * skipped, and every field that is filled in because the sender left it out; the check of a function or service reference counts
   * its steps.
   */
  readonly quotaBase: number;
  /** See `quotaBase`. */
  readonly quotaPerByte: number;
};

/**
 * Defaults. A message without bombs has less than one value per byte, plus fields that are filled in. A depth of 1,024 is a linked
 * list of 512 elements.
 */
export const DEFAULT_CANDID_LIMITS: CandidLimits = {
  bytesMax: 16 * 1024 * 1024,
  depthMax: 1024,
  typeTableItemsMax: 16_384,
  quotaBase: 20_000,
  quotaPerByte: 4,
};

/** Most steps of one check whether a reference's type is a subtype of the expected one. */
export const SUBTYPE_STEPS_MAX = 20_000;

/** Decoding plans kept per codec, one for each form of type table that its senders use. */
export const PLANS_MAX = 8;

/** The longest header (type table and argument types) that is worth a plan, in bytes. */
export const PLAN_HEADER_BYTES_MAX = 4096;

/** Most composite values around a value to encode. */
export const ENCODE_DEPTH_MAX = 1024;

/** Longest text of values or of an interface that is parsed, in UTF-16 units. */
export const TEXT_LENGTH_MAX: number = 8 * 1024 * 1024;

/** Most levels of nesting in a text of values or of an interface. */
export const TEXT_DEPTH_MAX = 256;
