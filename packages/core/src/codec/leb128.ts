/**
 * LEB128: integers in groups of seven bits, least significant first.
 *
 * Readers advance a cursor and are bounded in bits. Two rules about padding exist in the formats we read: WebAssembly lets a number
 * of N bits take up to ceil(N/7) bytes, however many it needs (`padded`); the request hash of the IC wants the shortest form
 * (`shortest`). Candid allows any padding and reads its own numbers.
 * Source: WebAssembly core specification 5.2.2; IC interface specification, "Representation-independent hashing".
 * @module
 */
import { IcError, assert } from '../base/index.ts';
import { LEB128_NUMBER_BITS_MAX } from './limits.ts';

/** A position in a byte string. Readers move `offset` behind what they read; after an error it is anywhere. */
export type ByteCursor = { readonly bytes: Uint8Array; offset: number };

/** Which encodings of a number are accepted: up to ceil(bits/7) bytes, or only the shortest. */
export type Leb128Form = 'padded' | 'shortest';

/** Codes of {@link IcError}s that the readers throw. */
export type Leb128ErrorDetail = {
  readonly code: 'LEB128_TRUNCATED' | 'LEB128_OUT_OF_RANGE' | 'LEB128_NOT_SHORTEST';
  readonly offset: number;
};

function truncated(offset: number): IcError<Leb128ErrorDetail> {
  return new IcError({ code: 'LEB128_TRUNCATED', offset }, `the input ends inside a LEB128 number at byte ${offset}`);
}

function outOfRange(offset: number, bits: number): IcError<Leb128ErrorDetail> {
  return new IcError({ code: 'LEB128_OUT_OF_RANGE', offset }, `the LEB128 number at byte ${offset} does not fit in ${bits} bits`);
}

function notShortest(offset: number): IcError<Leb128ErrorDetail> {
  return new IcError({ code: 'LEB128_NOT_SHORTEST', offset }, `the LEB128 number at byte ${offset} has needless bytes`);
}

/**
 * Reads an unsigned number of at most `bits` bits.
 *
 * @param bits - 1 to 53.
 * @throws IcError {@link Leb128ErrorDetail}
 */
export function readUlebNumber(cursor: ByteCursor, bits: number, form: Leb128Form = 'padded'): number {
  const { bytes } = cursor;
  const start = cursor.offset;
  const first = bytes[start];
  if (first !== undefined && first < 0x80 && bits >= 7) {
    cursor.offset = start + 1;
    return first;
  }
  assert(bits >= 1 && bits <= LEB128_NUMBER_BITS_MAX, 'a LEB128 number that is read as a JavaScript number has 1 to 53 bits');
  let value = 0;
  let scale = 1;
  for (let shift = 0, offset = start; ; shift += 7, offset++) {
    if (shift >= bits) throw outOfRange(start, bits);
    const byte = bytes[offset];
    if (byte === undefined) throw truncated(start);
    const group = byte & 0x7f;
    if (bits - shift < 7 && group >> (bits - shift) !== 0) throw outOfRange(start, bits);
    value += group * scale;
    scale *= 128;
    if (byte < 0x80) {
      if (form === 'shortest' && byte === 0 && shift > 0) throw notShortest(start);
      cursor.offset = offset + 1;
      return value;
    }
  }
}

/** Bytes that a LEB128 number takes from `start` on, at most `bytesMax`. */
function lebLength(bytes: Uint8Array, start: number, bits: number): number {
  const bytesMax = Math.ceil(bits / 7);
  for (let length = 1; ; length++) {
    const byte = bytes[start + length - 1];
    if (byte === undefined) throw truncated(start);
    if (byte < 0x80) return length;
    if (length >= bytesMax) throw outOfRange(start, bits);
  }
}

/**
 * The groups of a LEB128 number as one unsigned integer.
 *
 * Linear in `length`: long numbers go through hexadecimal text, which an engine parses without multiplying.
 */
export function lebGroupsToBigint(bytes: Uint8Array, start: number, length: number): bigint {
  if (length <= 4) {
    let value = 0;
    for (let index = length - 1; index >= 0; index--) value = (value << 7) | (bytes[start + index]! & 0x7f);
    return BigInt(value);
  }
  if (length <= 14) {
    let high = 0;
    for (let index = length - 1; index >= 7; index--) high = high * 128 + (bytes[start + index]! & 0x7f);
    let low = 0;
    for (let index = Math.min(length, 7) - 1; index >= 0; index--) low = low * 128 + (bytes[start + index]! & 0x7f);
    return high === 0 ? BigInt(low) : (BigInt(high) << 49n) | BigInt(low);
  }
  // Eight groups are 56 bits, that is 14 digits: read from the most significant end in blocks of eight groups.
  let digits = '0x0';
  for (let block = Math.ceil(length / 8) - 1; block >= 0; block--) {
    let high = 0;
    let low = 0;
    for (let index = Math.min(length, block * 8 + 8) - 1; index >= block * 8 + 4; index--)
      high = (high << 7) | (bytes[start + index]! & 0x7f);
    for (let index = Math.min(length, block * 8 + 4) - 1; index >= block * 8; index--) low = (low << 7) | (bytes[start + index]! & 0x7f);
    digits += high.toString(16).padStart(7, '0') + low.toString(16).padStart(7, '0');
  }
  return BigInt(digits);
}

/**
 * Reads an unsigned number of at most `bits` bits as a bigint.
 * @throws IcError {@link Leb128ErrorDetail}
 */
export function readUlebBigint(cursor: ByteCursor, bits: number, form: Leb128Form = 'padded'): bigint {
  const { bytes, offset: start } = cursor;
  const length = lebLength(bytes, start, bits);
  const last = bytes[start + length - 1]!;
  const spare = length * 7 - bits;
  if (spare > 0 && last >> (7 - spare) !== 0) throw outOfRange(start, bits);
  if (form === 'shortest' && last === 0 && length > 1) throw notShortest(start);
  cursor.offset = start + length;
  return lebGroupsToBigint(bytes, start, length);
}

/**
 * Reads a signed number of at most `bits` bits, sign included.
 *
 * @param bits - 1 to 53.
 * @throws IcError {@link Leb128ErrorDetail}
 */
export function readSlebNumber(cursor: ByteCursor, bits: number, form: Leb128Form = 'padded'): number {
  assert(bits >= 1 && bits <= LEB128_NUMBER_BITS_MAX, 'a LEB128 number that is read as a JavaScript number has 1 to 53 bits');
  const { bytes, offset: start } = cursor;
  const first = bytes[start];
  if (first !== undefined && first < 0x80 && bits >= 7) {
    cursor.offset = start + 1;
    return (first << 25) >> 25;
  }
  return Number(readSlebBigint(cursor, bits, form));
}

/**
 * Reads a signed number of at most `bits` bits, sign included, as a bigint.
 * @throws IcError {@link Leb128ErrorDetail}
 */
export function readSlebBigint(cursor: ByteCursor, bits: number, form: Leb128Form = 'padded'): bigint {
  const { bytes, offset: start } = cursor;
  const length = lebLength(bytes, start, bits);
  const last = bytes[start + length - 1]!;
  const spare = length * 7 - bits;
  if (spare > 0) {
    // The unused bits of the last group repeat the sign bit, which is the topmost used one.
    const top = last >> (6 - spare);
    if (top !== 0 && top !== (1 << (spare + 1)) - 1) throw outOfRange(start, bits);
  }
  if (form === 'shortest' && length > 1 && isSignPadding(last, bytes[start + length - 2]!)) throw notShortest(start);
  cursor.offset = start + length;
  const value = lebGroupsToBigint(bytes, start, length);
  return (last & 0x40) === 0 ? value : value - (1n << BigInt(7 * length));
}

function isSignPadding(last: number, beforeLast: number): boolean {
  return (last === 0 && (beforeLast & 0x40) === 0) || (last === 0x7f && (beforeLast & 0x40) !== 0);
}

/** Seven-bit groups of a non-negative integer, least significant first, without continuation bits; at least one. */
function groupsOf(value: bigint): number[] {
  const groups: number[] = [];
  if (value < 1n << 49n) {
    for (let rest = Number(value); rest > 0 || groups.length === 0; rest = Math.floor(rest / 128)) groups.push(rest % 128);
    return groups;
  }
  const digits = value.toString(16);
  let held = 0;
  let bits = 0;
  for (let index = digits.length - 1; index >= 0; index--) {
    const code = digits.charCodeAt(index);
    held |= (code < 58 ? code - 48 : code - 87) << bits;
    bits += 4;
    if (bits >= 7) {
      groups.push(held & 0x7f);
      held >>= 7;
      bits -= 7;
    }
  }
  if (held > 0) groups.push(held);
  return groups;
}

function joinGroups(groups: readonly number[]): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(groups);
  for (let index = 0; index < bytes.length - 1; index++) bytes[index] = bytes[index]! | 0x80;
  return bytes;
}

/**
 * Shortest unsigned LEB128 of `value`.
 * @param value - a non-negative integer; a number must be a safe integer.
 */
export function encodeUleb128(value: number | bigint): Uint8Array<ArrayBuffer> {
  assert(typeof value === 'bigint' || Number.isSafeInteger(value), 'a LEB128 number is an integer');
  assert(value >= 0, 'an unsigned LEB128 number is not negative');
  if (value < 128) return Uint8Array.of(Number(value));
  return joinGroups(groupsOf(BigInt(value)));
}

/**
 * Shortest signed LEB128 of `value`.
 * @param value - an integer; a number must be a safe integer.
 */
export function encodeSleb128(value: number | bigint): Uint8Array<ArrayBuffer> {
  assert(typeof value === 'bigint' || Number.isSafeInteger(value), 'a LEB128 number is an integer');
  if (value >= -64 && value < 64) return Uint8Array.of(Number(value) & 0x7f);
  const negative = value < 0;
  // Of a negative number the groups are those of its complement, inverted.
  const groups = groupsOf(negative ? -1n - BigInt(value) : BigInt(value));
  if (groups[groups.length - 1]! >= 0x40) groups.push(0);
  return joinGroups(negative ? groups.map((group) => group ^ 0x7f) : groups);
}

/** Bytes that {@link writeUleb128} will write: 1 to 8. */
export function uleb128Length(value: number): number {
  let length = 1;
  for (let limit = 128; value >= limit; limit *= 128) length++;
  return length;
}

/**
 * Writes the shortest unsigned LEB128 of `value` into `target`.
 *
 * @param value - a safe non-negative integer.
 * @returns the offset behind it. The caller makes sure there is room.
 */
export function writeUleb128(target: Uint8Array, offset: number, value: number): number {
  let rest = value;
  let next = offset;
  while (rest >= 128) {
    target[next++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  target[next++] = rest;
  return next;
}
