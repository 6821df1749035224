/**
 * Lists of canister id ranges, as `/subnet/<id>/canister_ranges` and `/canister_ranges/<id>/<first>` hold them.
 *
 * Source: IC interface specification, "Subnet information" and "Canister ranges".
 * @module
 */
import { IcError, principalFromBytes, principalToBytes } from '../base/index.ts';
import type { PrincipalId } from '../base/index.ts';
import { decodeCbor, encodeSelfDescribedCbor } from '../codec/index.ts';
import type { CborValue } from '../codec/index.ts';
import { CANISTER_RANGES_MAX, CERTIFICATE_CBOR_LIMITS } from './limits.ts';

/** A closed interval of principals in byte order. */
export type CanisterRange = { readonly first: PrincipalId; readonly last: PrincipalId };

/** Tagged CBOR list of `[first, last]` pairs. */
export function encodeCanisterRanges(ranges: readonly CanisterRange[]): Uint8Array<ArrayBuffer> {
  return encodeSelfDescribedCbor(ranges.map(({ first, last }) => [principalToBytes(first), principalToBytes(last)]));
}

/** @throws IcError `CANISTER_RANGES_INVALID`, or a `CBOR_…` code. */
export function decodeCanisterRanges(bytes: Uint8Array): CanisterRange[] {
  const list = decodeCbor(bytes, CERTIFICATE_CBOR_LIMITS);
  if (!Array.isArray(list)) throw invalid('it is not a list');
  if (list.length > CANISTER_RANGES_MAX) throw invalid(`it has ${list.length} ranges, at most ${CANISTER_RANGES_MAX} are accepted`);
  return (list as readonly CborValue[]).map((item) => {
    if (!Array.isArray(item) || item.length !== 2) throw invalid('a range is not a pair');
    const [first, last] = item as readonly CborValue[];
    if (!(first instanceof Uint8Array) || !(last instanceof Uint8Array)) throw invalid('an end of a range is not a byte string');
    return { first: principalFromBytes(first), last: principalFromBytes(last) };
  });
}

/** Whether `id` lies in one of the ranges. */
export function isInCanisterRanges(ranges: readonly CanisterRange[], id: PrincipalId): boolean {
  return ranges.some(({ first, last }) => first <= id && id <= last);
}

function invalid(what: string): IcError {
  return new IcError({ code: 'CANISTER_RANGES_INVALID' }, `not a list of canister ranges: ${what}`);
}
