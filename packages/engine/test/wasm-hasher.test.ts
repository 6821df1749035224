import assert from 'node:assert/strict';
import { createHash, hash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { nobleHasher, toHex, utf8, type Hasher } from '@myelin/core/base';
import { PersistentMap, createTreeHasher } from '@myelin/core/state';
import { combineHashers, createWasmHasher } from '../src/wasm-hasher.ts';

const wasmHasher = createWasmHasher();
const tree = createTreeHasher(nobleHasher);

function wordsToBytes(words: Int32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * words.length));
  for (const [index, word] of words.entries()) view.setInt32(4 * index, word);
  return new Uint8Array(view.buffer);
}

describe('WebAssembly hasher', () => {
  it('hashes messages of every length like noble', () => {
    for (let length = 0; length <= 300; length++) {
      const message = Uint8Array.from({ length }, (_, index) => index * 31 + length);
      assert.equal(toHex(wasmHasher.sha256(message)), toHex(nobleHasher.sha256(message)));
      assert.equal(toHex(wasmHasher.sha224(message)), toHex(nobleHasher.sha224(message)));
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000, size: 'max' }), (message) => {
        assert.equal(toHex(wasmHasher.sha256(message)), toHex(nobleHasher.sha256(message)));
      }),
      { numRuns: 100 },
    );
  });

  it('hashes messages around and beyond the size of its buffer', () => {
    for (const length of [32_768, 65_407, 65_408, 65_409, 65_535, 65_536, 98_176, 98_177, 98_304, 1_000_003]) {
      const message = Uint8Array.from({ length }, (_, index) => index ^ (index >> 8));
      assert.equal(toHex(wasmHasher.sha256(message)), createHash('sha256').update(message).digest('hex'));
      assert.equal(toHex(wasmHasher.sha224(message)), createHash('sha224').update(message).digest('hex'));
    }
  });

  it('gives digests that later calls leave alone', () => {
    const first = wasmHasher.sha256(utf8('a'));
    const copy = first.slice();
    wasmHasher.sha256(utf8('b'));
    assert.deepEqual(first, copy);
  });

  it('hashes any number of forks like one by one', () => {
    const { capacity, input, output, run } = wasmHasher.hashTreeForks;
    fc.assert(
      fc.property(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constantFrom(capacity - 1, capacity)), fc.integer(), (count, seed) => {
        for (let index = 0; index < 16 * count; index++) input[index] = Math.imul(index + 1, seed | 1) ^ (seed >>> 7);
        const expected = Array.from({ length: count }, (_, fork) => {
          const bytes = wordsToBytes(input.slice(16 * fork, 16 * fork + 16));
          return toHex(tree.forkHash(bytes.subarray(0, 32), bytes.subarray(32)));
        });
        output.fill(0);
        run(count);
        for (let fork = 0; fork < count; fork++) assert.equal(toHex(wordsToBytes(output.slice(8 * fork, 8 * fork + 8))), expected[fork]);
      }),
      { numRuns: 60 },
    );
  });

  it('gives a map the same root as noble does', () => {
    const fast = createTreeHasher(wasmHasher);
    assert.ok(fast.forkHash.batch !== undefined);
    const map = PersistentMap.empty<number>();
    for (let index = 0; index < 3_000; index++) map.set(toHex(nobleHasher.sha256(utf8(String(index)))), index);
    map.seal();
    const leafHash = (key: string, value: number): Uint8Array => tree.labeledHexHash(key, tree.leafHash(utf8(String(value))));
    assert.deepEqual(map.rootHash(0, leafHash, fast.forkHash), map.rootHash(1, leafHash, tree.forkHash));
  });

  it('leaves long messages to another hasher when combined', () => {
    const used: number[] = [];
    const native: Hasher = {
      sha256: (message) => (used.push(message.length), hash('sha256', message, 'buffer')),
      sha224: (message) => (used.push(message.length), hash('sha224', message, 'buffer')),
    };
    const combined = combineHashers(wasmHasher, native, 100);
    for (const length of [99, 100, 5_000]) {
      const message = new Uint8Array(length).fill(9);
      assert.equal(toHex(combined.sha256(message)), toHex(nobleHasher.sha256(message)));
      assert.equal(toHex(combined.sha224(message)), toHex(nobleHasher.sha224(message)));
    }
    assert.deepEqual(used, [100, 100, 5_000, 5_000]);
  });
});
