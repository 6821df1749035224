import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '@myelin/core/base';
import {
  encodeSleb128,
  encodeUleb128,
  readSlebBigint,
  readSlebNumber,
  readUlebBigint,
  readUlebNumber,
  uleb128Length,
  writeUleb128,
} from '@myelin/core/codec';

const cursorOf = (hex: string) => ({ bytes: fromHex(hex), offset: 0 });
const hasCode = (code: string) => (error: unknown) => (error as { detail?: { code?: string } }).detail?.code === code;

/** Reference: one group at a time, in bigints. */
function referenceUleb(value: bigint): string {
  const bytes: number[] = [];
  for (let rest = value; ;) {
    const group = Number(rest & 0x7fn);
    rest >>= 7n;
    if (rest === 0n) return toHex(Uint8Array.from([...bytes, group]));
    bytes.push(group | 0x80);
  }
}

function referenceSleb(value: bigint): string {
  const bytes: number[] = [];
  for (let rest = value; ;) {
    const group = Number(rest & 0x7fn);
    rest >>= 7n;
    if ((rest === 0n && group < 0x40) || (rest === -1n && group >= 0x40)) return toHex(Uint8Array.from([...bytes, group]));
    bytes.push(group | 0x80);
  }
}

const bigValue = fc.oneof(
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.bigInt({ min: 0n, max: 1n << 900n }),
);

describe('LEB128: published examples', () => {
  // Values of the DWARF and WebAssembly documents.
  for (const [value, hex] of [
    [0n, '00'],
    [2n, '02'],
    [127n, '7f'],
    [128n, '8001'],
    [129n, '8101'],
    [624485n, 'e58e26'],
  ] as const) {
    it(`unsigned ${value}`, () => {
      assert.equal(toHex(encodeUleb128(value)), hex);
      assert.equal(readUlebBigint(cursorOf(hex), 64), value);
      assert.equal(readUlebNumber(cursorOf(hex), 32), Number(value));
    });
  }
  for (const [value, hex] of [
    [2n, '02'],
    [-2n, '7e'],
    [127n, 'ff00'],
    [-127n, '817f'],
    [128n, '8001'],
    [-128n, '807f'],
    [-123456n, 'c0bb78'],
    [-64n, '40'],
    [64n, 'c000'],
  ] as const) {
    it(`signed ${value}`, () => {
      assert.equal(toHex(encodeSleb128(value)), hex);
      assert.equal(readSlebBigint(cursorOf(hex), 64), value);
      assert.equal(readSlebNumber(cursorOf(hex), 32), Number(value));
    });
  }
});

describe('LEB128: laws', () => {
  it('encodes and decodes unsigned numbers of any size', () => {
    fc.assert(
      fc.property(bigValue, (value) => {
        const bytes = encodeUleb128(value);
        assert.equal(toHex(bytes), referenceUleb(value));
        const cursor = { bytes, offset: 0 };
        assert.equal(readUlebBigint(cursor, 1024, 'shortest'), value);
        assert.equal(cursor.offset, bytes.length);
      }),
    );
  });
  it('encodes and decodes signed numbers of any size', () => {
    fc.assert(
      fc.property(bigValue, fc.boolean(), (magnitude, negative) => {
        const value = negative ? -magnitude : magnitude;
        const bytes = encodeSleb128(value);
        assert.equal(toHex(bytes), referenceSleb(value));
        assert.equal(readSlebBigint({ bytes, offset: 0 }, 1024, 'shortest'), value);
      }),
    );
  });
  it('gives numbers and bigints alike', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeInteger(), (natural, integer) => {
        const unsigned = encodeUleb128(natural);
        assert.deepEqual(unsigned, encodeUleb128(BigInt(natural)));
        assert.equal(readUlebNumber({ bytes: unsigned, offset: 0 }, 53), natural);
        assert.equal(uleb128Length(natural), unsigned.length);
        const target = new Uint8Array(10);
        assert.equal(writeUleb128(target, 1, natural), 1 + unsigned.length);
        assert.deepEqual(target.slice(1, 1 + unsigned.length), unsigned);
        const small = integer % 2 ** 31;
        assert.equal(readSlebNumber({ bytes: encodeSleb128(small), offset: 0 }, 32), small);
      }),
    );
  });
  it('bounds every width exactly', () => {
    for (let bits = 1; bits <= 70; bits++) {
      const most = (1n << BigInt(bits)) - 1n;
      assert.equal(readUlebBigint({ bytes: encodeUleb128(most), offset: 0 }, bits), most);
      assert.throws(() => readUlebBigint({ bytes: encodeUleb128(most + 1n), offset: 0 }, bits), hasCode('LEB128_OUT_OF_RANGE'));
      if (bits <= 53) {
        assert.equal(readUlebNumber({ bytes: encodeUleb128(most), offset: 0 }, bits), Number(most));
        assert.throws(() => readUlebNumber({ bytes: encodeUleb128(most + 1n), offset: 0 }, bits), hasCode('LEB128_OUT_OF_RANGE'));
      }
      const half = 1n << BigInt(bits - 1);
      assert.equal(readSlebBigint({ bytes: encodeSleb128(half - 1n), offset: 0 }, bits), half - 1n);
      assert.equal(readSlebBigint({ bytes: encodeSleb128(-half), offset: 0 }, bits), -half);
      assert.throws(() => readSlebBigint({ bytes: encodeSleb128(half), offset: 0 }, bits), hasCode('LEB128_OUT_OF_RANGE'));
      assert.throws(() => readSlebBigint({ bytes: encodeSleb128(-half - 1n), offset: 0 }, bits), hasCode('LEB128_OUT_OF_RANGE'));
    }
  });
});

describe('LEB128: refusals', () => {
  it('takes padding within ceil(bits/7) bytes only, as WebAssembly does', () => {
    assert.equal(readUlebNumber(cursorOf('8000'), 32), 0);
    assert.equal(readUlebNumber(cursorOf('8080808000'), 32), 0);
    assert.throws(() => readUlebNumber(cursorOf('808080808000'), 32), hasCode('LEB128_OUT_OF_RANGE'));
    assert.equal(readSlebNumber(cursorOf('ffffffff7f'), 32), -1);
    assert.throws(() => readSlebNumber(cursorOf('ffffffff6f'), 32), hasCode('LEB128_OUT_OF_RANGE'));
    assert.throws(() => readSlebNumber(cursorOf('ffffffffff7f'), 32), hasCode('LEB128_OUT_OF_RANGE'));
  });
  it('refuses padding where the shortest form is demanded', () => {
    for (const hex of ['8000', 'ff00', '80808000']) {
      assert.throws(() => readUlebNumber(cursorOf(hex), 32, 'shortest'), hasCode('LEB128_NOT_SHORTEST'));
      assert.throws(() => readUlebBigint(cursorOf(hex), 64, 'shortest'), hasCode('LEB128_NOT_SHORTEST'));
    }
    assert.throws(() => readSlebBigint(cursorOf('ff7f'), 64, 'shortest'), hasCode('LEB128_NOT_SHORTEST'));
    assert.throws(() => readSlebBigint(cursorOf('8000'), 64, 'shortest'), hasCode('LEB128_NOT_SHORTEST'));
    assert.equal(readSlebBigint(cursorOf('ff00'), 64, 'shortest'), 127n);
  });
  it('refuses an end inside a number', () => {
    for (const hex of ['', '80', 'ffff']) {
      assert.throws(() => readUlebNumber(cursorOf(hex), 32), hasCode('LEB128_TRUNCATED'));
      assert.throws(() => readUlebBigint(cursorOf(hex), 64), hasCode('LEB128_TRUNCATED'));
      assert.throws(() => readSlebNumber(cursorOf(hex), 32), hasCode('LEB128_TRUNCATED'));
      assert.throws(() => readSlebBigint(cursorOf(hex), 64), hasCode('LEB128_TRUNCATED'));
    }
  });
});
