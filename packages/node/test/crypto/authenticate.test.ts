import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cbor } from '@icp-sdk/core/agent';
import type { PublicKey as OracleKey, SignIdentity } from '@icp-sdk/core/agent';
import { DelegationChain, DelegationIdentity, ECDSAKeyIdentity, Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { Secp256k1KeyIdentity } from '@icp-sdk/core/identity/secp256k1';
import { Principal } from '@icp-sdk/core/principal';
import { concatBytes, nobleHasher, principalToBytes, principalToText, selfAuthenticatingPrincipal, utf8 } from '@myelin/core/base';
import { rootHash } from '@myelin/core/certification';
import { encodeSelfDescribedCbor } from '@myelin/core/codec';
import type { CborInput } from '@myelin/core/codec';
import {
  DELEGATION_SEPARATOR,
  INGRESS_EXPIRY_DRIFT_NS,
  INGRESS_TTL_MAX_NS,
  REQUEST_SEPARATOR,
  SENDER_INFO_SEPARATOR,
  authenticateEnvelope,
  canisterSignaturePath,
  createEd25519Signer,
  createP256Signer,
  createSecp256k1Signer,
  decodeEnvelope,
  encodeCanisterSignature,
  hashOfContent,
  nobleBlsVerifier,
  nobleVerifier,
  publicKeyFromDer,
  publicKeyToDer,
  requestIdOf,
  toBase64Url,
  webAuthnPublicKey,
} from '@myelin/core/crypto';
import type { Authentication, AuthenticationError, HashableRecord, MessageSigner, RequestKind, SignatureMemo } from '@myelin/core/crypto';
import type { Result } from '@myelin/core/base';
import { createNodeVerifier, loadBls, nodeBlsVerifier, nodeHasher } from '../../src/crypto/index.ts';
import { canisterId, certify, foreignCanisterId, rootKeyDer, timeLeaf, treeOf } from './test-network.ts';

const NOW = 1_750_000_000_000_000_000n;
const MINUTE = 60_000_000_000n;
const nodeVerifier = createNodeVerifier();

type Outcome = Result<Authentication, AuthenticationError>;
type Extra = { readonly memo?: SignatureMemo; readonly now?: bigint; readonly requestId?: Uint8Array };

/** Decodes and authenticates with both sets of libraries, which must agree. */
function authenticate(bytes: Uint8Array, kind: RequestKind = 'call', extra: Extra = {}): Outcome {
  const envelope = decodeEnvelope(bytes, kind);
  const options = { envelope, requestId: requestIdOf(envelope.contentMap, nobleHasher), now: NOW, rootKeyDer, ...extra };
  const slow = authenticateEnvelope({ ...options, hasher: nobleHasher, verifier: nobleVerifier, bls: nobleBlsVerifier });
  const fast = authenticateEnvelope({ ...options, hasher: nodeHasher, verifier: nodeVerifier, bls: nodeBlsVerifier });
  assert.deepEqual(fast, slow);
  return fast;
}

function refused(outcome: Outcome, code: AuthenticationError['code'], message: RegExp = /./): void {
  assert.ok(!outcome.ok, 'the request was accepted');
  assert.equal(outcome.error.code, code, outcome.error.message);
  assert.match(outcome.error.message, message);
}

type Fields = { readonly [field: string]: CborInput | undefined };
type Link = { readonly delegation: Fields; readonly signature: Uint8Array };

function contentOf(sender: Uint8Array, fields: Fields = {}): Fields {
  return {
    request_type: 'call',
    sender,
    canister_id: principalToBytes(canisterId),
    method_name: 'greet',
    arg: utf8('DIDL\0\0'),
    ingress_expiry: NOW + 4n * MINUTE,
    ...fields,
  };
}

const senderOf = (publicKeyDer: Uint8Array) => principalToBytes(selfAuthenticatingPrincipal(publicKeyDer, nobleHasher));

/** A signed request. `last` signs, in the name of `first`. */
function signed(first: MessageSigner, fields: Fields = {}, chain: readonly Link[] = [], last: MessageSigner = first): Uint8Array {
  const content = contentOf(senderOf(first.publicKeyDer), fields);
  const requestId = hashOfContent(content as HashableRecord, nobleHasher);
  return encodeSelfDescribedCbor({
    content,
    sender_pubkey: first.publicKeyDer,
    sender_sig: last.sign(concatBytes(REQUEST_SEPARATOR, requestId)),
    ...(chain.length > 0 && { sender_delegation: chain }),
  });
}

function link(from: MessageSigner, to: { readonly publicKeyDer: Uint8Array }, fields: Fields = {}): Link {
  const delegation = { pubkey: to.publicKeyDer, expiration: NOW + MINUTE, ...fields };
  return { delegation, signature: from.sign(concatBytes(DELEGATION_SEPARATOR, hashOfContent(delegation as HashableRecord, nobleHasher))) };
}

const ed = (seed: number) => createEd25519Signer(new Uint8Array(32).fill(seed));

/** A pretended authenticator. */
function webAuthnSigner(seed: number, scheme: 'ed25519' | 'ecdsa-p256'): MessageSigner {
  const inner = scheme === 'ed25519' ? ed(seed) : createP256Signer(new Uint8Array(32).fill(seed));
  const key = publicKeyFromDer(inner.publicKeyDer);
  assert.ok(key.kind === 'ed25519' || key.kind === 'ecdsa-p256');
  const publicKeyDer = publicKeyToDer(webAuthnPublicKey({ scheme, key: key.kind === 'ed25519' ? key.key : key.point }));
  return {
    publicKeyDer,
    sign(message) {
      const client = utf8(JSON.stringify({ type: 'webauthn.get', challenge: toBase64Url(message), origin: 'https://example.org' }));
      const authenticatorData = new Uint8Array(37);
      const plain = inner.sign(concatBytes(authenticatorData, nobleHasher.sha256(client)));
      const signature = scheme === 'ed25519' ? plain : derOf(plain);
      return encodeSelfDescribedCbor({
        authenticator_data: authenticatorData,
        client_data_json: new TextDecoder().decode(client),
        signature,
      });
    },
  };
}

function derOf(plain: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array) => {
    const body = bytes.subarray(bytes.findIndex((byte) => byte !== 0));
    const content = body[0]! >= 0x80 ? concatBytes(Uint8Array.of(0), body) : body;
    return concatBytes(Uint8Array.of(2, content.length), content);
  };
  const body = concatBytes(integer(plain.subarray(0, 32)), integer(plain.subarray(32)));
  return concatBytes(Uint8Array.of(0x30, body.length), body);
}

/** A canister that signs, as Internet Identity does. */
function canisterSigner(seed: string): MessageSigner {
  const key = { canisterId, seed: utf8(seed) };
  return {
    publicKeyDer: publicKeyToDer({ kind: 'canister', ...key }),
    sign(message) {
      const [sig, s, m] = canisterSignaturePath(key.seed, message, nobleHasher);
      const tree = treeOf([[sig, [[s, [[m, '']]]]]]);
      const certificate = certify(
        treeOf([timeLeaf, ['canister', [[principalToBytes(canisterId), [['certified_data', rootHash(tree, nobleHasher)]]]]]]),
      );
      return encodeCanisterSignature(certificate, tree);
    },
  };
}

const signers: Readonly<Record<string, MessageSigner>> = {
  Ed25519: ed(1),
  'ECDSA on secp256k1': createSecp256k1Signer(new Uint8Array(32).fill(1)),
  'ECDSA on P-256': createP256Signer(new Uint8Array(32).fill(1)),
  'WebAuthn with Ed25519': webAuthnSigner(2, 'ed25519'),
  'WebAuthn with P-256': webAuthnSigner(2, 'ecdsa-p256'),
  'a canister signature': canisterSigner('user 1'),
};

describe('authenticateEnvelope: every scheme', () => {
  for (const [name, signer] of Object.entries(signers)) {
    it(`accepts ${name}, and no change of the request`, async () => {
      await loadBls();
      const outcome = authenticate(signed(signer));
      assert.ok(outcome.ok, outcome.ok ? '' : outcome.error.message);
      assert.equal(outcome.value.sender, selfAuthenticatingPrincipal(signer.publicKeyDer, nobleHasher));
      assert.equal(outcome.value.targets, undefined);
      refused(authenticate(signed(signer), 'call', { requestId: new Uint8Array(32) }), 'AUTH_SIGNATURE_INVALID', /sender_sig/);
    });

    it(`accepts a delegation by ${name}, and no change of it`, async () => {
      await loadBls();
      const session = ed(9);
      const good = link(signer, session);
      assert.ok(authenticate(signed(signer, {}, [good], session)).ok);
      const later = { ...good, delegation: { ...good.delegation, expiration: NOW + 2n * MINUTE } };
      refused(authenticate(signed(signer, {}, [later], session)), 'AUTH_DELEGATION_SIGNATURE_INVALID', /delegation 0/);
    });
  }

  it('refuses a BLS key', () => {
    const signer = { publicKeyDer: rootKeyDer, sign: () => new Uint8Array(48) };
    refused(authenticate(signed(signer)), 'AUTH_SIGNATURE_INVALID', /BLS/);
  });
});

describe('authenticateEnvelope: identities of @icp-sdk/core', () => {
  async function fromOracle(identity: SignIdentity | DelegationIdentity, fields: Fields = {}): Promise<Uint8Array> {
    const content = contentOf(identity.getPrincipal().toUint8Array(), fields);
    const request = (await identity.transformRequest({ body: content, request: {}, endpoint: 'call' } as never)) as { body: unknown };
    return Cbor.encode(request.body);
  }

  it('are accepted', async () => {
    const identities: SignIdentity[] = [
      Ed25519KeyIdentity.generate(new Uint8Array(32).fill(1)),
      Secp256k1KeyIdentity.fromSecretKey(new Uint8Array(32).fill(1)),
      await ECDSAKeyIdentity.generate(),
    ];
    for (const identity of identities) {
      const outcome = authenticate(await fromOracle(identity));
      assert.ok(outcome.ok);
      assert.equal(principalToText(outcome.value.sender), identity.getPrincipal().toText());
    }
  });

  it('are accepted with chains of delegations, with targets and permissions', async () => {
    const first = Ed25519KeyIdentity.generate(new Uint8Array(32).fill(1));
    const second = Secp256k1KeyIdentity.fromSecretKey(new Uint8Array(32).fill(2));
    const third = Ed25519KeyIdentity.generate(new Uint8Array(32).fill(3));
    const until = new Date(Number(NOW / 1_000_000n) + 60_000);
    const targets = [canisterId, foreignCanisterId].map((id) => Principal.fromUint8Array(principalToBytes(id)));
    const previous = await DelegationChain.create(first, second.getPublicKey() as OracleKey, until, { targets });
    const chain = await DelegationChain.create(second, third.getPublicKey(), until, {
      previous,
      targets: targets.slice(0, 1),
      permissions: 'all',
    });
    const outcome = authenticate(await fromOracle(DelegationIdentity.fromDelegation(third, chain)));
    assert.ok(outcome.ok);
    assert.equal(principalToText(outcome.value.sender), first.getPrincipal().toText());
    assert.deepEqual(outcome.value.targets, [canisterId]);
  });
});

describe('authenticateEnvelope: the anonymous sender', () => {
  const anonymous = Uint8Array.of(4);
  const plain = (fields: Fields = {}, more: { readonly [field: string]: CborInput } = {}) =>
    encodeSelfDescribedCbor({ content: contentOf(anonymous, fields), ...more });

  it('needs no signature', () => assert.deepEqual(authenticate(plain()), { ok: true, value: { sender: '04', targets: undefined } }));

  it('must not have a key, a signature, delegations or sender information', () => {
    const signer = ed(1);
    for (const more of [
      { sender_pubkey: signer.publicKeyDer },
      { sender_sig: new Uint8Array(64) },
      { sender_delegation: [link(signer, ed(2))] },
    ]) {
      refused(authenticate(plain({}, more)), 'AUTH_ANONYMOUS_SIGNED');
    }
    refused(authenticate(plain({ sender_info: { info: utf8(''), signer: anonymous, sig: utf8('') } })), 'AUTH_ANONYMOUS_SIGNED');
  });

  it('may query and read with any expiry, but not call', () => {
    assert.ok(authenticate(plain({ request_type: 'query', ingress_expiry: 0 }), 'query').ok);
    assert.ok(authenticate(plain({ request_type: 'read_state', ingress_expiry: 0, paths: [] }), 'read_state').ok);
    refused(authenticate(plain({ ingress_expiry: 0 })), 'AUTH_REQUEST_EXPIRED');
  });
});

describe('authenticateEnvelope: expiry', () => {
  const signer = ed(1);
  it('accepts the limits', () => {
    for (const ingress_expiry of [NOW, NOW + INGRESS_TTL_MAX_NS + INGRESS_EXPIRY_DRIFT_NS])
      assert.ok(authenticate(signed(signer, { ingress_expiry })).ok);
  });
  it('refuses what lies beyond', () => {
    refused(authenticate(signed(signer, { ingress_expiry: NOW - 1n })), 'AUTH_REQUEST_EXPIRED', /ingress_expiry/);
    const late = NOW + INGRESS_TTL_MAX_NS + INGRESS_EXPIRY_DRIFT_NS + 1n;
    refused(authenticate(signed(signer, { ingress_expiry: late })), 'AUTH_EXPIRY_TOO_FAR', /clock/);
    refused(authenticate(signed(signer, { request_type: 'query', ingress_expiry: 0 }), 'query'), 'AUTH_REQUEST_EXPIRED');
    refused(
      authenticate(signed(signer, { request_type: 'read_state', paths: [], ingress_expiry: 0 }), 'read_state'),
      'AUTH_REQUEST_EXPIRED',
    );
  });
});

describe('authenticateEnvelope: sender, key and signature', () => {
  const signer = ed(1);
  const content = contentOf(senderOf(signer.publicKeyDer));

  it('refuses a request without key or signature', () => {
    refused(authenticate(encodeSelfDescribedCbor({ content })), 'AUTH_SIGNATURE_MISSING', /sender_pubkey/);
    refused(authenticate(encodeSelfDescribedCbor({ content, sender_pubkey: signer.publicKeyDer })), 'AUTH_SIGNATURE_MISSING', /sender_sig/);
  });

  it('refuses a sender that is not the principal of the key', () => {
    for (const sender of [senderOf(ed(2).publicKeyDer), new Uint8Array(0), principalToBytes(canisterId)]) {
      refused(authenticate(signed(signer, { sender })), 'AUTH_SENDER_MISMATCH');
    }
  });

  it('refuses a key that cannot be read', () => {
    const key = signer.publicKeyDer.with(5, 0);
    refused(authenticate(signed({ publicKeyDer: key, sign: signer.sign })), 'AUTH_KEY_INVALID', /sender_pubkey/);
    const session = { publicKeyDer: utf8('no key'), sign: signer.sign };
    refused(authenticate(signed(signer, {}, [link(signer, session)], session)), 'AUTH_KEY_INVALID', /delegation 0/);
  });

  it('refuses a signature by another key, of another length, and for another purpose', () => {
    refused(authenticate(signed(signer, {}, [], ed(2))), 'AUTH_SIGNATURE_INVALID');
    refused(authenticate(signed({ ...signer, sign: () => new Uint8Array(3) })), 'AUTH_SIGNATURE_INVALID');
    const other = {
      ...signer,
      sign: (message: Uint8Array) => signer.sign(concatBytes(DELEGATION_SEPARATOR, message.subarray(REQUEST_SEPARATOR.length))),
    };
    refused(authenticate(signed(other)), 'AUTH_SIGNATURE_INVALID');
  });
});

describe('authenticateEnvelope: delegations', () => {
  const first = ed(1);
  const session = ed(2);
  const check = (chain: readonly Link[], last: MessageSigner = session, fields: Fields = {}, kind: RequestKind = 'call') =>
    authenticate(signed(first, fields, chain, last), kind);

  const chainOf = (length: number) => {
    const keys = Array.from({ length: length + 1 }, (_, index) => ed(index + 1));
    return { chain: keys.slice(1).map((to, index) => link(keys[index]!, to)), last: keys.at(-1)! };
  };

  it('accepts 20 and refuses 21', () => {
    const longest = chainOf(20);
    assert.ok(check(longest.chain, longest.last).ok);
    const longer = chainOf(21);
    refused(check(longer.chain, longer.last), 'AUTH_DELEGATIONS_TOO_MANY', /21/);
  });

  it('refuses a key that occurs twice, also the first', () => {
    refused(check([link(first, session), link(session, first)], first), 'AUTH_DELEGATION_KEY_REPEATED', /delegation 1/);
    refused(check([link(first, first)], first), 'AUTH_DELEGATION_KEY_REPEATED', /delegation 0/);
    refused(check([link(first, session), link(session, ed(3)), link(ed(3), session)]), 'AUTH_DELEGATION_KEY_REPEATED', /delegation 2/);
  });

  it('refuses one that expired, and accepts it at its last instant', () => {
    assert.ok(check([link(first, session, { expiration: NOW })]).ok);
    refused(check([link(first, session, { expiration: NOW - 1n })]), 'AUTH_DELEGATION_EXPIRED', /delegation 0/);
  });

  it('refuses a chain whose links do not join, and a request signed by a key within the chain', () => {
    refused(check([link(first, ed(3)), link(ed(4), session)]), 'AUTH_DELEGATION_SIGNATURE_INVALID', /delegation 1/);
    refused(check([link(first, session)], first), 'AUTH_SIGNATURE_INVALID');
    refused(check([link(first, session), link(session, ed(3))], session), 'AUTH_SIGNATURE_INVALID');
  });

  const id = principalToBytes(canisterId);
  const foreign = principalToBytes(foreignCanisterId);

  it('intersects targets', () => {
    const both = link(first, session, { targets: [foreign, id] });
    const outcome = check([both]);
    assert.deepEqual(outcome.ok && outcome.value.targets, [foreignCanisterId, canisterId].sort());
    const narrowed = check([both, link(session, ed(3), { targets: [id] })], ed(3));
    assert.deepEqual(narrowed.ok && narrowed.value.targets, [canisterId]);
    refused(
      check([both, link(session, ed(3), { targets: [foreign] })], ed(3)),
      'AUTH_DELEGATION_TARGET_EXCLUDED',
      new RegExp(principalToText(canisterId)),
    );
    refused(
      check([link(first, session, { targets: [foreign] }), link(session, ed(3), { targets: [id] })], ed(3)),
      'AUTH_DELEGATION_TARGET_EXCLUDED',
    );
    refused(check([link(first, session, { targets: [] })]), 'AUTH_DELEGATION_TARGET_EXCLUDED');
  });

  it('leaves the targets of a read to the caller', () => {
    const outcome = check([link(first, session, { targets: [foreign] })], session, { request_type: 'read_state', paths: [] }, 'read_state');
    assert.deepEqual(outcome.ok && outcome.value.targets, [foreignCanisterId]);
  });

  it('refuses 1,001 targets', () => {
    const targets = Array.from({ length: 1_001 }, () => id);
    refused(check([link(first, session, { targets })]), 'AUTH_DELEGATION_TARGETS_TOO_MANY', /1001/);
    assert.ok(check([link(first, session, { targets: targets.slice(1) })]).ok);
  });

  it('bars update calls for a whole chain with permissions "queries", wherever in it', () => {
    const queries = { permissions: 'queries' };
    const all = { permissions: 'all' };
    assert.ok(check([link(first, session, all)]).ok);
    for (const chain of [
      [link(first, session, queries), link(session, ed(3), all)],
      [link(first, session, all), link(session, ed(3), queries)],
    ]) {
      refused(check(chain, ed(3)), 'AUTH_DELEGATION_QUERIES_ONLY');
      assert.ok(check(chain, ed(3), { request_type: 'query' }, 'query').ok);
      assert.ok(check(chain, ed(3), { request_type: 'read_state', paths: [] }, 'read_state').ok);
    }
  });

  it('refuses unknown permissions for everything', () => {
    const chain = [link(first, session, { permissions: 'calls' })];
    refused(check(chain), 'AUTH_DELEGATION_PERMISSIONS_UNKNOWN', /calls/);
    refused(check(chain, session, { request_type: 'query' }, 'query'), 'AUTH_DELEGATION_PERMISSIONS_UNKNOWN');
  });

  it('remembers valid delegations only, and still checks what they allow', () => {
    const memo = new Set<string>();
    const request = signed(first, {}, [link(first, session)], session);
    assert.ok(authenticate(request, 'call', { memo }).ok);
    assert.equal(memo.size, 1);
    assert.ok(authenticate(request, 'call', { memo }).ok);
    refused(authenticate(request, 'call', { memo, now: NOW + 2n * MINUTE }), 'AUTH_DELEGATION_EXPIRED');
    const forged = { ...link(first, session), delegation: { pubkey: session.publicKeyDer, expiration: NOW + 2n * MINUTE } };
    refused(authenticate(signed(first, {}, [forged], session), 'call', { memo }), 'AUTH_DELEGATION_SIGNATURE_INVALID');
    assert.equal(memo.size, 1);
  });

  it('checks signatures last: a refused scope costs no signature check', () => {
    const envelope = decodeEnvelope(signed(first, {}, [link(first, session, { expiration: 0 })], session), 'call');
    const verifier = { verify: () => assert.fail('a signature was checked') };
    const outcome = authenticateEnvelope({
      envelope,
      requestId: new Uint8Array(32),
      now: NOW,
      rootKeyDer,
      hasher: nobleHasher,
      verifier,
      bls: nobleBlsVerifier,
    });
    refused(outcome, 'AUTH_DELEGATION_EXPIRED');
  });
});

describe('authenticateEnvelope: sender information', () => {
  const canister = canisterSigner('user 1');
  const session = ed(2);
  const info = utf8('name: Ada');
  const senderInfo = (fields: Fields = {}) => ({
    sender_info: { info, signer: principalToBytes(canisterId), sig: canister.sign(concatBytes(SENDER_INFO_SEPARATOR, info)), ...fields },
  });
  const check = (fields: Fields) => authenticate(signed(canister, fields, [link(canister, session)], session));

  it('is accepted when the signing canister vouches for it', async () => {
    await loadBls();
    const outcome = check(senderInfo());
    assert.deepEqual(outcome.ok && outcome.value.senderInfo, { info, signer: canisterId });
  });

  it('is refused when another canister is named, when the signature is for other bytes, and from other keys', async () => {
    await loadBls();
    refused(check(senderInfo({ signer: principalToBytes(foreignCanisterId) })), 'AUTH_SENDER_INFO_INVALID', /names the signer/);
    refused(check(senderInfo({ info: utf8('name: Bob') })), 'AUTH_SENDER_INFO_INVALID', /signature of sender_info/);
    refused(check(senderInfo({ sig: canister.sign(info) })), 'AUTH_SENDER_INFO_INVALID', /signature of sender_info/);
    refused(authenticate(signed(ed(1), senderInfo())), 'AUTH_SENDER_INFO_INVALID', /only when/);
  });
});
