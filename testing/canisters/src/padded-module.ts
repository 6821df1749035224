/**
 * Modules of any size: what a big canister looks like to everything that stores, hashes, checks, uploads and rewrites it.
 * @module
 */
import {
  customSection,
  lengthPrefixed,
  readSections,
  readUnsignedLeb128,
  unsignedLeb128,
  writeSections,
  type WasmSection,
} from './wasm-sections.ts';

const CODE_SECTION = 10;
const DATA_SECTION = 11;
const DATA_COUNT_SECTION = 12;
const PASSIVE_SEGMENT = 1;

/** Bytes without a pattern that a compressor finds, the same every time. */
function noise(size: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = 0x9e3779b9;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, size);
}

function withCount(count: number, ...rest: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat([unsignedLeb128(count), ...rest]));
}

/** The module with one more passive data segment, which no instruction uses. */
function addDataSegment(sections: readonly WasmSection[], bytes: Uint8Array): WasmSection[] {
  const segment = Buffer.concat([Uint8Array.of(PASSIVE_SEGMENT), lengthPrefixed(bytes)]);
  const others = sections.filter(({ id }) => id !== DATA_SECTION && id !== DATA_COUNT_SECTION);
  const data = sections.find(({ id }) => id === DATA_SECTION)?.contents ?? Uint8Array.of(0);
  const { value: segments, end } = readUnsignedLeb128(data, 0);
  const count: WasmSection = { id: DATA_COUNT_SECTION, contents: unsignedLeb128(segments + 1) };
  const grown: WasmSection = { id: DATA_SECTION, contents: withCount(segments + 1, data.subarray(end), segment) };
  const codeAt = others.findIndex(({ id }) => id === CODE_SECTION);
  if (codeAt < 0) throw new Error('a module without code is no canister');
  return [...others.slice(0, codeAt), count, ...others.slice(codeAt, codeAt + 1), grown, ...others.slice(codeAt + 1)];
}

/**
 * Pads a module to at least `size` bytes, by a few bytes at most more.
 *
 * @param size - bytes; not below the module's own size.
 * @param options.place - `data`: one passive data segment, which execution carries along; `custom`: one custom section.
 */
export function padModule(wasm: Uint8Array, size: number, options: { readonly place: 'data' | 'custom' }): Uint8Array {
  const missing = size - wasm.length;
  if (missing <= 0) throw new RangeError(`the module has ${wasm.length} bytes already, ${size} were asked for`);
  const sections = readSections(wasm);
  const bytes = noise(missing);
  return writeSections(options.place === 'data' ? addDataSegment(sections, bytes) : [...sections, customSection('padding', bytes)]);
}
