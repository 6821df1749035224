/**
 * Growing output, and the writers of what values are made of.
 * @module
 */
import type { PrincipalId } from '../base/index.ts';
import { fromHex, utf8 } from '../base/index.ts';
import { encodeSleb128, encodeUleb128, writeUleb128 } from '../codec/index.ts';

const TEXT_LOOP_LENGTH_MAX = 48;

/** A message that is being put together. */
export class Writer {
  bytes: Uint8Array<ArrayBuffer>;
  view: DataView;
  length: number = 0;
  depth: number = 0;

  constructor(bytesExpected: number) {
    this.bytes = new Uint8Array(bytesExpected);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Begins anew. */
  reset(): void {
    this.length = 0;
    this.depth = 0;
  }

  /** Makes room for `count` more bytes and gives the offset where they begin. `bytes` and `view` may be others afterwards. */
  reserve(count: number): number {
    const start = this.length;
    const end = start + count;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.bytes.length));
      grown.set(this.bytes.subarray(0, start));
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    this.length = end;
    return start;
  }

  byte(value: number): void {
    const offset = this.reserve(1);
    this.bytes[offset] = value;
  }

  append(bytes: Uint8Array): void {
    const offset = this.reserve(bytes.length);
    this.bytes.set(bytes, offset);
  }

  /** Unsigned LEB128 of a safe integer. */
  uleb(value: number): void {
    if (value < 128) return this.byte(value);
    const start = this.reserve(8);
    this.length = writeUleb128(this.bytes, start, value);
  }

  /** Unsigned LEB128. */
  nat(value: bigint): void {
    if (value <= 0xffff_ffffn) this.uleb(Number(value));
    else this.append(encodeUleb128(value));
  }

  /** Signed LEB128. */
  int(value: bigint | number): void {
    if (value >= -64 && value < 64) this.byte(Number(value) & 0x7f);
    else this.append(encodeSleb128(value));
  }

  /** Length and UTF-8 of a text without lone surrogates. */
  text(text: string): void {
    if (text.length <= TEXT_LOOP_LENGTH_MAX) {
      const start = this.reserve(1 + text.length);
      this.bytes[start] = text.length;
      let index = 0;
      for (; index < text.length; index++) {
        const unit = text.charCodeAt(index);
        if (unit >= 0x80) break;
        this.bytes[start + 1 + index] = unit;
      }
      if (index === text.length) return;
      this.length = start;
    }
    this.blob(utf8(text));
  }

  /** Length and bytes. */
  blob(bytes: Uint8Array): void {
    this.uleb(bytes.length);
    this.append(bytes);
  }

  /** A transparent reference to a principal. */
  principal(id: PrincipalId): void {
    this.byte(1);
    this.blob(fromHex(id));
  }

  /** What was written, as bytes that the caller owns. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(0, this.length);
  }
}
