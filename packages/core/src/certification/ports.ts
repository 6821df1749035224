/**
 * The BLS ports. Certificates need them; implementations are pure JavaScript (core/crypto) and WebAssembly (node), and agree on every
 * input.
 * @module
 */

/** Checks BLS12-381 signatures in the IC's form: ciphersuite BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_. */
export interface BlsVerifier {
  /**
   * Whether `signature` is valid for `message`. Never throws: malformed points, points outside the prime-order subgroups and the
   * point at infinity are simply not valid.
   *
   * @param publicKey - compressed point of G2, 96 bytes.
   * @param message - any bytes; hashed to G1 inside.
   * @param signature - compressed point of G1, 48 bytes.
   */
  verifyBls(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** Signs with one BLS key. Signatures are deterministic. */
export interface BlsSigner {
  /** Compressed point of G2, 96 bytes. */
  readonly publicKey: Uint8Array;
  /** @returns compressed point of G1, 48 bytes */
  sign(message: Uint8Array): Uint8Array;
}
