/**
 * The two stacks of body validation: types of operands, and open blocks.
 *
 * After an instruction that never returns, a block is unreachable: its operands are gone, and pops beyond them yield operands of unknown type.
 * @module
 */
import type { ByteReader } from './byte-reader.ts';
import { BLOCK_DEPTH_MAX, OPERANDS_MAX, OPERAND_MOVES_MAX } from './limits.ts';
import { refuse } from './rules.ts';
import type { ValueType } from './types.ts';
import { valueTypeName } from './value-types.ts';

/** An operand whose type nothing fixes, below an instruction that never returns. */
export const UNKNOWN: ValueType = 0;

/** What opened a block. */
export const BLOCK_KIND = { function: 0x00, block: 0x02, loop: 0x03, if: 0x04, else: 0x05 } as const;

export const NO_TYPES: Uint8Array = new Uint8Array(0);

/** A hot handle: one per module, reset for every body. */
export class TypeStacks {
  /** Open blocks; 0 when the body has ended. */
  depth = 0;
  private readonly reader: ByteReader;
  private moves = 0;
  private operands: Uint8Array = new Uint8Array(1024);
  private height = 0;
  // One entry per open block.
  private readonly kinds: number[] = [];
  private readonly heights: number[] = [];
  private readonly unreachable: boolean[] = [];
  private readonly params: Uint8Array[] = [];
  private readonly results: Uint8Array[] = [];

  /** @param reader - says where a refusal happened. */
  constructor(reader: ByteReader) {
    this.reader = reader;
  }

  /** Begins a body with these results. */
  reset(results: Uint8Array): void {
    this.height = 0;
    this.depth = 0;
    this.open(BLOCK_KIND.function, NO_TYPES, results);
  }

  /** Pushes an operand. */
  push(type: ValueType): void {
    if (this.height === this.operands.length) this.growOperands();
    this.operands[this.height++] = type;
  }

  private growOperands(): void {
    if (this.height >= OPERANDS_MAX) refuse('WASM_LIMIT_OPERANDS', `more than ${OPERANDS_MAX} operands on the stack`, this.reader.position);
    const grown = new Uint8Array(Math.min(2 * this.height, OPERANDS_MAX));
    grown.set(this.operands);
    this.operands = grown;
  }

  /** Pops an operand of any type. */
  popAny(): ValueType {
    if (this.height > this.heights[this.depth - 1]!) return this.operands[--this.height]!;
    if (this.unreachable[this.depth - 1]!) return UNKNOWN;
    return refuse('WASM_TYPE_MISMATCH', 'type mismatch: an operand is expected but the stack is empty', this.reader.position);
  }

  /** Pops an operand of this type. */
  pop(expected: ValueType): void {
    const found = this.popAny();
    if (found !== expected && found !== UNKNOWN) this.mismatch(expected, found);
  }

  /** Refuses for want of a type. */
  mismatch(expected: ValueType, found: ValueType): never {
    return refuse(
      'WASM_TYPE_MISMATCH',
      `type mismatch: expected ${valueTypeName(expected)}, found ${valueTypeName(found)}`,
      this.reader.position,
    );
  }

  /** Pops operands, the last first. */
  popList(types: Uint8Array): void {
    this.move(types.length);
    for (let index = types.length - 1; index >= 0; index--) this.pop(types[index]!);
  }

  /** Pushes operands, the first first. */
  pushList(types: Uint8Array): void {
    this.move(types.length);
    for (let index = 0; index < types.length; index++) this.push(types[index]!);
  }

  private move(count: number): void {
    this.moves += count;
    if (this.moves > OPERAND_MOVES_MAX)
      refuse('WASM_LIMIT_OPERANDS', `calls, blocks and branches move more than ${OPERAND_MOVES_MAX} operands`, this.reader.position);
  }

  /** Opens a block, whose parameters the caller has popped. */
  open(kind: number, params: Uint8Array, results: Uint8Array): void {
    const { depth } = this;
    if (depth > BLOCK_DEPTH_MAX) refuse('WASM_LIMIT_BLOCK_DEPTH', `more than ${BLOCK_DEPTH_MAX} nested blocks`, this.reader.position);
    this.kinds[depth] = kind;
    this.heights[depth] = this.height;
    this.unreachable[depth] = false;
    this.params[depth] = params;
    this.results[depth] = results;
    this.depth = depth + 1;
    this.pushList(params);
  }

  /** Checks that exactly the results of the innermost block are on its stack, and takes them. */
  private checkBlockEnd(): void {
    const top = this.depth - 1;
    this.popList(this.results[top]!);
    if (this.height !== this.heights[top]!)
      refuse('WASM_TYPE_MISMATCH', 'type mismatch: values remain on the stack at the end of a block', this.reader.position);
  }

  /** What follows in the block is not reached. */
  neverReturns(): void {
    const top = this.depth - 1;
    this.height = this.heights[top]!;
    this.unreachable[top] = true;
  }

  /** Turns an `if` into its `else`. */
  startElse(offset: number): void {
    const top = this.depth - 1;
    if (this.kinds[top] !== BLOCK_KIND.if) refuse('WASM_BODY_STRUCTURE', 'else without if', offset);
    this.checkBlockEnd();
    this.kinds[top] = BLOCK_KIND.else;
    this.unreachable[top] = false;
    this.pushList(this.params[top]!);
  }

  /** Closes the innermost block. */
  endBlock(): void {
    const top = this.depth - 1;
    this.checkBlockEnd();
    const results = this.results[top]!;
    // An `if` without `else` passes its parameters on.
    if (this.kinds[top] === BLOCK_KIND.if && !equalTypes(this.params[top]!, results)) {
      refuse('WASM_TYPE_MISMATCH', 'type mismatch: an if without else changes the stack', this.reader.position);
    }
    this.depth = top;
    if (top > 0) this.pushList(results);
  }

  /** Types that a branch to the block takes along. */
  labelTypes(): Uint8Array {
    const { reader } = this;
    const offset = reader.position;
    const label = reader.u32();
    if (label >= this.depth) return refuse('WASM_UNKNOWN_LABEL', `unknown label ${label}`, offset);
    const frame = this.depth - 1 - label;
    return this.kinds[frame] === BLOCK_KIND.loop ? this.params[frame]! : this.results[frame]!;
  }

  /** Checks operands without taking them. Unknown operands stay unknown, so that another target may use them otherwise. */
  checkTop(types: Uint8Array): void {
    this.move(types.length);
    const base = this.heights[this.depth - 1]!;
    let height = this.height;
    for (let index = types.length - 1; index >= 0; index--) {
      if (height > base) {
        const found = this.operands[--height]!;
        if (found !== types[index] && found !== UNKNOWN) this.mismatch(types[index]!, found);
      } else if (!this.unreachable[this.depth - 1]!) {
        refuse('WASM_TYPE_MISMATCH', 'type mismatch: a br_table takes more operands than the block has', this.reader.position);
      }
    }
  }
}

/** Whether two lists of types are equal. */
export function equalTypes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}
