import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cbor, HttpAgent } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { nobleHasher, principalToText, toHex, utf8 } from '../../src/base/index.ts';
import { encodeCbor, encodeSelfDescribedCbor } from '../../src/codec/index.ts';
import type { CborInput } from '../../src/codec/index.ts';
import {
  DELEGATIONS_MAX,
  METHOD_NAME_BYTES_MAX,
  READ_STATE_LABELS_MAX,
  READ_STATE_PATHS_MAX,
  decodeEnvelope,
  requestIdOf,
} from '../../src/crypto/index.ts';
import { isIcError } from '../support/has-code.ts';
import { DelegationChain, DelegationIdentity, Ed25519KeyIdentity } from './oracle-identities.ts';

const call = {
  request_type: 'call',
  sender: Uint8Array.of(4),
  canister_id: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, 1, 1),
  method_name: 'greet',
  arg: utf8('DIDL\0\0'),
  ingress_expiry: 1_700_000_000_000_000_000n,
  nonce: new Uint8Array(32),
};
const read = { request_type: 'read_state', sender: Uint8Array.of(4), ingress_expiry: 0, paths: [[utf8('time')]] };
const delegation = { delegation: { pubkey: new Uint8Array(44), expiration: 5 }, signature: new Uint8Array(64) };

const envelope = (content: { readonly [field: string]: CborInput | undefined }, more: { readonly [field: string]: CborInput } = {}) =>
  encodeSelfDescribedCbor({ content, ...more });

describe('decodeEnvelope', () => {
  it('reads a call', () => {
    const { content, contentMap, ...rest } = decodeEnvelope(envelope(call), 'call');
    assert.deepEqual(content, {
      requestType: 'call',
      sender: '04',
      canisterId: '00000000000000010101',
      methodName: 'greet',
      arg: utf8('DIDL\0\0'),
      ingressExpiry: 1_700_000_000_000_000_000n,
      nonce: new Uint8Array(32),
    });
    assert.deepEqual(rest, {});
    assert.equal(toHex(requestIdOf(contentMap, nobleHasher)), toHex(requestIdOf(call, nobleHasher)));
  });

  it('reads what belongs to queries, reads and senders', () => {
    const senderInfo = { info: utf8('info'), signer: Uint8Array.of(1), sig: utf8('sig') };
    const query = decodeEnvelope(envelope({ ...call, request_type: 'query', sender_info: senderInfo }), 'query');
    assert.deepEqual(query.content.senderInfo, { info: utf8('info'), signer: '01', sig: utf8('sig') });
    assert.deepEqual(decodeEnvelope(envelope(read), 'read_state').content.paths, [[utf8('time')]]);
    const signed = { sender_pubkey: utf8('key'), sender_sig: utf8('sig'), sender_delegation: [delegation] };
    const decoded = decodeEnvelope(envelope(call, signed), 'call');
    assert.deepEqual(decoded.senderPubkey, utf8('key'));
    assert.deepEqual(decoded.senderSig, utf8('sig'));
    assert.equal(decoded.senderDelegation?.length, 1);
    assert.equal(decoded.senderDelegation?.[0]?.expiration, 5n);
  });

  it('takes null, and an empty list of delegations, as absent', () => {
    const decoded = decodeEnvelope(
      envelope({ ...call, nonce: null, sender_info: null }, { sender_pubkey: null, sender_sig: null, sender_delegation: [] }),
      'call',
    );
    assert.deepEqual(Object.keys(decoded), ['content', 'contentMap']);
    assert.equal('nonce' in decoded.content, false);
  });

  it('keeps fields of the content that it does not know for the request id', () => {
    const content = { ...call, future_field: ['x', 1] };
    assert.deepEqual(requestIdOf(decodeEnvelope(envelope(content), 'call').contentMap, nobleHasher), requestIdOf(content, nobleHasher));
    assert.notDeepEqual(requestIdOf(content, nobleHasher), requestIdOf(call, nobleHasher));
  });

  it('accepts the largest of everything', () => {
    decodeEnvelope(envelope({ ...call, method_name: 'x'.repeat(METHOD_NAME_BYTES_MAX) }), 'call');
    const path = Array.from({ length: READ_STATE_LABELS_MAX }, () => utf8('x'));
    decodeEnvelope(envelope({ ...read, paths: Array.from({ length: READ_STATE_PATHS_MAX }, () => path) }), 'read_state');
    const targets = Array.from({ length: 1_000 }, () => new Uint8Array(29));
    const chain = Array.from({ length: DELEGATIONS_MAX }, () => ({
      ...delegation,
      delegation: { ...delegation.delegation, targets, permissions: 'all' },
    }));
    assert.equal(decodeEnvelope(envelope(call, { sender_delegation: chain }), 'call').senderDelegation?.length, DELEGATIONS_MAX);
  });

  type Case = readonly [RegExp, Uint8Array, ('call' | 'query' | 'read_state')?];
  const path = (labels: number) => Array.from({ length: labels }, () => utf8('x'));
  const link = (fields: { readonly [field: string]: CborInput }) => [
    { ...delegation, delegation: { ...delegation.delegation, ...fields } },
  ];
  const cases: Readonly<Record<string, Case>> = {
    'no bytes': [/byte 0/, new Uint8Array(0)],
    'a list': [/not a map/, encodeCbor([])],
    'no content': [/content/, encodeCbor({})],
    'another request type': [/request_type is "query"/, envelope({ ...call, request_type: 'query' })],
    'no request type': [/request_type is missing/, envelope({ ...call, request_type: undefined })],
    'a sender of 30 bytes': [/30/, envelope({ ...call, sender: new Uint8Array(30) })],
    'a sender that is text': [/`sender`/, envelope({ ...call, sender: 'aaaaa-aa' })],
    'no canister id': [/`canister_id`/, envelope({ ...call, canister_id: undefined })],
    'a nonce of 33 bytes': [/`nonce` has 33 bytes/, envelope({ ...call, nonce: new Uint8Array(33) })],
    'a negative expiry': [/natural/, envelope({ ...call, ingress_expiry: -1 })],
    'an expiry that is text': [/not a number/, envelope({ ...call, ingress_expiry: '1' })],
    'no expiry': [/not a number/, envelope({ ...call, ingress_expiry: undefined })],
    'a method name that is too long': [/20000 bytes/, envelope({ ...call, method_name: 'é'.repeat(METHOD_NAME_BYTES_MAX / 2 + 1) })],
    'a method name that is bytes': [/not a text/, envelope({ ...call, method_name: utf8('x') })],
    'no argument': [/`arg`/, envelope({ ...call, arg: undefined })],
    'sender information without a signature': [/`sig`/, envelope({ ...call, sender_info: { info: utf8(''), signer: utf8('') } })],
    'sender information that is bytes': [/sender_info/, envelope({ ...call, sender_info: utf8('x') })],
    'no paths': [/`paths`/, envelope({ ...read, paths: undefined }), 'read_state'],
    '1,001 paths': [/1001 paths/, envelope({ ...read, paths: Array.from({ length: 1_001 }, () => path(1)) }), 'read_state'],
    'a path of 128 labels': [/128 labels/, envelope({ ...read, paths: [path(128)] }), 'read_state'],
    'a path that is bytes': [/path is not a list/, envelope({ ...read, paths: [utf8('x')] }), 'read_state'],
    'a label that is text': [/label/, envelope({ ...read, paths: [['time']] }), 'read_state'],
    'more fields than any request has': [
      /fields/,
      envelope({ ...call, ...Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`x${index}`, 1])) }),
    ],
    'more items than any call has': [/too many/, envelope({ ...call, x: Array.from({ length: 25_000 }, () => 0) })],
    'a key that is text': [/sender_pubkey/, envelope(call, { sender_pubkey: 'x' })],
    'a key of 5 kB': [/sender_pubkey/, envelope(call, { sender_pubkey: new Uint8Array(5_000) })],
    'a signature of 100 kB': [/sender_sig/, envelope(call, { sender_sig: new Uint8Array(100_000) })],
    'delegations that are a map': [/sender_delegation/, envelope(call, { sender_delegation: {} })],
    'a delegation that is bytes': [/sender_delegation/, envelope(call, { sender_delegation: [utf8('x')] })],
    'a delegation without a map': [/delegation/, envelope(call, { sender_delegation: [{ signature: utf8('') }] })],
    'a delegation without a key': [
      /`pubkey`/,
      envelope(call, { sender_delegation: [{ delegation: { expiration: 1 }, signature: utf8('') }] }),
    ],
    'a delegation without a signature': [/`signature`/, envelope(call, { sender_delegation: [{ delegation: delegation.delegation }] })],
    'a delegation with a field that nobody knows': [
      /`senders` that is not known/,
      envelope(call, { sender_delegation: link({ senders: [] }) }),
    ],
    'targets that are text': [/target/, envelope(call, { sender_delegation: link({ targets: ['x'] }) })],
    'targets that are bytes': [/targets/, envelope(call, { sender_delegation: link({ targets: utf8('x') }) })],
    'permissions that are a number': [/permissions/, envelope(call, { sender_delegation: link({ permissions: 1 }) })],
    'bytes after the message': [/follow/, Uint8Array.from([...envelope(call), 0])],
    'more bytes than any request has': [/4194304/, new Uint8Array(5_000_000)],
  };
  for (const [name, [pattern, bytes, kind = 'call']] of Object.entries(cases)) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => decodeEnvelope(bytes, kind),
        (error: Error) => isIcError(error) && (assert.match(error.message, pattern), true),
      );
    });
  }
});

describe('envelopes of @icp-sdk/core', () => {
  /** What an agent sends to an endpoint that answers nothing useful. */
  async function sent(identity: Ed25519KeyIdentity | DelegationIdentity, use: (agent: HttpAgent) => Promise<unknown>): Promise<Uint8Array> {
    let body: Uint8Array | undefined;
    const agent = HttpAgent.createSync({
      identity,
      host: 'http://127.0.0.1:1',
      retryTimes: 0,
      verifyQuerySignatures: false,
      fetch: async (_url, init) => {
        body ??= new Uint8Array(init?.body as ArrayBuffer);
        return new Response('no', { status: 400 });
      },
    });
    await use(agent).catch(() => undefined);
    return body ?? assert.fail('the agent sent nothing');
  }

  const canisterId = Principal.fromText('rrkah-fqaaa-aaaaa-aaaaq-cai');
  const identity = Ed25519KeyIdentity.generate(new Uint8Array(32).fill(1));

  it('are read: call, query and read_state', async () => {
    const arg = utf8('DIDL\0\0');
    const callBody = await sent(identity, (agent) => agent.call(canisterId, { methodName: 'm', arg, effectiveCanisterId: canisterId }));
    const decoded = decodeEnvelope(callBody, 'call');
    assert.equal(principalToText(decoded.content.sender), identity.getPrincipal().toText());
    assert.equal(principalToText(decoded.content.canisterId), canisterId.toText());
    const oracle = Cbor.decode<{ content: Record<string, unknown> }>(callBody);
    assert.deepEqual([...decoded.contentMap.keys()].sort(), Object.keys(oracle.content).sort());
    const queryBody = await sent(identity, (agent) => agent.query(canisterId, { methodName: 'm', arg }));
    assert.equal(decodeEnvelope(queryBody, 'query').content.methodName, 'm');
    const readBody = await sent(identity, (agent) => agent.readState({ canisterId }, { paths: [[utf8('time')]] }));
    assert.deepEqual(decodeEnvelope(readBody, 'read_state').content.paths, [[utf8('time')]]);
  });

  it('are read with delegations', async () => {
    const session = Ed25519KeyIdentity.generate(new Uint8Array(32).fill(2));
    const chain = await DelegationChain.create(identity, session.getPublicKey(), new Date(1e12), {
      targets: [canisterId],
      permissions: 'queries',
    });
    const delegated = DelegationIdentity.fromDelegation(session, chain);
    const body = await sent(delegated, (agent) => agent.query(canisterId, { methodName: 'm', arg: utf8('') }));
    const link = decodeEnvelope(body, 'query').senderDelegation?.[0] ?? assert.fail('there is no delegation');
    assert.deepEqual(
      [link.expiration, link.permissions, link.targets?.map(principalToText)],
      [10n ** 18n, 'queries', [canisterId.toText()]],
    );
  });
});
