/**
 * Messages of which nothing but themselves is known.
 * @module
 */
import { assert } from '../base/index.ts';
import { createDecodePlan, decoderOf, MISMATCH } from './decode-plan.ts';
import { candidError } from './errors.ts';
import { DEFAULT_CANDID_LIMITS } from './limits.ts';
import type { CandidLimits } from './limits.ts';
import { Reader, charge, malformed } from './reader.ts';
import { readHeader } from './type-table.ts';
import type { TypeNode } from './types.ts';

/** The sender's types, with `_n_` for the names of labels, and the values as those types have them. */
export type UntypedArgs = { readonly types: readonly TypeNode[]; readonly values: readonly unknown[] };

/**
 * Decodes by the message's own type table.
 * @throws IcError `CANDID_MALFORMED`, `CANDID_LIMIT_EXCEEDED`
 */
export function decodeUntyped(bytes: Uint8Array, limits: CandidLimits = DEFAULT_CANDID_LIMITS): UntypedArgs {
  if (bytes.length > limits.bytesMax) {
    throw candidError('CANDID_LIMIT_EXCEEDED', `the message has ${bytes.length} bytes, at most ${limits.bytesMax} are accepted`);
  }
  const reader = new Reader(bytes, limits);
  const types = readHeader(reader);
  const plan = createDecodePlan();
  charge(reader, types.length);
  const values = types.map((type) => {
    const value = decoderOf(plan, type, type)(reader);
    assert(value !== MISMATCH, 'a value fits its own type');
    return value;
  });
  if (reader.offset !== bytes.length) throw malformed(reader, `${bytes.length - reader.offset} bytes follow the last value`);
  return { types, values };
}
