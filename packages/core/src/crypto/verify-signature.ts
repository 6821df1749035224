/**
 * One check for every kind of key that can sign a request or a delegation.
 * @module
 */
import { concatBytes, err, ok, toHex, unreachable, utf8 } from '../base/index.ts';
import type { Hasher, Result } from '../base/index.ts';
import type { BlsVerifier } from '../certification/index.ts';
import { verifyCanisterSignature } from './canister-signature.ts';
import { SIGNATURE_BYTES_MAX } from './limits.ts';
import type { SignatureMemo, SignatureVerifier } from './ports.ts';
import type { PublicKey } from './public-key.ts';
import { verifyWebAuthn } from './webauthn.ts';

/** What checking a signature takes. */
export type SignaturePorts = {
  readonly hasher: Hasher;
  readonly verifier: SignatureVerifier;
  readonly bls: BlsVerifier;
  /** Root key of the network, DER-encoded: canister signatures lead to it. */
  readonly rootKeyDer: Uint8Array;
};

/**
 * Checks a signature of any scheme.
 *
 * @param payload - what had to be signed, domain separator included.
 * @returns what is wrong, as a clause.
 */
export function verifySignature(
  publicKey: PublicKey,
  payload: Uint8Array,
  signature: Uint8Array,
  ports: SignaturePorts,
): Result<undefined, string> {
  if (signature.length > SIGNATURE_BYTES_MAX) return err(`the signature has more than ${SIGNATURE_BYTES_MAX} bytes`);
  switch (publicKey.kind) {
    case 'ed25519':
      return plain(ports.verifier.verify('ed25519', publicKey.key, payload, signature), 'Ed25519');
    case 'ecdsa-p256':
    case 'ecdsa-secp256k1':
      return plain(ports.verifier.verify(publicKey.kind, publicKey.point, payload, signature), 'ECDSA');
    case 'webauthn':
      return verifyWebAuthn(publicKey.cose, payload, signature, ports);
    case 'canister':
      return verifyCanisterSignature(publicKey, payload, signature, ports);
    case 'bls':
      return err('a BLS key belongs to a subnet and cannot sign requests');
    default:
      return unreachable(publicKey);
  }
}

function plain(valid: boolean, scheme: string): Result<undefined, string> {
  return valid ? ok(undefined) : err(`the ${scheme} signature does not verify with the key`);
}

/**
 * Wraps a BLS verifier so that what was found valid once is not computed again. A certificate is often checked many times: the root's
 * word for a subnet, a canister signature that many requests of a session carry.
 */
export function memoiseBlsVerifier(bls: BlsVerifier, memo: SignatureMemo, hasher: Hasher): BlsVerifier {
  return {
    verifyBls(publicKey, message, signature) {
      const key = signatureMemoKey('bls', publicKey, message, signature, hasher);
      if (memo.has(key)) return true;
      const valid = bls.verifyBls(publicKey, message, signature);
      if (valid) memo.add(key);
      return valid;
    },
  };
}

/** Key of a {@link SignatureMemo}: a hash over the lengths and bytes of everything that the check depends on. */
export function signatureMemoKey(scope: string, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array, hasher: Hasher): string {
  const lengths = utf8(`${scope}:${publicKey.length}:${message.length}:${signature.length}:`);
  return toHex(hasher.sha256(concatBytes(lengths, publicKey, message, signature)));
}
