/**
 * The values of our CBOR profile.
 *
 * | CBOR | JavaScript |
 * |---|---|
 * | integer, -2^64 to 2^64 - 1 | `number` when it is a safe integer, else `bigint` |
 * | byte string | `Uint8Array` |
 * | text string | `string` |
 * | array | array |
 * | map | `Map`; keys are text, integers or byte strings |
 * | true, false, null | themselves |
 * | undefined | the entry is left out when it is the value of a map, else `null` |
 * | float | {@link CborFloat}, so that 1.0 and 1 stay apart |
 *
 * Tags are not part of the profile, but for 55799 (self-described CBOR) around a whole message.
 * Source: RFC 8949; IC interface specification, "CBOR".
 * @module
 */
import type { IcError } from '../base/index.ts';

/** A floating point number. No protocol message has one: it exists so that a decoder can show what a stranger sent. */
export class CborFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

/** A key of a map. Keys of bytes are not found by `get`, as arrays compare by identity: walk the entries. */
export type CborKey = string | number | bigint | Uint8Array;

/** A map as it is decoded: entries in the order of the message. */
export type CborMap = ReadonlyMap<CborKey, CborValue>;

/** A decoded value. */
export type CborValue = number | bigint | string | boolean | null | Uint8Array | CborFloat | readonly CborValue[] | CborMap;

/** A value to encode: in addition, a plain object is a map with text keys, and its `undefined` fields are left out. */
export type CborInput =
  | number
  | bigint
  | string
  | boolean
  | null
  | Uint8Array
  | CborFloat
  | readonly CborInput[]
  | ReadonlyMap<CborKey, CborInput>
  | { readonly [key: string]: CborInput | undefined };

/** Why bytes are not a message of the profile, and where. */
export type CborErrorDetail = {
  readonly code:
    /** The input ends inside an item. */
    | 'CBOR_TRUNCATED'
    /** Not well-formed, or text that is not UTF-8. */
    | 'CBOR_MALFORMED'
    /** Well-formed, but outside the profile: a tag, an unassigned simple value, a key of another type. */
    | 'CBOR_UNSUPPORTED'
    /** A map has the same key twice. */
    | 'CBOR_DUPLICATE_KEY'
    /** Bytes follow the message. */
    | 'CBOR_TRAILING_BYTES'
    /** A bound of `CborLimits` is exceeded. */
    | 'CBOR_LIMIT_EXCEEDED';
  readonly offset: number;
};

/** What the decoder throws. */
export type CborError = IcError<CborErrorDetail>;

/** The tag that marks self-described CBOR. */
export const SELF_DESCRIBED_TAG = 55799;
