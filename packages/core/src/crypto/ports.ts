/**
 * The signature port and what the checks of this folder need around it.
 * @module
 */

/** The plain signature schemes. WebAuthn and canister signatures are made of these, of BLS and of hashes. */
export type SignatureScheme = 'ed25519' | 'ecdsa-p256' | 'ecdsa-secp256k1' | 'rsa-pkcs1-sha256';

/**
 * Checks plain signatures. Implementations are pure JavaScript (core/crypto) and native (node); they accept exactly the same inputs,
 * by the following rules, so that replicas with different implementations never disagree.
 *
 * - `ed25519`: key 32 bytes, signature 64 bytes `R · S`. The key must be the canonical encoding of a point (y below the field's
 *   prime) that is not of small order; S must be below the group order; and the encoding of `[S]B - [k]A` must equal R byte for byte
 *   (the equation of RFC 8032 without the cofactor). A signature can therefore not be changed into another valid one.
 * - `ecdsa-p256`, `ecdsa-secp256k1`: key 65 bytes, the uncompressed point, on the curve; signature 64 bytes `r · s`, both in
 *   1 … n - 1; SHA-256. Both s and n - s are accepted: nothing may depend on the bytes of a signature.
 * - `rsa-pkcs1-sha256`: key is a PKCS#1 `RSAPublicKey` in DER; signature as long as the modulus and below it, whose power is exactly
 *   the padding of RFC 8017 with SHA-256's `DigestInfo`, NULL parameters included.
 */
export interface SignatureVerifier {
  /**
   * Whether the signature is valid. Never throws: what is malformed is not valid.
   * @param message - what was signed, not yet hashed.
   */
  verify(scheme: SignatureScheme, publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** Signs with one key. */
export interface MessageSigner {
  /** DER-encoded public key. */
  readonly publicKeyDer: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/**
 * Remembers which signatures were found valid; a `Set` will do, a bounded one is better. Keys are hashes over everything that the
 * check depends on, and only success is remembered, so that forgetting is always safe.
 */
export interface SignatureMemo {
  has(key: string): boolean;
  add(key: string): unknown;
}
