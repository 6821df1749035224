/**
 * DEFLATE decompression into a buffer of known size.
 *
 * Source: RFC 1951. Written here because canister modules come from strangers and the libraries leave open what consensus needs closed:
 * where the compressed stream ends, that no more than the announced bytes are produced, and that a block of a few bytes cannot cost a table of
 * 32,768 entries. Code sets that are over-subscribed or incomplete are refused, as zlib does.
 * Invariants: I1: never writes beyond the output. I2: time is linear in input plus output; a block with codes of its own, of nine bytes at least, costs at
 * most 1,300 table entries, one without, of ten bits at least, none.
 * @module
 */
import { refuse } from './rules.ts';

function damaged(message: string): never {
  return refuse('WASM_INSTALL_GZIP', `the gzip stream is damaged: ${message}`);
}

const LENGTH_BASE: readonly number[] = [
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258,
];
const LENGTH_EXTRA: readonly number[] = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE: readonly number[] = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385,
  24577,
];
const DISTANCE_EXTRA: readonly number[] = [
  0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13,
];
const CODE_LENGTH_ORDER: readonly number[] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

const CODE_BITS_MAX = 15;
const END_OF_BLOCK = 256;
const LITERALS_MAX = 286;
const DISTANCES_MAX = 30;

/** A canonical Huffman code. Short codes are looked up at once, the few long ones bit by bit. */
class HuffmanCode {
  /** `symbol << 4 | length` by the next bits of the stream; 0 where the code is longer or does not exist. */
  private readonly fast: Uint16Array;
  private readonly fastBitsMax: number;
  private fastBits = 1;
  private readonly counts: Uint16Array = new Uint16Array(CODE_BITS_MAX + 1);
  private readonly symbols: Uint16Array;
  private readonly offsets: Uint16Array = new Uint16Array(CODE_BITS_MAX + 2);

  constructor(symbolsMax: number, fastBitsMax: number) {
    this.symbols = new Uint16Array(symbolsMax);
    this.fastBitsMax = fastBitsMax;
    this.fast = new Uint16Array(1 << fastBitsMax);
  }

  /**
   * Takes the code lengths of symbols 0, 1, ….
   * @param partial - whether no code at all, or a single one of one bit, is allowed.
   */
  build(lengths: Uint8Array, count: number, partial: boolean): void {
    const { counts, offsets, symbols } = this;
    counts.fill(0);
    for (let symbol = 0; symbol < count; symbol++) counts[lengths[symbol]!]!++;
    counts[0] = 0;
    let longest = 0;
    let left = 1;
    for (let length = 1; length <= CODE_BITS_MAX; length++) {
      left = 2 * left - counts[length]!;
      if (left < 0) damaged('a code set is over-subscribed');
      if (counts[length]! > 0) longest = length;
    }
    if (left > 0 && !(partial && longest <= 1)) damaged('a code set is incomplete');
    offsets[1] = 0;
    for (let length = 1; length <= CODE_BITS_MAX; length++) offsets[length + 1] = offsets[length]! + counts[length]!;
    for (let symbol = 0; symbol < count; symbol++) {
      const length = lengths[symbol]!;
      if (length > 0) symbols[offsets[length]!++] = symbol;
    }
    this.fillFast(longest);
  }

  private fillFast(longest: number): void {
    const { counts, fast, symbols } = this;
    const fastBits = Math.max(1, Math.min(longest, this.fastBitsMax));
    this.fastBits = fastBits;
    const size = 1 << fastBits;
    fast.fill(0, 0, size);
    let code = 0;
    let index = 0;
    for (let length = 1; length <= fastBits; length++) {
      for (let count = counts[length]!; count > 0; count--) {
        const entry = (symbols[index++]! << 4) | length;
        for (let slot = reverseBits(code, length); slot < size; slot += 1 << length) fast[slot] = entry;
        code++;
      }
      code <<= 1;
    }
  }

  /** `symbol << 4 | length` of the code that the low bits of `hold` begin with, or 0 when none does. */
  lookup(hold: number): number {
    return this.fast[hold & ((1 << this.fastBits) - 1)]! || this.lookupLong(hold);
  }

  private lookupLong(hold: number): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let length = 1; length <= CODE_BITS_MAX; length++) {
      code |= (hold >>> (length - 1)) & 1;
      const count = this.counts[length]!;
      if (code - first < count) return (this.symbols[index + code - first]! << 4) | length;
      index += count;
      first = (first + count) << 1;
      code <<= 1;
    }
    return 0;
  }
}

function reverseBits(code: number, length: number): number {
  let reversed = 0;
  for (let bit = 0; bit < length; bit++) reversed |= ((code >>> bit) & 1) << (length - 1 - bit);
  return reversed;
}

/** The codes of a block: of literals and lengths, and of distances. */
type Codes = { readonly literals: HuffmanCode; readonly distances: HuffmanCode };

/** The codes of a block that describes none. */
function fixedCodes(): Codes {
  const literals = new HuffmanCode(288, 10);
  literals.build(new Uint8Array(288).fill(8, 0, 144).fill(9, 144, 256).fill(7, 256, 280).fill(8, 280), 288, false);
  const distances = new HuffmanCode(32, 8);
  distances.build(new Uint8Array(32).fill(5), 32, false);
  return { literals, distances };
}

/** One decompression. */
class Inflater implements Codes {
  private readonly input: Uint8Array;
  private readonly end: number;
  private readonly output: Uint8Array;
  private position: number;
  private written = 0;
  /** Bits read ahead, lowest first: at most 24. */
  private hold = 0;
  private bits = 0;
  readonly literals = new HuffmanCode(288, 10);
  readonly distances = new HuffmanCode(32, 8);
  private fixed: Codes | undefined;
  private readonly codeLengths = new HuffmanCode(19, 7);
  private readonly lengths: Uint8Array = new Uint8Array(320);

  constructor(input: Uint8Array, start: number, end: number, output: Uint8Array) {
    this.input = input;
    this.position = start;
    this.end = end;
    this.output = output;
  }

  run(): { readonly position: number; readonly written: number } {
    for (let last = false; !last;) {
      last = this.take(1) === 1;
      const type = this.take(2);
      if (type === 0) this.stored();
      else if (type === 1) this.content((this.fixed ??= fixedCodes()));
      else if (type === 2) this.dynamic();
      else damaged('unknown block type');
    }
    return { position: this.position - (this.bits >>> 3), written: this.written };
  }

  /** Reads ahead to at least 17 bits, or to the end of the input. */
  private refill(): void {
    while (this.bits <= 16 && this.position < this.end) {
      this.hold |= this.input[this.position++]! << this.bits;
      this.bits += 8;
    }
  }

  private drop(count: number): void {
    if (count > this.bits) damaged('the stream is cut short');
    this.hold >>>= count;
    this.bits -= count;
  }

  private take(count: number): number {
    this.refill();
    const value = this.hold & ((1 << count) - 1);
    this.drop(count);
    return value;
  }

  private symbol(code: HuffmanCode): number {
    this.refill();
    const entry = code.lookup(this.hold);
    if (entry === 0) damaged(this.bits < CODE_BITS_MAX ? 'the stream is cut short' : 'unknown code');
    this.drop(entry & 15);
    return entry >>> 4;
  }

  private stored(): void {
    this.drop(this.bits & 7);
    const length = this.take(16);
    if ((this.take(16) ^ length) !== 0xffff) damaged('the length of a stored block is damaged');
    const start = this.position - (this.bits >>> 3);
    if (length > this.end - start) damaged('the stream is cut short');
    this.room(length);
    this.output.set(this.input.subarray(start, start + length), this.written);
    this.written += length;
    this.position = start + length;
    this.hold = 0;
    this.bits = 0;
  }

  private room(length: number): void {
    if (length > this.output.length - this.written) damaged('the content is longer than announced');
  }

  private dynamic(): void {
    const { lengths } = this;
    const literals = this.take(5) + 257;
    const distances = this.take(5) + 1;
    const codeLengths = this.take(4) + 4;
    if (literals > LITERALS_MAX || distances > DISTANCES_MAX) damaged('too many symbols');
    lengths.fill(0, 0, 19);
    for (let index = 0; index < codeLengths; index++) lengths[CODE_LENGTH_ORDER[index]!] = this.take(3);
    this.codeLengths.build(lengths, 19, false);
    this.readLengths(literals + distances);
    if (lengths[END_OF_BLOCK] === 0) damaged('a block cannot end');
    const ofDistances = lengths.slice(literals, literals + distances);
    this.literals.build(lengths, literals, true);
    this.distances.build(ofDistances, distances, true);
    this.content(this);
  }

  private readLengths(count: number): void {
    const { lengths } = this;
    for (let index = 0; index < count;) {
      const symbol = this.symbol(this.codeLengths);
      if (symbol < 16) {
        lengths[index++] = symbol;
        continue;
      }
      if (symbol === 16 && index === 0) damaged('no code length to repeat');
      const value = symbol === 16 ? lengths[index - 1]! : 0;
      const repeat = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
      if (repeat > count - index) damaged('too many code lengths');
      lengths.fill(value, index, index + repeat);
      index += repeat;
    }
  }

  /** The symbols of a compressed block, up to its end. */
  private content({ literals, distances }: Codes): void {
    const { output } = this;
    for (;;) {
      const symbol = this.symbol(literals);
      if (symbol < END_OF_BLOCK) {
        if (this.written >= output.length) this.room(1);
        output[this.written++] = symbol;
      } else if (symbol === END_OF_BLOCK) {
        return;
      } else {
        this.copy(symbol - END_OF_BLOCK - 1, distances);
      }
    }
  }

  private copy(lengthSymbol: number, distances: HuffmanCode): void {
    const base = LENGTH_BASE[lengthSymbol];
    if (base === undefined) return damaged('unknown length');
    const length = base + this.take(LENGTH_EXTRA[lengthSymbol]!);
    const distanceSymbol = this.symbol(distances);
    const distanceBase = DISTANCE_BASE[distanceSymbol];
    if (distanceBase === undefined) return damaged('unknown distance');
    const distance = distanceBase + this.take(DISTANCE_EXTRA[distanceSymbol]!);
    if (distance > this.written) damaged('a distance reaches before the start');
    this.room(length);
    const { output } = this;
    let to = this.written;
    for (const end = to + length; to < end; to++) output[to] = output[to - distance]!;
    this.written = to;
  }
}

/**
 * Decompresses a DEFLATE stream that begins at `start`.
 *
 * @param output - receives the content; its length bounds the work.
 * @returns where the stream ended in the input, and how many bytes were written.
 * @throws IcError the refusal `WASM_INSTALL_GZIP` when the stream is damaged, cut short at `end`, or longer than the output.
 */
export function inflate(
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
): { readonly position: number; readonly written: number } {
  return new Inflater(input, start, end, output).run();
}
