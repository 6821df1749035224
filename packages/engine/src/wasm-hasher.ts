/**
 * The hash port in WebAssembly: for hosts without fast native hashing, and everywhere for the forks of hash trees.
 * @module
 */
import type { HashTreeForks, Hasher } from '@myelin/core/base';
import { SHA256_DATA_BYTES, SHA256_FORKS_MAX, SHA256_INITIAL, SHA256_LAYOUT, createSha256Module } from './sha256-module.ts';

/** What this file needs of the host's WebAssembly. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

type Sha256Exports = {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly blocks: (address: number, count: number) => void;
  readonly forks: (count: number) => void;
};

/** A hasher that always has the fast way for forks. */
export type WasmHasher = Hasher & { readonly hashTreeForks: HashTreeForks };

const SHA224_INITIAL: readonly number[] = [0xc1059ed8, 0x367cd507, 0x3070dd17, 0xf70e5939, 0xffc00b31, 0x68581511, 0x64f98fa7, 0xbefa4fa4];

const BLOCK_BYTES = 64;

let compiled: object | undefined;

/** Makes a hasher with a WebAssembly instance of its own. The first one takes some milliseconds. */
export function createWasmHasher(): WasmHasher {
  compiled ??= new WebAssembly.Module(createSha256Module());
  const exports = new WebAssembly.Instance(compiled).exports as Sha256Exports;
  const { blocks, forks } = exports;
  const { buffer } = exports.memory;
  const state = new Int32Array(buffer, SHA256_LAYOUT.state, 8);
  const data = new Uint8Array(buffer, SHA256_LAYOUT.data, SHA256_DATA_BYTES);

  const digest = (message: Uint8Array, initial: readonly number[], digestBytes: number): Uint8Array => {
    for (let index = 0; index < 8; index++) state[index] = initial[index]!;
    let start = 0;
    // The last block and its padding must fit into the buffer together.
    for (; message.length - start > SHA256_DATA_BYTES - BLOCK_BYTES * 2; start += SHA256_DATA_BYTES / 2) {
      data.set(message.subarray(start, start + SHA256_DATA_BYTES / 2));
      blocks(SHA256_LAYOUT.data, SHA256_DATA_BYTES / 2 / BLOCK_BYTES);
    }
    data.set(start === 0 ? message : message.subarray(start));
    const length = message.length - start;
    const padded = (length + 9 + BLOCK_BYTES - 1) & -BLOCK_BYTES;
    data.fill(0, length, padded);
    data[length] = 0x80;
    const bits = message.length * 8;
    for (let index = 1, rest = bits; rest > 0; index++, rest = (rest - (rest % 256)) / 256) data[padded - index] = rest % 256;
    blocks(SHA256_LAYOUT.data, padded / BLOCK_BYTES);
    const bytes = new Uint8Array(digestBytes);
    for (let index = 0; index < digestBytes; index++) bytes[index] = state[index >> 2]! >>> (24 - 8 * (index & 3));
    return bytes;
  };

  return {
    sha256: (message) => digest(message, SHA256_INITIAL, 32),
    sha224: (message) => digest(message, SHA224_INITIAL, 28),
    hashTreeForks: {
      capacity: SHA256_FORKS_MAX,
      input: new Int32Array(buffer, SHA256_LAYOUT.forkInput, 16 * SHA256_FORKS_MAX),
      output: new Int32Array(buffer, SHA256_LAYOUT.forkOutput, 8 * SHA256_FORKS_MAX),
      run: forks,
    },
  };
}

/**
 * A hasher that leaves long messages to another one: a call into native code costs more than a few blocks in WebAssembly, and many
 * blocks cost less there.
 *
 * @param longBytesMin - messages from this length on go to `long`. With node:crypto's one-shot `hash` the two meet at about 350 bytes
 * (Node 26, measured).
 */
export function combineHashers(short: WasmHasher, long: Hasher, longBytesMin: number): WasmHasher {
  return {
    sha256: (message) => (message.length < longBytesMin ? short : long).sha256(message),
    sha224: (message) => (message.length < longBytesMin ? short : long).sha224(message),
    hashTreeForks: short.hashTreeForks,
  };
}
