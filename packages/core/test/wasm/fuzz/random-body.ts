/**
 * Modules with random function bodies: mostly well typed, with a mistake now and then, over all instructions of the feature set.
 * @module
 */
import {
  ADDRESS,
  FORM,
  INSTRUCTION_NUMBERS,
  PREFIX_FC,
  PREFIX_FD,
  accessSizeLog,
  firstOperand,
  instructionForm,
  instructionResult,
  laneCount,
  secondOperand,
  thirdOperand,
} from '../../../src/wasm/instructions.ts';
import { EXTERNREF, F32, F64, FUNCREF, I32, I64, V128 } from '../../../src/wasm/value-types.ts';
import { signedLeb, unsignedLeb } from '../text/numbers.ts';
import type { Random } from './random.ts';

const TYPES: readonly number[] = [I32, I64, F32, F64, V128, FUNCREF, EXTERNREF];
const NUMBERS: readonly number[] = Array.from({ length: INSTRUCTION_NUMBERS }, (_, number) => number).filter(
  (number) => instructionForm[number] !== FORM.unknown && instructionForm[number] !== FORM.special,
);

/** One open block: operands known in it, results, and what a branch takes along. */
type Block = {
  readonly stack: number[];
  readonly results: readonly number[];
  readonly label: readonly number[];
  readonly isIf: boolean;
  readonly params: readonly number[];
  dead: boolean;
};

type Signature = { readonly params: readonly number[]; readonly results: readonly number[] };

/** Generates bodies; `code` grows. */
class BodyGenerator {
  readonly code: number[] = [];
  private readonly random: Random;
  private readonly memory64: boolean;
  private readonly types: readonly Signature[];
  private readonly functions: readonly number[];
  private readonly locals: readonly number[];
  private readonly blocks: Block[] = [];

  constructor(random: Random, memory64: boolean, types: readonly Signature[], functions: readonly number[], locals: readonly number[]) {
    this.random = random;
    this.memory64 = memory64;
    this.types = types;
    this.functions = functions;
    this.locals = locals;
  }

  generate(results: readonly number[], length: number): number[] {
    this.blocks.push({ stack: [], results, label: results, isIf: false, params: [], dead: false });
    for (let step = 0; step < length; step++) this.instruction();
    while (this.blocks.length > 0) this.end();
    return this.code;
  }

  private get block(): Block {
    return this.blocks.at(-1)!;
  }

  private take(): number | undefined {
    return this.block.stack.pop();
  }

  /** Makes sure that the operands are on the stack, by constants; seldom forgets to. */
  private provide(types: readonly number[]): void {
    const { stack, dead } = this.block;
    if (this.random.oneIn(200)) return;
    const have = stack.slice(Math.max(0, stack.length - types.length));
    const fits = have.length === types.length && have.every((type, index) => type === types[index]);
    if (fits || (dead && stack.length === 0 && this.random.oneIn(2))) return;
    for (const type of types) this.constant(type);
  }

  private apply(params: readonly number[], results: readonly number[]): void {
    for (let count = params.length; count > 0; count--) this.take();
    this.block.stack.push(...results);
  }

  private constant(type: number): void {
    const bytes = (count: number): number[] => Array.from({ length: count }, () => this.random.below(256));
    const local = this.locals.indexOf(type);
    if (local >= 0 && this.random.oneIn(3)) this.code.push(0x20, ...unsignedLeb(local));
    else if (type === I32) this.code.push(0x41, ...signedLeb(this.random.u32() | 0));
    else if (type === I64) this.code.push(0x42, ...signedLeb(BigInt(this.random.u32()) << BigInt(this.random.below(31))));
    else if (type === F32) this.code.push(0x43, ...bytes(4));
    else if (type === F64) this.code.push(0x44, ...bytes(8));
    else if (type === V128) this.code.push(0xfd, 0x0c, ...bytes(16));
    else this.code.push(0xd0, type);
    this.block.stack.push(type);
  }

  private instruction(): void {
    const kind = this.random.below(16);
    if (kind < 7) this.tabled(this.random.pick(NUMBERS));
    else if (kind < 9) this.constant(this.random.pick(TYPES));
    else if (kind === 9) this.variable();
    else if (kind === 10) this.open();
    else if (kind === 11) this.branch();
    else if (kind === 12) this.call();
    else if (kind === 13) this.bulkOrTable();
    else if (kind === 14) this.close();
    else this.code.push(this.random.oneIn(4) ? this.random.below(256) : 0x01);
  }

  private tabled(number: number): void {
    const address = this.memory64 ? I64 : I32;
    const operands = [firstOperand[number]!, secondOperand[number]!, thirdOperand[number]!]
      .filter((type) => type !== 0)
      .map((type) => (type === ADDRESS ? address : type));
    this.provide(operands);
    const opcode =
      number < PREFIX_FC ? [number] : number < PREFIX_FD ? [0xfc, number - PREFIX_FC] : [0xfd, ...unsignedLeb(number - PREFIX_FD)];
    this.code.push(...opcode);
    const form = instructionForm[number]!;
    if (form === FORM.memory || form === FORM.memoryLane) {
      this.code.push(
        this.random.below(accessSizeLog[number]! + (this.random.oneIn(50) ? 2 : 1)),
        ...unsignedLeb(this.random.oneIn(20) ? this.random.u32() : this.random.below(200)),
      );
    }
    if (form === FORM.lane || form === FORM.memoryLane)
      this.code.push(this.random.below(laneCount[number]! + (this.random.oneIn(50) ? 1 : 0)));
    const result = instructionResult[number]!;
    this.apply(operands, result === 0 ? [] : [result]);
  }

  private variable(): void {
    if (this.locals.length === 0) return;
    const index = this.random.below(this.locals.length + (this.random.oneIn(100) ? 1 : 0));
    const type = this.locals[index] ?? I32;
    const opcode = this.random.pick([0x20, 0x21, 0x22]);
    if (opcode !== 0x20) this.provide([type]);
    this.code.push(opcode, ...unsignedLeb(index));
    this.apply(opcode === 0x20 ? [] : [type], opcode === 0x21 ? [] : [type]);
  }

  private open(): void {
    if (this.blocks.length > 12) return;
    const opcode = this.random.pick([0x02, 0x03, 0x04]);
    const typeIndex = this.random.below(this.types.length);
    const indexed = this.random.oneIn(2);
    const single = this.random.oneIn(2) ? [] : [this.random.pick(TYPES)];
    const { params, results } = indexed ? this.types[typeIndex]! : { params: [], results: single };
    this.provide([...params, ...(opcode === 0x04 ? [I32] : [])]);
    this.code.push(opcode, ...(indexed ? signedLeb(typeIndex) : [single[0] ?? 0x40]));
    this.apply([...params, ...(opcode === 0x04 ? [I32] : [])], []);
    this.blocks.push({
      stack: [...params],
      results,
      label: opcode === 0x03 ? params : results,
      isIf: opcode === 0x04,
      params,
      dead: false,
    });
  }

  private close(): void {
    if (this.blocks.length > 1) this.end();
  }

  private finish(block: Block): void {
    const same = block.stack.length === block.results.length && block.stack.every((type, index) => type === block.results[index]);
    if (same || this.random.oneIn(200)) return;
    if (block.dead && block.stack.length === 0) return;
    while (block.stack.length > 0) {
      this.code.push(0x1a);
      block.stack.pop();
    }
    for (const type of block.results) this.constant(type);
  }

  private end(): void {
    const { block } = this;
    this.finish(block);
    const sameTypes = block.params.join() === block.results.join();
    if (block.isIf && (!sameTypes || this.random.oneIn(2)) && !this.random.oneIn(100)) {
      this.code.push(0x05);
      this.blocks[this.blocks.length - 1] = { ...block, stack: [...block.params], isIf: false, dead: false };
      for (let step = this.random.below(3); step > 0; step--) this.tabled(this.random.pick(NUMBERS));
      this.finish(this.block);
    }
    this.code.push(0x0b);
    this.blocks.pop();
    if (this.blocks.length > 0) this.block.stack.push(...block.results);
  }

  private die(): void {
    this.block.stack.length = 0;
    this.block.dead = true;
  }

  private branch(): void {
    const depth = this.random.below(this.blocks.length + (this.random.oneIn(100) ? 1 : 0));
    const label = this.blocks[this.blocks.length - 1 - depth]?.label ?? [];
    const kind = this.random.below(6);
    if (kind <= 2) {
      this.provide([...label, I32]);
      this.code.push(0x0d, ...unsignedLeb(depth));
      this.apply([...label, I32], label);
    } else if (kind === 3) {
      this.provide(label);
      this.code.push(0x0c, ...unsignedLeb(depth));
      this.die();
    } else if (kind === 4) {
      this.provide([...label, I32]);
      const others = this.blocks
        .map((_, index) => index)
        .filter((index) => this.blocks[this.blocks.length - 1 - index]!.label.join() === label.join());
      const targets = Array.from({ length: this.random.below(4) }, () =>
        others.length === 0 || this.random.oneIn(50) ? this.random.below(3) : this.random.pick(others),
      );
      this.code.push(0x0e, ...unsignedLeb(targets.length), ...targets, depth);
      this.die();
    } else {
      this.code.push(0x00);
      this.die();
    }
  }

  private call(): void {
    const tail = this.random.oneIn(6);
    const index = this.random.below(this.functions.length + (this.random.oneIn(100) ? 1 : 0));
    const typeIndex = this.functions[index] ?? 0;
    const { params, results } = this.types[typeIndex]!;
    const indirect = this.random.oneIn(3);
    this.provide([...params, ...(indirect ? [I32] : [])]);
    if (indirect) this.code.push(tail ? 0x13 : 0x11, ...unsignedLeb(typeIndex), 0);
    else this.code.push(tail ? 0x12 : 0x10, ...unsignedLeb(index));
    this.apply([...params, ...(indirect ? [I32] : [])], results);
    if (tail) this.die();
  }

  private bulkOrTable(): void {
    const a = this.memory64 ? I64 : I32;
    const choices: readonly (readonly [params: readonly number[], code: readonly number[], results: readonly number[]])[] = [
      [[a, I32, I32], [0xfc, 8, 0, 0], []],
      [[], [0xfc, 9, this.random.below(3)], []],
      [[a, a, a], [0xfc, 10, 0, 0], []],
      [[a, I32, a], [0xfc, 11, 0], []],
      [[I32, I32, I32], [0xfc, 12, 0, 0], []],
      [[], [0xfc, 13, this.random.below(3)], []],
      [[I32, I32, I32], [0xfc, 14, 0, 0], []],
      [[FUNCREF, I32], [0xfc, 15, 0], [I32]],
      [[], [0xfc, 16, 0], [I32]],
      [[I32, FUNCREF, I32], [0xfc, 17, 0], []],
      [[I32], [0x25, 0], [FUNCREF]],
      [[I32, FUNCREF], [0x26, 0], []],
      [[I32], [0x25, 1], [EXTERNREF]],
      [[], [0x3f, 0], [a]],
      [[a], [0x40, 0], [a]],
      [[], [0xd2, this.random.below(4)], [FUNCREF]],
      [[FUNCREF], [0xd1], [I32]],
      [[EXTERNREF], [0xd1], [I32]],
      [[], [0x23, this.random.below(3)], [I32]],
      [[I32], [0x24, this.random.below(3)], []],
      [[I64, I64, I32], [0x1b], [I64]],
      [[EXTERNREF, EXTERNREF, I32], [0x1c, 1, EXTERNREF], [EXTERNREF]],
      [[V128, V128], [0xfd, 0x0d, ...Array.from({ length: 16 }, () => this.random.below(33))], [V128]],
      [[I32], [0x1a], []],
      [[...this.blocks[0]!.results], [0x0f], []],
    ];
    const [params, code, results] = this.random.pick(choices);
    this.provide(params);
    this.code.push(...code);
    this.apply(params, results);
    if (code[0] === 0x0f) this.die();
  }
}

function sized(bytes: readonly number[]): number[] {
  return [...unsignedLeb(bytes.length), ...bytes];
}

function randomTypes(random: Random): number[] {
  return Array.from({ length: random.below(4) }, () => random.pick(TYPES));
}

/** A module with memory, tables, segments, globals and a few random functions. */
export function randomModule(random: Random): Uint8Array {
  const memory64 = random.oneIn(3);
  const types: Signature[] = [
    { params: [], results: [] },
    ...Array.from({ length: 3 }, () => ({ params: randomTypes(random), results: randomTypes(random) })),
  ];
  const functions = Array.from({ length: 3 }, () => random.below(types.length));
  const bodies = functions.map((typeIndex) => {
    const { params, results } = types[typeIndex]!;
    const declared = Array.from({ length: random.below(5) }, () => random.pick(TYPES));
    const code = new BodyGenerator(random, memory64, types, functions, [...params, ...declared]).generate(results, 1 + random.below(40));
    return sized([...unsignedLeb(declared.length), ...declared.flatMap((type) => [1, type]), ...code]);
  });
  const vector = (items: readonly (readonly number[])[]): number[] => [...unsignedLeb(items.length), ...items.flat()];
  const section = (id: number, content: readonly number[]): number[] => [id, ...sized(content)];
  return Uint8Array.from([
    0,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, vector(types.map(({ params, results }) => [0x60, ...sized(params), ...sized(results)]))),
    ...section(3, vector(functions.map((index) => unsignedLeb(index)))),
    ...section(
      4,
      vector([
        [FUNCREF, 0, 4],
        [EXTERNREF, 1, 1, 2],
      ]),
    ),
    ...section(5, [1, memory64 ? 5 : 1, 1, 3]),
    ...section(
      6,
      vector([
        [I32, 1, 0x41, 0, 0x0b],
        [I32, 0, 0x41, 1, 0x0b],
      ]),
    ),
    ...section(7, vector([[1, 0x66, 0, 0]])),
    ...section(
      9,
      vector([
        [0, 0x41, 0, 0x0b, 1, 1],
        [3, 0, 1, 2],
      ]),
    ),
    ...section(12, [2]),
    ...section(10, vector(bodies)),
    ...section(
      11,
      vector([
        [0, memory64 ? 0x42 : 0x41, 0, 0x0b, 1, 7],
        [1, 2, 7, 7],
      ]),
    ),
  ]);
}
