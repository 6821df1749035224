/**
 * Reading and writing the little of DER that public keys and signatures need. Only definite, shortest lengths are accepted.
 *
 * Source: ITU-T X.690, sections 8 and 10.
 * @module
 */
import { IcError, assert, concatBytes } from '../base/index.ts';

export const DER_INTEGER = 0x02;
export const DER_BIT_STRING = 0x03;
export const DER_OBJECT_IDENTIFIER = 0x06;
export const DER_SEQUENCE = 0x30;

/** Longest contents that are read or written: everything we know has less. */
const CONTENT_BYTES_MAX = 0xffff;

/** A position in DER bytes. Readers move it behind what they read. */
export type DerReader = { readonly bytes: Uint8Array; offset: number };

function invalid(what: string): IcError {
  return new IcError({ code: 'DER_INVALID' }, `not valid DER: ${what}`);
}

/**
 * Contents of the next element, which must have this tag.
 * @throws IcError `DER_INVALID`
 */
export function readDer(reader: DerReader, tag: number): Uint8Array {
  const { bytes, offset } = reader;
  if (bytes[offset] !== tag) {
    throw invalid(`an element of type 0x${tag.toString(16)} is expected at byte ${offset}`);
  }
  let length = bytes[offset + 1];
  let start = offset + 2;
  if (length === undefined) throw invalid('it ends inside an element');
  if (length >= 0x80) {
    const size = length & 0x7f;
    if (size < 1 || size > 2) throw invalid(`the length at byte ${offset + 1} has a form that is not accepted`);
    if (start + size > bytes.length) throw invalid('it ends inside a length');
    length = size === 1 ? bytes[start]! : bytes[start]! * 256 + bytes[start + 1]!;
    if (length < (size === 1 ? 0x80 : 0x100)) throw invalid(`the length at byte ${offset + 1} is longer than needed`);
    start += size;
  }
  if (start + length > bytes.length) throw invalid('an element is longer than what is left');
  reader.offset = start + length;
  return bytes.subarray(start, reader.offset);
}

/** @throws IcError `DER_INVALID` unless everything was read. */
export function endDer(reader: DerReader): void {
  if (reader.offset !== reader.bytes.length) throw invalid(`${reader.bytes.length - reader.offset} bytes follow the last element`);
}

/**
 * Contents of a BIT STRING of whole bytes.
 * @throws IcError `DER_INVALID`
 */
export function readDerBytes(reader: DerReader): Uint8Array {
  const content = readDer(reader, DER_BIT_STRING);
  if (content[0] !== 0) throw invalid('a bit string is not a number of whole bytes');
  return content.subarray(1);
}

/**
 * A non-negative INTEGER, big-endian without leading zeros; zero has no bytes.
 * @throws IcError `DER_INVALID` for negative numbers and forms longer than needed.
 */
export function readDerUnsigned(reader: DerReader): Uint8Array {
  const content = readDer(reader, DER_INTEGER);
  const first = content[0];
  if (first === undefined) throw invalid('an integer has no bytes');
  if (first >= 0x80) throw invalid('an integer is negative');
  if (first !== 0) return content;
  const second = content[1];
  if (second !== undefined && second < 0x80) throw invalid('an integer has a needless leading zero');
  return content.subarray(1);
}

/** One element. */
export function writeDer(tag: number, ...contents: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = concatBytes(...contents);
  const { length } = content;
  assert(length <= CONTENT_BYTES_MAX, 'an element has at most 65,535 bytes');
  if (length < 0x80) return concatBytes(Uint8Array.of(tag, length), content);
  if (length < 0x100) return concatBytes(Uint8Array.of(tag, 0x81, length), content);
  return concatBytes(Uint8Array.of(tag, 0x82, length >> 8, length & 255), content);
}

/** A BIT STRING of whole bytes. */
export function writeDerBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return writeDer(DER_BIT_STRING, Uint8Array.of(0), bytes);
}

/** An INTEGER. @param magnitude - big-endian, without leading zeros. */
export function writeDerUnsigned(magnitude: Uint8Array): Uint8Array<ArrayBuffer> {
  const first = magnitude[0];
  return first === undefined || first >= 0x80 ? writeDer(DER_INTEGER, Uint8Array.of(0), magnitude) : writeDer(DER_INTEGER, magnitude);
}
