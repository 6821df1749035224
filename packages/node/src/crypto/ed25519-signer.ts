/**
 * Ed25519 signatures in native code: a node signs every query answer.
 * @module
 */
import { createPrivateKey, sign } from 'node:crypto';
import { createEd25519Signer } from '@myelin/core/crypto';
import type { MessageSigner } from '@myelin/core/crypto';

/** PKCS#8 around a seed (RFC 8410). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * As `createEd25519Signer` of the core, with the same signatures, some thirty times faster.
 * @param seed - 32 bytes; copied.
 */
export function createNodeEd25519Signer(seed: Uint8Array): MessageSigner & { readonly publicKey: Uint8Array } {
  const { publicKey, publicKeyDer } = createEd25519Signer(seed);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  return { publicKey, publicKeyDer, sign: (message) => Uint8Array.from(sign(null, message, key)) };
}
