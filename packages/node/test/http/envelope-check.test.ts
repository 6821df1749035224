import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { AnonymousIdentity, Cbor, HttpAgent, requestIdOf as agentRequestIdOf } from '@icp-sdk/core/agent';
import type { Identity, SignIdentity } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { DelegationChain, DelegationIdentity, ECDSAKeyIdentity, Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { Secp256k1KeyIdentity } from '@icp-sdk/core/identity/secp256k1';
import { Principal } from '@icp-sdk/core/principal';
import {
  ANONYMOUS_PRINCIPAL,
  MANAGEMENT_CANISTER_ID,
  canisterIdOfIndex,
  principalFromText,
  principalToText,
  toHex,
  utf8,
} from '@myelin/core/base';
import type { PrincipalId, Result } from '@myelin/core/base';
import { decodeCbor, encodeSelfDescribedCbor } from '@myelin/core/codec';
import type { CborKey, CborValue } from '@myelin/core/codec';
import { nobleBlsVerifier } from '@myelin/core/crypto';
import { createNodeVerifier, nodeHasher } from '../../src/crypto/index.ts';
import { createEnvelopeChecker } from '../../src/http/envelope-check.ts';
import type { EnvelopeChecker } from '../../src/http/envelope-check.ts';
import type { HttpFailure } from '../../src/http/failure.ts';
import type { Scope } from '../../src/http/routing.ts';

const CANISTER = canisterIdOfIndex(7n);
const OTHER = canisterIdOfIndex(8n);
const SUBNET = `${'ab'.repeat(28)}02` as PrincipalId;
const SCOPE: Scope = { kind: 'canister', id: CANISTER };
const MINUTE_NS = 60_000_000_000n;

type Kind = 'call' | 'query' | 'read_state';

/** What an agent sends, caught before it leaves. */
async function sent(
  kind: Kind,
  identity: Identity,
  method = 'greet',
  arg: Uint8Array = IDL.encode([IDL.Text], ['x']),
): Promise<Uint8Array> {
  let body: Uint8Array | undefined;
  const agent = HttpAgent.createSync({
    host: 'http://localhost',
    identity,
    rootKey: new Uint8Array(133),
    retryTimes: 0,
    verifyQuerySignatures: false,
    fetch: (_url, init) => {
      body = new Uint8Array(init!.body as Uint8Array);
      return Promise.reject(new Error('caught'));
    },
  });
  const canisterId = Principal.fromText(principalToText(CANISTER));
  const options = { methodName: method, arg };
  await (
    kind === 'call'
      ? agent.call(canisterId, options)
      : kind === 'query'
        ? agent.query(canisterId, options)
        : agent.readState({ canisterId }, { paths: [[utf8('time')], [utf8('subnet')]] })
  ).catch(() => {});
  assert.ok(body !== undefined, 'the agent has sent a request');
  return body;
}

let now = BigInt(Date.now()) * 1_000_000n;
const checker: EnvelopeChecker = createEnvelopeChecker(
  { subnetId: SUBNET, hostsCanisterId: (id) => id === CANISTER || id === OTHER, rootKeyDer: new Uint8Array(133), wallTimeNs: () => now },
  { hasher: nodeHasher, verifier: createNodeVerifier(), bls: nobleBlsVerifier },
);

function check(kind: Kind, body: Uint8Array, scope: Scope = SCOPE): Result<unknown, HttpFailure> {
  if (kind === 'call') return checker.checkCall(scope, body);
  return kind === 'query' ? checker.checkQuery(scope, body) : checker.checkReadState(scope, body);
}

/** The refusal's text; fails when the request is accepted. */
function refusal(result: Result<unknown, HttpFailure>, status = 400): string {
  assert.ok(!result.ok, 'the request is refused');
  assert.equal(result.error.status, status);
  return result.error.message;
}

/** The envelope with one field changed, at any depth of maps. */
function edited(body: Uint8Array, path: readonly string[], edit: (value: CborValue | undefined) => CborValue | undefined): Uint8Array {
  const envelope = decodeCbor(body);
  let map = envelope as unknown as Map<CborKey, CborValue>;
  for (const key of path.slice(0, -1)) map = map.get(key) as unknown as Map<CborKey, CborValue>;
  const value = edit(map.get(path.at(-1)!));
  if (value === undefined) map.delete(path.at(-1)!);
  else map.set(path.at(-1)!, value);
  return encodeSelfDescribedCbor(envelope);
}

async function identities(): Promise<Map<string, SignIdentity>> {
  const ed25519 = Ed25519KeyIdentity.generate();
  const session = Ed25519KeyIdentity.generate();
  const chain = await DelegationChain.create(ed25519, session.getPublicKey(), new Date(Date.now() + 3_600_000), {
    targets: [Principal.fromText(principalToText(CANISTER))],
  });
  return new Map<string, SignIdentity>([
    ['Ed25519', ed25519],
    ['secp256k1', Secp256k1KeyIdentity.generate()],
    ['P-256', await ECDSAKeyIdentity.generate()],
    ['delegated Ed25519', DelegationIdentity.fromDelegation(session, chain)],
  ]);
}

describe('envelopes of the agent', async () => {
  const signers = await identities();
  for (const [name, identity] of signers) {
    for (const kind of ['call', 'query', 'read_state'] as const) {
      it(`${kind} of ${name}`, async () => {
        const body = await sent(kind, identity);
        const sender = principalFromText(identity.getPrincipal().toText());
        const result = check(kind, body);
        assert.ok(result.ok, result.ok ? '' : result.error.message);
        assert.equal((result.value as { sender: PrincipalId }).sender, sender);
      });
    }
  }

  it('calls have the request id of the agent', async () => {
    const body = await sent('call', signers.get('Ed25519')!);
    const result = checker.checkCall(SCOPE, body);
    assert.ok(result.ok);
    const { content } = Cbor.decode<{ content: Record<string, unknown> }>(body);
    assert.equal(toHex(result.value.requestId), toHex(agentRequestIdOf(content)));
    assert.equal(result.value.canisterId, CANISTER);
    assert.equal(result.value.effectiveCanisterId, CANISTER);
    assert.equal(result.value.methodName, 'greet');
    assert.deepEqual(result.value.arg, new Uint8Array(IDL.encode([IDL.Text], ['x'])));
  });

  it('the anonymous user signs nothing', async () => {
    for (const kind of ['call', 'query', 'read_state'] as const) {
      const body = await sent(kind, new AnonymousIdentity());
      const result = check(kind, body);
      assert.ok(result.ok, result.ok ? '' : result.error.message);
      assert.equal((result.value as { sender: PrincipalId }).sender, ANONYMOUS_PRINCIPAL);
      const signed = edited(body, ['sender_sig'], () => new Uint8Array(64));
      assert.match(refusal(check(kind, signed)), /^Signature is not allowed for the anonymous user/);
    }
  });

  it('read_state tells the targets of the delegation', async () => {
    const result = checker.checkReadState(SCOPE, await sent('read_state', signers.get('delegated Ed25519')!));
    assert.ok(result.ok);
    assert.deepEqual(result.value.targets, new Set([CANISTER]));
    assert.equal(result.value.paths.length, 2);
  });
});

describe('what is refused', () => {
  const identity = Ed25519KeyIdentity.generate();
  let call: Uint8Array;
  let query: Uint8Array;
  before(async () => {
    call = await sent('call', identity);
    query = await sent('query', identity);
  });

  it('a request for another endpoint', () => {
    assert.match(refusal(check('call', query)), /^Could not parse body as call message: .*request_type is "query"/);
    assert.match(refusal(check('query', call)), /request_type is "call"/);
    assert.match(refusal(check('read_state', call)), /request_type is "call"/);
  });
  it('another canister in the URL', () => {
    assert.match(
      refusal(check('call', call, { kind: 'canister', id: OTHER })),
      /^Specified CanisterId .* does not match effective canister id in URL/,
    );
    assert.match(refusal(check('call', call, { kind: 'canister', id: canisterIdOfIndex(1n << 40n) })), /^canister_not_found/);
    assert.match(refusal(check('call', call, { kind: 'subnet', id: SUBNET })), /endpoint of a subnet takes only/);
  });
  it('a request that has expired or expires too late, signed or not', async () => {
    const anonymous = await sent('call', new AnonymousIdentity());
    const anonymousQuery = await sent('query', new AnonymousIdentity());
    for (const shift of [10n, -10n]) {
      now += shift * MINUTE_NS;
      for (const [kind, body] of [
        ['call', call],
        ['query', query],
        ['call', anonymous],
      ] as const) {
        assert.match(refusal(check(kind, body)), /^Invalid request expiry: Specified ingress_expiry not within expected range/);
      }
      assert.ok(check('query', anonymousQuery).ok, 'anonymous queries are exempt');
      now -= shift * MINUTE_NS;
    }
    assert.ok(check('call', call).ok);
  });
  it('a changed content', () => {
    const changed = edited(call, ['content', 'method_name'], () => 'steal');
    assert.match(refusal(check('call', changed)), /^Invalid signature: /);
    const extended = edited(call, ['content', 'more'], () => 1);
    assert.match(refusal(check('call', extended)), /^Invalid signature: /);
  });
  it('a changed, missing or foreign signature, key or sender', () => {
    const flip = (value: CborValue | undefined): CborValue =>
      Uint8Array.from(value as Uint8Array, (byte, index) => (index === 20 ? byte ^ 1 : byte));
    assert.match(refusal(check('call', edited(call, ['sender_sig'], flip))), /^Invalid signature: /);
    assert.match(
      refusal(
        check(
          'call',
          edited(call, ['sender_sig'], () => undefined),
        ),
      ),
      /^Missing signature from user: /,
    );
    assert.match(refusal(check('call', edited(call, ['sender_pubkey'], flip))), /^The user id does not match the public key: /);
    assert.match(refusal(check('call', edited(call, ['content', 'sender'], flip))), /^The user id does not match the public key: /);
  });
  it('a nonce or a principal that is too long', () => {
    assert.match(
      refusal(
        check(
          'call',
          edited(call, ['content', 'nonce'], () => new Uint8Array(33)),
        ),
      ),
      /nonce/,
    );
    assert.match(
      refusal(
        check(
          'call',
          edited(call, ['content', 'sender'], () => new Uint8Array(30)),
        ),
      ),
      /at most 29 bytes/,
    );
  });
  it('a delegation that has expired, bars calls or is for other canisters', async () => {
    const session = Ed25519KeyIdentity.generate();
    const delegated = async (kind: Kind, expires: number, targets?: PrincipalId[]): Promise<Uint8Array> => {
      const chain = await DelegationChain.create(identity, session.getPublicKey(), new Date(Date.now() + expires), {
        ...(targets && { targets: targets.map((id) => Principal.fromText(principalToText(id))) }),
      });
      return sent(kind, DelegationIdentity.fromDelegation(session, chain));
    };
    assert.match(
      refusal(check('call', await delegated('call', -1_000))),
      /^Invalid delegation expiry: Specified sender delegation has expired/,
    );
    assert.match(refusal(check('query', await delegated('query', 60_000, [OTHER]))), /^Canister is not one of the delegation targets/);
    assert.ok(check('read_state', await delegated('read_state', 60_000, [OTHER])).ok, 'reads are checked path by path');
    const queriesOnly = edited(await delegated('call', 60_000), ['sender_delegation'], (chain) => {
      const [link] = chain as [Map<CborKey, CborValue>];
      (link.get('delegation') as unknown as Map<CborKey, CborValue>).set('permissions', 'queries');
      return chain;
    });
    assert.match(refusal(check('call', queriesOnly)), /^Invalid delegation: .*only queries/);
  });
  it('a management call about another canister', async () => {
    const about = (id: PrincipalId): Uint8Array =>
      IDL.encode([IDL.Record({ canister_id: IDL.Principal })], [{ canister_id: Principal.fromText(principalToText(id)) }]);
    const start = edited(
      await sent('call', new AnonymousIdentity(), 'start_canister', about(CANISTER)),
      ['content', 'canister_id'],
      () => new Uint8Array(0),
    );
    const result = checker.checkCall(SCOPE, start);
    assert.ok(result.ok && result.value.canisterId === MANAGEMENT_CANISTER_ID);
    const other = edited(
      await sent('call', new AnonymousIdentity(), 'start_canister', about(OTHER)),
      ['content', 'canister_id'],
      () => new Uint8Array(0),
    );
    assert.match(refusal(check('call', other)), /^Specified CanisterId/);
  });
});
