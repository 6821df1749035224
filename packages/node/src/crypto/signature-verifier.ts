/**
 * The signature port in native code (OpenSSL).
 *
 * The rules are those of `SignatureVerifier`; what OpenSSL leaves open or decides otherwise is checked before it is asked.
 * @module
 */
import { createPublicKey, verify } from 'node:crypto';
import type { KeyObject, VerifyKeyObjectInput } from 'node:crypto';
import { decodeRsaPublicKey, isAcceptableEd25519Key, isEcdsaForm, publicKeyToDer } from '@myelin/core/crypto';
import type { SignatureScheme, SignatureVerifier } from '@myelin/core/crypto';
import { BoundedCache } from './bounded-cache.ts';

const ED25519_SIGNATURE_BYTES = 64;

/** Imported keys that are kept; importing takes a tenth of a verification, and each takes about a kilobyte. */
const KEYS_KEPT = 4_096;
/** Those of RSA take up to ten. */
const RSA_KEYS_KEPT = 128;

/** A key, or the fact that the bytes are none. */
type Imported = KeyObject | 'invalid';

/** A verifier that can also be asked to work on another thread. */
export type NodeVerifier = SignatureVerifier & {
  /** As `verify`, with the same answers, in Node's thread pool. */
  readonly verifyAside: (...asked: Parameters<SignatureVerifier['verify']>) => Promise<boolean>;
};

/** What the message is hashed with before it is verified; Ed25519 does that itself. */
function digestOf(scheme: SignatureScheme): string | null {
  return scheme === 'ed25519' ? null : 'sha256';
}

/** The key, and for ECDSA the form of the signature: `r · s`. */
function termsOf(scheme: SignatureScheme, key: KeyObject): KeyObject | VerifyKeyObjectInput {
  return scheme === 'ecdsa-p256' || scheme === 'ecdsa-secp256k1' ? { key, dsaEncoding: 'ieee-p1363' } : key;
}

/** @see SignatureVerifier */
export function createNodeVerifier(keysKept: number = KEYS_KEPT): NodeVerifier {
  const curveKeys = new BoundedCache<Imported>(keysKept);
  const rsaKeys = new BoundedCache<Imported>(Math.min(keysKept, RSA_KEYS_KEPT));

  function keyOf(scheme: SignatureScheme, publicKey: Uint8Array): Imported {
    const name = scheme + Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.byteLength).toString('latin1');
    const keys = scheme === 'rsa-pkcs1-sha256' ? rsaKeys : curveKeys;
    const known = keys.get(name);
    if (known !== undefined) return known;
    const imported = importKey(scheme, publicKey);
    keys.set(name, imported);
    return imported;
  }

  return {
    verify(scheme, publicKey, message, signature) {
      const key = isAcceptableForm(scheme, publicKey, signature) ? keyOf(scheme, publicKey) : 'invalid';
      return key !== 'invalid' && verify(digestOf(scheme), message, termsOf(scheme, key), signature);
    },
    verifyAside(scheme, publicKey, message, signature) {
      const key = isAcceptableForm(scheme, publicKey, signature) ? keyOf(scheme, publicKey) : 'invalid';
      if (key === 'invalid') return Promise.resolve(false);
      return new Promise((resolve, reject) => {
        verify(digestOf(scheme), message, termsOf(scheme, key), signature, (error, valid) =>
          error === null ? resolve(valid) : reject(error),
        );
      });
    },
  };
}

/** The one of this thread: its parts share the keys. */
export const nodeVerifier: NodeVerifier = createNodeVerifier();

function isAcceptableForm(scheme: SignatureScheme, publicKey: Uint8Array, signature: Uint8Array): boolean {
  if (scheme === 'ed25519') return signature.length === ED25519_SIGNATURE_BYTES && isAcceptableEd25519Key(publicKey);
  return scheme === 'rsa-pkcs1-sha256' || isEcdsaForm(publicKey, signature);
}

function importKey(scheme: SignatureScheme, publicKey: Uint8Array): Imported {
  try {
    switch (scheme) {
      case 'ed25519':
        return fromDer(publicKeyToDer({ kind: 'ed25519', key: publicKey }));
      case 'ecdsa-p256':
      case 'ecdsa-secp256k1':
        return fromDer(publicKeyToDer({ kind: scheme, point: publicKey }));
      case 'rsa-pkcs1-sha256':
        decodeRsaPublicKey(publicKey);
        return createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'pkcs1' });
    }
  } catch {
    return 'invalid'; // Not a point of the curve, or not an RSA key within the bounds.
  }
}

function fromDer(der: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
}
