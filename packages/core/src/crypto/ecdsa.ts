/**
 * ECDSA with SHA-256 on P-256 and secp256k1: checking by the rules of {@link SignatureVerifier}, and signing.
 *
 * Source: FIPS 186-4; RFC 6979 for the deterministic nonce of signatures that we make.
 * @module
 */
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { IcError, assert } from '../base/index.ts';
import { DER_SEQUENCE, endDer, readDer, readDerUnsigned } from './der.ts';
import type { DerReader } from './der.ts';
import type { MessageSigner } from './ports.ts';
import { publicKeyToDer } from './public-key.ts';

const POINT_BYTES = 65;
const UNCOMPRESSED = 4;
const SCALAR_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** Whether key and signature have the only form that is accepted. */
export function isEcdsaForm(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return publicKey.length === POINT_BYTES && publicKey[0] === UNCOMPRESSED && signature.length === SIGNATURE_BYTES;
}

/** As {@link SignatureVerifier.verify}. */
export function verifyEcdsa(
  curve: 'ecdsa-p256' | 'ecdsa-secp256k1',
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!isEcdsaForm(publicKey, signature)) return false;
  const scheme = curve === 'ecdsa-p256' ? p256 : secp256k1;
  try {
    return scheme.verify(signature, message, publicKey, { lowS: false, prehash: true, format: 'compact' });
  } catch {
    return false; // The key is not a point of the curve, or r or s is out of range.
  }
}

/**
 * `r · s` of an ECDSA signature in DER, as WebAuthn has it.
 * @throws IcError `SIGNATURE_INVALID` when it is not strict DER of two numbers of at most 32 bytes.
 */
export function ecdsaSignatureFromDer(der: Uint8Array): Uint8Array {
  const outer: DerReader = { bytes: der, offset: 0 };
  const inner: DerReader = { bytes: readDer(outer, DER_SEQUENCE), offset: 0 };
  endDer(outer);
  const r = readDerUnsigned(inner);
  const s = readDerUnsigned(inner);
  endDer(inner);
  if (r.length > SCALAR_BYTES || s.length > SCALAR_BYTES) {
    throw new IcError({ code: 'SIGNATURE_INVALID' }, 'a number of the ECDSA signature has more than 32 bytes');
  }
  const signature = new Uint8Array(SIGNATURE_BYTES);
  signature.set(r, SCALAR_BYTES - r.length);
  signature.set(s, SIGNATURE_BYTES - s.length);
  return signature;
}

/**
 * A signer for secp256k1 identities. Signatures are deterministic (RFC 6979) and have the smaller of the two possible s.
 * @param secretKey - 32 bytes, in 1 … n - 1; copied.
 */
export function createSecp256k1Signer(secretKey: Uint8Array): MessageSigner {
  return createEcdsaSigner('ecdsa-secp256k1', secretKey);
}

/** As {@link createSecp256k1Signer}, on P-256. */
export function createP256Signer(secretKey: Uint8Array): MessageSigner {
  return createEcdsaSigner('ecdsa-p256', secretKey);
}

function createEcdsaSigner(kind: 'ecdsa-p256' | 'ecdsa-secp256k1', secretKey: Uint8Array): MessageSigner {
  const scheme = kind === 'ecdsa-p256' ? p256 : secp256k1;
  assert(scheme.utils.isValidSecretKey(secretKey), 'an ECDSA secret key is a number from 1 to n - 1 in 32 bytes');
  const secret = Uint8Array.from(secretKey);
  return {
    publicKeyDer: publicKeyToDer({ kind, point: scheme.getPublicKey(secret, false) }),
    sign: (message) => scheme.sign(message, secret, { lowS: true, prehash: true, format: 'compact' }),
  };
}
