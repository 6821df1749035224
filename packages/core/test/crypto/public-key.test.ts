import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DER_COSE_OID, wrapDER } from '@icp-sdk/core/agent';
import { Ed25519KeyIdentity, Secp256k1KeyIdentity } from './oracle-identities.ts';
import fc from 'fast-check';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { concatBytes, fromHex, principalFromText, toHex } from '../../src/base/index.ts';
import type { PrincipalId } from '../../src/base/index.ts';
import { blsPublicKeyFromDer } from '../../src/certification/index.ts';
import { encodeCbor } from '../../src/codec/index.ts';
import {
  createEd25519Signer,
  createNobleBlsSigner,
  createP256Signer,
  createSecp256k1Signer,
  encodeCoseKey,
  encodeRsaPublicKey,
  isAcceptableEd25519Key,
  publicKeyFromDer,
  publicKeyToDer,
  webAuthnPublicKey,
} from '../../src/crypto/index.ts';
import type { PublicKey } from '../../src/crypto/index.ts';
import { ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import { hasCode, isIcError } from '../support/has-code.ts';

const seed = new Uint8Array(32).fill(7);

/** A DER-wrapped COSE key of the interface specification, "Web Authentication". */
const SPEC_COSE_KEY =
  '305e300c060a2b0601040183b8430101034e00a50102032620012158207ffd83632072fd1bfeaf3fbaa43146e0ef95c3f55e3994a41bbf2b5174d771da22582032497eed0a7f6f000928765b8318162cfd80a94e525a6a368c2363063d04e6ed';

const rsa = { modulus: concatBytes(Uint8Array.of(0x80), new Uint8Array(254), Uint8Array.of(1)), exponent: Uint8Array.of(1, 0, 1) };

const samples: Readonly<Record<string, PublicKey>> = {
  Ed25519: { kind: 'ed25519', key: ed25519.getPublicKey(seed) },
  'P-256': { kind: 'ecdsa-p256', point: p256.getPublicKey(seed, false) },
  secp256k1: publicKeyFromDer(createSecp256k1Signer(seed).publicKeyDer),
  'WebAuthn ES256': webAuthnPublicKey({ scheme: 'ecdsa-p256', key: p256.getPublicKey(seed, false) }),
  'WebAuthn EdDSA': webAuthnPublicKey({ scheme: 'ed25519', key: ed25519.getPublicKey(seed) }),
  'WebAuthn RS256': webAuthnPublicKey({ scheme: 'rsa-pkcs1-sha256', key: encodeRsaPublicKey(rsa) }),
  'canister signature': { kind: 'canister', canisterId: principalFromText('rdmx6-jaaaa-aaaaa-aaadq-cai'), seed },
  'canister signature with an empty seed': { kind: 'canister', canisterId: '' as PrincipalId, seed: new Uint8Array(0) },
  BLS: { kind: 'bls', key: createNobleBlsSigner(seed).publicKey },
};

describe('public keys', () => {
  for (const [name, key] of Object.entries(samples)) {
    it(`${name}: parses what it encodes`, () => assert.deepEqual(publicKeyFromDer(publicKeyToDer(key)), key));

    it(`${name}: refuses every prefix, an appended byte, and longer forms of its lengths`, () => {
      const der = publicKeyToDer(key);
      for (let length = 0; length < der.length; length++) assert.throws(() => publicKeyFromDer(der.subarray(0, length)), isIcError);
      assert.throws(() => publicKeyFromDer(concatBytes(der, Uint8Array.of(0))), isIcError);
      const content = der.subarray(der[1]! < 0x80 ? 2 : der[1] === 0x81 ? 3 : 4);
      const longer = content.length < 0x100 ? [0x30, 0x82, 0, content.length] : [0x30, 0x83, 0, content.length >> 8, content.length & 255];
      assert.throws(() => publicKeyFromDer(concatBytes(Uint8Array.from(longer), content)), isIcError);
    });

    it(`${name}: a changed byte is refused or is another key with one encoding`, () => {
      const der = publicKeyToDer(key);
      fc.assert(
        fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
          const changed = der.slice();
          changed[index]! ^= change;
          let parsed: PublicKey;
          try {
            parsed = publicKeyFromDer(changed);
          } catch (error) {
            return isIcError(error);
          }
          assert.equal(toHex(publicKeyToDer(parsed)), toHex(changed));
          return true;
        }),
      );
    });
  }

  it('reads the WebAuthn key of the specification', () => {
    const key = publicKeyFromDer(fromHex(SPEC_COSE_KEY));
    assert.equal(key.kind, 'webauthn');
    assert.ok(key.kind === 'webauthn' && key.cose.scheme === 'ecdsa-p256');
    assert.equal(toHex(key.cose.key.subarray(0, 5)), '047ffd8363');
    assert.equal(toHex(encodeCoseKey(key.cose)), toHex(key.coseBytes));
    assert.equal(toHex(publicKeyToDer(key)), toHex(wrapDER(key.coseBytes, DER_COSE_OID)));
  });

  it('encodes as @icp-sdk/core does', () => {
    assert.equal(toHex(createEd25519Signer(seed).publicKeyDer), toHex(Ed25519KeyIdentity.generate(seed).getPublicKey().toDer()));
    assert.equal(toHex(createSecp256k1Signer(seed).publicKeyDer), toHex(Secp256k1KeyIdentity.fromSecretKey(seed).getPublicKey().toDer()));
  });

  const refused: Readonly<Record<string, string>> = {
    'an Ed25519 key with parameters': `302c300706032b65700500032100${'11'.repeat(32)}`,
    'an Ed25519 key of 31 bytes': `3029300506032b6570032000${'11'.repeat(31)}`,
    'a compressed point': `3039301306072a8648ce3d020106082a8648ce3d030107032200${'02' + '11'.repeat(32)}`,
    'a point on P-384': `3076301006072a8648ce3d020106052b81040022036200${'04' + '11'.repeat(96)}`,
    'an RSA key without COSE': '30819f300d06092a864886f70d010101050003818d00' + '11'.repeat(140),
    'a bit string with unused bits': `302a300506032b6570032101${'11'.repeat(32)}`,
    'a canister id of 30 bytes': `302f300c060a2b0601040183b8430102031f001e${'11'.repeat(29)}`,
  };
  for (const [name, hex] of Object.entries(refused)) {
    it(`refuses ${name}`, () => assert.throws(() => publicKeyFromDer(fromHex(hex)), isIcError));
  }

  it('names the size of a key that is too large', () =>
    assert.throws(() => publicKeyFromDer(new Uint8Array(5_000)), hasCode('PUBLIC_KEY_INVALID')));
});

describe('COSE keys', () => {
  const wrap = (entries: readonly (readonly [number, number | Uint8Array])[]) => wrapDER(encodeCbor(new Map(entries)), DER_COSE_OID);
  const x = new Uint8Array(32).fill(1);
  const cases: Readonly<Record<string, readonly (readonly [number, number | Uint8Array])[]>> = {
    'a wrong algorithm': [
      [1, 2],
      [3, -8],
      [-1, 1],
      [-2, x],
      [-3, x],
    ],
    'another curve': [
      [1, 2],
      [3, -7],
      [-1, 2],
      [-2, x],
      [-3, x],
    ],
    'a short coordinate': [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, x.subarray(1)],
      [-3, x],
    ],
    'no algorithm': [
      [1, 1],
      [-1, 6],
      [-2, x],
    ],
    X25519: [
      [1, 1],
      [3, -8],
      [-1, 4],
      [-2, x],
    ],
    'an RSA key of 1024 bits': [
      [1, 3],
      [3, -257],
      [-1, concatBytes(Uint8Array.of(0x80), new Uint8Array(126), Uint8Array.of(1))],
      [-2, Uint8Array.of(3)],
    ],
    'an even exponent': [
      [1, 3],
      [3, -257],
      [-1, rsa.modulus],
      [-2, Uint8Array.of(2)],
    ],
    'an exponent of one': [
      [1, 3],
      [3, -257],
      [-1, rsa.modulus],
      [-2, Uint8Array.of(1)],
    ],
    'a large exponent': [
      [1, 3],
      [3, -257],
      [-1, rsa.modulus],
      [-2, Uint8Array.of(1, 0, 0, 0, 1)],
    ],
    'a padded modulus': [
      [1, 3],
      [3, -257],
      [-1, concatBytes(Uint8Array.of(0), rsa.modulus)],
      [-2, rsa.exponent],
    ],
    'a symmetric key': [
      [1, 4],
      [-1, x],
    ],
  };
  for (const [name, entries] of Object.entries(cases)) {
    it(`refuses ${name}`, () => assert.throws(() => publicKeyFromDer(wrap(entries)), hasCode('PUBLIC_KEY_INVALID')));
  }

  it('ignores labels that say nothing about the key', () => {
    const key = publicKeyFromDer(
      wrap([
        [1, 2],
        [2, Uint8Array.of(9)],
        [3, -7],
        [-1, 1],
        [-2, x],
        [-3, x],
      ]),
    );
    assert.equal(key.kind, 'webauthn');
  });
});

describe('keys that are never accepted', () => {
  it('are the Ed25519 points of small order, in every encoding', () => {
    assert.equal(ED25519_TORSION_SUBGROUP.length, 8);
    for (const point of ED25519_TORSION_SUBGROUP) {
      const bytes = fromHex(point);
      assert.equal(isAcceptableEd25519Key(bytes), false);
      bytes[31]! ^= 0x80;
      assert.equal(isAcceptableEd25519Key(bytes), false);
    }
  });
  it('are Ed25519 encodings that are not reduced', () => {
    for (let low = 0xed; low <= 0xff; low++) {
      assert.equal(isAcceptableEd25519Key(fromHex(`${low.toString(16)}${'ff'.repeat(30)}7f`)), false);
      assert.equal(isAcceptableEd25519Key(fromHex(`${low.toString(16)}${'ff'.repeat(31)}`)), false);
    }
    assert.equal(isAcceptableEd25519Key(fromHex(`eb${'ff'.repeat(30)}7f`)), true);
  });
  it('are BLS keys in another wrapping', () => {
    const der = publicKeyToDer(samples['BLS']!);
    assert.equal(blsPublicKeyFromDer(der).length, 96);
    for (let index = 0; index < 37; index++) {
      const changed = der.slice();
      changed[index]! ^= 1;
      assert.throws(() => blsPublicKeyFromDer(changed), hasCode('BLS_KEY_INVALID'));
    }
  });
  it('P-256 signer makes P-256 keys', () => assert.equal(publicKeyFromDer(createP256Signer(seed).publicKeyDer).kind, 'ecdsa-p256'));
});
