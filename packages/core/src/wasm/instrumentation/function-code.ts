/**
 * A small assembler for the functions that the instrumentation adds.
 * @module
 */
import { ByteWriter } from './byte-writer.ts';

/** Single-byte instructions without immediates that the added functions use. */
export const OP = {
  unreachable: 0x00,
  else: 0x05,
  end: 0x0b,
  return: 0x0f,
  drop: 0x1a,
  select: 0x1b,
  i32Eqz: 0x45,
  i32Eq: 0x46,
  i32Ne: 0x47,
  i32LtU: 0x49,
  i32GtU: 0x4b,
  i32LtS: 0x48,
  i32GeS: 0x4e,
  i32GeU: 0x4f,
  i64Eqz: 0x50,
  i64Eq: 0x51,
  i64Ne: 0x52,
  i64LtS: 0x53,
  i64LtU: 0x54,
  i64GtS: 0x55,
  i64GtU: 0x56,
  i64LeU: 0x58,
  i64GeS: 0x59,
  i64GeU: 0x5a,
  f64Lt: 0x63,
  f64Ge: 0x66,
  f64Min: 0xa4,
  i32Add: 0x6a,
  i32Sub: 0x6b,
  i32Mul: 0x6c,
  i32And: 0x71,
  i32Or: 0x72,
  i32Shl: 0x74,
  i32ShrU: 0x76,
  i64Add: 0x7c,
  i64Sub: 0x7d,
  i64Mul: 0x7e,
  i64And: 0x83,
  i64Or: 0x84,
  i64Xor: 0x85,
  i64Shl: 0x86,
  i64ShrS: 0x87,
  i64ShrU: 0x88,
  f64Add: 0xa0,
  f64Sub: 0xa1,
  f64Mul: 0xa2,
  i32WrapI64: 0xa7,
  i64ExtendI32U: 0xad,
  f64ConvertI32U: 0xb8,
  f64ConvertI64S: 0xb9,
  f64ConvertI64U: 0xba,
} as const;

/** Loads and stores with the binary logarithm of their natural alignment. */
export const ACCESS = {
  i32Load: [0x28, 2],
  i64Load: [0x29, 3],
  f32Load: [0x2a, 2],
  f64Load: [0x2b, 3],
  i32Load8U: [0x2d, 0],
  i32Store: [0x36, 2],
  i64Store: [0x37, 3],
  f32Store: [0x38, 2],
  f64Store: [0x39, 3],
  i32Store8: [0x3a, 0],
} as const;

const EMPTY_BLOCK = 0x40;

/** One function body under construction; every method appends instructions. */
export class FunctionCode {
  readonly writer: ByteWriter = new ByteWriter(128);

  /** Instructions without immediates. */
  op(...opcodes: number[]): this {
    this.writer.list(opcodes);
    return this;
  }

  get(local: number): this {
    return this.#indexed(0x20, local);
  }

  set(local: number): this {
    return this.#indexed(0x21, local);
  }

  tee(local: number): this {
    return this.#indexed(0x22, local);
  }

  globalGet(global: number): this {
    return this.#indexed(0x23, global);
  }

  globalSet(global: number): this {
    return this.#indexed(0x24, global);
  }

  call(functionIndex: number): this {
    return this.#indexed(0x10, functionIndex);
  }

  i32(value: number): this {
    this.writer.u8(0x41);
    this.writer.signed(value);
    return this;
  }

  /** An i64 between -2^53 and 2^53. */
  i64(value: number): this {
    this.writer.u8(0x42);
    this.writer.signed(value);
    return this;
  }

  f64(value: number): this {
    this.writer.u8(0x44);
    this.writer.list(new Uint8Array(new Float64Array([value]).buffer));
    return this;
  }

  /** Access to a memory other than 0 is written with its index. */
  access([opcode, align]: readonly [number, number], memory: number, offset = 0): this {
    this.writer.u8(opcode);
    this.writer.u8(align | 0x40);
    this.writer.u32(memory);
    this.writer.u32(offset);
    return this;
  }

  /** Reads a cell of the state memory. */
  loadCell(access: readonly [number, number], memory: number, offset: number): this {
    return this.i32(0).access(access, memory, offset);
  }

  memorySize(memory: number): this {
    return this.#indexed(0x3f, memory);
  }

  memoryGrow(memory: number): this {
    return this.#indexed(0x40, memory);
  }

  memoryCopy(to: number, from: number): this {
    this.writer.list([0xfc, 10]);
    this.writer.u32(to);
    this.writer.u32(from);
    return this;
  }

  memoryFill(memory: number): this {
    this.writer.list([0xfc, 11]);
    this.writer.u32(memory);
    return this;
  }

  if(blockType: number = EMPTY_BLOCK): this {
    this.writer.list([0x04, blockType]);
    return this;
  }

  block(): this {
    this.writer.list([0x02, EMPTY_BLOCK]);
    return this;
  }

  loop(): this {
    this.writer.list([0x03, EMPTY_BLOCK]);
    return this;
  }

  br(label: number): this {
    return this.#indexed(0x0c, label);
  }

  brIf(label: number): this {
    return this.#indexed(0x0d, label);
  }

  #indexed(opcode: number, index: number): this {
    this.writer.u8(opcode);
    this.writer.u32(index);
    return this;
  }
}

/** The body of an added function: local declarations, one group per local, code, `end`. */
export function functionBody(locals: readonly number[], code: FunctionCode): Uint8Array {
  const writer = new ByteWriter(code.writer.length + 2 * locals.length + 8);
  writer.u32(locals.length);
  for (const type of locals) {
    writer.u32(1);
    writer.u8(type);
  }
  writer.append(code.writer);
  writer.u8(OP.end);
  return writer.written();
}

/** Bytes of a body beyond which V8 never copies it into its callers. */
const INLINED_BYTES_MAX = 500;

/**
 * A body that is kept out of its callers: what runs rarely must not take registers where the caller is hot. The padding is never reached.
 */
export function outlinedBody(locals: readonly number[], code: FunctionCode): Uint8Array {
  code.op(OP.return);
  const nop = 0x01;
  while (code.writer.length <= INLINED_BYTES_MAX) code.op(nop);
  return functionBody(locals, code.op(OP.unreachable));
}
