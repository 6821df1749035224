/**
 * CBOR encoder: shortest heads, definite lengths, entries of maps in the order given.
 * @module
 */
import { assert, utf8 } from '../base/index.ts';
import { CborFloat, SELF_DESCRIBED_TAG } from './cbor-value.ts';
import type { CborInput } from './cbor-value.ts';

const WRITER_BYTES = 4096;
const UINT64_MAX = (1n << 64n) - 1n;
const DEPTH_MAX = 1024;

/** Text up to this many UTF-16 units is written byte by byte when it is ASCII. */
const TEXT_ASCII_LENGTH_MAX = 48;

type Writer = { bytes: Uint8Array<ArrayBuffer>; view: DataView; length: number; depth: number };

/**
 * Encodes one message.
 *
 * @param value - numbers must be safe integers; bigints lie in -2^64 to 2^64 - 1; text has no lone surrogates. Anything else is a bug
 *   of the caller.
 * @returns bytes that the caller owns.
 * @throws AssertionFault for a value outside the profile.
 */
export function encodeCbor(value: CborInput): Uint8Array<ArrayBuffer> {
  return encodeFrom(value, false);
}

/** As {@link encodeCbor}, with the tag 55799 in front, as every message of the HTTPS interface has it. */
export function encodeSelfDescribedCbor(value: CborInput): Uint8Array<ArrayBuffer> {
  return encodeFrom(value, true);
}

/** A small writer to use again, while no one else does: reading a property of a value may run code that encodes. */
let idleWriter: Writer | undefined;

function createWriter(): Writer {
  const bytes = new Uint8Array(WRITER_BYTES);
  return { bytes, view: new DataView(bytes.buffer), length: 0, depth: 0 };
}

function encodeFrom(value: CborInput, selfDescribed: boolean): Uint8Array<ArrayBuffer> {
  const writer = idleWriter ?? createWriter();
  idleWriter = undefined;
  writer.length = 0;
  writer.depth = 0;
  if (selfDescribed) writeHead(writer, 6, SELF_DESCRIBED_TAG);
  writeItem(writer, value);
  const message = writer.bytes.slice(0, writer.length);
  if (writer.bytes.length <= WRITER_BYTES) idleWriter = writer;
  return message;
}

function reserve(writer: Writer, count: number): void {
  const needed = writer.length + count;
  if (needed <= writer.bytes.length) return;
  const grown = new Uint8Array(Math.max(needed, 2 * writer.bytes.length));
  grown.set(writer.bytes.subarray(0, writer.length));
  writer.bytes = grown;
  writer.view = new DataView(grown.buffer);
}

function writeItem(writer: Writer, value: CborInput): void {
  switch (typeof value) {
    case 'number':
      assert(Number.isSafeInteger(value), 'a number in CBOR is a safe integer; floats are a CborFloat');
      return value >= 0 ? writeHead(writer, 0, value) : writeHead(writer, 1, -1 - value);
    case 'bigint':
      return value >= 0n ? writeBigHead(writer, 0, value) : writeBigHead(writer, 1, -1n - value);
    case 'string':
      return writeText(writer, value);
    case 'boolean':
      return writeHead(writer, 7, value ? 21 : 20);
    default:
      return writeObject(writer, value);
  }
}

function writeObject(writer: Writer, value: CborInput & (object | null)): void {
  if (value === null) return writeHead(writer, 7, 22);
  if (value instanceof Uint8Array) return writeBytes(writer, value);
  if (value instanceof CborFloat) return writeFloat(writer, value.value);
  assert(++writer.depth <= DEPTH_MAX, 'arrays and maps to encode are not nested without end');
  if (value instanceof Map) {
    writeHead(writer, 5, value.size);
    for (const [key, item] of value) {
      writeItem(writer, key);
      writeItem(writer, item);
    }
  } else if (Array.isArray(value)) {
    writeHead(writer, 4, value.length);
    for (let index = 0; index < value.length; index++) writeItem(writer, value[index]!);
  } else {
    writeRecord(writer, value as { readonly [key: string]: CborInput | undefined });
  }
  writer.depth--;
}

function writeRecord(writer: Writer, record: { readonly [key: string]: CborInput | undefined }): void {
  const keys = Object.keys(record);
  let count = 0;
  for (const key of keys) if (record[key] !== undefined) count++;
  writeHead(writer, 5, count);
  for (const key of keys) {
    const item = record[key];
    if (item === undefined) continue;
    writeText(writer, key);
    writeItem(writer, item);
  }
}

/** Head of an item: its major type and an argument, a safe non-negative integer. */
function writeHead(writer: Writer, major: number, argument: number): void {
  reserve(writer, 9);
  const { bytes, view, length } = writer;
  const top = major << 5;
  if (argument < 24) {
    bytes[length] = top | argument;
    writer.length = length + 1;
  } else if (argument < 0x100) {
    bytes[length] = top | 24;
    bytes[length + 1] = argument;
    writer.length = length + 2;
  } else if (argument < 0x1_0000) {
    bytes[length] = top | 25;
    view.setUint16(length + 1, argument);
    writer.length = length + 3;
  } else if (argument < 0x1_0000_0000) {
    bytes[length] = top | 26;
    view.setUint32(length + 1, argument);
    writer.length = length + 5;
  } else {
    bytes[length] = top | 27;
    view.setUint32(length + 1, Math.floor(argument / 0x1_0000_0000));
    view.setUint32(length + 5, argument >>> 0);
    writer.length = length + 9;
  }
}

function writeBigHead(writer: Writer, major: number, argument: bigint): void {
  if (argument <= 0xffff_ffffn) return writeHead(writer, major, Number(argument));
  assert(argument <= UINT64_MAX, 'an integer in CBOR lies in -2^64 to 2^64 - 1');
  reserve(writer, 9);
  writer.bytes[writer.length] = (major << 5) | 27;
  writer.view.setBigUint64(writer.length + 1, argument);
  writer.length += 9;
}

function writeBytes(writer: Writer, value: Uint8Array): void {
  writeHead(writer, 2, value.length);
  reserve(writer, value.length);
  writer.bytes.set(value, writer.length);
  writer.length += value.length;
}

function writeText(writer: Writer, text: string): void {
  if (text.length <= TEXT_ASCII_LENGTH_MAX && writeShortAscii(writer, text)) return;
  assert(text.isWellFormed(), 'text in CBOR has no lone surrogates');
  const encoded = utf8(text);
  writeHead(writer, 3, encoded.length);
  reserve(writer, encoded.length);
  writer.bytes.set(encoded, writer.length);
  writer.length += encoded.length;
}

/** Writes a short text if it is ASCII; calling the host's encoder costs more than this loop. */
function writeShortAscii(writer: Writer, text: string): boolean {
  const start = writer.length;
  writeHead(writer, 3, text.length);
  reserve(writer, text.length);
  const { bytes, length } = writer;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x80) {
      writer.length = start;
      return false;
    }
    bytes[length + index] = unit;
  }
  writer.length = length + text.length;
  return true;
}

function writeFloat(writer: Writer, value: number): void {
  reserve(writer, 9);
  writer.bytes[writer.length] = 0xfb;
  // The bits of a NaN are the engine's choice: write one fixed pattern.
  if (Number.isNaN(value)) writer.view.setBigUint64(writer.length + 1, 0x7ff8_0000_0000_0000n);
  else writer.view.setFloat64(writer.length + 1, value);
  writer.length += 9;
}
