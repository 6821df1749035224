/**
 * BLS12-381 signatures in pure JavaScript, and keys from seeds.
 *
 * Source: draft-irtf-cfrg-bls-signature-04, ciphersuite BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_ (signatures in G1, keys in G2).
 * @module
 */
import { bls12_381 } from '@noble/curves/bls12-381.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { assert, concatBytes, toHex, utf8 } from '../base/index.ts';
import { BLS_PUBLIC_KEY_BYTES, BLS_SIGNATURE_BYTES } from '../certification/index.ts';
import type { BlsSigner, BlsVerifier } from '../certification/index.ts';

/** Domain separation tag under which messages are hashed to G1. */
export const BLS_DST = 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_';

const SECRET_KEY_BYTES = 32;
const SEED_BYTES_MIN = 32;
const COMPRESSED_FLAG = 0x80;
const INFINITY_FLAG = 0x40;
/** Bytes of key material that are reduced to a scalar: ceil(1.5 · 255 bits / 8). */
const KEY_MATERIAL_BYTES = 48;

const signatures = bls12_381.shortSignatures;

/**
 * Whether key and signature have the form of compressed points other than infinity. Implementations ask this first, so that none of
 * them has an opinion of its own on odd flags.
 */
export function isBlsForm(publicKey: Uint8Array, signature: Uint8Array): boolean {
  return (
    publicKey.length === BLS_PUBLIC_KEY_BYTES && signature.length === BLS_SIGNATURE_BYTES && isFinite(publicKey) && isFinite(signature)
  );
}

function isFinite(point: Uint8Array): boolean {
  return (point[0]! & (COMPRESSED_FLAG | INFINITY_FLAG)) === COMPRESSED_FLAG;
}

/** @see BlsVerifier */
export const nobleBlsVerifier: BlsVerifier = {
  verifyBls(publicKey, message, signature) {
    if (!isBlsForm(publicKey, signature)) return false;
    try {
      const key = bls12_381.G2.Point.fromBytes(publicKey);
      const point = bls12_381.G1.Point.fromBytes(signature);
      key.assertValidity();
      point.assertValidity();
      return signatures.verify(point, signatures.hash(message, BLS_DST), key);
    } catch {
      return false; // Not points of the curves, or outside the subgroups of prime order.
    }
  },
};

/**
 * Secret key from a seed, `KeyGen` of the draft: the same seed gives the same key everywhere.
 * @param seed - at least 32 bytes, secret and with that much entropy.
 * @param keyInfo - tells keys from one seed apart.
 * @returns the scalar, big-endian, 32 bytes.
 */
export function blsSecretKeyFromSeed(seed: Uint8Array, keyInfo: Uint8Array = new Uint8Array(0)): Uint8Array {
  assert(seed.length >= SEED_BYTES_MIN, 'a BLS seed has at least 32 bytes');
  const order = bls12_381.fields.Fr.ORDER;
  let salt: Uint8Array = utf8('BLS-SIG-KEYGEN-SALT-');
  let scalar = 0n;
  while (scalar === 0n) {
    salt = sha256(salt);
    const pseudoRandom = extract(sha256, concatBytes(seed, Uint8Array.of(0)), salt);
    const material = expand(sha256, pseudoRandom, concatBytes(keyInfo, Uint8Array.of(0, KEY_MATERIAL_BYTES)), KEY_MATERIAL_BYTES);
    scalar = BigInt(`0x${toHex(material)}`) % order;
  }
  return bls12_381.fields.Fr.toBytes(scalar);
}

/**
 * The public key of a secret key. Multiplies a copy of the generator: the library would first build a table of multiples of its own
 * generator, which takes a hundred milliseconds and pays only from the tenth key on.
 */
function publicKeyOf(secretKey: Uint8Array): Uint8Array {
  const { Point } = bls12_381.G2;
  const scalar = bls12_381.fields.Fr.fromBytes(secretKey);
  return Point.fromAffine(Point.BASE.toAffine()).multiply(scalar).toBytes(true);
}

/**
 * A signer with a key of its own. The public key is computed when it is first asked for.
 * @param secretKey - scalar, big-endian, 32 bytes, from 1 to the group order less one; copied.
 * @param knownPublicKey - the public key that belongs to it, if it is known already; not checked.
 */
export function createNobleBlsSigner(secretKey: Uint8Array, knownPublicKey?: Uint8Array): BlsSigner {
  assert(secretKey.length === SECRET_KEY_BYTES, 'a BLS secret key has 32 bytes');
  const secret = Uint8Array.from(secretKey);
  let publicKey = knownPublicKey;
  return {
    get publicKey(): Uint8Array {
      return (publicKey ??= publicKeyOf(secret));
    },
    sign: (message) => signatures.sign(signatures.hash(message, BLS_DST), secret).toBytes(true),
  };
}
