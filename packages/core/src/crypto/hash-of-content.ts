/**
 * The representation-independent hash: a hash of structured data that does not depend on how the data is encoded.
 *
 * Source: IC interface specification, "Representation-independent hashing of structured data" and "Request ids".
 * @module
 */
import { IcError, compareBytes, concatBytes, nobleHasher, utf8 } from '../base/index.ts';
import type { Hasher } from '../base/index.ts';
import { encodeSleb128, encodeUleb128 } from '../codec/index.ts';

/** A hashable record: fields that are undefined count as absent. */
export type HashableRecord = { readonly [field: string]: HashableValue | undefined };

/**
 * A hashable map, as the CBOR decoder gives it.
 * A null value counts as absent: encoders write it for an optional field without a value.
 */
export type HashableMap = ReadonlyMap<unknown, unknown>;

/** Structured data. Numbers are integers; those below zero are hashed as signed integers, all others as naturals. */
export type HashableValue = Uint8Array | string | bigint | number | readonly HashableValue[] | HashableRecord | HashableMap;

/** Field names of the protocol. Most of the hashing of a small request would be these, so it is done once. */
const FIELD_NAMES: readonly string[] = [
  'request_type',
  'canister_id',
  'method_name',
  'arg',
  'sender',
  'nonce',
  'ingress_expiry',
  'sender_info',
  'info',
  'signer',
  'sig',
  'paths',
  'pubkey',
  'expiration',
  'targets',
  'permissions',
  'status',
  'reply',
  'reject_code',
  'reject_message',
  'error_code',
  'timestamp',
  'request_id',
];

const HASHES_OF_NAMES: ReadonlyMap<string, Uint8Array> = new Map(FIELD_NAMES.map((name) => [name, nobleHasher.sha256(utf8(name))]));

/**
 * Representation-independent hash of a map.
 *
 * @param content - nested no deeper than its decoder allows.
 * @returns 32 bytes.
 * @throws IcError `CONTENT_NOT_HASHABLE` when a value has no hash by the specification: a float, a truth value, a key that is not text.
 */
export function hashOfContent(content: HashableRecord | HashableMap, hasher: Hasher): Uint8Array {
  const pairs: Uint8Array[] = [];
  for (const [name, value] of entriesOf(content)) {
    if (value === undefined || value === null) continue;
    if (typeof name !== 'string') throw notHashable('a key is not text');
    pairs.push(concatBytes(HASHES_OF_NAMES.get(name) ?? hasher.sha256(utf8(name)), hashOfValue(value, hasher)));
  }
  pairs.sort(compareBytes);
  return hasher.sha256(join(pairs, 64));
}

/** Request id of a content map: its representation-independent hash. */
export function requestIdOf(content: HashableRecord | HashableMap, hasher: Hasher): Uint8Array {
  return hashOfContent(content, hasher);
}

/** Joins parts of the same size; there may be more than a call can have arguments. */
function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const joined = new Uint8Array(parts.length * size);
  for (const [index, part] of parts.entries()) joined.set(part, index * size);
  return joined;
}

function entriesOf(content: HashableRecord | HashableMap): Iterable<readonly [unknown, unknown]> {
  return content instanceof Map ? content : Object.entries(content);
}

function hashOfValue(value: unknown, hasher: Hasher): Uint8Array {
  switch (typeof value) {
    case 'string':
      return hasher.sha256(utf8(value));
    case 'bigint':
      return hasher.sha256(value < 0n ? encodeSleb128(value) : encodeUleb128(value));
    case 'number':
      if (!Number.isSafeInteger(value)) throw notHashable('a number is not an integer');
      return hasher.sha256(value < 0 ? encodeSleb128(value) : encodeUleb128(value));
    case 'object':
      if (value instanceof Uint8Array) return hasher.sha256(value);
      if (Array.isArray(value))
        return hasher.sha256(
          join(
            value.map((item) => hashOfValue(item, hasher)),
            32,
          ),
        );
      if (value instanceof Map || isRecord(value)) return hashOfContent(value as HashableRecord | HashableMap, hasher);
      throw notHashable('a value has a type without a hash');
    default:
      throw notHashable(`a value is a ${typeof value}`);
  }
}

function isRecord(value: object | null): boolean {
  if (value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function notHashable(what: string): IcError {
  return new IcError({ code: 'CONTENT_NOT_HASHABLE' }, `the content has no representation-independent hash: ${what}`);
}
