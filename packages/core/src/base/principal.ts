/**
 * Principals: ids of canisters, users, subnets and nodes.
 *
 * In state a principal is the lower-case hex of its bytes (`PrincipalId`), whose string order is the byte order; bytes appear at
 * the wire and text at the edge for people.
 * Source: IC interface specification, "Principals".
 * @module
 */
import { fromHex, toHex } from './bytes.ts';
import { IcError } from './error.ts';
import type { Hasher } from './hasher.ts';

declare const principalBrand: unique symbol;

/** Lower-case hex of a principal's 0 to 29 bytes. */
export type PrincipalId = string & { readonly [principalBrand]: true };

/** The longest principal, in bytes. */
export const PRINCIPAL_BYTES_MAX = 29;

/** `aaaaa-aa`, the management canister: no bytes at all. */
export const MANAGEMENT_CANISTER_ID: PrincipalId = '' as PrincipalId;

/** `2vxsx-fae`, the anonymous caller. */
export const ANONYMOUS_PRINCIPAL: PrincipalId = '04' as PrincipalId;

/** @throws IcError `PRINCIPAL_INVALID` when there are more than 29 bytes. */
export function principalFromBytes(bytes: Uint8Array): PrincipalId {
  if (bytes.length > PRINCIPAL_BYTES_MAX) {
    throw new IcError({ code: 'PRINCIPAL_INVALID' }, `a principal has at most ${PRINCIPAL_BYTES_MAX} bytes, this one has ${bytes.length}`);
  }
  return toHex(bytes) as PrincipalId;
}

/** The bytes of a principal. */
export function principalToBytes(id: PrincipalId): Uint8Array<ArrayBuffer> {
  return fromHex(id);
}

const CRC_TABLE: Int32Array = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc;
});

/** CRC-32 (ISO 3309) of `bytes`, unsigned. */
export function crc32(bytes: Uint8Array): number {
  // Signed arithmetic and an index: modules of many megabytes pass through here, and this form is three times as fast.
  let crc = -1;
  for (let index = 0; index < bytes.length; index++) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[index]!) & 255]!;
  return ~crc >>> 0;
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Textual form: base32 of CRC-32 and bytes, in groups of five. */
export function principalToText(id: PrincipalId): string {
  const bytes = fromHex(id);
  const crc = crc32(bytes);
  const data = [crc >>> 24, (crc >>> 16) & 255, (crc >>> 8) & 255, crc & 255, ...bytes];
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of data) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(value >>> bits) & 31];
    }
  }
  if (bits > 0) text += BASE32[(value << (5 - bits)) & 31];
  return text.match(/.{1,5}/g)!.join('-');
}

/**
 * Parses the textual form.
 * @throws IcError `PRINCIPAL_INVALID` when it is not the canonical text of a principal.
 */
export function principalFromText(text: string): PrincipalId {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  if (text.length <= 63) {
    for (const char of text) {
      if (char === '-') continue;
      const digit = BASE32.indexOf(char);
      if (digit < 0) throw new IcError({ code: 'PRINCIPAL_INVALID' }, `'${text}' is not a principal: '${char}' cannot occur in one`);
      value = ((value << 5) | digit) & 0xfff;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        bytes.push((value >>> bits) & 255);
      }
    }
  }
  if (bytes.length >= 4 && bytes.length <= 4 + PRINCIPAL_BYTES_MAX) {
    const id = toHex(Uint8Array.from(bytes.slice(4))) as PrincipalId;
    if (principalToText(id) === text) return id;
  }
  throw new IcError(
    { code: 'PRINCIPAL_INVALID' },
    `'${text.slice(0, 80)}' is not the text of a principal (wrong length, checksum or grouping)`,
  );
}

/** Self-authenticating principal of a DER-encoded public key. */
export function selfAuthenticatingPrincipal(publicKeyDer: Uint8Array, hasher: Hasher): PrincipalId {
  return (toHex(hasher.sha224(publicKeyDer)) + '02') as PrincipalId;
}

/** Canister id of index `index`, 0 ≤ index < 2^64, as the IC numbers canisters: 8 bytes big-endian, then 0x01 0x01. */
export function canisterIdOfIndex(index: bigint): PrincipalId {
  return (index.toString(16).padStart(16, '0') + '0101') as PrincipalId;
}

/** Inverse of {@link canisterIdOfIndex}, or undefined for a principal that is not such an id. */
export function canisterIndexOfId(id: PrincipalId): bigint | undefined {
  return id.length === 20 && id.endsWith('0101') ? BigInt(`0x${id.slice(0, 16)}`) : undefined;
}
