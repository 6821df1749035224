/** Messages made to cost much: each must be refused, or read, within a time that its size explains. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { concatBytes, fromHex, toHex, utf8 } from '@myelin/core/base';
import { encodeSleb128, encodeUleb128 } from '@myelin/core/codec';
import * as c from '@myelin/core/candid';

const MAGIC = '4449444c';
const leb = (value: number) => toHex(encodeUleb128(value));
const sleb = (value: number) => toHex(encodeSleb128(value));
const message = (...parts: string[]) => fromHex(MAGIC + parts.join(''));

function refused(run: () => unknown, code: string, milliseconds = 500): void {
  const start = performance.now();
  assert.throws(run, (error) => {
    assert.equal((error as { detail?: { code?: string } }).detail?.code, code, String(error));
    return true;
  });
  const took = performance.now() - start;
  assert.ok(took < milliseconds, `took ${took.toFixed(1)} ms`);
}

/** At every kind of type: expected, skipped, under opt, reserved, untyped. */
function refusedEverywhere(bytes: Uint8Array, code: string, own: readonly c.TypeNode[] = []): void {
  for (const types of [[], [c.reserved], [c.opt(c.nat)], [c.opt(c.vec(c.opt(c.nat)))], own])
    refused(() => c.decodeArgs(types, bytes), code);
  refused(() => c.decodeUntyped(bytes), code);
}

describe('values without bytes', () => {
  const count = leb(1_000_000_000);
  it('vec null, vec reserved, vec record {}', () => {
    refusedEverywhere(message('016d7f', '0100', count), 'CANDID_LIMIT_EXCEEDED', [c.vec(c.nullType)]);
    refusedEverywhere(message('016d70', '0100', count), 'CANDID_LIMIT_EXCEEDED', [c.vec(c.reserved)]);
    refusedEverywhere(message('026d016c00', '0100', count), 'CANDID_LIMIT_EXCEEDED', [c.vec(c.record({}))]);
  });
  it('many vecs, each just under the quota', () => {
    refusedEverywhere(message('026d016d7f', '0100', leb(100), leb(15_000).repeat(100)), 'CANDID_LIMIT_EXCEEDED', [
      c.vec(c.vec(c.nullType)),
    ]);
  });
  it('records that double: 2^n nulls in n lines', () => {
    const lines = Array.from({ length: 40 }, (_, index) =>
      index === 39 ? '6c02007f017f' : `6c0200${sleb(index + 1)}01${sleb(index + 1)}`,
    );
    refusedEverywhere(message(leb(40), ...lines, '0100'), 'CANDID_LIMIT_EXCEEDED');
  });
  it('an infinite value: a record that contains itself', () => {
    refusedEverywhere(message('016c010000', '0100'), 'CANDID_LIMIT_EXCEEDED');
    refusedEverywhere(message('016c0200000100', '0100'), 'CANDID_LIMIT_EXCEEDED');
  });
  it('fields that the expected type adds', () => {
    const wide = c.record(Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`f${index}`, c.opt(c.text)])));
    // 100,000 records of one byte: a hundred million fields to fill in.
    const bytes = message('026d016c01007b', '0100', leb(100_000), '00'.repeat(100_000));
    refused(() => c.decodeArgs([c.vec(wide)], bytes), 'CANDID_LIMIT_EXCEEDED', 1000);
  });
});

describe('depth', () => {
  it('nested opt, vec, variant and list values', () => {
    for (const bytes of [
      message('016e00', '0100', '01'.repeat(1_000_000)),
      message('016d00', '0100', '01'.repeat(1_000_000)),
      message('016b010000', '0100', '00'.repeat(1_000_000)),
    ]) {
      refusedEverywhere(bytes, 'CANDID_LIMIT_EXCEEDED');
    }
    const list = c.recursive<unknown>('List', (self) => c.opt(self) as never);
    refused(() => c.decodeArgs([list], message('016e00', '0100', '01'.repeat(1_000_000))), 'CANDID_LIMIT_EXCEEDED');
  });
  it('an expected type that is opt without end', () => {
    const endless = c.recursive<unknown>('Opt', (self) => c.opt(self) as never);
    refused(() => c.decodeArgs([endless], message('00', '017e', '01')), 'CANDID_LIMIT_EXCEEDED');
    refused(() => c.decodeArgs([c.vec(endless)], message('016d7e', '0100', leb(1000), '01'.repeat(1000))), 'CANDID_LIMIT_EXCEEDED');
  });
  it('reads as deep as it says, with stack to spare', () => {
    const bytes = message('016e00', '0100', '01'.repeat(1023), '00');
    const deeper = (frames: number): unknown => (frames === 0 ? c.decodeUntyped(bytes) : [deeper(frames - 1)]);
    assert.doesNotThrow(() => deeper(3000));
  });
  it('values to encode that contain themselves', () => {
    const list = c.recursive<unknown>('List', (self) => c.record({ next: c.opt(self) }) as never);
    const loop: { next: unknown[] } = { next: [] };
    loop.next = [loop];
    refused(() => c.encodeArgs([list], [loop]), 'CANDID_VALUE_INVALID', 200);
  });
});

describe('sizes', () => {
  it('lengths beyond the message', () => {
    const huge = ['ffffffff0f', 'ffffffffffffffff7f', 'ffffffffffffffffff01', '80808080808080808080808000'];
    for (const length of huge) {
      for (const bytes of [
        message(length),
        message('00', length),
        message('00', '0171', length),
        message('00', '016801', length),
        message('016c', length),
        message('016a', length),
      ]) {
        refusedEverywhere(bytes, 'CANDID_MALFORMED');
      }
      refused(() => c.decodeArgs([c.blob], message('016d7b', '0100', length)), 'CANDID_MALFORMED');
      const start = performance.now();
      assert.throws(() => c.decodeArgs([c.vec(c.text)], message('016d71', '0100', length)));
      assert.ok(performance.now() - start < 500);
    }
  });
  it('type tables', () => {
    refused(() => c.decodeArgs([], message(leb(20_000), '6e7f'.repeat(20_000), '00')), 'CANDID_LIMIT_EXCEEDED');
    const fields = Array.from({ length: 17_000 }, (_, index) => `${leb(index)}7f`).join('');
    refused(() => c.decodeArgs([], message('016c', leb(17_000), fields, '00')), 'CANDID_LIMIT_EXCEEDED');
    // As large as is allowed: fine, and fast.
    const types = leb(8_000) + '6e7f'.repeat(8_000);
    const start = performance.now();
    c.decodeArgs([], message(types, '00'));
    assert.ok(performance.now() - start < 500);
  });
  it('large numbers, in time linear in their length', () => {
    const digits = 1_000_000;
    const bytes = message('00', '017d', 'ff'.repeat(digits), '7f');
    const start = performance.now();
    const [value] = c.decodeArgs([c.nat], bytes);
    assert.equal(value, (1n << BigInt(7 * (digits + 1))) - 1n);
    const again = c.encodeArgs([c.nat], [value]);
    assert.equal(again.length, bytes.length);
    assert.ok(performance.now() - start < 2500, `took ${performance.now() - start} ms`);
  });
  it('messages', () => {
    refused(() => c.decodeArgs([], new Uint8Array(20_000_000)), 'CANDID_LIMIT_EXCEEDED');
  });
});

describe('references', () => {
  it('types that are costly to compare', () => {
    // Functions over records that double: comparing them pair by pair without remembering would take 2^30 steps.
    const lines = Array.from({ length: 30 }, (_, index) =>
      index === 29 ? '6c02007d017d' : `6c0200${sleb(index + 1)}01${sleb(index + 1)}`,
    );
    const bytes = message(leb(31), ...lines, '6a000100' + '00', '01', sleb(30), '010100016d');
    let type: c.TypeNode = c.tuple(c.int, c.int);
    for (let index = 0; index < 29; index++) type = c.tuple(type, type);
    const start = performance.now();
    assert.deepEqual(c.decodeArgs([c.func([], [type])], bytes), [['', 'm']]);
    assert.ok(performance.now() - start < 500);
  });
  it('pay for every use', () => {
    const wide = c.record(Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`f${index}`, c.nat])));
    const types = [c.vec(c.func([], [wide]))];
    const bytes = c.encodeArgs(types, [Array.from({ length: 5000 }, () => ['', 'm'])] as never);
    // The same answer before and after a plan exists.
    refused(() => c.decodeArgs(types, bytes), 'CANDID_LIMIT_EXCEEDED');
    refused(() => c.decodeArgs(types, bytes), 'CANDID_LIMIT_EXCEEDED');
  });
});

describe('many misfits', () => {
  it('under opt cost no more than reading them', () => {
    const items = 200_000;
    const bytes = concatBytes(message('026e716d00', '0101', leb(items)), fromHex('010161'.repeat(items)));
    const start = performance.now();
    const [values] = c.decodeArgs([c.vec(c.opt(c.nat))], bytes);
    assert.equal(values.length, items);
    assert.ok(values.every((value) => value.length === 0));
    assert.ok(performance.now() - start < 1000, `took ${performance.now() - start} ms`);
  });
  it('nested under opt are read once', () => {
    // opt record { deeper; a text where a nat is expected }, 500 levels: nothing is read twice, or this would take 2^500 steps.
    const depth = 500;
    const bytes = message('026e016c0200000171', '0100', '01'.repeat(depth), '00', '0161'.repeat(depth));
    const expected = c.recursive<unknown>('T', (self) => c.opt(c.tuple(self, c.nat)) as never);
    const start = performance.now();
    assert.deepEqual(c.decodeArgs([expected], bytes), [[]]);
    assert.ok(performance.now() - start < 500);
  });
});

describe('any bytes', () => {
  const types = [
    c.opt(c.record({ a: c.nat, b: c.opt(c.text), c: c.vec(c.int8), d: c.variant({ x: c.nullType, y: c.principal }) })),
    c.reserved,
  ];
  const known = (run: () => unknown) => {
    try {
      run();
    } catch (error) {
      assert.match((error as { detail: { code: string } }).detail.code, /^CANDID_/);
    }
  };
  it('give a value or one of our errors', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (tail) => {
        const bytes = concatBytes(utf8('DIDL'), tail);
        known(() => c.decodeArgs(types, bytes));
        known(() => c.decodeUntyped(bytes));
      }),
      { numRuns: 3000 },
    );
  });
  it('so do messages with one byte changed', () => {
    const bytes = c.encodeArgs(types, [[{ a: 5n, b: ['text'], c: [1, 2], d: { y: '04' } }] as never, null]);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (position, byte) => {
        const changed = bytes.slice();
        changed[position] = byte;
        known(() => c.decodeArgs(types, changed));
        known(() => c.decodeUntyped(changed));
      }),
      { numRuns: 3000 },
    );
  });
});
