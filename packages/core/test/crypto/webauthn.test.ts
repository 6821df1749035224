import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { concatBytes, fromHex, nobleHasher, utf8 } from '../../src/base/index.ts';
import { encodeSelfDescribedCbor } from '../../src/codec/index.ts';
import type { CborInput } from '../../src/codec/index.ts';
import {
  DELEGATION_SEPARATOR,
  createEd25519Signer,
  createP256Signer,
  hashOfContent,
  nobleVerifier,
  publicKeyFromDer,
  toBase64Url,
  verifyWebAuthn,
} from '../../src/crypto/index.ts';
import type { CoseKey } from '../../src/crypto/index.ts';

const ports = { verifier: nobleVerifier, hasher: nobleHasher };

/**
 * Assertions made by real authenticators, a YubiKey and Windows Hello; data from dfinity/ic, rs/validator/src/webauthn.rs (Apache-2.0).
 */
const YUBIKEY =
  '305e300c060a2b0601040183b8430101034e00a5010203262001215820b487d183dc4806058eb31a29bedefd7bcca987b77a381a3684871d8449c183942258202a122cc711a80453678c3032de4b6fff2c86342e82d1e7adb617c4165c43ce5e';
const YUBIKEY_HELLO =
  'd9d9f7a37261757468656e74696361746f725f646174615825bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5010000000170636c69656e745f646174615f6a736f6e58517b2274797065223a2022776562617574686e2e676574222c20226368616c6c656e6765223a202261475673624738222c20226f726967696e223a202268747470733a2f2f6578616d706c652e6f7267227d697369676e617475726558463044022063627c69661048fb111b13dec2f3675010493c1c276c6a144f44e1fabab01d300220517d3cbd70658933dab63fd23cf05f7274aea6afad206be04d4ec5e268b471d2';
const YUBIKEY_DELEGATION =
  'd9d9f7a37261757468656e74696361746f725f646174615825bfabc37432958b063360d3ad6461c9c4735ae7f8edd46592a5e0f01452b2e4b5010000000170636c69656e745f646174615f6a736f6e58997b2274797065223a2022776562617574686e2e676574222c20226368616c6c656e6765223a2022476d6c6a4c584a6c6358566c63335174595856306143316b5a57786c5a32463061573975624d7952313366786f7246576730775069346566504e774b562d7a76486467504868716649536d77677141222c20226f726967696e223a202268747470733a2f2f6578616d706c652e6f7267227d697369676e617475726558483046022100d4b7541f3b1b61dd9c6f818f20f54f8b938fe222d88cca6700fabd82a522f13b022100c636b52dfd679b1f86eeb5fcaff360e70b57caa9fe186e1e77c42228eca49037';
const WINDOWS_HELLO =
  '30820123300c060a2b0601040183b84301010382011100a401030339010020590100c6b690341eef02719f6d1dfce2db1f77ac9bd632ba70efcee92bae2073c09927ee3670a6696eec0cee96189ddb448d04ec4e4674e940af9f905e893b4ce25821ada8b45c6cd11f2ee0cda668c7c2a2a8a56d5e1f23f5ca0bb6e193c1d34ead16d84cc4b72e26763711fcf49fac3b508715dc9f494ec1379ed5a95c53b9b1edcc027d7013248bbe6d1e1445912a5a21b27168db7f60aa73253e981c33f54f61c67dbce3d9c10d5f0e6af1c112a65c8ce64a1d01ae1e31a53e3d4525addcece402f1e62208d42ebde528830f93bebc898901947ec0fb218a96a53968d07e09b8a067e5a4c825632e24e450c4c9ef8138dcc91f9f9168a603c13bd4f2f8a0d3ee6b2143010001';
const WINDOWS_HELLO_HELLO =
  'd9d9f7a3697369676e617475726559010001dac0ad9ee89c9b9d3f772bb8dd79bc16839a026bf4378629789bede8e5e284bce9c59e2c5b2fd5d8daff964d4eec1a43eb6f083595f1ce42c9f78445dba95146e3338680ca72f7720371d88d56ab6578a67f9791954787d54e4c5687bb0d3379a268dbaa9dc8dd550187953c349e10e454c0950cfeaf37c5f01ff09a5b581fb81de8bfe9be21a8baa5f96653fce6eaf485d8726e1f620454c145fa542756e7b606f1ab9439a081bb01fec8be7679c72e2ce110655a36a01bde34be7be9e6270334d9b3f242ff12852992eeb515b13989245d049500629a5ac38c40f09dd218e8e1a790d3034418b7c3b59a6ac73e91b5bf4cf7c62d8e6de2dbaf00117045c070636c69656e745f646174615f6a736f6e786a7b2274797065223a22776562617574686e2e676574222c226368616c6c656e6765223a2261475673624738222c226f726967696e223a2268747470733a2f2f6333656634366165616437622e6e67726f6b2e696f222c2263726f73734f726967696e223a66616c73657d7261757468656e74696361746f725f6461746158252f8ceaf48dec5b53d9ddacaaf8b66392ded1691211f24e687badad8049b59ef60500000001';

function coseOf(der: string): CoseKey {
  const key = publicKeyFromDer(fromHex(der));
  assert.ok(key.kind === 'webauthn');
  return key.cose;
}

describe('WebAuthn: assertions of real authenticators', () => {
  it('verifies a YubiKey (ES256)', () => assert.ok(verifyWebAuthn(coseOf(YUBIKEY), utf8('hello'), fromHex(YUBIKEY_HELLO), ports).ok));
  it('verifies Windows Hello (RS256)', () =>
    assert.ok(verifyWebAuthn(coseOf(WINDOWS_HELLO), utf8('hello'), fromHex(WINDOWS_HELLO_HELLO), ports).ok));
  it('verifies a delegation by a YubiKey', () => {
    const payload = concatBytes(DELEGATION_SEPARATOR, hashOfContent({ pubkey: Uint8Array.of(1, 2, 3), expiration: 0n }, nobleHasher));
    const result = verifyWebAuthn(coseOf(YUBIKEY), payload, fromHex(YUBIKEY_DELEGATION), ports);
    assert.deepEqual(result, { ok: true, value: undefined });
  });
  it('refuses another payload and another key', () => {
    assert.equal(verifyWebAuthn(coseOf(YUBIKEY), utf8('hallo'), fromHex(YUBIKEY_HELLO), ports).ok, false);
    assert.equal(verifyWebAuthn(coseOf(WINDOWS_HELLO), utf8('hello'), fromHex(YUBIKEY_HELLO), ports).ok, false);
    assert.equal(verifyWebAuthn(coseOf(YUBIKEY), utf8('hello'), fromHex(WINDOWS_HELLO_HELLO), ports).ok, false);
  });
});

const seed = new Uint8Array(32).fill(6);
const ed25519 = createEd25519Signer(seed);
const p256 = createP256Signer(seed);
const p256Point = (() => {
  const key = publicKeyFromDer(p256.publicKeyDer);
  assert.ok(key.kind === 'ecdsa-p256');
  return key.point;
})();
const edKey: CoseKey = { scheme: 'ed25519', key: ed25519.publicKey };
const payload = utf8('\x0Aic-request and an id');

/** An assertion of a pretended authenticator with an Ed25519 key. */
function assertion(
  change: {
    readonly clientData?: string;
    readonly authenticatorData?: Uint8Array;
    readonly fields?: { readonly [field: string]: CborInput };
  } = {},
): Uint8Array {
  const clientData =
    change.clientData ?? JSON.stringify({ type: 'webauthn.get', challenge: toBase64Url(payload), origin: 'https://id.example' });
  const authenticatorData = change.authenticatorData ?? new Uint8Array(37).fill(1);
  const signature = ed25519.sign(concatBytes(authenticatorData, nobleHasher.sha256(utf8(clientData))));
  return encodeSelfDescribedCbor({ authenticator_data: authenticatorData, client_data_json: clientData, signature, ...change.fields });
}

function refusal(signature: Uint8Array): string {
  const result = verifyWebAuthn(edKey, payload, signature, ports);
  assert.ok(!result.ok);
  return result.error;
}

describe('WebAuthn: rules', () => {
  it('verifies EdDSA', () => assert.ok(verifyWebAuthn(edKey, payload, assertion(), ports).ok));

  const json = (data: unknown) => ({ clientData: JSON.stringify(data) });
  const challenge = toBase64Url(payload);
  const refused: Readonly<Record<string, readonly [RegExp, Parameters<typeof assertion>[0]]>> = {
    'another type': [/type/, json({ type: 'webauthn.create', challenge })],
    'no type': [/type/, json({ challenge })],
    'no challenge': [/challenge/, json({ type: 'webauthn.get' })],
    'a challenge with padding': [/challenge/, json({ type: 'webauthn.get', challenge: `${challenge}=` })],
    'another challenge': [/challenge/, json({ type: 'webauthn.get', challenge: `${challenge}A` })],
    'a list for client data': [/type/, json([1])],
    'a number for client data': [/object/, json(1)],
    'client data that is not JSON': [/JSON/, { clientData: '{' }],
    'client data of 20 kB': [/bytes/, json({ type: 'webauthn.get', challenge, padding: 'x'.repeat(20_000) })],
    'client data nested without end': [/JSON|type/, { clientData: '['.repeat(15_000) }],
    'authenticator data of 36 bytes': [/authenticator_data/, { authenticatorData: new Uint8Array(36) }],
    'authenticator data of 5,000 bytes': [/authenticator_data/, { authenticatorData: new Uint8Array(5_000) }],
    'a changed signature': [/does not verify/, { fields: { signature: new Uint8Array(64) } }],
    'a signature that is text': [/no signature/, { fields: { signature: 'x' } }],
    'other authenticator data': [/does not verify/, { fields: { authenticator_data: new Uint8Array(37) } }],
    'client data that is a number': [/client_data_json/, { fields: { client_data_json: 1 } }],
    'client data that is not UTF-8': [/JSON/, { fields: { client_data_json: Uint8Array.of(0xff) } }],
  };
  for (const [name, [pattern, change]] of Object.entries(refused)) {
    it(`refuses ${name}`, () => assert.match(refusal(assertion(change)), pattern));
  }

  it('refuses what is not a CBOR map', () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0x80), Uint8Array.of(0xff)]) assert.ok(refusal(bytes).length > 0);
  });

  it('takes ECDSA signatures in strict DER only', () => {
    const clientData = JSON.stringify({ type: 'webauthn.get', challenge });
    const authenticatorData = new Uint8Array(37);
    const plain = p256.sign(concatBytes(authenticatorData, nobleHasher.sha256(utf8(clientData))));
    const check = (signature: Uint8Array) => {
      const bytes = encodeSelfDescribedCbor({ authenticator_data: authenticatorData, client_data_json: clientData, signature });
      return verifyWebAuthn({ scheme: 'ecdsa-p256', key: p256Point }, payload, bytes, ports).ok;
    };
    const integer = (bytes: Uint8Array) => concatBytes(Uint8Array.of(2, bytes.length), bytes);
    const minimal = (bytes: Uint8Array) => {
      const start = bytes.findIndex((byte) => byte !== 0);
      return bytes[start]! >= 0x80 ? concatBytes(Uint8Array.of(0), bytes.subarray(start)) : bytes.subarray(start);
    };
    const r = minimal(plain.subarray(0, 32));
    const s = minimal(plain.subarray(32));
    const wrap = (...parts: readonly Uint8Array[]) => {
      const body = concatBytes(...parts);
      return concatBytes(Uint8Array.of(0x30, body.length), body);
    };
    assert.equal(check(wrap(integer(r), integer(s))), true);
    assert.equal(check(plain), false);
    assert.equal(check(wrap(integer(concatBytes(Uint8Array.of(0), r)), integer(s))), false);
    assert.equal(check(concatBytes(wrap(integer(r), integer(s)), Uint8Array.of(0))), false);
    assert.equal(check(wrap(integer(r), integer(s), integer(s))), false);
    assert.equal(check(wrap(integer(r))), false);
    assert.equal(check(wrap(integer(Uint8Array.of()), integer(s))), false);
    assert.equal(check(wrap(integer(new Uint8Array(34).fill(0x11)), integer(s))), false);
  });

  it('writes base64url as Buffer does', () =>
    fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.equal(toBase64Url(bytes), Buffer.from(bytes).toString('base64url')))));
});
