/**
 * RSASSA-PKCS1-v1_5 with SHA-256: checking by the rules of {@link SignatureVerifier}. WebAuthn on Windows uses it.
 *
 * Source: RFC 8017, section 8.2.2. The expected message is built and compared whole: nothing of the padding is parsed.
 * @module
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { IcError, concatBytes, equalBytes, fromHex, toHex } from '../base/index.ts';
import { DER_SEQUENCE, endDer, readDer, readDerUnsigned, writeDer, writeDerUnsigned } from './der.ts';
import type { DerReader } from './der.ts';
import { RSA_EXPONENT_LIMIT, RSA_MODULUS_BITS_MAX, RSA_MODULUS_BITS_MIN } from './limits.ts';

/** `DigestInfo` of SHA-256 up to the digest. */
const DIGEST_INFO = fromHex('3031300d060960864801650304020105000420');

/** Modulus and exponent, big-endian without leading zeros. */
export type RsaPublicKey = { readonly modulus: Uint8Array; readonly exponent: Uint8Array };

function numberOf(bigEndian: Uint8Array): bigint {
  return bigEndian.length === 0 ? 0n : BigInt(`0x${toHex(bigEndian)}`);
}

function bitLength(bigEndian: Uint8Array): number {
  return bigEndian.length === 0 ? 0 : bigEndian.length * 8 - (Math.clz32(bigEndian[0]!) - 24);
}

/**
 * Checks that the numbers can be a key that we accept: 2,048 to 8,192 bits, both odd, exponent from 3 to 2^32.
 * @throws IcError `PUBLIC_KEY_INVALID`
 */
export function checkRsaPublicKey({ modulus, exponent }: RsaPublicKey): void {
  if (modulus[0] === 0 || exponent[0] === 0) throw invalid('modulus or exponent has a needless leading zero');
  const bits = bitLength(modulus);
  if (bits < RSA_MODULUS_BITS_MIN || bits > RSA_MODULUS_BITS_MAX) {
    throw invalid(`the modulus has ${bits} bits; ${RSA_MODULUS_BITS_MIN} to ${RSA_MODULUS_BITS_MAX} are accepted`);
  }
  if ((modulus.at(-1)! & 1) === 0) throw invalid('the modulus is even');
  if (exponent.length > 4) throw invalid('the exponent has more than 32 bits');
  const e = numberOf(exponent);
  if (e < 3n || e >= RSA_EXPONENT_LIMIT || (e & 1n) === 0n) throw invalid('the exponent is even or less than 3');
}

function invalid(what: string): IcError {
  return new IcError({ code: 'PUBLIC_KEY_INVALID' }, `not an RSA public key that is accepted: ${what}`);
}

/** PKCS#1 `RSAPublicKey` in DER: the form of the key in {@link SignatureVerifier}. */
export function encodeRsaPublicKey({ modulus, exponent }: RsaPublicKey): Uint8Array<ArrayBuffer> {
  return writeDer(DER_SEQUENCE, writeDerUnsigned(modulus), writeDerUnsigned(exponent));
}

/** @throws IcError `DER_INVALID` or `PUBLIC_KEY_INVALID` */
export function decodeRsaPublicKey(der: Uint8Array): RsaPublicKey {
  const outer: DerReader = { bytes: der, offset: 0 };
  const inner: DerReader = { bytes: readDer(outer, DER_SEQUENCE), offset: 0 };
  endDer(outer);
  const key = { modulus: readDerUnsigned(inner), exponent: readDerUnsigned(inner) };
  endDer(inner);
  checkRsaPublicKey(key);
  return key;
}

/** As {@link SignatureVerifier.verify}. */
export function verifyRsa(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  let key: RsaPublicKey;
  try {
    key = decodeRsaPublicKey(publicKey);
  } catch {
    return false;
  }
  const size = key.modulus.length;
  if (signature.length !== size) return false;
  const modulus = numberOf(key.modulus);
  const value = numberOf(signature);
  if (value >= modulus) return false;
  const power = powerMod(value, numberOf(key.exponent), modulus)
    .toString(16)
    .padStart(2 * size, '0');
  return equalBytes(fromHex(power), expectedMessage(message, size));
}

function expectedMessage(message: Uint8Array, size: number): Uint8Array {
  const tail = concatBytes(Uint8Array.of(0), DIGEST_INFO, sha256(message));
  const padding = new Uint8Array(size - tail.length).fill(0xff);
  padding[0] = 0;
  padding[1] = 1;
  return concatBytes(padding, tail);
}

function powerMod(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}
