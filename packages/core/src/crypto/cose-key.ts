/**
 * COSE keys, the form in which WebAuthn authenticators give their public keys: ES256, RS256 and EdDSA on Ed25519.
 *
 * Source: RFC 9052, section 7; RFC 9053, section 7; RFC 8230, section 4.
 * @module
 */
import { IcError, concatBytes } from '../base/index.ts';
import { decodeCbor, encodeCbor } from '../codec/index.ts';
import type { CborMap } from '../codec/index.ts';
import { COSE_KEY_LABELS_MAX, PUBLIC_KEY_BYTES_MAX } from './limits.ts';
import type { SignatureScheme } from './ports.ts';
import { checkRsaPublicKey, decodeRsaPublicKey, encodeRsaPublicKey } from './rsa.ts';

/** A scheme of WebAuthn and the key in the form that {@link SignatureVerifier} takes. */
export type CoseKey = { readonly scheme: Exclude<SignatureScheme, 'ecdsa-secp256k1'>; readonly key: Uint8Array };

const KTY = 1;
const ALG = 3;
const KTY_OKP = 1;
const KTY_EC2 = 2;
const KTY_RSA = 3;
const ALG_ES256 = -7;
const ALG_EDDSA = -8;
const ALG_RS256 = -257;
const CRV_P256 = 1;
const CRV_ED25519 = 6;
/** Labels -1, -2 and -3 mean something else for each type of key. */
const EC2_CRV = -1;
const EC2_X = -2;
const EC2_Y = -3;
const RSA_N = -1;
const RSA_E = -2;
const COORDINATE_BYTES = 32;

/**
 * Reads a COSE key. Labels that we do not know (key id, operations) are ignored.
 * @throws IcError `PUBLIC_KEY_INVALID`, `DER_INVALID`, or a `CBOR_…` code.
 */
export function decodeCoseKey(bytes: Uint8Array): CoseKey {
  const map = decodeCbor(bytes, { bytesMax: PUBLIC_KEY_BYTES_MAX, depthMax: 2, itemsMax: 2 * COSE_KEY_LABELS_MAX + 1 });
  if (!(map instanceof Map)) throw invalid('it is not a map');
  switch (map.get(KTY)) {
    case KTY_EC2:
      expect(map, ALG, ALG_ES256, 'a key on an elliptic curve has algorithm ES256');
      expect(map, EC2_CRV, CRV_P256, 'a key for ES256 is on the curve P-256');
      return { scheme: 'ecdsa-p256', key: concatBytes(Uint8Array.of(4), coordinate(map, EC2_X), coordinate(map, EC2_Y)) };
    case KTY_OKP:
      expect(map, ALG, ALG_EDDSA, 'a key of type OKP has algorithm EdDSA');
      expect(map, EC2_CRV, CRV_ED25519, 'a key for EdDSA is on the curve Ed25519');
      return { scheme: 'ed25519', key: coordinate(map, EC2_X) };
    case KTY_RSA: {
      expect(map, ALG, ALG_RS256, 'an RSA key has algorithm RS256');
      const key = { modulus: blob(map, RSA_N), exponent: blob(map, RSA_E) };
      checkRsaPublicKey(key);
      return { scheme: 'rsa-pkcs1-sha256', key: encodeRsaPublicKey(key) };
    }
    default:
      throw invalid('its type is none of EC2, OKP and RSA');
  }
}

/** CBOR bytes of a key, labels in the canonical order of CTAP2. */
export function encodeCoseKey({ scheme, key }: CoseKey): Uint8Array<ArrayBuffer> {
  switch (scheme) {
    case 'ecdsa-p256':
      return encodeCbor(
        new Map<number, number | Uint8Array>([
          [KTY, KTY_EC2],
          [ALG, ALG_ES256],
          [EC2_CRV, CRV_P256],
          [EC2_X, key.subarray(1, 33)],
          [EC2_Y, key.subarray(33)],
        ]),
      );
    case 'ed25519':
      return encodeCbor(
        new Map<number, number | Uint8Array>([
          [KTY, KTY_OKP],
          [ALG, ALG_EDDSA],
          [EC2_CRV, CRV_ED25519],
          [EC2_X, key],
        ]),
      );
    case 'rsa-pkcs1-sha256': {
      const { modulus, exponent } = decodeRsaPublicKey(key);
      return encodeCbor(
        new Map<number, number | Uint8Array>([
          [KTY, KTY_RSA],
          [ALG, ALG_RS256],
          [RSA_N, modulus],
          [RSA_E, exponent],
        ]),
      );
    }
  }
}

function expect(map: CborMap, label: number, value: number, rule: string): void {
  if (map.get(label) !== value) throw invalid(rule);
}

function blob(map: CborMap, label: number): Uint8Array {
  const value = map.get(label);
  if (!(value instanceof Uint8Array)) throw invalid(`label ${label} has no byte string`);
  return value;
}

function coordinate(map: CborMap, label: number): Uint8Array {
  const value = blob(map, label);
  if (value.length !== COORDINATE_BYTES) throw invalid(`a coordinate has ${value.length} bytes instead of ${COORDINATE_BYTES}`);
  return value;
}

function invalid(what: string): IcError {
  return new IcError({ code: 'PUBLIC_KEY_INVALID' }, `not a COSE key that is accepted: ${what}`);
}
