/**
 * CBOR decoder for untrusted messages.
 *
 * Accepts what agents of every age send: definite and indefinite lengths, and integers that are longer than needed. Refuses duplicate
 * keys, trailing bytes, tags other than the outer 55799, and everything beyond the limits. The cost is linear in the input: a length
 * is checked against the bytes that are left before anything is allocated.
 * @module
 */
import { IcError, toHex } from '../base/index.ts';
import { CborFloat, SELF_DESCRIBED_TAG } from './cbor-value.ts';
import type { CborErrorDetail, CborKey, CborValue } from './cbor-value.ts';
import { DEFAULT_CBOR_LIMITS } from './limits.ts';
import type { CborLimits } from './limits.ts';
import { knownWord } from './protocol-words.ts';
import { textOfUtf8 } from './utf8-text.ts';

/** Additional information of an indefinite length, or of "break" in major type 7. */
const INDEFINITE = 31;
const BREAK_BYTE = 0xff;

type Reader = {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  offset: number;
  itemsLeft: number;
  depthLeft: number;
};

function fault(code: CborErrorDetail['code'], offset: number, what: string): IcError<CborErrorDetail> {
  return new IcError({ code, offset }, `${what} at byte ${offset} of the CBOR message`);
}

/**
 * Decodes one message, with or without the self-described tag.
 *
 * Byte strings are views into `bytes`, never copies: copy what outlives the message, and do not write to the input.
 * @throws IcError {@link CborErrorDetail}
 */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits = DEFAULT_CBOR_LIMITS): CborValue {
  if (bytes.length > limits.bytesMax) {
    throw new IcError(
      { code: 'CBOR_LIMIT_EXCEEDED', offset: 0 },
      `the message has ${bytes.length} bytes, at most ${limits.bytesMax} are accepted`,
    );
  }
  const reader: Reader = {
    // A host's own subclass of Uint8Array must not leak into the values.
    bytes: bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    offset: 0,
    itemsLeft: limits.itemsMax,
    depthLeft: limits.depthMax,
  };
  if (bytes[0] === 0xd9 && bytes.length >= 3 && reader.view.getUint16(1) === SELF_DESCRIBED_TAG) reader.offset = 3;
  const value = readItem(reader);
  if (reader.offset !== bytes.length) throw fault('CBOR_TRAILING_BYTES', reader.offset, 'bytes follow the message');
  return value === undefined ? null : value;
}

/** One item; `undefined` only for CBOR's undefined. */
function readItem(reader: Reader): CborValue | undefined {
  const start = reader.offset;
  const initial = reader.bytes[start];
  if (initial === undefined) throw fault('CBOR_TRUNCATED', start, 'an item is missing');
  if (--reader.itemsLeft < 0) throw fault('CBOR_LIMIT_EXCEEDED', start, 'there are too many items');
  reader.offset = start + 1;
  const info = initial & 31;
  switch (initial >> 5) {
    case 0:
      return readArgument(reader, info);
    case 1: {
      const argument = readArgument(reader, info);
      return negative(argument);
    }
    case 2:
      return readBytes(reader, info);
    case 3:
      return readText(reader, info);
    case 4:
      return readArray(reader, info);
    case 5:
      return readMap(reader, info);
    case 6:
      throw fault('CBOR_UNSUPPORTED', start, 'there is a tag');
    default:
      return readSimple(reader, info);
  }
}

/** -1 - argument, in the form of the profile: a number when it is a safe integer. */
function negative(argument: number | bigint): number | bigint {
  if (typeof argument === 'bigint') return -1n - argument;
  return argument === Number.MAX_SAFE_INTEGER ? -1n - BigInt(argument) : -1 - argument;
}

/** The argument of an item's head: 0 to 2^64 - 1. */
function readArgument(reader: Reader, info: number): number | bigint {
  if (info < 24) return info;
  const { offset, view } = reader;
  const size = info <= 27 ? 1 << (info - 24) : 0;
  if (size === 0) throw fault('CBOR_MALFORMED', offset - 1, `an item has additional information ${info}`);
  if (offset + size > view.byteLength) throw fault('CBOR_TRUNCATED', offset, 'the input ends inside an item');
  reader.offset = offset + size;
  if (size === 1) return view.getUint8(offset);
  if (size === 2) return view.getUint16(offset);
  if (size === 4) return view.getUint32(offset);
  const high = view.getUint32(offset);
  return high < 0x200000 ? high * 0x1_0000_0000 + view.getUint32(offset + 4) : view.getBigUint64(offset);
}

/** A length: of bytes, or of items that take at least `bytesEach` bytes. It always fits into what is left of the input. */
function readLength(reader: Reader, info: number, bytesEach: number): number {
  const start = reader.offset - 1;
  const length = readArgument(reader, info);
  if (typeof length === 'bigint' || length * bytesEach > reader.bytes.length - reader.offset) {
    throw fault('CBOR_TRUNCATED', start, `a length is more than what is left`);
  }
  return length;
}

function readBytes(reader: Reader, info: number): Uint8Array {
  if (info !== INDEFINITE) {
    const length = readLength(reader, info, 1);
    const start = reader.offset;
    reader.offset = start + length;
    return reader.bytes.subarray(start, reader.offset);
  }
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (let chunkInfo = nextChunk(reader, 2); chunkInfo >= 0; chunkInfo = nextChunk(reader, 2)) {
    const chunk = readBytes(reader, chunkInfo);
    chunks.push(chunk);
    total += chunk.length;
  }
  const joined = new Uint8Array(total);
  let offset = 0;
  for (const chunk of chunks) {
    joined.set(chunk, offset);
    offset += chunk.length;
  }
  return joined;
}

/** Head of the next chunk of an indefinite string: its additional information, or -1 at the break. */
function nextChunk(reader: Reader, major: number): number {
  const initial = reader.bytes[reader.offset];
  if (initial === undefined) throw fault('CBOR_TRUNCATED', reader.offset, 'the input ends inside a string of indefinite length');
  if (--reader.itemsLeft < 0) throw fault('CBOR_LIMIT_EXCEEDED', reader.offset, 'there are too many items');
  if (initial !== BREAK_BYTE && (initial >> 5 !== major || (initial & 31) === INDEFINITE)) {
    throw fault('CBOR_MALFORMED', reader.offset, 'a string of indefinite length has a chunk of another kind');
  }
  reader.offset++;
  return initial === BREAK_BYTE ? -1 : initial & 31;
}

function readText(reader: Reader, info: number): string {
  if (info === INDEFINITE) {
    let text = '';
    for (let chunkInfo = nextChunk(reader, 3); chunkInfo >= 0; chunkInfo = nextChunk(reader, 3)) text += readText(reader, chunkInfo);
    return text;
  }
  const length = readLength(reader, info, 1);
  const start = reader.offset;
  reader.offset = start + length;
  const known = knownWord(reader.bytes, start, length);
  if (known !== undefined) return known;
  const text = textOfUtf8(reader.bytes, start, reader.offset);
  if (text === undefined) throw fault('CBOR_MALFORMED', start, 'a text is not UTF-8');
  return text;
}

function enter(reader: Reader): void {
  if (--reader.depthLeft < 0) throw fault('CBOR_LIMIT_EXCEEDED', reader.offset - 1, 'arrays and maps are nested too deeply');
}

/** Whether an indefinite array or map goes on; steps over the break when it does not. */
function hasMore(reader: Reader): boolean {
  if (reader.bytes[reader.offset] !== BREAK_BYTE) return true;
  reader.offset++;
  return false;
}

function readArray(reader: Reader, info: number): CborValue[] {
  enter(reader);
  const items: CborValue[] = [];
  if (info === INDEFINITE) {
    while (hasMore(reader)) items.push(readItem(reader) ?? null);
  } else {
    const count = readLength(reader, info, 1);
    for (let index = 0; index < count; index++) items.push(readItem(reader) ?? null);
  }
  reader.depthLeft++;
  return items;
}

function readMap(reader: Reader, info: number): Map<CborKey, CborValue> {
  enter(reader);
  const map = new Map<CborKey, CborValue>();
  const keys: KeyCheck = { entries: 0, unusual: undefined };
  if (info === INDEFINITE) {
    while (hasMore(reader)) readEntry(reader, map, keys);
  } else {
    const count = readLength(reader, info, 2);
    for (let index = 0; index < count; index++) readEntry(reader, map, keys);
  }
  reader.depthLeft++;
  return map;
}

/** Keys seen that the map itself cannot tell apart: bytes (compared by identity) and keys whose value is left out. */
type KeyCheck = { entries: number; unusual: Set<string> | undefined };

function readEntry(reader: Reader, map: Map<CborKey, CborValue>, keys: KeyCheck): void {
  const start = reader.offset;
  const key = readItem(reader);
  const usual = typeof key === 'string' || typeof key === 'number' || typeof key === 'bigint';
  if (!usual && !(key instanceof Uint8Array)) throw fault('CBOR_UNSUPPORTED', start, 'a key is neither text nor an integer nor bytes');
  const value = readItem(reader);
  if (usual && value !== undefined && keys.unusual === undefined) {
    map.set(key, value);
    if (map.size === ++keys.entries) return;
    throw fault('CBOR_DUPLICATE_KEY', start, 'a map has the same key twice');
  }
  keys.unusual ??= new Set([...map.keys()].map(keyText));
  const text = keyText(key);
  if (keys.unusual.has(text)) throw fault('CBOR_DUPLICATE_KEY', start, 'a map has the same key twice');
  keys.unusual.add(text);
  if (value !== undefined) map.set(key, value);
}

/** Text that is different for different keys. */
function keyText(key: CborKey): string {
  if (typeof key === 'string') return `t${key}`;
  return key instanceof Uint8Array ? `b${toHex(key)}` : `i${key}`;
}

function readSimple(reader: Reader, info: number): CborValue | undefined {
  const start = reader.offset - 1;
  switch (info) {
    case 20:
      return false;
    case 21:
      return true;
    case 22:
      return null;
    case 23:
      return undefined;
    case 25:
    case 26:
    case 27:
      return readFloat(reader, info);
    case INDEFINITE:
      throw fault('CBOR_MALFORMED', start, 'there is a break outside of an indefinite item');
    default:
      if (info >= 28) throw fault('CBOR_MALFORMED', start, `an item has additional information ${info}`);
      throw fault('CBOR_UNSUPPORTED', start, 'there is an unassigned simple value');
  }
}

function readFloat(reader: Reader, info: number): CborFloat {
  const { offset, view } = reader;
  const size = 1 << (info - 24);
  if (offset + size > view.byteLength) throw fault('CBOR_TRUNCATED', offset, 'the input ends inside an item');
  reader.offset = offset + size;
  if (size === 4) return new CborFloat(view.getFloat32(offset));
  return new CborFloat(size === 8 ? view.getFloat64(offset) : halfToNumber(view.getUint16(offset)));
}

/** Value of an IEEE 754 binary16. Every step is exact. */
function halfToNumber(half: number): number {
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if (exponent === 0) return (sign * fraction) / 0x100_0000;
  return (sign * (fraction + 1024) * (1 << exponent)) / 0x200_0000;
}
