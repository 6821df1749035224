import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import * as c from '@myelin/core/candid';
import { parseFloatLiteral } from '../../src/candid/float-literal.ts';
import { typeOf, typedValue } from './arbitrary-types.ts';

const refuses = (run: () => unknown, message: RegExp, code = 'CANDID_TEXT_INVALID') =>
  assert.throws(run, (error) => {
    assert.equal((error as { detail?: { code?: string } }).detail?.code, code, String(error));
    assert.match((error as Error).message, message);
    return true;
  });
const read = (text: string, ...types: c.TypeNode[]) => c.valuesOfText(types, c.parseArgsText(text));

describe('values as text', () => {
  it('numbers', () => {
    assert.deepEqual(read('(42, -1, +7, 1_000_000, 0xDEAD_BEEF, -0x10)', c.nat, c.int, c.nat8, c.nat64, c.nat32, c.int16), [
      42n,
      -1n,
      7,
      1_000_000n,
      0xdeadbeef,
      -16,
    ]);
    assert.deepEqual(
      read(
        '(1.5, 1., 34e10, 34E+10, 34e-1, -1_000_000.000_001, 2, 0x1.8p1, 0xDEAD.BEEFP-10)',
        ...Array.from({ length: 9 }, () => c.float64),
      ),
      [1.5, 1, 34e10, 34e10, 3.4, -1000000.000001, 2, 3, 55.708906173706054688].map((value, index) =>
        index === 8 ? 0xdeadbeef / 2 ** 26 : value,
      ),
    );
    assert.deepEqual(read('(0.1)', c.float32), [Math.fround(0.1)]);
    assert.deepEqual(read('(inf, -inf, NaN)', c.float64, c.float64, c.float64), [Infinity, -Infinity, NaN]);
    for (const [text, type] of [
      ['256', c.nat8],
      ['-1', c.nat],
      ['1.5', c.int],
      ['128', c.int8],
      ['-129', c.int8],
      ['18446744073709551616', c.nat64],
      ['"1"', c.nat],
    ] as const) {
      refuses(() => read(`(${text})`, type), /is not a/, 'CANDID_VALUE_INVALID');
    }
  });
  it('texts and blobs', () => {
    assert.deepEqual(read(String.raw`("\n\r\t\\\"\'", "\u{2603} ☃ \E2\98\83", "")`, c.text, c.text, c.text), ['\n\r\t\\"\'', '☃ ☃ ☃', '']);
    assert.deepEqual(read(String.raw`(blob "\CA\FF\FEa", vec { 1; 2 }, blob "")`, c.blob, c.blob, c.vec(c.nat)), [
      Uint8Array.of(0xca, 0xff, 0xfe, 0x61),
      Uint8Array.of(1, 2),
      [],
    ]);
    refuses(() => read(String.raw`("\ff")`, c.text), /not UTF-8/);
    for (const bad of ['"', String.raw`"\x"`, String.raw`"\u{d800}"`, String.raw`"\u{110000}"`, String.raw`"\u{}"`])
      refuses(() => c.parseArgsText(bad), /line 1/);
  });
  it('composites', () => {
    const type = c.record({ a: c.opt(c.nat), b: c.vec(c.text), c: c.variant({ x: c.nullType, y: c.tuple(c.nat, c.bool) }) });
    assert.deepEqual(read('(record { a = opt 1; b = vec { "p"; "q" }; c = variant { y = record { 5; true } } })', type), [
      { a: [1n], b: ['p', 'q'], c: { y: [5n, true] } },
    ]);
    assert.deepEqual(read('(record { b = vec {}; c = variant { x } })', type), [{ a: [], b: [], c: { x: null } }]);
    assert.deepEqual(
      read(
        '(record { "b" = vec {}; a = 3; 9_000 = variant { x }; 9_001 = 1 })',
        c.record({ a: c.opt(c.nat), b: c.vec(c.nat), _9000_: c.variant({ x: c.nullType }) }),
      ),
      [{ a: [3n], b: [], _9000_: { x: null } }],
    );
    refuses(() => read('(record { a = 1; a = 2 })', type), /occurs twice/);
    refuses(() => read('(variant { x; y })', c.variant({ x: c.nullType })), /exactly one tag/);
    refuses(
      () => read('(record { c = variant { x } })', type),
      /the field b : blob is missing|the field b : vec text is missing/,
      'CANDID_VALUE_INVALID',
    );
    refuses(
      () => read('(variant { z })', c.variant({ x: c.nullType, y: c.nullType })),
      /there is no tag z; there are: x, y/,
      'CANDID_VALUE_INVALID',
    );
  });
  it('refuses what the types do not have, when asked to be exact', () => {
    const type = c.record({ amount: c.opt(c.nat) });
    assert.deepEqual(read('(record { amuont = 5 })', type), [{ amount: [] }]);
    refuses(
      () => c.valuesOfText([type], c.parseArgsText('(record { amuont = 5 })'), { exact: true }),
      /no field amuont; there are: amount/,
      'CANDID_VALUE_INVALID',
    );
    refuses(() => c.valuesOfText([], c.parseArgsText('(1)'), { exact: true }), /0 values are expected, got 1/, 'CANDID_VALUE_INVALID');
  });
  it('references', () => {
    assert.deepEqual(
      read(
        '(principal "aaaaa-aa", service "w7x7r-cok77-xa", func "w7x7r-cok77-xa".hello, func "aaaaa-aa"."☃", service "aaaaa-aa")',
        c.principal,
        c.service({}),
        c.func([], []),
        c.func([], []),
        c.principal,
      ),
      ['', 'caffee', ['caffee', 'hello'], ['', '☃'], ''],
    );
    refuses(() => read('(principal "aaaaa-ab")', c.principal), /not the text of a principal/);
  });
  it('annotations', () => {
    assert.deepEqual(
      read(
        '(1 : nat8, (2 : nat), opt (3 : nat16), record { x = 1 : nat } : record { x : nat })',
        c.nat8,
        c.int,
        c.opt(c.nat16),
        c.record({ x: c.int }),
      ),
      [1, 2n, [3], { x: 1n }],
    );
    refuses(() => read('(1 : nat8)', c.nat), /a nat8 is not a nat/, 'CANDID_VALUE_INVALID');
    refuses(() => read('(1 : nat8)', c.opt(c.nat)), /is not a opt nat|is not a/, 'CANDID_VALUE_INVALID');
    refuses(() => read('(300 : nat8)', c.nat8), /300 is not a nat8/, 'CANDID_VALUE_INVALID');
    refuses(() => c.parseArgsText('(1 : no_such_type)'), /'no_such_type' is not defined/);
  });
  it('missing values and a single value without parentheses', () => {
    assert.deepEqual(read('()', c.opt(c.nat), c.nullType, c.reserved), [[], null, null]);
    assert.deepEqual(read('"hello"', c.text), ['hello']);
    refuses(() => read('()', c.nat), /1 values are expected, got 0/, 'CANDID_VALUE_INVALID');
  });
  it('says where a text is wrong', () => {
    refuses(() => c.parseArgsText('(\n  record {\n    a = ;\n  }\n)'), /^line 3, column 9: a value is expected/);
    refuses(() => c.parseArgsText('(1 2)'), /^line 1, column 4: ',' or '\)' is expected, found 2/);
    refuses(() => c.parseArgsText('(hello)'), /'hello' is not a value/);
    refuses(() => c.parseArgsText('(1) 2'), /the end is expected/);
    refuses(() => c.parseArgsText('(1 /* open'), /comment/);
    refuses(() => c.parseArgsText('(1 § 2)'), /'§' cannot stand here/);
    assert.equal(c.parseArgsText('( // one\n 1, /* two /* nested */ */ 2,)').length, 2);
  });
  it('bounds depth and length', () => {
    refuses(() => c.parseArgsText('('.repeat(100_000)), /nested/, 'CANDID_LIMIT_EXCEEDED');
    refuses(() => c.parseArgsText(`(${'opt '.repeat(100_000)}1)`), /nested/, 'CANDID_LIMIT_EXCEEDED');
    refuses(() => c.parseArgsText(`(1 : ${'opt '.repeat(100_000)}nat)`), /nested/, 'CANDID_LIMIT_EXCEEDED');
    refuses(() => c.parseArgsText(' '.repeat(9_000_000)), /characters/, 'CANDID_LIMIT_EXCEEDED');
  });
});

describe('values as text, without types', () => {
  const infer = (text: string) =>
    c
      .parseArgsText(text)
      .map((value) => c.typeToText(c.inferType(value)))
      .join(', ');
  it('infers what is plain', () => {
    assert.equal(
      infer('(1, 1.5, "a", true, null, opt 1, vec { 1; 2 }, blob "a", principal "aaaaa-aa")'),
      'int, float64, text, bool, null, opt int, vec int, blob, principal',
    );
    assert.equal(
      infer('(record { a = 1 : nat; 5 = "x" }, record { 1; "a" }, variant { ok = 5 })'),
      'record { 5 : text; a : nat }, record { int; text }, variant { ok : int }',
    );
    assert.equal(
      infer('(vec {}, vec { null; opt 1 }, vec { variant { a }; variant { b = 1 } }, vec { 1 : nat; 2 })'),
      'vec empty, vec opt int, vec variant { a; b : int }, vec int',
    );
    refuses(() => infer('(vec { 1; "a" })'), /one type, this is text after int/, 'CANDID_VALUE_INVALID');
  });
  it('encodes', () => {
    assert.deepEqual(c.decodeArgs([c.int, c.text], c.encodeArgsTextUntyped('(42, "a")')), [42n, 'a']);
    assert.deepEqual(c.decodeArgs([c.vec(c.opt(c.int))], c.encodeArgsTextUntyped('(vec { null; opt 1 })')), [[[], [1n]]]);
  });
});

describe('printing', () => {
  const roundTrip = (text: string) => {
    const bytes = c.encodeArgsTextUntyped(text);
    const { types, values } = c.decodeUntyped(bytes);
    return c.printArgs(types, values);
  };
  it('looks as people know it', () => {
    assert.equal(
      roundTrip('(42 : nat, "a\\n", true, null, opt (7 : nat8), vec { 1; 2 })'),
      '(42 : nat, "a\\n", true, null, opt (7 : nat8), vec { 1 : int; 2 : int })',
    );
    assert.equal(
      roundTrip('(1_000_000, -12345 : int64, 1.0, 1e100, blob "a\\00\\ff", func "aaaaa-aa".go)'),
      '(\n  1_000_000 : int,\n  -12_345 : int64,\n  1.0 : float64,\n  1e100 : float64,\n  blob "a\\00\\ff",\n  func "aaaaa-aa".go,\n)',
    );
    assert.equal(
      roundTrip('(variant { Ok = record { 1 : nat; "x" } }, variant { A }, record {})'),
      '(variant { 17_724 = record { 1 : nat; "x" } }, variant { 65 }, record {})',
    );
    assert.equal(roundTrip('()'), '()');
  });
  it('names labels that it is told', () => {
    const { types, values } = c.decodeUntyped(c.encodeArgsTextUntyped('(record { amount = 5 : nat; "to you" = 1 })'));
    const names = new Map(['amount', 'to you'].map((name) => [c.hashFieldName(name), name]));
    assert.equal(c.printArgs(types, values, { names, annotate: false }), '(record { "to you" = 1; amount = 5 })');
  });
  it('breaks long lines', () => {
    const type = c.record({ name: c.text, items: c.vec(c.record({ id: c.nat64, note: c.text })) });
    const value = { name: 'a name', items: Array.from({ length: 3 }, (_, index) => ({ id: BigInt(index), note: 'x'.repeat(22 * index) })) };
    const lines = [
      'record {',
      '  name = "a name";',
      '  items = vec {',
      '    record { id = 0 : nat64; note = "" };',
      '    record { id = 1 : nat64; note = "xxxxxxxxxxxxxxxxxxxxxx" };',
      '    record {',
      '      id = 2 : nat64;',
      '      note = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";',
      '    };',
      '  };',
      '}',
    ];
    assert.equal(c.printValue(type, value), lines.join('\n'));
    assert.equal(c.printValue(type, value, { lineLength: 1000 }).split('\n').length, 1);
  });
  it('prints what it parses again, with and without types', () => {
    fc.assert(
      fc.property(typedValue({ references: true }), fc.integer({ min: 20, max: 200 }), ({ description, value }, lineLength) => {
        const types = [typeOf(description)];
        const text = c.printArgs(types, [value], { lineLength });
        assert.deepStrictEqual(c.valuesOfText(types, c.parseArgsText(text), { exact: true }), [value], text);
        const untyped = c.decodeUntyped(c.encodeArgs(types, [value]));
        const untypedText = c.printArgs(untyped.types, untyped.values, { lineLength });
        assert.deepStrictEqual(c.valuesOfText(types, c.parseArgsText(untypedText), { exact: true }), [value], untypedText);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('hexadecimal floats', () => {
  it('are exact', () => {
    for (const [literal, value] of [
      ['0x1', 1],
      ['0x1.8', 1.5],
      ['0x.8p1', 1],
      ['0x1p-1074', 5e-324],
      ['0x1p-1075', 0],
      ['0x1p1024', Infinity],
      ['0x1.fffffffffffffp1023', Number.MAX_VALUE],
      ['0x1p999999999', Infinity],
      ['0x0p99', 0],
      ['0x1p-99999', 0],
    ] as const) {
      assert.equal(parseFloatLiteral(literal.replace('0x.', '0x0.')), value, literal);
    }
  });
});
