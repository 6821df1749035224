/**
 * Reads the primitive items of the WebAssembly binary format within a range of bytes.
 *
 * Integers are LEB128 with the length and range limits of the specification: a 32-bit integer has at most 5 bytes, a 64-bit one at most 10,
 * and the unused bits of the last byte must be zeros (unsigned) or copies of the sign (signed).
 * @module
 */
import { fromUtf8 } from '../base/index.ts';
import { NAME_BYTES_MAX } from './limits.ts';
import { refuse } from './rules.ts';
import type { Span } from './types.ts';

/** A position in the module's bytes; reading past `end` refuses the module. */
export class ByteReader {
  readonly bytes: Uint8Array;
  position: number;
  end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /** Whether everything in the range was read. */
  get done(): boolean {
    return this.position >= this.end;
  }

  /** The next byte. */
  u8(): number {
    if (this.position >= this.end) this.truncated();
    return this.bytes[this.position++]!;
  }

  /** The next byte without reading it, or -1 at the end. */
  peek(): number {
    return this.position < this.end ? this.bytes[this.position]! : -1;
  }

  /** Passes over `count` bytes and returns where they are. */
  span(count: number): Span {
    const start = this.position;
    this.skip(count);
    return { start, end: this.position };
  }

  /** Passes over `count` bytes. */
  skip(count: number): void {
    if (count > this.end - this.position) this.truncated();
    this.position += count;
  }

  /** Unsigned 32-bit integer. */
  u32(): number {
    const first = this.u8();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.u8();
    if (last > 0x0f) this.badInteger();
    return (value | (last << 28)) >>> 0;
  }

  /** Unsigned 64-bit integer. */
  u64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 63n; shift += 7n) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    const last = this.u8();
    if (last > 1) this.badInteger();
    return value | (BigInt(last) << 63n);
  }

  /** Passes over an unsigned 64-bit integer. */
  skipU64(): void {
    for (let count = 0; count < 9; count++) if (this.u8() < 0x80) return;
    if (this.u8() > 1) this.badInteger();
  }

  /** Passes over a signed 32-bit integer. */
  skipS32(): void {
    for (let count = 0; count < 4; count++) if (this.u8() < 0x80) return;
    const last = this.u8();
    if (last >= 0x80 || (last > 0x07 && last < 0x78)) this.badInteger();
  }

  /** Signed 33-bit integer: block types and heap types. */
  s33(): number {
    const first = this.u8();
    if (first < 0x80) return first < 0x40 ? first : first - 0x80;
    let value = first & 0x7f;
    let scale = 0x80;
    for (let count = 1; count < 4; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
      if (byte < 0x80) return byte < 0x40 ? value : value - scale;
    }
    const last = this.u8();
    if (last >= 0x80 || (last > 0x0f && last < 0x70)) this.badInteger();
    return value + (last < 0x40 ? last : last - 0x80) * scale;
  }

  /** Passes over a signed 64-bit integer. */
  skipS64(): void {
    for (let count = 0; count < 9; count++) if (this.u8() < 0x80) return;
    const last = this.u8();
    if (last !== 0 && last !== 0x7f) this.badInteger();
  }

  /**
   * The length of a list that follows, refused at once when the rest of the range cannot hold it, so that nothing is allocated for it.
   * @param what - plural noun for the message.
   */
  count(what: string, max: number): number {
    const start = this.position;
    const count = this.u32();
    if (count > max) refuse('WASM_LIMIT_COUNT', `${count} ${what} exceed the maximum of ${max}`, start);
    if (count > this.end - this.position)
      refuse('WASM_TRUNCATED', `unexpected end: ${count} ${what} do not fit in the rest of the section`, start);
    return count;
  }

  /** A name: length and UTF-8 bytes. */
  name(): string {
    const start = this.position;
    const length = this.u32();
    if (length > this.end - this.position) this.truncated();
    if (length > NAME_BYTES_MAX)
      refuse('WASM_LIMIT_NAME_BYTES', `a name of ${length} bytes exceeds the maximum of ${NAME_BYTES_MAX}`, start);
    const text = fromUtf8(this.bytes.subarray(this.position, this.position + length));
    if (text === undefined) return refuse('WASM_UTF8', 'malformed UTF-8 encoding', this.position);
    this.position += length;
    return text;
  }

  private truncated(): never {
    return refuse('WASM_TRUNCATED', 'unexpected end', this.end);
  }

  private badInteger(): never {
    return refuse('WASM_INTEGER', 'integer representation too long or integer too large', this.position - 1);
  }
}
