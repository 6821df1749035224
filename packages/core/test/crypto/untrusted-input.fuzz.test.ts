import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IcError, concatBytes, nobleHasher, principalToBytes, selfAuthenticatingPrincipal, toHex, utf8 } from '../../src/base/index.ts';
import type { PrincipalId } from '../../src/base/index.ts';
import {
  blsPublicKeyToDer,
  decodeCanisterRanges,
  decodeCertificate,
  decodeHashTree,
  encodeCanisterRanges,
  encodeCertificate,
  encodeHashTree,
  fork,
  isWellFormed,
  labeled,
  leaf,
  listPaths,
  lookupPath,
  pruneTree,
  pruned,
  rootHash,
  verifyCertificate,
} from '../../src/certification/index.ts';
import { encodeSelfDescribedCbor } from '../../src/codec/index.ts';
import {
  REQUEST_SEPARATOR,
  authenticateEnvelope,
  createEd25519Signer,
  createNobleBlsSigner,
  createSecp256k1Signer,
  decodeEnvelope,
  encodeCanisterSignature,
  encodeRsaPublicKey,
  publicKeyFromDer,
  publicKeyToDer,
  requestIdOf,
  verifyCanisterSignature,
  verifyWebAuthn,
  webAuthnPublicKey,
} from '../../src/crypto/index.ts';
import { fuzz } from '../support/fuzz.ts';

const seed = new Uint8Array(32).fill(1);
const signer = createEd25519Signer(seed);
const subnetId = '0102' as PrincipalId;
// No pairing and no curve: the targets are the parsers and what surrounds them.
const bls = { verifyBls: () => true };
const verifier = { verify: () => true };

const tree = fork(
  fork(
    labeled('canister', labeled(principalToBytes('00' as PrincipalId), labeled('certified_data', leaf(new Uint8Array(32))))),
    pruned(new Uint8Array(32)),
  ),
  fork(
    labeled(
      'subnet',
      labeled(
        principalToBytes(subnetId),
        fork(labeled('public_key', leaf(blsPublicKeyToDer(new Uint8Array(96)))), labeled('type', leaf('system'))),
      ),
    ),
    labeled('time', leaf(Uint8Array.of(1))),
  ),
);
const inner = encodeCertificate({ tree, signature: new Uint8Array(48) });
const certificate = encodeCertificate({ tree, signature: new Uint8Array(48), delegation: { subnetId, certificate: inner } });

const keys = [
  signer.publicKeyDer,
  createSecp256k1Signer(seed).publicKeyDer,
  blsPublicKeyToDer(createNobleBlsSigner(seed).publicKey),
  publicKeyToDer({ kind: 'canister', canisterId: subnetId, seed }),
  publicKeyToDer(webAuthnPublicKey({ scheme: 'ed25519', key: signer.publicKey })),
  publicKeyToDer(
    webAuthnPublicKey({
      scheme: 'rsa-pkcs1-sha256',
      key: encodeRsaPublicKey({ modulus: new Uint8Array(256).fill(0xff), exponent: Uint8Array.of(3) }),
    }),
  ),
];

const content = {
  request_type: 'call',
  sender: principalToBytes(selfAuthenticatingPrincipal(signer.publicKeyDer, nobleHasher)),
  canister_id: Uint8Array.of(1),
  method_name: 'm',
  arg: utf8('DIDL\0\0'),
  ingress_expiry: 5n,
  nonce: seed,
  sender_info: { info: utf8(''), signer: Uint8Array.of(1), sig: utf8('') },
};
const link = {
  delegation: { pubkey: keys[4]!, expiration: 5n, targets: [Uint8Array.of(1)], permissions: 'all' },
  signature: new Uint8Array(64),
};
const envelopes = ['call', 'query', 'read_state'].map((request_type) =>
  encodeSelfDescribedCbor({
    content: { ...content, request_type, paths: [[utf8('time')], [utf8('subnet'), seed]] },
    sender_pubkey: signer.publicKeyDer,
    sender_sig: signer.sign(concatBytes(REQUEST_SEPARATOR, seed)),
    sender_delegation: [link],
  }),
);

describe('untrusted input never does harm', () => {
  it('envelopes: decoding, request ids and authentication', () =>
    fuzz(
      envelopes,
      (bytes) => {
        for (const kind of ['call', 'query', 'read_state'] as const) {
          let envelope;
          try {
            envelope = decodeEnvelope(bytes, kind);
          } catch (error) {
            if (kind === 'read_state' || !(error instanceof IcError)) throw error;
            continue;
          }
          const requestId = requestIdOf(envelope.contentMap, nobleHasher);
          const outcome = authenticateEnvelope({ envelope, requestId, now: 1n, rootKeyDer: keys[2]!, hasher: nobleHasher, verifier, bls });
          assert.ok(outcome.ok || outcome.error.message.length > 0);
          return;
        }
      },
      0.35,
    ));

  it('certificates and hash trees', () =>
    fuzz(
      [certificate, encodeHashTree(tree)],
      (bytes) => {
        const result = verifyCertificate(bytes, keys[2]!, { hasher: nobleHasher, bls, canisterId: subnetId, now: 1n });
        if (!result.ok) assert.notEqual(result.error.message, '');
        let decoded;
        try {
          decoded = decodeCertificate(bytes).tree;
        } catch (error) {
          if (!(error instanceof IcError)) throw error;
          decoded = decodeHashTree(bytes);
        }
        const root = toHex(rootHash(decoded, nobleHasher));
        isWellFormed(decoded);
        for (const { path } of listPaths(decoded)) lookupPath(path, decoded);
        assert.equal(toHex(rootHash(pruneTree(decoded, [[utf8('subnet')], [utf8('z')]], nobleHasher), nobleHasher)), root);
      },
      0.25,
    ));

  it('canister ranges', () =>
    fuzz(
      [encodeCanisterRanges([{ first: '01' as PrincipalId, last: '02' as PrincipalId }])],
      (bytes) => void decodeCanisterRanges(bytes),
      0.05,
    ));

  it('DER-encoded keys: what is accepted has one encoding', () =>
    fuzz(keys, (bytes) => assert.equal(toHex(publicKeyToDer(publicKeyFromDer(bytes))), toHex(bytes)), 0.2));

  it('WebAuthn and canister signatures', () =>
    fuzz(
      [
        encodeSelfDescribedCbor({
          authenticator_data: new Uint8Array(37),
          client_data_json: '{"type":"webauthn.get","challenge":"AA"}',
          signature: seed,
        }),
        encodeCanisterSignature(
          certificate,
          labeled('sig', labeled(nobleHasher.sha256(seed), labeled(nobleHasher.sha256(Uint8Array.of(0)), leaf('')))),
        ),
      ],
      (bytes) => {
        const ports = { hasher: nobleHasher, bls, verifier, rootKeyDer: keys[2]! };
        verifyWebAuthn({ scheme: 'ecdsa-p256', key: seed }, Uint8Array.of(0), bytes, ports);
        verifyCanisterSignature({ canisterId: '00' as PrincipalId, seed }, Uint8Array.of(0), bytes, ports);
      },
      0.15,
    ));
});
