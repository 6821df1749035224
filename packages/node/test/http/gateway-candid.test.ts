/** What the gateway says to canisters and understands of them; the published Candid library is the other side. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { IcError, canisterIdOfIndex, err, ok, principalToText } from '@myelin/core/base';
import fc from 'fast-check';
import { decodeHttpResponse as decodeResponse, encodeHttpRequest } from '../../src/http/gateway/http-interface.ts';
import { decodeStrategy, decodeStreamedBody } from '../../src/http/gateway/streaming-token.ts';
import { streamBody } from '../../src/http/gateway/streaming.ts';
import type { AskCanister } from '../../src/http/gateway/streaming.ts';
import { fuzzFor } from './fuzz-time.ts';

const CANISTER = canisterIdOfIndex(7n);
const decodeHttpResponse = (message: Uint8Array) => decodeResponse(message, 'http_request');
const canister = Principal.fromText(principalToText(CANISTER));
const headers = IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text));
const blob = IDL.Vec(IDL.Nat8);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const requestType = IDL.Record({ method: IDL.Text, url: IDL.Text, headers, body: blob, certificate_version: IDL.Opt(IDL.Nat16) });

function responseType(token: IDL.Type): IDL.Type {
  return IDL.Record({
    status_code: IDL.Nat16,
    headers,
    body: blob,
    upgrade: IDL.Opt(IDL.Bool),
    streaming_strategy: IDL.Opt(IDL.Variant({ Callback: IDL.Record({ callback: IDL.Func([token], [], ['query']), token }) })),
  });
}

/** A response whose body goes on. */
function streaming(tokenType: IDL.Type, token: unknown, method = 'more'): Uint8Array {
  const strategy = [{ Callback: { callback: [canister, method], token } }];
  return IDL.encode(
    [responseType(tokenType)],
    [{ status_code: 200, headers: [], body: bytes('a'), upgrade: [], streaming_strategy: strategy }],
  );
}

const tokens: readonly [name: string, type: IDL.Type, value: unknown][] = [
  ['nat', IDL.Nat, 5n],
  ['text', IDL.Text, 'next'],
  ['blob', blob, new Uint8Array([1, 2, 3])],
  ['record', IDL.Record({ key: IDL.Text, index: IDL.Nat, sha256: IDL.Opt(blob) }), { key: '/a', index: 3n, sha256: [new Uint8Array(32)] }],
  ['tuple', IDL.Tuple(IDL.Nat, IDL.Text), [1n, 'x']],
  ['variant', IDL.Variant({ page: IDL.Nat32, end: IDL.Null }), { page: 7 }],
  ['principal', IDL.Principal, canister],
  ['nested options', IDL.Record({ a: IDL.Opt(IDL.Opt(IDL.Bool)) }), { a: [[true]] }],
];

describe('http_request', () => {
  it('is encoded as canisters expect it', () => {
    const request = { method: 'GET', url: '/a?b', headers: [['host', 'x']] as const, body: new Uint8Array([1, 2]) };
    const [seen] = IDL.decode([requestType], encodeHttpRequest(request, 2));
    assert.deepEqual(seen, { ...request, headers: [['host', 'x']], certificate_version: [2] });
    const [update] = IDL.decode([requestType], encodeHttpRequest(request, undefined));
    assert.deepEqual(update, { ...request, headers: [['host', 'x']], certificate_version: [] });
  });
  it('may be answered with the smallest interface', () => {
    const small = IDL.encode(
      [IDL.Record({ status_code: IDL.Nat16, headers, body: blob })],
      [{ status_code: 404, headers: [['a', 'b']], body: bytes('no') }],
    );
    assert.deepEqual(decodeHttpResponse(small), { statusCode: 404, headers: [['a', 'b']], body: bytes('no'), upgrade: false });
  });
  it('may ask to be made again as an update', () => {
    const upgrade = IDL.encode(
      [responseType(IDL.Nat)],
      [{ status_code: 200, headers: [], body: [], upgrade: [true], streaming_strategy: [] }],
    );
    assert.equal(decodeHttpResponse(upgrade).upgrade, true);
    assert.equal(decodeResponse(upgrade, 'http_request_update').upgrade, false, 'an update is not made again');
  });
  it('answered with something else is an error', () => {
    for (const wrong of [
      IDL.encode([], []),
      IDL.encode([IDL.Text], ['x']),
      IDL.encode([IDL.Record({ body: blob })], [{ body: [] }]),
      bytes('x'),
      new Uint8Array(0),
    ]) {
      assert.throws(() => decodeHttpResponse(wrong), IcError);
    }
  });
});

describe('streaming strategies', () => {
  for (const [name, type, value] of tokens) {
    it(`hand back a token of type ${name} as it came`, () => {
      const { streaming: strategy } = decodeHttpResponse(streaming(type, value));
      assert.ok(strategy !== undefined);
      assert.equal(strategy.canisterId, CANISTER);
      assert.equal(strategy.methodName, 'more');
      assert.deepEqual(IDL.decode([type], strategy.arg), [value]);
      const piece = decodeStreamedBody(
        IDL.encode([IDL.Record({ body: blob, token: IDL.Opt(type) })], [{ body: bytes('b'), token: [value] }]),
      );
      assert.deepEqual(piece.body, bytes('b'));
      assert.deepEqual(IDL.decode([type], piece.arg!), [value]);
    });
  }
  it('hand back a recursive token', () => {
    const list = IDL.Rec();
    list.fill(IDL.Opt(IDL.Record({ head: IDL.Nat, tail: list })));
    const value = [{ head: 1n, tail: [{ head: 2n, tail: [] }] }];
    const { streaming: strategy } = decodeHttpResponse(streaming(IDL.Record({ list }), { list: value }));
    assert.deepEqual(IDL.decode([IDL.Record({ list })], strategy!.arg), [{ list: value }]);
  });
  it('end without a token, in any form', () => {
    const record = IDL.Record({ body: blob, token: IDL.Opt(IDL.Nat) });
    assert.equal(decodeStreamedBody(IDL.encode([record], [{ body: [], token: [] }])).arg, undefined);
    assert.equal(decodeStreamedBody(IDL.encode([IDL.Record({ body: blob })], [{ body: [] }])).arg, undefined);
    assert.equal(decodeStreamedBody(IDL.encode([IDL.Record({ body: blob, token: IDL.Null })], [{ body: [], token: null }])).arg, undefined);
    assert.deepEqual(decodeStreamedBody(IDL.encode([IDL.Opt(record)], [[{ body: bytes('c'), token: [] }]])).body, bytes('c'));
  });
  it('of another form are an error', () => {
    const other = (type: IDL.Type, value: unknown): Uint8Array =>
      IDL.encode(
        [IDL.Record({ status_code: IDL.Nat16, headers, body: blob, streaming_strategy: IDL.Opt(type) })],
        [{ status_code: 200, headers: [], body: [], streaming_strategy: [value] }],
      );
    assert.throws(() => decodeHttpResponse(other(IDL.Nat, 1n)), IcError);
    assert.throws(() => decodeHttpResponse(other(IDL.Variant({ Other: IDL.Null }), { Other: null })), IcError);
    assert.throws(
      () => decodeHttpResponse(other(IDL.Variant({ Callback: IDL.Record({ token: IDL.Nat }) }), { Callback: { token: 1n } })),
      IcError,
    );
    const noFunction = IDL.Variant({ Callback: IDL.Record({ token: IDL.Nat, callback: IDL.Text }) });
    assert.throws(() => decodeHttpResponse(other(noFunction, { Callback: { token: 1n, callback: 'x' } })), IcError);
    assert.throws(() => decodeStreamedBody(IDL.encode([IDL.Record({ body: IDL.Text })], [{ body: 'x' }])), IcError);
    assert.throws(() => decodeStreamedBody(IDL.encode([], [])), IcError);
  });
});

describe('streamed bodies', () => {
  const strategy = decodeStrategy(streaming(IDL.Nat, 1n));
  const piece = IDL.Record({ body: blob, token: IDL.Opt(IDL.Nat) });
  const limits = { streamedBodiesMax: 10, streamedBytesMax: 1_000 };

  /** A canister with `count` pieces of `size` bytes. */
  const canisterWith =
    (count: bigint, size: number, asked: string[] = []): AskCanister =>
    (methodName, arg) => {
      const [index] = IDL.decode([IDL.Nat], arg) as unknown as [bigint];
      asked.push(`${methodName} ${index}`);
      return Promise.resolve(
        ok({ status: 'replied', arg: IDL.encode([piece], [{ body: new Uint8Array(size), token: index < count ? [index + 1n] : [] }]) }),
      );
    };
  const lengths = async (ask: AskCanister, first = bytes('first')): Promise<number[]> => {
    const seen: number[] = [];
    for await (const part of streamBody(first, strategy, limits, ask)) seen.push(part.length);
    return seen;
  };

  it('come piece by piece until there is no token', async () => {
    const asked: string[] = [];
    assert.deepEqual(await lengths(canisterWith(3n, 4, asked)), [5, 4, 4, 4]);
    assert.deepEqual(asked, ['more 1', 'more 2', 'more 3']);
  });
  it('are asked for only as they are read', async () => {
    const asked: string[] = [];
    const stream = streamBody(bytes('x'), strategy, limits, canisterWith(9n, 1, asked));
    await stream.next();
    await stream.next();
    await stream.return();
    assert.deepEqual(asked, ['more 1']);
  });
  it('end when there are too many pieces or bytes', async () => {
    await assert.rejects(lengths(canisterWith(11n, 1)), /more than 10 pieces/);
    await assert.rejects(lengths(canisterWith(5n, 400)), /more than 1000 bytes/);
    await assert.rejects(lengths(canisterWith(100n, 0)), /more than 10 pieces/);
  });
  it('end when the canister fails', async () => {
    await assert.rejects(
      lengths(() => Promise.resolve(ok({ status: 'rejected', rejectCode: 5, rejectMessage: 'trapped', errorCode: '' }))),
      /trapped/,
    );
    await assert.rejects(
      lengths(() => Promise.resolve(ok({ status: 'replied', arg: bytes('x') }))),
      IcError,
    );
    await assert.rejects(
      lengths(() => Promise.resolve(err({ status: 502, title: 'gone', advice: '' }))),
      /gone/,
    );
  });
  it('wait for an overloaded node', async () => {
    let calls = 0;
    const answer = canisterWith(1n, 4);
    const busy: AskCanister = (name, arg) =>
      ++calls < 3 ? Promise.resolve(err({ status: 503, title: 'later', advice: '' })) : answer(name, arg);
    assert.deepEqual(await lengths(busy), [5, 4]);
  });
});

describe('responses from strange canisters', () => {
  const whole = streaming(IDL.Record({ key: IDL.Text, index: IDL.Nat }), { key: '/a', index: 3n });
  it('are understood or refused', () =>
    fuzzFor(
      0.2,
      fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 4 }), fc.nat(whole.length), (edits, end) => {
        const altered = Uint8Array.from(whole.subarray(0, edits.length % 2 === 0 ? whole.length : end));
        for (const [at, byte] of edits) if (at < altered.length) altered[at] = byte;
        for (const decode of [decodeHttpResponse, decodeStreamedBody]) {
          try {
            decode(altered);
          } catch (error) {
            assert.ok(error instanceof IcError, String(error));
          }
        }
      }),
    ));
});
