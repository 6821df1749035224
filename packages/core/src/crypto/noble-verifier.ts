/**
 * The signature port in pure JavaScript: runs everywhere, some twenty times slower than native code.
 * @module
 */
import { unreachable } from '../base/index.ts';
import { verifyEcdsa } from './ecdsa.ts';
import { verifyEd25519 } from './ed25519.ts';
import type { SignatureVerifier } from './ports.ts';
import { verifyRsa } from './rsa.ts';

/** @see SignatureVerifier */
export const nobleVerifier: SignatureVerifier = {
  verify(scheme, publicKey, message, signature) {
    switch (scheme) {
      case 'ed25519':
        return verifyEd25519(publicKey, message, signature);
      case 'ecdsa-p256':
      case 'ecdsa-secp256k1':
        return verifyEcdsa(scheme, publicKey, message, signature);
      case 'rsa-pkcs1-sha256':
        return verifyRsa(publicKey, message, signature);
      default:
        return unreachable(scheme);
    }
  },
};
