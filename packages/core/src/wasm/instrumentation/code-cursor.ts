/**
 * A position in the code of a valid module.
 */

/** Reads integers without checking them; a hot handle. */
export class CodeCursor {
  readonly bytes: Uint8Array;
  position = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  u8(): number {
    return this.bytes[this.position++]!;
  }

  /** Unsigned integer; exact below 2^53. */
  u32(): number {
    const { bytes } = this;
    let byte = bytes[this.position++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 0x80;
    do {
      byte = bytes[this.position++]!;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return value;
  }

  /** Signed integer; exact between -2^53 and 2^53. */
  signed(): number {
    const { bytes } = this;
    let value = 0;
    let scale = 1;
    let byte;
    do {
      byte = bytes[this.position++]!;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return (byte & 0x40) === 0 ? value : value - scale;
  }

  /** Passes over an integer of any size. */
  skipInteger(): void {
    while (this.bytes[this.position++]! >= 0x80);
  }

  /**
   * Writes `value` over the integer that ends at the position and begins at `start`, in as many bytes as it has.
   * @returns false when it does not fit.
   */
  overwrite(start: number, value: number): boolean {
    const { bytes } = this;
    const last = this.position - 1;
    if (last === start) {
      if (value >= 0x80) return false;
      bytes[start] = value;
      return true;
    }
    let rest = value;
    if (rest >= 0x80 ** (last - start + 1)) return false;
    for (let index = start; index <= last; index++) {
      bytes[index] = (rest % 0x80) | (index < last ? 0x80 : 0);
      rest = Math.floor(rest / 0x80);
    }
    return true;
  }
}
