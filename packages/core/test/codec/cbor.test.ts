import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decode as cborgDecode, encode as cborgEncode } from 'cborg';
import { Cbor as AgentCbor } from '@icp-sdk/core/agent';
import fc from 'fast-check';
import { fromHex, toHex, utf8 } from '@myelin/core/base';
import { CborFloat, DEFAULT_CBOR_LIMITS, decodeCbor, encodeCbor, encodeSelfDescribedCbor } from '@myelin/core/codec';
import type { CborValue } from '@myelin/core/codec';

const hasCode = (code: string) => (error: unknown) => (error as { detail?: { code?: string } }).detail?.code === code;
const refuses = (hex: string, code: string) => assert.throws(() => decodeCbor(fromHex(hex)), hasCode(code), hex);

/** RFC 8949, appendix A, as far as the profile goes. */
const EXAMPLES: readonly (readonly [hex: string, value: CborValue])[] = [
  ['00', 0],
  ['01', 1],
  ['0a', 10],
  ['17', 23],
  ['1818', 24],
  ['1819', 25],
  ['1864', 100],
  ['1903e8', 1000],
  ['1a000f4240', 1000000],
  ['1b000000e8d4a51000', 1000000000000],
  ['1bffffffffffffffff', 18446744073709551615n],
  ['3bffffffffffffffff', -18446744073709551616n],
  ['20', -1],
  ['29', -10],
  ['3863', -100],
  ['3903e7', -1000],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['40', new Uint8Array()],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['60', ''],
  ['6161', 'a'],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', 'ü'],
  ['63e6b0b4', '水'],
  ['64f0908591', '\u{10151}'],
  ['80', []],
  ['83010203', [1, 2, 3]],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['98190102030405060708090a0b0c0d0e0f101112131415161718181819', Array.from({ length: 25 }, (_, index) => index + 1)],
  ['a0', new Map()],
  [
    'a201020304',
    new Map([
      [1, 2],
      [3, 4],
    ]),
  ],
  [
    'a26161016162820203',
    new Map<string, CborValue>([
      ['a', 1],
      ['b', [2, 3]],
    ]),
  ],
  ['826161a161626163', ['a', new Map([['b', 'c']])]],
  ['fb3ff199999999999a', new CborFloat(1.1)],
  ['fb7e37e43c8800759c', new CborFloat(1.0e300)],
  ['fbc010666666666666', new CborFloat(-4.1)],
];

/** Forms that we read but do not write. */
const ALTERNATIVES: readonly (readonly [hex: string, value: CborValue])[] = [
  ['5f42010243030405ff', Uint8Array.of(1, 2, 3, 4, 5)],
  ['7f657374726561646d696e67ff', 'streaming'],
  ['9fff', []],
  ['9f018202039f0405ffff', [1, [2, 3], [4, 5]]],
  ['83018202039f0405ff', [1, [2, 3], [4, 5]]],
  ['9f01820203820405ff', [1, [2, 3], [4, 5]]],
  [
    'bf61610161629f0203ffff',
    new Map<string, CborValue>([
      ['a', 1],
      ['b', [2, 3]],
    ]),
  ],
  ['826161bf61626163ff', ['a', new Map([['b', 'c']])]],
  ['5fff', new Uint8Array()],
  ['7fff', ''],
  ['bfff', new Map()],
  ['1800', 0],
  ['1b0000000000000001', 1],
  ['1b001fffffffffffff', Number.MAX_SAFE_INTEGER],
  ['1b0020000000000000', 2n ** 53n],
  ['3b001ffffffffffffe', -Number.MAX_SAFE_INTEGER],
  ['3b001fffffffffffff', -(2n ** 53n)],
  ['5800', new Uint8Array()],
  ['7b0000000000000001' + '61', 'a'],
  ['f90000', new CborFloat(0)],
  ['f98000', new CborFloat(-0)],
  ['f93c00', new CborFloat(1)],
  ['f93e00', new CborFloat(1.5)],
  ['f97bff', new CborFloat(65504)],
  ['f90001', new CborFloat(5.960464477539063e-8)],
  ['f90400', new CborFloat(0.00006103515625)],
  ['f9c400', new CborFloat(-4)],
  ['f97c00', new CborFloat(Infinity)],
  ['f97e00', new CborFloat(NaN)],
  ['f9fc00', new CborFloat(-Infinity)],
  ['fa47c35000', new CborFloat(100000)],
  ['fa7f7fffff', new CborFloat(3.4028234663852886e38)],
  ['f7', null],
  ['81f7', [null]],
  ['a26161f7616201', new Map([['b', 1]])],
  ['d9d9f700', 0],
  ['d9d9f7a0', new Map()],
];

describe('CBOR: examples of RFC 8949', () => {
  for (const [hex, value] of EXAMPLES) {
    it(hex, () => {
      assert.deepStrictEqual(decodeCbor(fromHex(hex)), value);
      assert.equal(toHex(encodeCbor(value)), hex);
    });
  }
  for (const [hex, value] of ALTERNATIVES) it(`${hex}, read only`, () => assert.deepStrictEqual(decodeCbor(fromHex(hex)), value));
});

describe('CBOR: refusals', () => {
  it('refuses an end inside an item, wherever it is', () => {
    for (const [hex] of [...EXAMPLES, ...ALTERNATIVES]) {
      for (let end = 0; end < hex.length; end += 2) {
        // A self-described message cut inside its tag is a tag; all else is cut short.
        assert.throws(
          () => decodeCbor(fromHex(hex.slice(0, end))),
          hasCode(hex.startsWith('d9') && end < 6 && end > 0 ? 'CBOR_UNSUPPORTED' : 'CBOR_TRUNCATED'),
          `${hex} to ${end}`,
        );
      }
    }
  });
  it('refuses bytes behind the message', () => {
    for (const [hex] of [...EXAMPLES, ...ALTERNATIVES]) refuses(`${hex}00`, 'CBOR_TRAILING_BYTES');
  });
  it('refuses what is not well-formed', () => {
    for (const hex of [
      '1c',
      '1d',
      '1e',
      '3c',
      '5c',
      '7c',
      '9c',
      'bc',
      'fc',
      'fd',
      'fe',
      '1f',
      '3f',
      'ff',
      '81ff',
      'a1ff00',
      'bf6161ff',
      '5f4100',
      '5f6161ff',
      '7f4100ff',
      '5f5f4100ffff',
    ]) {
      assert.throws(
        () => decodeCbor(fromHex(hex)),
        (error) => hasCode('CBOR_MALFORMED')(error) || (['5f4100', '9c', 'bc'].includes(hex) && hasCode('CBOR_TRUNCATED')(error)),
        hex,
      );
    }
  });
  it('refuses text that is not UTF-8', () => {
    for (const hex of ['61ff', '62c328', '62c0af', '63eda080', '7f61c361bcff', `7819${'61'.repeat(24)}80`]) refuses(hex, 'CBOR_MALFORMED');
  });
  it('refuses tags, other simple values and other keys', () => {
    for (const hex of [
      'c001',
      'd9d9f7d9d9f700',
      '81d9d9f700',
      'c249010000000000000000',
      'e0',
      'f0',
      'f3',
      'f818',
      'f8ff',
      'a1f500',
      'a18000',
      'a1a000',
      'a1f600',
      'a1f93c0000',
    ])
      refuses(hex, 'CBOR_UNSUPPORTED');
  });
  it('refuses a key that occurs twice', () => {
    for (const hex of [
      'a2616101616102',
      'a201020102',
      'a20102180103',
      'a2410102410103',
      'bf616101616102ff',
      'a26161f7616101',
      'a2616101 6161f7'.replace(' ', ''),
      'a36161014101026161f7',
      'a21bffffffffffffffff001bffffffffffffffff01',
    ]) {
      refuses(hex, 'CBOR_DUPLICATE_KEY');
    }
  });
  it('tells keys of different types apart', () => {
    const decoded = decodeCbor(fromHex('a46131010102413103206131'.replace('206131', '2004'))) as ReadonlyMap<unknown, unknown>;
    assert.equal(decoded.size, 4);
    assert.deepEqual([...decoded.values()], [1, 2, 3, 4]);
  });
  it('keeps a key named __proto__ harmless', () => {
    const decoded = decodeCbor(
      cborgEncode(
        new Map([
          ['__proto__', 1],
          ['constructor', 2],
        ]),
      ),
    ) as ReadonlyMap<string, unknown>;
    assert.equal(decoded.get('__proto__'), 1);
    assert.equal(decoded.get('constructor'), 2);
  });
});

describe('CBOR: bounds', () => {
  const within = (milliseconds: number, run: () => void) => {
    const start = performance.now();
    run();
    assert.ok(performance.now() - start < milliseconds, `took ${performance.now() - start} ms`);
  };
  it('refuses lengths beyond the input before allocating', () => {
    for (const hex of [
      '5b0000000100000000',
      '7b7fffffffffffffff',
      '9bffffffffffffffff',
      '9a7fffffff00',
      'bb000fffffffffffff',
      'ba00000002616100',
      '9b001fffffffffffff',
    ]) {
      within(500, () => refuses(hex, 'CBOR_TRUNCATED'));
    }
  });
  it('bounds the depth', () => {
    const nested = (depth: number, head: string, end: string) => fromHex(head.repeat(depth) + end);
    assert.doesNotThrow(() => decodeCbor(nested(DEFAULT_CBOR_LIMITS.depthMax, '81', '00')));
    assert.throws(() => decodeCbor(nested(DEFAULT_CBOR_LIMITS.depthMax + 1, '81', '00')), hasCode('CBOR_LIMIT_EXCEEDED'));
    for (const head of ['81', '9f', 'a100', 'bf00']) {
      within(500, () => assert.throws(() => decodeCbor(nested(1_000_000, head, '')), hasCode('CBOR_LIMIT_EXCEEDED')));
    }
    // Siblings do not add up.
    assert.doesNotThrow(() => decodeCbor(fromHex('83' + '818100'.repeat(3)), { ...DEFAULT_CBOR_LIMITS, depthMax: 3 }));
  });
  it('bounds items and bytes', () => {
    const limits = { bytesMax: 10, depthMax: 4, itemsMax: 4 };
    assert.doesNotThrow(() => decodeCbor(fromHex('83000000'), limits));
    assert.throws(() => decodeCbor(fromHex('8400000000'), limits), hasCode('CBOR_LIMIT_EXCEEDED'));
    assert.throws(() => decodeCbor(fromHex('5f404040404040ff'), limits), hasCode('CBOR_LIMIT_EXCEEDED'));
    assert.throws(() => decodeCbor(new Uint8Array(11), limits), hasCode('CBOR_LIMIT_EXCEEDED'));
    within(2000, () =>
      assert.throws(() => decodeCbor(new Uint8Array(8 * 1024 * 1024).fill(0x80).fill(0x9f, 0, 1)), hasCode('CBOR_LIMIT_EXCEEDED')),
    );
  });
  it('never fails in another way, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeCbor(bytes);
        } catch (error) {
          assert.match((error as { detail: { code: string } }).detail.code, /^CBOR_/);
        }
      }),
      { numRuns: 5000 },
    );
  });
});

const leaf = fc.oneof(
  fc.maxSafeInteger(),
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -(2n ** 64n), max: -(2n ** 53n) }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('content', 'sender', 'request_type', 'arg', 'args', 'contenu'),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.from(bytes)),
  fc.boolean(),
  fc.constant(null),
  fc.double().map((value) => new CborFloat(value)),
);
const { value: valueArbitrary } = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(fc.string({ maxLength: 30 }), fc.maxSafeInteger()), tie('value')), {
        selector: ([key]) => `${typeof key}${key}`,
        maxLength: 6,
      })
      .map((entries) => new Map(entries)),
  ),
}));

describe('CBOR: laws', () => {
  it('decodes what it encodes', () => {
    fc.assert(
      fc.property(valueArbitrary, (value) => {
        assert.deepStrictEqual(decodeCbor(encodeCbor(value)), value);
        assert.deepStrictEqual(decodeCbor(encodeSelfDescribedCbor(value)), value);
      }),
      { numRuns: 500 },
    );
  });
  const plain = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.maxSafeInteger(),
      fc.string({ unit: 'binary', maxLength: 60 }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from(bytes)),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('value'), { maxLength: 30 }),
      fc.dictionary(fc.string({ minLength: 1, maxLength: 30 }), tie('value'), { noNullPrototype: true }),
    ),
  })).value;
  it('writes what cborg reads, and reads what cborg writes', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const ours = encodeCbor(value as CborValue);
        assert.deepStrictEqual(cborgDecode(ours, { useMaps: true }), decodeCbor(ours));
        const theirs = cborgEncode(value);
        assert.deepStrictEqual(decodeCbor(theirs), cborgDecode(theirs, { useMaps: true }));
      }),
      { numRuns: 300 },
    );
  });
  it('writes what the agent reads, and reads what the agent writes', () => {
    const field = fc.oneof(
      fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from(bytes)),
      fc.string({ maxLength: 60 }),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.stringMatching(/^[a-z][a-z_]{0,19}$/),
          fc.oneof(field, fc.array(fc.array(field.filter((value) => value !== undefined)))),
        ),
        (message) => {
          const decoded = decodeCbor(AgentCbor.encode(message) as Uint8Array) as ReadonlyMap<string, CborValue>;
          const ours = encodeSelfDescribedCbor(message as never);
          assert.deepStrictEqual(decodeCbor(ours), decoded);
          const readBack = AgentCbor.decode(ours) as Record<string, unknown>;
          assert.deepEqual(
            Object.keys(readBack).sort(),
            Object.keys(message)
              .filter((key) => message[key] !== undefined)
              .sort(),
          );
        },
      ),
      { numRuns: 300 },
    );
  });
  it('gives byte strings as views of the message, of the plain class', () => {
    const message = Buffer.concat([fromHex('82'), encodeCbor(utf8('hello')), fromHex('5f4101ff')]);
    const [view, joined] = decodeCbor(message) as [Uint8Array, Uint8Array];
    assert.equal(view.buffer, message.buffer);
    assert.equal(view.constructor, Uint8Array);
    assert.equal(toHex(view), toHex(utf8('hello')));
    assert.equal(toHex(joined), '01');
  });
  it('survives values whose properties encode', () => {
    const value = {
      a: 'x'.repeat(100),
      get b() {
        return encodeCbor('y'.repeat(50));
      },
      c: 'z',
    };
    const decoded = decodeCbor(encodeCbor(value)) as ReadonlyMap<string, unknown>;
    assert.deepEqual([...decoded.values()], [value.a, value.b, 'z']);
  });
  it('reads one fixed pattern for every NaN', () => {
    assert.equal(toHex(encodeCbor(decodeCbor(fromHex('fb7ff8000000000123')))), 'fb7ff8000000000000');
  });
  it('asserts on values outside the profile', () => {
    for (const value of [1.5, 2 ** 53, NaN, 2n ** 64n, -(2n ** 64n) - 1n, '\ud800'])
      assert.throws(() => encodeCbor(value), { name: 'AssertionFault' });
  });
});
