/**
 * Ed25519: checking by the rules of {@link SignatureVerifier}, and signing.
 *
 * Source: RFC 8032.
 * @module
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { assert, concatBytes, equalBytes, fromHex, toHex } from '../base/index.ts';
import type { MessageSigner } from './ports.ts';
import { publicKeyToDer } from './public-key.ts';

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const SEED_BYTES = 32;

/** y coordinates of the eight points of small order, little-endian, without the sign bit. */
const SMALL_ORDER_Y: ReadonlySet<string> = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

const FIELD_PRIME = fromHex('edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f');

/**
 * The part of the rules that libraries disagree on: the key is a canonical encoding, and not of a point of small order. Whether it is a
 * point at all is left to the library.
 */
export function isAcceptableEd25519Key(publicKey: Uint8Array): boolean {
  if (publicKey.length !== KEY_BYTES) return false;
  const y = publicKey.slice();
  y[31] = y[31]! & 0x7f;
  return isBelow(y, FIELD_PRIME) && !SMALL_ORDER_Y.has(toHex(y));
}

/** Compares little-endian numbers of the same length. */
function isBelow(value: Uint8Array, limit: Uint8Array): boolean {
  for (let index = value.length - 1; index >= 0; index--) {
    if (value[index] !== limit[index]) return value[index]! < limit[index]!;
  }
  return false;
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.slice().reverse())}`);
}

/** As {@link SignatureVerifier.verify}. */
export function verifyEd25519(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== SIGNATURE_BYTES || !isAcceptableEd25519Key(publicKey)) return false;
  const { Point } = ed25519;
  const order = Point.Fn.ORDER;
  const s = littleEndian(signature.subarray(32));
  if (s >= order) return false;
  const r = signature.subarray(0, 32);
  try {
    const key = Point.fromBytes(publicKey, false);
    const challenge = littleEndian(sha512(concatBytes(r, publicKey, message))) % order;
    const expected = Point.BASE.multiplyUnsafe(s).subtract(key.multiplyUnsafe(challenge));
    return equalBytes(expected.toBytes(), r);
  } catch {
    return false; // The key is not a point of the curve.
  }
}

/**
 * The public key of a seed. Multiplies a copy of the base point: the library would first build a table of multiples of its own, which
 * takes as long as ten signatures and is of use only to who signs with it.
 */
function publicKeyOf(seed: Uint8Array): Uint8Array {
  const { Point } = ed25519;
  const half = sha512(seed).subarray(0, SEED_BYTES);
  half[0] = half[0]! & 0xf8;
  half[31] = (half[31]! & 0x7f) | 0x40;
  const scalar = littleEndian(half) % Point.Fn.ORDER;
  return Point.fromAffine(Point.BASE.toAffine()).multiply(scalar).toBytes();
}

/**
 * A signer for node keys and identities.
 * @param seed - the private key of RFC 8032, 32 bytes; copied.
 * @param knownPublicKey - the key that belongs to it, when the caller knows it already, 32 bytes.
 */
export function createEd25519Signer(seed: Uint8Array, knownPublicKey?: Uint8Array): MessageSigner & { readonly publicKey: Uint8Array } {
  assert(seed.length === SEED_BYTES, 'an Ed25519 seed has 32 bytes');
  const secret = Uint8Array.from(seed);
  const publicKey = knownPublicKey ?? publicKeyOf(secret);
  return {
    publicKey,
    publicKeyDer: publicKeyToDer({ kind: 'ed25519', key: publicKey }),
    sign: (message) => ed25519.sign(message, secret),
  };
}
