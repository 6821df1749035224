import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { describe, it } from 'node:test';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { Secp256k1KeyIdentity } from '@icp-sdk/core/identity/secp256k1';
import { IcError, concatBytes, fromHex, toHex, utf8 } from '@myelin/core/base';
import { nobleVerifier, publicKeyFromDer } from '@myelin/core/crypto';
import { ed25519SeedToPem, identityFromPem, secp256k1SecretKeyToPem } from '../../src/crypto/index.ts';
import type { PemIdentity } from '../../src/crypto/index.ts';

const message = utf8('message');
const secret = new Uint8Array(32).fill(3);
const pem = (label: string, der: Uint8Array) =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64')}\n-----END ${label}-----\n`;

function signsAs(identity: PemIdentity, publicKeyDer: Uint8Array): void {
  assert.equal(toHex(identity.publicKeyDer), toHex(publicKeyDer));
  const key = publicKeyFromDer(identity.publicKeyDer);
  const raw = key.kind === 'ed25519' ? key.key : 'point' in key ? key.point : assert.fail('another kind of key');
  assert.equal(nobleVerifier.verify(identity.scheme, raw, message, identity.sign(message)), true);
}

function refused(text: string, pattern: RegExp): void {
  assert.throws(
    () => identityFromPem(text),
    (error) => error instanceof IcError && error.detail.code === 'IDENTITY_PEM_INVALID' && pattern.test(error.message),
  );
}

describe('identities from PEM files', () => {
  const spki = (key: Parameters<typeof createPublicKey>[0]) => new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }));

  it('of OpenSSL: Ed25519 in PKCS#8', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const text = String(privateKey.export({ format: 'pem', type: 'pkcs8' }));
    signsAs(identityFromPem(text), spki(text));
  });

  for (const namedCurve of ['secp256k1', 'prime256v1']) {
    for (const type of ['sec1', 'pkcs8'] as const) {
      it(`of OpenSSL: ${namedCurve} in ${type}`, () => {
        const { privateKey } = generateKeyPairSync('ec', { namedCurve });
        const text = String(privateKey.export({ format: 'pem', type }));
        signsAs(identityFromPem(text), spki(text));
      });
    }
  }

  it('of `openssl ecparam -genkey`, with the parameters in a block of their own and Windows line ends', () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
    const key = String(privateKey.export({ format: 'pem', type: 'sec1' }));
    const text = `${pem('EC PARAMETERS', fromHex('06052b8104000a'))}${key}`.replaceAll('\n', '\r\n');
    signsAs(identityFromPem(text), spki(key));
  });

  it('of dfx: Ed25519 in PKCS#8 version 2, with the public key', () => {
    const oracle = Ed25519KeyIdentity.generate(secret);
    const publicKey = new Uint8Array(oracle.getPublicKey().toRaw());
    for (const attribute of [fromHex('a123032100'), fromHex('812100')]) {
      const body = concatBytes(fromHex('020101300506032b657004220420'), secret, attribute, publicKey);
      const der = concatBytes(Uint8Array.of(0x30, body.length), body);
      signsAs(identityFromPem(pem('PRIVATE KEY', der)), new Uint8Array(oracle.getPublicKey().toDer()));
    }
  });

  it('that we write: read by us, by OpenSSL and by @icp-sdk/core', () => {
    const ed = ed25519SeedToPem(secret);
    signsAs(identityFromPem(ed), spki(ed));
    assert.equal(toHex(spki(ed)), toHex(Ed25519KeyIdentity.generate(secret).getPublicKey().toDer()));
    const k1 = secp256k1SecretKeyToPem(secret);
    signsAs(identityFromPem(k1), spki(k1));
    assert.equal(toHex(spki(k1)), toHex(Secp256k1KeyIdentity.fromPem(k1).getPublicKey().toDer()));
  });

  it('are refused with the reason', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    refused(String(privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })), /encrypted/);
    refused('', /neither/);
    refused('x'.repeat(100_000), /too large/);
    refused('-----BEGIN PRIVATE KEY-----\nAAAA', /no end/);
    refused('-----BEGIN PRIVATE KEY-----\n!!!\n-----END PRIVATE KEY-----', /base64/);
    refused(pem('PRIVATE KEY', Uint8Array.of(0x30, 5, 1)), /DER/);
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    refused(String(rsa.export({ format: 'pem', type: 'pkcs8' })), /algorithm/);
    const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey;
    refused(String(p384.export({ format: 'pem', type: 'sec1' })), /curve/);
    refused(secp256k1SecretKeyToPem(new Uint8Array(32)), /curve allows/);
    refused(secp256k1SecretKeyToPem(new Uint8Array(31)), /31 bytes/);
  });
});
