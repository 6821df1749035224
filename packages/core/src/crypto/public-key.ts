/**
 * Public keys in DER: what `sender_pubkey`, delegations and the state tree hold.
 *
 * Each key has exactly one encoding that is accepted. Source: IC interface specification, "Signatures"; RFC 5480; RFC 8410.
 * @module
 */
import { IcError, assert, concatBytes, fromHex, principalFromBytes, principalToBytes, toHex } from '../base/index.ts';
import type { PrincipalId } from '../base/index.ts';
import { blsPublicKeyFromDer, blsPublicKeyToDer } from '../certification/index.ts';
import { decodeCoseKey, encodeCoseKey } from './cose-key.ts';
import type { CoseKey } from './cose-key.ts';
import { DER_OBJECT_IDENTIFIER, DER_SEQUENCE, endDer, readDer, readDerBytes, writeDer, writeDerBytes } from './der.ts';
import type { DerReader } from './der.ts';
import { PUBLIC_KEY_BYTES_MAX } from './limits.ts';

/** A public key, by scheme. */
export type PublicKey =
  /** 32 bytes. */
  | { readonly kind: 'ed25519'; readonly key: Uint8Array }
  /** Uncompressed point, 65 bytes. Whether it is on the curve is the verifier's business. */
  | { readonly kind: 'ecdsa-p256' | 'ecdsa-secp256k1'; readonly point: Uint8Array }
  | { readonly kind: 'webauthn'; readonly cose: CoseKey; readonly coseBytes: Uint8Array }
  | { readonly kind: 'canister'; readonly canisterId: PrincipalId; readonly seed: Uint8Array }
  /** Compressed point of G2, 96 bytes: keys of subnets. */
  | { readonly kind: 'bls'; readonly key: Uint8Array };

const OID_ED25519 = '2b6570';
const OID_EC_PUBLIC_KEY = '2a8648ce3d0201';
const OID_P256 = '2a8648ce3d030107';
const OID_SECP256K1 = '2b8104000a';
const OID_COSE = '2b0601040183b8430101';
const OID_CANISTER = '2b0601040183b8430102';
const OID_BLS = '2b0601040182dc7c0503010201';

const ED25519_KEY_BYTES = 32;
const POINT_BYTES = 65;

function invalid(what: string): IcError {
  return new IcError({ code: 'PUBLIC_KEY_INVALID' }, `not a public key that is accepted: ${what}`);
}

/**
 * Parses a DER-encoded key.
 * @throws IcError `PUBLIC_KEY_INVALID`, `DER_INVALID`, `BLS_KEY_INVALID`, or a `CBOR_…` code for a COSE key.
 */
export function publicKeyFromDer(der: Uint8Array): PublicKey {
  if (der.length > PUBLIC_KEY_BYTES_MAX) throw invalid(`it has ${der.length} bytes, at most ${PUBLIC_KEY_BYTES_MAX} are accepted`);
  const outer: DerReader = { bytes: der, offset: 0 };
  const body: DerReader = { bytes: readDer(outer, DER_SEQUENCE), offset: 0 };
  endDer(outer);
  const algorithm: DerReader = { bytes: readDer(body, DER_SEQUENCE), offset: 0 };
  const key = readDerBytes(body);
  endDer(body);
  const oid = toHex(readDer(algorithm, DER_OBJECT_IDENTIFIER));
  switch (oid) {
    case OID_ED25519:
      endDer(algorithm);
      if (key.length !== ED25519_KEY_BYTES) throw invalid(`an Ed25519 key has 32 bytes, this one has ${key.length}`);
      return { kind: 'ed25519', key };
    case OID_EC_PUBLIC_KEY:
      return ecPublicKey(algorithm, key);
    case OID_COSE:
      endDer(algorithm);
      return { kind: 'webauthn', cose: decodeCoseKey(key), coseBytes: key };
    case OID_CANISTER:
      endDer(algorithm);
      return canisterPublicKey(key);
    case OID_BLS:
      return { kind: 'bls', key: blsPublicKeyFromDer(der) };
    default:
      throw invalid('its algorithm is none of Ed25519, ECDSA, WebAuthn (COSE), canister signatures and BLS12-381');
  }
}

function ecPublicKey(algorithm: DerReader, point: Uint8Array): PublicKey {
  const curve = toHex(readDer(algorithm, DER_OBJECT_IDENTIFIER));
  endDer(algorithm);
  if (curve !== OID_P256 && curve !== OID_SECP256K1) throw invalid('its curve is neither P-256 nor secp256k1');
  if (point.length !== POINT_BYTES || point[0] !== 4) throw invalid('its point is not in the uncompressed form of 65 bytes');
  return { kind: curve === OID_P256 ? 'ecdsa-p256' : 'ecdsa-secp256k1', point };
}

function canisterPublicKey(key: Uint8Array): PublicKey {
  const idBytes = key[0];
  if (idBytes === undefined || key.length < 1 + idBytes) throw invalid('a canister signature key ends inside the canister id');
  return { kind: 'canister', canisterId: principalFromBytes(key.subarray(1, 1 + idBytes)), seed: key.subarray(1 + idBytes) };
}

function subjectPublicKeyInfo(oids: readonly string[], key: Uint8Array): Uint8Array<ArrayBuffer> {
  const algorithm = writeDer(DER_SEQUENCE, ...oids.map((oid) => writeDer(DER_OBJECT_IDENTIFIER, fromHex(oid))));
  return writeDer(DER_SEQUENCE, algorithm, writeDerBytes(key));
}

/** DER form of a key. */
export function publicKeyToDer(publicKey: PublicKey): Uint8Array<ArrayBuffer> {
  switch (publicKey.kind) {
    case 'ed25519':
      assert(publicKey.key.length === ED25519_KEY_BYTES, 'an Ed25519 key has 32 bytes');
      return subjectPublicKeyInfo([OID_ED25519], publicKey.key);
    case 'ecdsa-p256':
    case 'ecdsa-secp256k1': {
      assert(publicKey.point.length === POINT_BYTES && publicKey.point[0] === 4, 'an ECDSA key is an uncompressed point');
      return subjectPublicKeyInfo([OID_EC_PUBLIC_KEY, publicKey.kind === 'ecdsa-p256' ? OID_P256 : OID_SECP256K1], publicKey.point);
    }
    case 'webauthn':
      return subjectPublicKeyInfo([OID_COSE], publicKey.coseBytes);
    case 'canister': {
      const id = principalToBytes(publicKey.canisterId);
      return subjectPublicKeyInfo([OID_CANISTER], concatBytes(Uint8Array.of(id.length), id, publicKey.seed));
    }
    case 'bls':
      return blsPublicKeyToDer(publicKey.key);
  }
}

/** A WebAuthn key from its scheme and key bytes. */
export function webAuthnPublicKey(cose: CoseKey): PublicKey {
  return { kind: 'webauthn', cose, coseBytes: encodeCoseKey(cose) };
}
