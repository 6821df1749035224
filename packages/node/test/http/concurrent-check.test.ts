/** Requests whose signatures are verified on other threads are judged as those that are not. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { canisterIdOfIndex, concatBytes, principalToBytes, selfAuthenticatingPrincipal, utf8 } from '@myelin/core/base';
import type { PrincipalId } from '@myelin/core/base';
import { encodeSelfDescribedCbor } from '@myelin/core/codec';
import type { CborInput } from '@myelin/core/codec';
import {
  DELEGATION_SEPARATOR,
  REQUEST_SEPARATOR,
  createEd25519Signer,
  createP256Signer,
  createSecp256k1Signer,
  hashOfContent,
  nobleBlsVerifier,
} from '@myelin/core/crypto';
import type { HashableRecord, MessageSigner } from '@myelin/core/crypto';
import { createNodeVerifier, nodeHasher } from '../../src/crypto/index.ts';
import { createConcurrentChecker } from '../../src/http/concurrent-check.ts';
import { createEnvelopeChecker } from '../../src/http/envelope-check.ts';
import type { HttpCrypto } from '../../src/http/envelope-check.ts';
import type { AnsweredQuery, QueryCall, ReplicaPort } from '../../src/http/index.ts';
import type { Scope } from '../../src/http/routing.ts';

const CANISTER = canisterIdOfIndex(7n);
const SCOPE: Scope = { kind: 'canister', id: CANISTER };
const NOW = 1_750_000_000_000_000_000n;
const MINUTE_NS = 60_000_000_000n;
const replica = {
  subnetId: `${'ab'.repeat(28)}02` as PrincipalId,
  hostsCanisterId: (id: PrincipalId) => id === CANISTER,
  rootKeyDer: new Uint8Array(133),
  wallTimeNs: () => NOW,
};

/** Node's verifier, and what was asked of either side of it. */
function countingCrypto(): { readonly crypto: HttpCrypto; readonly asked: { plainly: number; aside: number } } {
  const verifier = createNodeVerifier();
  const asked = { plainly: 0, aside: 0 };
  const crypto: HttpCrypto = {
    hasher: nodeHasher,
    bls: nobleBlsVerifier,
    verifier: {
      verify(...request) {
        asked.plainly++;
        return verifier.verify(...request);
      },
    },
    verifyAside(...request) {
      asked.aside++;
      return verifier.verifyAside(...request);
    },
  };
  return { crypto, asked };
}

type Fields = Readonly<Record<string, CborInput>>;
const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const signers: Readonly<Record<string, MessageSigner>> = {
  Ed25519: createEd25519Signer(seed(1)),
  secp256k1: createSecp256k1Signer(seed(2)),
  'P-256': createP256Signer(seed(3)),
};
const session = createEd25519Signer(seed(4));

/** A signed call, or another request, in the name of `first`, with fields of the envelope or of the content replaced. */
function call(first: MessageSigner, last: MessageSigner = first, envelope: Fields = {}, fields: Fields = {}): Uint8Array {
  const content = {
    request_type: 'call',
    sender: principalToBytes(selfAuthenticatingPrincipal(first.publicKeyDer, nodeHasher)),
    canister_id: principalToBytes(CANISTER),
    method_name: 'greet',
    arg: utf8('DIDL\0\0'),
    ingress_expiry: NOW + 4n * MINUTE_NS,
    ...fields,
  };
  const sender_sig = last.sign(concatBytes(REQUEST_SEPARATOR, hashOfContent(content as HashableRecord, nodeHasher)));
  return encodeSelfDescribedCbor({ content, sender_pubkey: first.publicKeyDer, sender_sig, ...envelope });
}

function delegation(from: MessageSigner, expiration = NOW + MINUTE_NS): CborInput {
  const map = { pubkey: session.publicKeyDer, expiration };
  return { delegation: map, signature: from.sign(concatBytes(DELEGATION_SEPARATOR, hashOfContent(map as HashableRecord, nodeHasher))) };
}

const QUERY: Fields = { request_type: 'query' };
const [ed] = Object.values(signers) as [MessageSigner];
type Bodies = Readonly<Record<string, Uint8Array>>;

/** Requests of one kind that are valid. */
function validOf(kind: Fields): Bodies {
  return {
    ...Object.fromEntries(Object.entries(signers).map(([name, signer]) => [name, call(signer, signer, {}, kind)])),
    'a delegation': call(ed, session, { sender_delegation: [delegation(ed)] }, kind),
  };
}

/** Requests of one kind that are not. */
function invalidOf(kind: Fields): Bodies {
  return {
    ...Object.fromEntries(
      Object.entries(signers).map(([name, signer]) => [`${name}, another's signature`, call(signer, session, {}, kind)]),
    ),
    'a signature that is too short': call(ed, ed, { sender_sig: new Uint8Array(63) }, kind),
    'a delegation by another': call(ed, session, { sender_delegation: [delegation(session)] }, kind),
    'a delegation by another and a wrong signature': call(ed, ed, { sender_delegation: [delegation(session)] }, kind),
    'an expired delegation': call(ed, session, { sender_delegation: [delegation(ed, NOW - 1n)] }, kind),
    "another's name": call(ed, ed, {}, { sender: principalToBytes(CANISTER), ...kind }),
    'an expired request': call(ed, ed, {}, { ingress_expiry: NOW - MINUTE_NS, ...kind }),
    'no envelope': utf8('nothing'),
  };
}

const valid = validOf({});
const invalid = invalidOf({});

const ANSWERED: AnsweredQuery = {
  answer: { status: 'replied', arg: utf8('ran') },
  timestampNs: NOW,
  signature: undefined,
};

type Ran = { readonly call: QueryCall; readonly claims: number };

/** Runs what is proven, and keeps what it ran. */
function queryRunner(): { readonly run: ReplicaPort['queryIfProven']; readonly ran: Ran[] } {
  const verifier = createNodeVerifier();
  const ran: Ran[] = [];
  return {
    ran,
    async run(query, claim) {
      if (claim !== undefined && !verifier.verify(...claim)) return 'unproven';
      ran.push({ call: query, claims: claim === undefined ? 0 : 1 });
      return ANSWERED;
    },
  };
}

describe('signatures verified aside', () => {
  for (const [name, body] of Object.entries(valid)) {
    it(`accepts what is accepted plainly: ${name}`, async () => {
      const { crypto, asked } = countingCrypto();
      const plain = createEnvelopeChecker(replica, { ...crypto, verifier: createNodeVerifier() }).checkCall(SCOPE, body);
      assert.ok(plain.ok, plain.ok ? '' : plain.error.message);
      assert.deepEqual(await createConcurrentChecker(replica, crypto, () => true, 0).checkCall(SCOPE, body), plain);
      assert.deepEqual(asked, { plainly: 0, aside: name === 'a delegation' ? 2 : 1 });
    });
  }

  for (const [name, body] of Object.entries(invalid)) {
    it(`refuses what is refused plainly, with the same words: ${name}`, async () => {
      const { crypto } = countingCrypto();
      const plain = createEnvelopeChecker(replica, crypto).checkCall(SCOPE, body);
      assert.ok(!plain.ok);
      const checker = createConcurrentChecker(replica, crypto, () => true, 0);
      // Twice: what was assumed the first time must not be remembered.
      for (let time = 0; time < 2; time++) assert.deepEqual(await checker.checkCall(SCOPE, body), plain);
    });
  }

  for (const [name, body] of Object.entries({ ...valid, ...invalid })) {
    it(`decides the same where one signature is verified here: ${name}`, async () => {
      const { crypto, asked } = countingCrypto();
      const plain = createEnvelopeChecker(replica, { ...crypto, verifier: createNodeVerifier() }).checkCall(SCOPE, body);
      const checker = createConcurrentChecker(replica, crypto, () => true, 1);
      for (let time = 0; time < 2; time++) assert.deepEqual(await checker.checkCall(SCOPE, body), plain);
      // The second time, one of the two is known.
      if (plain.ok) assert.deepEqual(asked, name === 'a delegation' ? { plainly: 1, aside: 2 } : { plainly: 2, aside: 0 });
    });
  }

  it('remembers a valid delegation, and only that', async () => {
    const { crypto, asked } = countingCrypto();
    const checker = createConcurrentChecker(replica, crypto, () => true, 0);
    const body = valid['a delegation']!;
    for (let time = 0; time < 3; time++) assert.ok((await checker.checkCall(SCOPE, body)).ok);
    assert.deepEqual(asked, { plainly: 0, aside: 4 });
  });

  for (const [name, body] of Object.entries(validOf(QUERY))) {
    it(`leaves to the thread of a query what it stands on: ${name}`, async () => {
      const { crypto, asked } = countingCrypto();
      const plain = createEnvelopeChecker(replica, { ...crypto, verifier: createNodeVerifier() }).checkQuery(SCOPE, body);
      assert.ok(plain.ok, plain.ok ? '' : plain.error.message);
      const checker = createConcurrentChecker(replica, crypto, () => true);
      const { run, ran } = queryRunner();
      for (let time = 0; time < 2; time++) assert.deepEqual(await checker.runQuery(SCOPE, body, run), { ok: true, value: ANSWERED });
      // Two signatures would hold that thread up for too long. The second time, the delegation is known.
      const isLong = name === 'a delegation';
      assert.deepEqual(ran, [
        { call: plain.value, claims: isLong ? 0 : 1 },
        { call: plain.value, claims: 1 },
      ]);
      assert.deepEqual(asked, { plainly: 0, aside: isLong ? 2 : 0 });
    });
  }

  for (const [name, body] of Object.entries(invalidOf(QUERY))) {
    it(`refuses a query as it is refused plainly, and does not run it: ${name}`, async () => {
      const { crypto } = countingCrypto();
      const plain = createEnvelopeChecker(replica, crypto).checkQuery(SCOPE, body);
      assert.ok(!plain.ok);
      const checker = createConcurrentChecker(replica, crypto, () => true);
      const { run, ran } = queryRunner();
      for (let time = 0; time < 2; time++) assert.deepEqual(await checker.runQuery(SCOPE, body, run), plain);
      assert.deepEqual(ran, []);
    });
  }

  it('verifies no signature twice when one is bad', async () => {
    const bodies = { bad: call(ed, session), 'bad behind a delegation': call(ed, ed, { sender_delegation: [delegation(ed)] }) };
    for (const [hereMax, name, once] of [
      [0, 'bad', { plainly: 0, aside: 1 }],
      [1, 'bad', { plainly: 1, aside: 0 }],
      [0, 'bad behind a delegation', { plainly: 0, aside: 2 }],
    ] as const) {
      const { crypto, asked } = countingCrypto();
      assert.ok(!(await createConcurrentChecker(replica, crypto, () => true, hereMax).checkCall(SCOPE, bodies[name])).ok);
      assert.deepEqual(asked, once, `${name}, ${hereMax} here`);
    }
    const { crypto, asked } = countingCrypto();
    const query = call(ed, session, {}, QUERY);
    assert.ok(!(await createConcurrentChecker(replica, crypto, () => true).runQuery(SCOPE, query, queryRunner().run)).ok);
    assert.deepEqual(asked, { plainly: 0, aside: 0 });
  });

  it('stays on this thread when nothing else is to be done', async () => {
    const { crypto, asked } = countingCrypto();
    const checker = createConcurrentChecker(replica, crypto, () => false, 0);
    assert.ok((await checker.checkCall(SCOPE, valid['Ed25519']!)).ok);
    assert.deepEqual(asked, { plainly: 1, aside: 0 });
  });
});
