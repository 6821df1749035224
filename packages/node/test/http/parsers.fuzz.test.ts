/** Strangers' input to everything that reads requests before the replica does: each gets a refusal that says why, at little cost. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { IcError, canisterIdOfIndex, principalToBytes, principalToText } from '@myelin/core/base';
import type { PrincipalId, Result } from '@myelin/core/base';
import { encodeCbor, encodeSelfDescribedCbor } from '@myelin/core/codec';
import type { CborInput } from '@myelin/core/codec';
import { nobleBlsVerifier } from '@myelin/core/crypto';
import { createNodeVerifier, nodeHasher } from '../../src/crypto/index.ts';
import { createEnvelopeChecker } from '../../src/http/envelope-check.ts';
import type { HttpFailure } from '../../src/http/failure.ts';
import { readCertifiedAnswer } from '../../src/http/gateway/certified-reply.ts';
import { requestHeaders, responseHeaders } from '../../src/http/gateway/headers.ts';
import { principalFieldOf } from '../../src/http/management-argument.ts';
import { parseTarget, resolveCanister, routeApi } from '../../src/http/routing.ts';
import { fuzzFor } from './fuzz-time.ts';

const CANISTER = canisterIdOfIndex(7n);
const SCOPE = { kind: 'canister', id: CANISTER } as const;
const NOW = 1_746_144_000_000_000_000n;

const checker = createEnvelopeChecker(
  { subnetId: `${'ab'.repeat(28)}02` as PrincipalId, hostsCanisterId: () => true, rootKeyDer: new Uint8Array(133), wallTimeNs: () => NOW },
  { hasher: nodeHasher, verifier: createNodeVerifier(), bls: nobleBlsVerifier },
);

/** Longest time that one request of at most 64 KiB may take. Generous: other work shares the machine. */
const SLOW_MS = 500;

function checkAll(body: Uint8Array): Result<unknown, HttpFailure>[] {
  const start = performance.now();
  const results = [checker.checkCall(SCOPE, body), checker.checkQuery(SCOPE, body), checker.checkReadState(SCOPE, body)];
  assert.ok(performance.now() - start < SLOW_MS, 'a request is judged quickly');
  for (const result of results) {
    if (result.ok) continue;
    assert.equal(result.error.status, 400);
    assert.ok(result.error.message.length > 10 && result.error.message.length < 1_000, 'a refusal says why, in short');
  }
  return results;
}

const content = {
  request_type: 'call',
  canister_id: principalToBytes(CANISTER),
  method_name: 'greet',
  arg: new Uint8Array([68, 73, 68, 76, 0, 0]),
  sender: new Uint8Array([4]),
  ingress_expiry: NOW + 1_000_000_000n,
  nonce: new Uint8Array(8),
};
const envelopes: readonly Uint8Array[] = [
  encodeSelfDescribedCbor({ content }),
  encodeSelfDescribedCbor({ content: { ...content, request_type: 'query' } }),
  encodeSelfDescribedCbor({
    content: { request_type: 'read_state', paths: [[new Uint8Array([1])], []], sender: new Uint8Array([4]), ingress_expiry: NOW },
    sender_pubkey: new Uint8Array(44),
    sender_sig: new Uint8Array(64),
    sender_delegation: [
      { delegation: { pubkey: new Uint8Array(44), expiration: NOW, targets: [new Uint8Array(10)] }, signature: new Uint8Array(64) },
    ],
  }),
];

const anything: fc.Arbitrary<CborInput> = fc.letrec<{ value: CborInput }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'cbor' },
    fc.constantFrom<CborInput>(null, true, 0, -1, NOW, (1n << 64n) - 1n, -(1n << 64n), '', new Uint8Array(0)),
    fc.uint8Array({ maxLength: 70 }),
    fc.string({ maxLength: 30 }).map((text) => text.toWellFormed()),
    fc.array(tie('value'), { maxLength: 5 }),
    fc.dictionary(fc.constantFrom(...Object.keys(content), 'delegation', 'pubkey', 'targets', 'info', 'signer', 'sig', 'x'), tie('value'), {
      maxKeys: 6,
    }),
  ),
})).value;

const fieldNames = [...Object.keys(content), 'paths', 'sender_info', 'x'];

describe('envelopes from strangers', () => {
  it('none of these is accepted but the untouched ones', () => {
    const [call, query, read] = envelopes.map(checkAll);
    assert.deepEqual(
      call!.map((result) => result.ok),
      [true, false, false],
    );
    assert.deepEqual(
      query!.map((result) => result.ok),
      [false, true, false],
    );
    assert.deepEqual(
      read!.map((result) => result.ok),
      [false, false, false],
    );
  });

  it('random bytes', () =>
    fuzzFor(
      0.15,
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        for (const result of checkAll(bytes)) assert.ok(!result.ok);
      }),
    ));

  it('truncated, extended and altered envelopes', () =>
    fuzzFor(
      0.15,
      fc.property(
        fc.constantFrom(...envelopes),
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
        fc.uint8Array({ maxLength: 3 }),
        (whole, cut, edits, tail) => {
          const bytes = new Uint8Array([...whole.subarray(0, cut % 2 === 0 ? whole.length : cut % whole.length), ...tail]);
          for (const [at, byte] of edits) if (bytes.length > 0) bytes[at % bytes.length] = byte;
          checkAll(bytes);
        },
      ),
    ));

  it('fields of other types, and fields that are missing', () =>
    fuzzFor(
      0.2,
      fc.property(
        fc.constantFrom('call', 'query', 'read_state'),
        fc.constantFrom(...fieldNames),
        anything,
        anything,
        fc.boolean(),
        (kind, field, value, outer, remove) => {
          const changed: Record<string, CborInput | undefined> = {
            ...content,
            request_type: kind,
            paths: [],
            [field]: remove ? undefined : value,
          };
          checkAll(encodeSelfDescribedCbor({ content: changed }));
          checkAll(encodeSelfDescribedCbor({ content: changed, sender_delegation: outer, sender_sig: value, sender_pubkey: outer }));
          checkAll(encodeCbor(outer));
        },
      ),
    ));

  it('lengths that promise more than there is, and nesting without end', () => {
    const heads = [0x5b, 0x7b, 0x9b, 0xbb].map((major) => new Uint8Array([0xd9, 0xd9, 0xf7, major, 0, 0, 0, 0x10, 0, 0, 0, 0]));
    const huge = [0x5b, 0x7b, 0x9b, 0xbb].map((major) => new Uint8Array([major, 255, 255, 255, 255, 255, 255, 255, 255]));
    const nested = [0x81, 0x9f, 0xa1, 0xbf, 0xd9].map((byte) => new Uint8Array(60_000).fill(byte));
    const many = new Uint8Array(60_000).fill(0x80);
    many.set([0x99, 0xea, 0x5d]);
    for (const bytes of [...heads, ...huge, ...nested, many, new Uint8Array(0)])
      for (const result of checkAll(bytes)) assert.ok(!result.ok);
  });

  it('many values in a small request cost little', () => {
    const blob = new Uint8Array(4);
    const sender = new Uint8Array(29).fill(1);
    const link = {
      delegation: { pubkey: new Uint8Array(44), expiration: NOW, targets: Array.from({ length: 1_000 }, () => new Uint8Array(10)) },
      signature: new Uint8Array(64),
    };
    const paths = Array.from({ length: 1_000 }, () => Array.from({ length: 127 }, () => blob));
    const nested = Array.from({ length: 150 }, () => Array.from({ length: 1_000 }, () => 0));
    const requests = {
      paths: { content: { request_type: 'read_state', paths, sender: new Uint8Array([4]), ingress_expiry: NOW } },
      more: { content: { request_type: 'read_state', paths: [...paths, [blob]], sender, ingress_expiry: NOW + 1n } },
      unknown: { content: { ...content, request_type: 'query', unknown: nested } },
      delegations: {
        content: { request_type: 'read_state', paths: [], sender, ingress_expiry: NOW + 1n },
        sender_pubkey: new Uint8Array(44),
        sender_sig: new Uint8Array(64),
        sender_delegation: Array.from({ length: 20 }, () => link),
      },
    };
    for (const [name, request] of Object.entries(requests)) {
      const bytes = encodeSelfDescribedCbor(request);
      const refuseIt = (): void => {
        for (const result of [checker.checkQuery(SCOPE, bytes), checker.checkReadState(SCOPE, bytes)]) assert.ok(!result.ok, name);
      };
      const cost = cpuMs(refuseIt) / cpuMs(() => void encodeSelfDescribedCbor(request));
      assert.ok(cost < 40, `${name}: ${cost} times what its encoding costs`);
    }
  });
});

/** Processor time of the fastest of some runs, in milliseconds: that of other processes does not count. */
function cpuMs(run: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  return Math.max(Math.min(...times), 0.1);
}

describe('URLs, hosts and headers from strangers', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'api',
      'v2',
      'v3',
      'v4',
      'canister',
      'subnet',
      'call',
      'query',
      'read_state',
      'status',
      '..',
      '%2e',
      '',
      principalToText(CANISTER),
    ),
    fc.string({ maxLength: 20, unit: 'binary' }),
  );
  const target = fc.array(piece, { maxLength: 8 }).map((pieces) => `/${pieces.join('/')}`);

  it('each URL has an endpoint or a refusal', () =>
    fuzzFor(
      0.1,
      fc.property(fc.constantFrom('GET', 'POST', 'PUT', 'OPTIONS', 'X'), fc.oneof(target, fc.string({ unit: 'binary' })), (method, url) => {
        const parsed = parseTarget(url);
        const route = parsed.ok ? routeApi(method, parsed.value.path) : parsed;
        if (!route.ok) assert.ok([400, 404, 405, 414].includes(route.error.status) && route.error.message.length < 600);
      }),
    ));

  it('each host has a canister or none', () =>
    fuzzFor(
      0.05,
      fc.property(
        fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
        fc.string(),
        fc.option(fc.oneof(fc.webUrl(), fc.string()), { nil: undefined }),
        (host, query, referer) => {
          assert.equal(
            resolveCanister({ host, query, referer }, () => undefined),
            undefined,
          );
        },
      ),
    ));

  it('each header passes or is refused', () =>
    fuzzFor(
      0.05,
      fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }))), (headers) => {
        requestHeaders(headers.flat());
        const passed = responseHeaders(headers, false);
        // oxlint-disable-next-line no-control-regex -- what must never be there
        if (passed.ok) for (const part of passed.value.flat()) assert.doesNotMatch(part, /[\r\n\0]/);
      }),
    ));
});

describe('Candid and certificates from strangers', () => {
  const candid = fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array([68, 73, 68, 76, ...bytes]));
  it('an argument names a canister or none', () =>
    fuzzFor(
      0.1,
      fc.property(candid, (bytes) => {
        const start = performance.now();
        principalFieldOf(bytes, 'canister_id');
        assert.ok(performance.now() - start < SLOW_MS);
      }),
    ));
  it('bytes are a certificate or an error', () =>
    fuzzFor(
      0.05,
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.throws(() => readCertifiedAnswer(bytes, new Uint8Array(32)), IcError);
      }),
    ));
});
