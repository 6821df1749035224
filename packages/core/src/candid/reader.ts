/**
 * The state of decoding one message, and the readers of what values are made of.
 * @module
 */
import { lebGroupsToBigint, textOfUtf8 } from '../codec/index.ts';
import type { PrincipalId } from '../base/index.ts';
import { PRINCIPAL_BYTES_MAX, toHex } from '../base/index.ts';
import { candidError } from './errors.ts';
import type { CandidError } from './errors.ts';
import type { CandidLimits } from './limits.ts';

/** Lengths are padded by nobody beyond what 64 bits take. */
const LENGTH_BYTES_MAX = 10;

/** A message that is being decoded. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly limits: CandidLimits;
  offset: number = 0;
  /** Values that may still be read: see `CandidLimits.quotaBase`. */
  quota: number;
  depth: number = 0;
  /** Why the last mismatch is one, and where below the current value. */
  why: string = '';
  path: string = '';

  constructor(bytes: Uint8Array, limits: CandidLimits) {
    // A host's own subclass of Uint8Array must not leak into the values.
    this.bytes = bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.limits = limits;
    this.quota = limits.quotaBase + limits.quotaPerByte * bytes.length;
  }
}

/** The bytes are not a Candid message. */
export function malformed(reader: Reader, what: string): CandidError {
  return candidError('CANDID_MALFORMED', `not a valid Candid message: ${what} (byte ${reader.offset})`, reader.offset);
}

/** Takes `count` values from the quota. */
export function charge(reader: Reader, count: number): void {
  reader.quota -= count;
  if (reader.quota < 0) {
    throw candidError(
      'CANDID_LIMIT_EXCEEDED',
      `the message has far more values than bytes (byte ${reader.offset} of ${reader.bytes.length})`,
      reader.offset,
    );
  }
}

/** Steps into a composite value; leave with `reader.depth--`. */
export function enter(reader: Reader): void {
  if (++reader.depth > reader.limits.depthMax) {
    throw candidError(
      'CANDID_LIMIT_EXCEEDED',
      `the values of the message are nested more than ${reader.limits.depthMax} levels deep`,
      reader.offset,
    );
  }
}

/** An unsigned LEB128 that counts or indexes something; exact up to 2^53. */
export function readLength(reader: Reader): number {
  const first = reader.bytes[reader.offset];
  if (first !== undefined && first < 0x80) {
    reader.offset++;
    return first;
  }
  let value = 0;
  let scale = 1;
  const end = reader.offset + LENGTH_BYTES_MAX;
  while (reader.offset < end) {
    const byte = reader.bytes[reader.offset++];
    if (byte === undefined) throw malformed(reader, 'it ends inside a number');
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) {
      if (value <= Number.MAX_SAFE_INTEGER) return value;
      break;
    }
  }
  throw malformed(reader, 'a length is out of range');
}

/** A signed LEB128 that names a type: a table index or a code. */
export function readTypeCode(reader: Reader): number {
  const first = reader.bytes[reader.offset];
  if (first !== undefined && first < 0x80) {
    reader.offset++;
    return (first << 25) >> 25;
  }
  let value = 0;
  let scale = 1;
  const end = reader.offset + LENGTH_BYTES_MAX;
  while (reader.offset < end) {
    const byte = reader.bytes[reader.offset++];
    if (byte === undefined) throw malformed(reader, 'it ends inside a type');
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte < 0x80) {
      if (byte >= 0x40) value -= scale;
      if (Number.isSafeInteger(value)) return value;
      break;
    }
  }
  throw malformed(reader, 'a type is out of range');
}

/** Checks that `count` bytes follow, steps over them and gives their start. */
export function take(reader: Reader, count: number): number {
  const start = reader.offset;
  if (count > reader.bytes.length - start) throw malformed(reader, 'it ends inside a value');
  reader.offset = start + count;
  return start;
}

export function readByte(reader: Reader): number {
  const byte = reader.bytes[reader.offset];
  if (byte === undefined) throw malformed(reader, 'it ends inside a value');
  reader.offset++;
  return byte;
}

export function readBool(reader: Reader): boolean {
  const byte = readByte(reader);
  if (byte > 1) throw malformed(reader, `a bool is the byte ${byte}`);
  return byte === 1;
}

/** Steps over a LEB128 number and gives its length in bytes. */
export function skipLeb(reader: Reader): number {
  const { bytes, offset: start } = reader;
  let offset = start;
  while (offset < bytes.length && bytes[offset]! >= 0x80) offset++;
  if (offset === bytes.length) throw malformed(reader, 'it ends inside a number');
  reader.offset = offset + 1;
  return offset + 1 - start;
}

export function readNat(reader: Reader): bigint {
  const start = reader.offset;
  return lebGroupsToBigint(reader.bytes, start, skipLeb(reader));
}

export function readInt(reader: Reader): bigint {
  const start = reader.offset;
  const length = skipLeb(reader);
  const value = lebGroupsToBigint(reader.bytes, start, length);
  return reader.bytes[reader.offset - 1]! < 0x40 ? value : value - (1n << BigInt(7 * length));
}

export function readText(reader: Reader): string {
  const length = readLength(reader);
  const start = take(reader, length);
  const text = textOfUtf8(reader.bytes, start, reader.offset);
  if (text === undefined) throw malformed(reader, 'a text is not UTF-8');
  return text;
}

/** A copy: the caller owns it. */
export function readBlob(reader: Reader): Uint8Array {
  const length = readLength(reader);
  const start = take(reader, length);
  return reader.bytes.slice(start, reader.offset);
}

/** Steps over a principal and gives the start of its bytes, which end at the reader's offset. */
export function skipPrincipal(reader: Reader): number {
  if (readByte(reader) !== 1) throw malformed(reader, 'a reference is opaque');
  const length = readLength(reader);
  if (length > PRINCIPAL_BYTES_MAX) throw malformed(reader, `a principal has ${length} bytes`);
  return take(reader, length);
}

export function readPrincipal(reader: Reader): PrincipalId {
  const start = skipPrincipal(reader);
  return toHex(reader.bytes.subarray(start, reader.offset)) as PrincipalId;
}

export function readFunc(reader: Reader): readonly [PrincipalId, string] {
  if (readByte(reader) !== 1) throw malformed(reader, 'a reference is opaque');
  const id = readPrincipal(reader);
  return [id, readText(reader)];
}

/** Steps over a value of a type of the future. */
export function skipFuture(reader: Reader): void {
  const bytes = readLength(reader);
  const references = readLength(reader);
  if (references !== 0) throw malformed(reader, 'a value of an unknown type holds references');
  take(reader, bytes);
}
