/**
 * Writes the WebAssembly binary format into one growing buffer.
 * @module
 */
import { utf8 } from '../../base/index.ts';

/** A buffer that grows by doubling; a hot handle, reused from function to function. */
export class ByteWriter {
  bytes: Uint8Array;
  length = 0;

  constructor(capacity = 256) {
    this.bytes = new Uint8Array(capacity);
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.bytes.length, needed));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  u8(value: number): void {
    if (this.length >= this.bytes.length) this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Unsigned LEB128 of a natural number below 2^53. */
  u32(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length++] = rest;
  }

  /** Signed LEB128 of an integer between -2^53 and 2^53. */
  signed(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest !== (rest | 0)) {
      const low = ((rest % 0x80) + 0x80) % 0x80;
      rest = (rest - low) / 0x80;
      this.bytes[this.length++] = low | 0x80;
    }
    rest |= 0;
    while (rest < -0x40 || rest >= 0x40) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>= 7;
    }
    this.bytes[this.length++] = rest & 0x7f;
  }

  /** Bytes `[start, end)` of `source`. */
  range(source: Uint8Array, start: number, end: number): void {
    const count = end - start;
    if (count <= 0) return;
    this.reserve(count);
    if (count < 24) {
      const { bytes } = this;
      let to = this.length;
      for (let from = start; from < end; from++) bytes[to++] = source[from]!;
    } else this.bytes.set(source.subarray(start, end), this.length);
    this.length += count;
  }

  /** A list of bytes as it is. */
  list(values: ArrayLike<number>): void {
    this.reserve(values.length);
    for (let index = 0; index < values.length; index++) this.bytes[this.length++] = values[index]!;
  }

  /** Everything that another writer holds. */
  append(other: ByteWriter): void {
    this.range(other.bytes, 0, other.length);
  }

  /** A name: its length and its UTF-8 bytes. */
  name(text: string): void {
    const encoded = utf8(text);
    this.u32(encoded.length);
    this.range(encoded, 0, encoded.length);
  }

  /** What was written, sharing the buffer. */
  written(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
}
