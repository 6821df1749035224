/**
 * Bytes that a message hands over piece by piece: its reply, the payload of a call.
 *
 * Pieces may be single bytes, millions of them, so they are not kept one by one: what is held stays within twice what was handed over.
 * @module
 */

const FIRST_CAPACITY = 256;
/** One for all: an empty array for each message is a twentieth of what a call between canisters costs. */
const NOTHING: Uint8Array = new Uint8Array(0);

export class ByteCollector {
  #bytes: Uint8Array = NOTHING;
  #length = 0;

  /** Bytes handed over so far. */
  get length(): number {
    return this.#length;
  }

  /** @param piece - must not be changed afterwards. */
  append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    // The only piece of most messages is taken as it is.
    if (this.#length === 0) this.#bytes = piece;
    else if (piece.length > 0) {
      if (length > this.#bytes.length) this.#grow(length);
      this.#bytes.set(piece, this.#length);
    }
    this.#length = length;
  }

  /** Everything, in one piece. */
  joined(): Uint8Array {
    return this.#bytes.length === this.#length ? this.#bytes : this.#bytes.slice(0, this.#length);
  }

  #grow(length: number): void {
    const grown = new Uint8Array(Math.max(2 * length, FIRST_CAPACITY));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
}
