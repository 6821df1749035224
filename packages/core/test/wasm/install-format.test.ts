/**
 * Installed modules: raw and gzip, against zlib as the oracle.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, deflateRawSync, gunzipSync, gzipSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { crc32 } from '../../src/base/index.ts';
import { canisterModuleBytes, decodeCanisterModule } from '../../src/wasm/index.ts';
import { inflate } from '../../src/wasm/inflate.ts';

const MODULE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

function littleEndian(value: number): number[] {
  return [value & 255, (value >>> 8) & 255, (value >>> 16) & 255, value >>> 24];
}

/** A gzip stream around DEFLATE data. */
function gzipAround(
  deflated: Uint8Array,
  content: Uint8Array,
  header: readonly number[] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3],
): Uint8Array {
  return Uint8Array.from([...header, ...deflated, ...littleEndian(crc32(content)), ...littleEndian(content.length)]);
}

function ruleOf(installed: Uint8Array): string {
  const decoded = decodeCanisterModule(installed);
  return decoded.ok ? '' : decoded.error.rule;
}

/** Content with runs, repetitions and noise, so that all kinds of blocks occur. */
const content = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.record({ byte: fc.nat(255), count: fc.nat(2000) }).map(({ byte, count }) => new Uint8Array(count).fill(byte)),
      fc.constant(MODULE),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Uint8Array.from(Buffer.concat(parts)));

describe('installed modules', () => {
  it('raw WebAssembly passes through as it is', () => {
    const decoded = decodeCanisterModule(MODULE);
    assert.ok(decoded.ok);
    assert.equal(decoded.value, MODULE);
  });

  it('whatever zlib compresses comes back, at every level and with every strategy', () => {
    fc.assert(
      fc.property(
        content,
        fc.integer({ min: 0, max: 9 }),
        fc.constantFrom(constants.Z_DEFAULT_STRATEGY, constants.Z_FIXED, constants.Z_HUFFMAN_ONLY, constants.Z_RLE),
        (bytes, level, strategy) => {
          const decoded = decodeCanisterModule(Uint8Array.from(gzipSync(bytes, { level, strategy })));
          assert.ok(decoded.ok, decoded.ok ? '' : decoded.error.message);
          assert.deepEqual(decoded.value, bytes);
        },
      ),
    );
  });

  it('say how long the module is, compressed or not', () => {
    const module = new Uint8Array(3_000_000);
    assert.equal(canisterModuleBytes(module), module.length);
    assert.equal(canisterModuleBytes(gzipSync(module)), module.length);
    assert.equal(canisterModuleBytes(Uint8Array.of(0x1f, 0x8b, 0x08)), 3);
    assert.equal(canisterModuleBytes(new Uint8Array(0)), 0);
  });

  it('a stream cut anywhere, or with one more byte, is refused', () => {
    const compressed = Uint8Array.from(gzipSync(Buffer.alloc(5000, 'module')));
    for (let length = 0; length < compressed.length; length++) assert.notEqual(ruleOf(compressed.slice(0, length)), '', `${length} bytes`);
    for (const byte of [0, 1, 0x1f]) assert.notEqual(ruleOf(Uint8Array.from([...compressed, byte])), '');
  });

  it('changed DEFLATE data is accepted exactly when zlib accepts it', () => {
    const original = deflateRawSync(Buffer.from('The quick brown fox jumps over the lazy dog. '.repeat(40)));
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 }), (changes) => {
        const changed = Uint8Array.from(original);
        for (const [at, byte] of changes) changed[at] = byte;
        assert.deepEqual(inflated(changed), zlibInflated(changed));
      }),
      { numRuns: 2000 },
    );
  });

  it('reads every optional part of the header', () => {
    const deflated = deflateRawSync(MODULE);
    const optional = [0x1f, 0x8b, 8, 4 | 8 | 16, 0, 0, 0, 0, 0, 3, 2, 0, 9, 9, 0x61, 0, 0x62, 0];
    assert.equal(ruleOf(gzipAround(deflated, MODULE, optional)), '');
    const checked = optional.with(3, 2 | 4 | 8 | 16);
    const checksum = crc32(Uint8Array.from(checked)) & 0xffff;
    assert.equal(ruleOf(gzipAround(deflated, MODULE, [...checked, checksum & 255, checksum >>> 8])), '');
    assert.equal(ruleOf(gzipAround(deflated, MODULE, [...checked, (checksum & 255) ^ 1, checksum >>> 8])), 'WASM_INSTALL_GZIP');
    assert.equal(ruleOf(gzipAround(deflated, MODULE, optional.with(3, 0x20))), 'WASM_INSTALL_GZIP');
    assert.equal(ruleOf(Uint8Array.from(optional.slice(0, -1))), 'WASM_INSTALL_GZIP');
  });

  it('a bomb is refused by the length that its trailer names, or stops there', () => {
    const bomb = Uint8Array.from(gzipSync(Buffer.alloc(101 * 1024 * 1024)));
    assert.equal(ruleOf(bomb), 'WASM_INSTALL_UNCOMPRESSED_BYTES');
    const lying = bomb.slice();
    lying.set(littleEndian(1000), lying.length - 4);
    const start = performance.now();
    assert.equal(ruleOf(lying), 'WASM_INSTALL_GZIP');
    assert.ok(performance.now() - start < 1000, 'stops after 1,000 bytes');
    const claiming = Uint8Array.from(gzipSync(MODULE));
    claiming.set(littleEndian(100 * 1024 * 1024), claiming.length - 4);
    assert.equal(ruleOf(claiming), 'WASM_INSTALL_GZIP');
  });

  for (const [name, makeBlock] of [
    ['with their own codes', smallestDynamicBlock],
    ['with the fixed code', emptyFixedBlocks],
  ] as const) {
    it(`a million bytes of the smallest blocks ${name} cost little`, () => {
      const block = makeBlock();
      const count = Math.floor(1_000_000 / block.length);
      const stream = new Uint8Array(count * block.length + 2);
      for (let index = 0; index < count; index++) stream.set(block, index * block.length);
      stream.set([0x03, 0x00], count * block.length);
      const start = performance.now();
      const { written } = inflate(stream, 0, stream.length, new Uint8Array(count));
      const took = performance.now() - start;
      assert.equal(written, 0);
      assert.ok(took < 2000, `${took} ms`);
      assert.equal(gunzipSync(gzipAround(stream, new Uint8Array(0))).length, 0);
    });
  }
});

/** Outcome of a decoder: where the data end and what they hold, or undefined for damaged data. */
type Outcome = { readonly position: number; readonly content: string } | undefined;

const CONTENT_BYTES_MAX = 10_000;

function inflated(deflated: Uint8Array): Outcome {
  const output = new Uint8Array(CONTENT_BYTES_MAX);
  try {
    const { position, written } = inflate(deflated, 0, deflated.length, output);
    return { position, content: Buffer.from(output.subarray(0, written)).toString('hex') };
  } catch {
    return undefined;
  }
}

function zlibInflated(deflated: Uint8Array): Outcome {
  try {
    // With `info`, zlib also tells how much it read.
    const { buffer, engine } = inflateRawSync(deflated, { info: true, maxOutputLength: CONTENT_BYTES_MAX }) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    return { position: engine.bytesWritten, content: buffer.toString('hex') };
  } catch {
    return undefined;
  }
}

/** Writes bits, lowest first. */
class BitWriter {
  readonly bits: number[] = [];

  put(value: number, count: number): this {
    for (let bit = 0; bit < count; bit++) this.bits.push((value >>> bit) & 1);
    return this;
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.bits.length / 8));
    for (const [index, bit] of this.bits.entries()) bytes[index >> 3]! |= bit << (index & 7);
    return bytes;
  }
}

/** A dynamic block with codes for a literal and the end of the block only, padded to whole bytes by an empty stored block. */
function smallestDynamicBlock(): Uint8Array {
  const writer = new BitWriter().put(0, 1).put(2, 2).put(0, 5).put(0, 5).put(14, 4);
  // Code lengths: 18 (zeros) one bit; 1 and 0 two bits each. Order: 16 17 18 0 8 7 9 6 10 5 11 4 12 3 13 2 14 1.
  const lengths = [0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
  for (const length of lengths) writer.put(length, 3);
  // Literal 0 has one bit, 255 zeros follow (138 + 117), the end of the block has one bit, the one distance none.
  writer.put(0b11, 2).put(0, 1).put(127, 7).put(0, 1).put(106, 7).put(0b11, 2).put(0b01, 2);
  // Literal 0 has the code 0, the end the code 1.
  writer.put(1, 1);
  writer.put(0, 3);
  while (writer.bits.length % 8 !== 0) writer.put(0, 1);
  return Uint8Array.from([...writer.bytes(), 0, 0, 0xff, 0xff]);
}

/** Four blocks of ten bits each: the header, and the end of the block in the fixed code. */
function emptyFixedBlocks(): Uint8Array {
  const writer = new BitWriter();
  for (let count = 0; count < 4; count++) writer.put(0, 1).put(1, 2).put(0, 7);
  return writer.bytes();
}
