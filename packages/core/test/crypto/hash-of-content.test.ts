import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requestIdOf as oracleRequestIdOf } from '@icp-sdk/core/agent';
import fc from 'fast-check';
import { concatBytes, fromHex, nobleHasher, toHex, utf8 } from '../../src/base/index.ts';
import { decodeCbor, encodeCbor } from '../../src/codec/index.ts';
import type { CborMap } from '../../src/codec/index.ts';
import { hashOfContent, requestIdOf } from '../../src/crypto/index.ts';
import type { HashableRecord } from '../../src/crypto/index.ts';
import { hasCode } from '../support/has-code.ts';

const { sha256 } = nobleHasher;
const hex = (content: HashableRecord) => toHex(hashOfContent(content, nobleHasher));

/** The example of the interface specification, "Request ids". */
const EXAMPLE = {
  request_type: 'call',
  sender: Uint8Array.of(4),
  ingress_expiry: 1_685_570_400_000_000_000n,
  canister_id: fromHex('00000000000004d2'),
  method_name: 'hello',
  arg: fromHex('4449444c00fd2a'),
};
const EXAMPLE_ID = '1d1091364d6bb8a6c16b203ee75467d59ead468f523eb058880ae8ec80e2b101';

describe('representation-independent hash', () => {
  it('gives the request id of the specification', () => {
    assert.equal(toHex(requestIdOf(EXAMPLE, nobleHasher)), EXAMPLE_ID);
    assert.equal(hex({ ...EXAMPLE, nonce: undefined }), EXAMPLE_ID);
  });

  it('does not depend on the encoding or its order', () => {
    const reversed = Object.fromEntries(Object.entries(EXAMPLE).reverse());
    assert.equal(toHex(requestIdOf(decodeCbor(encodeCbor(reversed)) as CborMap, nobleHasher)), EXAMPLE_ID);
  });

  it('counts null and undefined in a decoded map as absent', () => {
    const map = decodeCbor(encodeCbor({ ...EXAMPLE, nonce: null, sender_info: null })) as CborMap;
    assert.equal(toHex(requestIdOf(map, nobleHasher)), EXAMPLE_ID);
  });

  it('hashes nested maps as the specification spells it out', () => {
    const inner = sha256(concatBytes(sha256(utf8('arg')), sha256(utf8('DIDL\x00\x00'))));
    assert.equal(hex({ reply: { arg: utf8('DIDL\x00\x00') } }), toHex(sha256(concatBytes(sha256(utf8('reply')), inner))));
  });

  it('hashes numbers in the shortest LEB128', () => {
    const of = (value: Uint8Array) => toHex(sha256(concatBytes(sha256(utf8('n')), sha256(value))));
    assert.equal(hex({ n: 0 }), of(Uint8Array.of(0)));
    assert.equal(hex({ n: 624_485n }), of(Uint8Array.of(0xe5, 0x8e, 0x26)));
    assert.equal(hex({ n: -123_456 }), of(Uint8Array.of(0xc0, 0xbb, 0x78)));
  });

  it('hashes arrays as the concatenation of their elements’ hashes', () => {
    const pair = sha256(concatBytes(sha256(Uint8Array.of(1)), sha256(Uint8Array.of(2))));
    assert.equal(hex({ paths: [Uint8Array.of(1), Uint8Array.of(2)] }), toHex(sha256(concatBytes(sha256(utf8('paths')), pair))));
  });

  it('hashes lists and maps of any length', () => {
    const list = Array.from({ length: 150_000 }, () => 1);
    const map = new Map(list.slice(0, 70_000).map((_, index) => [`field ${index}`, 1] as const));
    assert.equal(hashOfContent({ list, map }, nobleHasher).length, 32);
  });

  it('refuses what has no hash', () => {
    const maps: unknown[] = [{ a: 1.5 }, { a: true }, { a: new Date(0) }, new Map([[1, 'x']]), new Map([['a', [null]]])];
    for (const map of maps) assert.throws(() => hashOfContent(map as HashableRecord, nobleHasher), hasCode('CONTENT_NOT_HASHABLE'));
  });

  it('agrees with @icp-sdk/core', () => {
    const value = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.uint8Array(),
        fc.string(),
        fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
        fc.nat(),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(fc.string(), tie('value'), { maxKeys: 3, noNullPrototype: true }),
      ),
    })).value;
    fc.assert(
      fc.property(fc.dictionary(fc.string(), value, { noNullPrototype: true }), (content) => {
        assert.equal(hex(content as HashableRecord), toHex(oracleRequestIdOf(content)));
      }),
    );
  });
});
