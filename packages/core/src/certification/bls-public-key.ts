/**
 * DER form of BLS public keys, as root keys and `/subnet/<id>/public_key` have it.
 *
 * A SubjectPublicKeyInfo with algorithm 1.3.6.1.4.1.44668.5.3.1.2.1 and curve 1.3.6.1.4.1.44668.5.3.2.1. All of it but the key is
 * constant, and no other encoding of the same key is accepted.
 * Source: IC interface specification, "Delegation" (certification).
 * @module
 */
import { IcError, assert, concatBytes, equalBytes, fromHex } from '../base/index.ts';
import { BLS_PUBLIC_KEY_BYTES } from './limits.ts';

const DER_PREFIX = fromHex('308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100');

/** DER bytes of a compressed G2 point. */
export function blsPublicKeyToDer(publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  assert(publicKey.length === BLS_PUBLIC_KEY_BYTES, 'a BLS public key has 96 bytes');
  return concatBytes(DER_PREFIX, publicKey);
}

/**
 * The compressed G2 point in DER bytes. Whether it is a point at all is the verifier's business.
 * @throws IcError `BLS_KEY_INVALID` when the bytes are anything but a DER-encoded BLS key.
 */
export function blsPublicKeyFromDer(der: Uint8Array): Uint8Array {
  if (der.length !== DER_PREFIX.length + BLS_PUBLIC_KEY_BYTES) {
    throw new IcError(
      { code: 'BLS_KEY_INVALID' },
      `a DER-encoded BLS public key has ${DER_PREFIX.length + BLS_PUBLIC_KEY_BYTES} bytes, this one has ${der.length}`,
    );
  }
  if (!equalBytes(der.subarray(0, DER_PREFIX.length), DER_PREFIX)) {
    throw new IcError({ code: 'BLS_KEY_INVALID' }, 'the bytes are not the DER encoding of a BLS12-381 public key in G2');
  }
  return der.subarray(DER_PREFIX.length);
}
