/**
 * Identities in PEM files, as dfx, icp-cli, quill and OpenSSL write them: Ed25519 in PKCS#8, secp256k1 and P-256 in SEC1 or PKCS#8.
 *
 * Source: RFC 5915, RFC 5958, RFC 7468, RFC 8410.
 * @module
 */
import { IcError, toHex } from '@myelin/core/base';
import {
  DER_INTEGER,
  DER_OBJECT_IDENTIFIER,
  DER_SEQUENCE,
  createEd25519Signer,
  createP256Signer,
  createSecp256k1Signer,
  endDer,
  readDer,
  writeDer,
} from '@myelin/core/crypto';
import type { DerReader, MessageSigner } from '@myelin/core/crypto';

export type IdentityScheme = 'ed25519' | 'ecdsa-secp256k1' | 'ecdsa-p256';

/** An identity that can sign requests. */
export type PemIdentity = MessageSigner & { readonly scheme: IdentityScheme };

const DER_OCTET_STRING = 0x04;
/** Explicitly tagged parameters of an EC private key. */
const DER_CONTEXT_0 = 0xa0;
const OID_ED25519 = '2b6570';
const OID_EC_PUBLIC_KEY = '2a8648ce3d0201';
const CURVES: ReadonlyMap<string, 'ecdsa-secp256k1' | 'ecdsa-p256'> = new Map([
  ['2b8104000a', 'ecdsa-secp256k1'],
  ['2a8648ce3d030107', 'ecdsa-p256'],
]);
const SECRET_BYTES = 32;

/** Longest file that is looked at. */
const PEM_CHARACTERS_MAX = 16_384;

function invalid(what: string): IcError {
  return new IcError({ code: 'IDENTITY_PEM_INVALID' }, `the PEM file is not an identity that can be used: ${what}`);
}

/**
 * Reads the private key in a PEM file.
 * @throws IcError `IDENTITY_PEM_INVALID`
 */
export function identityFromPem(text: string): PemIdentity {
  if (text.length > PEM_CHARACTERS_MAX) throw invalid('it is too large');
  if (text.includes('-----BEGIN ENCRYPTED PRIVATE KEY-----') || text.includes('Proc-Type: 4,ENCRYPTED')) {
    throw invalid('it is encrypted; decrypt it first, for example with `openssl pkcs8 -in <file> -out <new file>`');
  }
  const sec1 = block(text, 'EC PRIVATE KEY');
  const pkcs8 = sec1 === undefined ? block(text, 'PRIVATE KEY') : undefined;
  try {
    if (sec1 !== undefined) return fromSec1(sec1, undefined);
    if (pkcs8 !== undefined) return fromPkcs8(pkcs8);
  } catch (error) {
    if (error instanceof IcError && error.detail.code === 'DER_INVALID') throw invalid(error.message);
    throw error;
  }
  throw invalid('it has neither a block "PRIVATE KEY" nor a block "EC PRIVATE KEY"');
}

/** Bytes of the first block with this label. */
function block(text: string, label: string): Uint8Array | undefined {
  const start = text.indexOf(`-----BEGIN ${label}-----`);
  if (start < 0) return undefined;
  const bodyStart = start + `-----BEGIN ${label}-----`.length;
  const end = text.indexOf(`-----END ${label}-----`, bodyStart);
  if (end < 0) throw invalid(`the block "${label}" has no end`);
  const body = text.slice(bodyStart, end).replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(body)) throw invalid(`the block "${label}" is not base64`);
  return new Uint8Array(Buffer.from(body, 'base64'));
}

/** Also of version 2, which adds the public key: what follows the private key is ignored. */
function fromPkcs8(der: Uint8Array): PemIdentity {
  const body = openSequence(der);
  readDer(body, DER_INTEGER);
  const algorithm: DerReader = { bytes: readDer(body, DER_SEQUENCE), offset: 0 };
  const oid = toHex(readDer(algorithm, DER_OBJECT_IDENTIFIER));
  const key = readDer(body, DER_OCTET_STRING);
  if (oid === OID_ED25519) {
    const inner: DerReader = { bytes: key, offset: 0 };
    return signer('ed25519', readDer(inner, DER_OCTET_STRING));
  }
  if (oid === OID_EC_PUBLIC_KEY) return fromSec1(key, toHex(readDer(algorithm, DER_OBJECT_IDENTIFIER)));
  throw invalid('its algorithm is neither Ed25519 nor ECDSA');
}

/** @param curve - OID from around the key; inside the key it is optional then. */
function fromSec1(der: Uint8Array, curve: string | undefined): PemIdentity {
  const body = openSequence(der);
  readDer(body, DER_INTEGER);
  const secret = readDer(body, DER_OCTET_STRING);
  let oid = curve;
  if (oid === undefined && body.bytes[body.offset] === DER_CONTEXT_0) {
    const parameters: DerReader = { bytes: readDer(body, DER_CONTEXT_0), offset: 0 };
    oid = toHex(readDer(parameters, DER_OBJECT_IDENTIFIER));
  }
  const scheme = oid === undefined ? undefined : CURVES.get(oid);
  if (scheme === undefined) throw invalid('its curve is neither secp256k1 nor P-256');
  return signer(scheme, secret);
}

function openSequence(der: Uint8Array): { readonly bytes: Uint8Array; offset: number } {
  const outer: DerReader = { bytes: der, offset: 0 };
  const body = readDer(outer, DER_SEQUENCE);
  endDer(outer);
  return { bytes: body, offset: 0 };
}

function signer(scheme: IdentityScheme, secret: Uint8Array): PemIdentity {
  if (secret.length !== SECRET_BYTES) throw invalid(`its secret has ${secret.length} bytes instead of ${SECRET_BYTES}`);
  try {
    switch (scheme) {
      case 'ed25519':
        return { scheme, ...createEd25519Signer(secret) };
      case 'ecdsa-secp256k1':
        return { scheme, ...createSecp256k1Signer(secret) };
      case 'ecdsa-p256':
        return { scheme, ...createP256Signer(secret) };
    }
  } catch {
    throw invalid('its secret is not a number that the curve allows');
  }
}

/** PEM file (PKCS#8) of an Ed25519 identity. @param seed - 32 bytes. */
export function ed25519SeedToPem(seed: Uint8Array): string {
  const der = writeDer(
    DER_SEQUENCE,
    writeDer(DER_INTEGER, Uint8Array.of(0)),
    writeDer(DER_SEQUENCE, writeDer(DER_OBJECT_IDENTIFIER, new Uint8Array(Buffer.from(OID_ED25519, 'hex')))),
    writeDer(DER_OCTET_STRING, writeDer(DER_OCTET_STRING, seed)),
  );
  return pem('PRIVATE KEY', der);
}

/** PEM file (SEC1) of a secp256k1 identity. @param secretKey - 32 bytes. */
export function secp256k1SecretKeyToPem(secretKey: Uint8Array): string {
  const der = writeDer(
    DER_SEQUENCE,
    writeDer(DER_INTEGER, Uint8Array.of(1)),
    writeDer(DER_OCTET_STRING, secretKey),
    writeDer(DER_CONTEXT_0, writeDer(DER_OBJECT_IDENTIFIER, Uint8Array.of(0x2b, 0x81, 0x04, 0x00, 0x0a))),
  );
  return pem('EC PRIVATE KEY', der);
}

function pem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .match(/.{1,64}/g)!;
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
