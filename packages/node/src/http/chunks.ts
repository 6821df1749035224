/**
 * Bytes that arrive in pieces. A client may send each byte in a packet of its own, and a piece costs some hundred bytes whatever is in it;
 * so after the first few, small ones are put together.
 * @module
 */

/** Pieces that are kept as they are; most bodies have fewer. */
const PLAIN_MAX = 8;
/** Pieces from this size on are kept as they are. */
const LARGE_BYTES = 8 * 1024;
const BLOCK_BYTES = 16 * 1024;

export class Chunks {
  readonly #pieces: Uint8Array[] = [];
  /** Where small pieces are put together. */
  #block: Uint8Array | undefined;
  #used = 0;

  /** Pieces of memory that are kept. */
  get count(): number {
    return this.#pieces.length + (this.#used > 0 ? 1 : 0);
  }

  add(piece: Uint8Array): void {
    if (this.#pieces.length < PLAIN_MAX || piece.length >= LARGE_BYTES) {
      this.#endBlock();
      this.#pieces.push(piece);
      return;
    }
    if (this.#used + piece.length > BLOCK_BYTES) this.#endBlock();
    this.#block ??= new Uint8Array(BLOCK_BYTES);
    this.#block.set(piece, this.#used);
    this.#used += piece.length;
  }

  #endBlock(): void {
    if (this.#block === undefined) return;
    this.#pieces.push(this.#block.subarray(0, this.#used));
    this.#block = undefined;
    this.#used = 0;
  }

  /** All bytes, in memory of their own: a piece may be a part of Node's buffer pool, which it would keep alive as a whole. */
  join(length: number): Uint8Array<ArrayBuffer> {
    this.#endBlock();
    const bytes = new Uint8Array(length);
    let offset = 0;
    for (const piece of this.#pieces) {
      bytes.set(piece, offset);
      offset += piece.length;
    }
    return bytes;
  }

  clear(): void {
    this.#pieces.length = 0;
    this.#block = undefined;
    this.#used = 0;
  }
}
