/**
 * Records of entries that also say what the entry's hashes are: a reader who has them makes the entry when it is first needed, and compares
 * it then. The hashes themselves are compared at once, for the digest of the whole state is made of them.
 *
 * One byte with the length of what follows, 64 or 0; the hashes of both slots of the map; the canonical bytes of the value.
 * @module
 */
import { IcError, joinBytes } from '../../base/index.ts';
import { DIGEST_BYTES } from '../digest.ts';

const HASHES_BYTES = 2 * DIGEST_BYTES;

export type HashedRecord = { readonly hashes: Uint8Array | undefined; readonly content: Uint8Array };

/** @param hashes - undefined when they were not taken yet: a reader then makes the entry at once. */
export function encodeHashedRecord(hashes: Uint8Array | undefined, content: Uint8Array): Uint8Array {
  return hashes === undefined ? joinBytes([Uint8Array.of(0), content]) : joinBytes([Uint8Array.of(HASHES_BYTES), hashes, content]);
}

/** @throws IcError `STATE_RECORD_MALFORMED` */
export function decodeHashedRecord(value: Uint8Array): HashedRecord {
  const [size] = value;
  if (size === 0) return { hashes: undefined, content: value.subarray(1) };
  if (size !== HASHES_BYTES || value.length <= HASHES_BYTES)
    throw new IcError({ code: 'STATE_RECORD_MALFORMED' }, 'a record of the state is not what this version writes: its hashes are missing');
  return { hashes: value.subarray(1, 1 + HASHES_BYTES), content: value.subarray(1 + HASHES_BYTES) };
}
