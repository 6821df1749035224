/**
 * Checks the types of function bodies in one pass over their bytes.
 *
 * Source: WebAssembly core specification, "Validation algorithm" (appendix): a stack of operand types and a stack of open blocks. After an
 * instruction that never returns, the rest of the block may pop operands of any type ("unreachable").
 * Invariants:
 * B1: time is linear in the bytes of the body, times the arity of calls and blocks, which `OPERAND_MOVES_MAX` bounds for the module.
 * B2: no body keeps memory beyond `OPERANDS_MAX` bytes of operands and one frame per open block.
 * @module
 */
import { ByteReader } from './byte-reader.ts';
import {
  ADDRESS,
  FORM,
  PREFIX_FC,
  PREFIX_FD,
  accessSizeLog,
  firstOperand,
  instructionComplexity,
  instructionForm,
  instructionName,
  instructionResult,
  laneCount,
  secondOperand,
  thirdOperand,
} from './instructions.ts';
import { BLOCK_DEPTH_MAX, BR_TABLE_TARGETS_MAX, LOCALS_MAX, OPERANDS_MAX, OPERAND_MOVES_MAX } from './limits.ts';
import { REWRITTEN_BODY_GROWTH, rewrittenGrowth } from './rewritten-growth.ts';
import { refuse } from './rules.ts';
import { readHeapType, readValueType, refuseType } from './type-reader.ts';
import type { FunctionType, ParsedModule, Span, ValueType } from './types.ts';
import { FUNCREF, I32, I64, F32, F64, V128, isReferenceType, isValueType, valueTypeName } from './value-types.ts';

/** An operand whose type nothing fixes, below an instruction that never returns. */
const UNKNOWN: ValueType = 0;

const NO_TYPES: Uint8Array = new Uint8Array(0);
const LIST_OF_ONE: readonly Uint8Array[] = Array.from({ length: 256 }, (_, type) => Uint8Array.of(type));

const KIND_FUNCTION = 0x00;
const KIND_BLOCK = 0x02;
const KIND_LOOP = 0x03;
const KIND_IF = 0x04;
const KIND_ELSE = 0x05;

/** What a function body says about itself beyond being valid. */
export type BodySummary = {
  /** Complexity as the Internet Computer counts it. */
  complexity: number;
  /** Number of the first table-changing instruction, or -1. */
  tableChange: number;
  /** Bytes of the body after instrumentation, at most. */
  rewrittenBytes: number;
};

/** Checks bodies of one module; holds the stacks, which are reused from body to body. */
export class BodyValidator {
  readonly summary: BodySummary = { complexity: 0, tableChange: -1, rewrittenBytes: 0 };
  private readonly module: ParsedModule;
  private readonly declaredReferences: Uint8Array;
  private readonly address: ValueType;
  private readonly reader: ByteReader;
  private locals: Uint8Array = new Uint8Array(256);
  private localCount = 0;
  private results: Uint8Array = NO_TYPES;
  private moves = 0;

  private operands: Uint8Array = new Uint8Array(1024);
  private height = 0;

  // One entry per open block.
  private depth = 0;
  private readonly frameKinds: number[] = [];
  private readonly frameHeights: number[] = [];
  private readonly frameUnreachable: boolean[] = [];
  private readonly frameParams: Uint8Array[] = [];
  private readonly frameResults: Uint8Array[] = [];

  /** @param declaredReferences - per function, whether it occurs outside function bodies, so that `ref.func` may name it. */
  constructor(module: ParsedModule, declaredReferences: Uint8Array) {
    this.module = module;
    this.declaredReferences = declaredReferences;
    const memory = module.memories[0];
    this.address = memory === undefined ? UNKNOWN : memory.is64 ? I64 : I32;
    this.reader = new ByteReader(module.bytes, 0, 0);
  }

  /**
   * Checks one body; afterwards `summary` describes it.
   * @throws IcError a refusal.
   */
  validate(type: FunctionType, body: Span): void {
    const { reader, summary } = this;
    reader.position = body.start;
    reader.end = body.end;
    summary.complexity = 0;
    summary.tableChange = -1;
    summary.rewrittenBytes = body.end - body.start + REWRITTEN_BODY_GROWTH;
    this.readLocals(type.params);
    this.results = type.results;
    this.height = 0;
    this.depth = 0;
    this.openFrame(KIND_FUNCTION, NO_TYPES, type.results);
    while (this.depth > 0) this.step();
    if (!reader.done) refuse('WASM_BODY_STRUCTURE', 'operators remaining after end of function', reader.position);
  }

  private readLocals(params: Uint8Array): void {
    const { reader } = this;
    let count = params.length;
    this.growLocals(count);
    this.locals.set(params, 0);
    const groups = reader.u32();
    for (let group = 0; group < groups; group++) {
      const offset = reader.position;
      const repeat = reader.u32();
      if (repeat > LOCALS_MAX - count) refuse('WASM_LIMIT_LOCALS', `too many locals: the maximum is ${LOCALS_MAX}`, offset);
      const type = readValueType(reader);
      this.growLocals(count + repeat);
      this.locals.fill(type, count, count + repeat);
      count += repeat;
    }
    this.localCount = count;
  }

  private growLocals(count: number): void {
    if (count <= this.locals.length) return;
    const grown = new Uint8Array(Math.max(count, 2 * this.locals.length));
    grown.set(this.locals);
    this.locals = grown;
  }

  /** Checks the next instruction. */
  private step(): void {
    const { reader } = this;
    const offset = reader.position;
    const opcode = reader.u8();
    const number = opcode < 0xfb ? opcode : this.prefixed(opcode, offset);
    this.summary.complexity += instructionComplexity[number]!;
    this.summary.rewrittenBytes += rewrittenGrowth[number]!;
    switch (instructionForm[number]) {
      case FORM.plain:
        return this.applySignature(number);
      case FORM.memory:
        this.readMemoryArgument(number, offset);
        return this.applySignature(number);
      case FORM.memoryLane:
        this.readMemoryArgument(number, offset);
        this.readLane(laneCount[number]!);
        return this.applySignature(number);
      case FORM.lane:
        this.readLane(laneCount[number]!);
        return this.applySignature(number);
      case FORM.special:
        if (number < 0x20) return this.control(number, offset);
        if (number < PREFIX_FC) return this.variableOrConstant(number, offset);
        return number < PREFIX_FD ? this.bulk(number, offset) : this.vectorImmediate(number);
      default:
        return refuseInstruction(number, offset);
    }
  }

  private prefixed(opcode: number, offset: number): number {
    if (opcode === 0xfb) return refuse('WASM_FEATURE_GC', 'the GC instructions are not enabled', offset);
    if (opcode === 0xfe) return refuse('WASM_FEATURE_THREADS', 'atomic instructions are not enabled', offset);
    if (opcode === 0xff) return refuse('WASM_OPCODE', 'illegal opcode 0xff', offset);
    const number = this.reader.u32();
    if (opcode === 0xfd && number >= 0x100 && number <= 0x113) return refuse('WASM_FEATURE_RELAXED_SIMD', 'relaxed SIMD instructions are not enabled', offset);
    if (number > 0xff) return refuse('WASM_OPCODE', `illegal opcode 0x${opcode.toString(16)} 0x${number.toString(16)}`, offset);
    return (opcode === 0xfc ? PREFIX_FC : PREFIX_FD) + number;
  }

  // Operands.

  private push(type: ValueType): void {
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
  private popAny(): ValueType {
    if (this.height > this.frameHeights[this.depth - 1]!) return this.operands[--this.height]!;
    if (this.frameUnreachable[this.depth - 1]!) return UNKNOWN;
    return refuse('WASM_TYPE_MISMATCH', 'type mismatch: an operand is expected but the stack is empty', this.reader.position);
  }

  private pop(expected: ValueType): void {
    const found = this.popAny();
    if (found !== expected && found !== UNKNOWN) this.mismatch(expected, found);
  }

  private mismatch(expected: ValueType, found: ValueType): never {
    return refuse('WASM_TYPE_MISMATCH', `type mismatch: expected ${valueTypeName(expected)}, found ${valueTypeName(found)}`, this.reader.position);
  }

  private popList(types: Uint8Array): void {
    this.move(types.length);
    for (let index = types.length - 1; index >= 0; index--) this.pop(types[index]!);
  }

  private pushList(types: Uint8Array): void {
    this.move(types.length);
    for (let index = 0; index < types.length; index++) this.push(types[index]!);
  }

  private move(count: number): void {
    this.moves += count;
    if (this.moves > OPERAND_MOVES_MAX) refuse('WASM_LIMIT_OPERANDS', `calls, blocks and branches move more than ${OPERAND_MOVES_MAX} operands`, this.reader.position);
  }

  private applySignature(number: number): void {
    const third = thirdOperand[number]!;
    if (third !== 0) this.pop(third);
    const second = secondOperand[number]!;
    if (second !== 0) this.pop(second);
    const first = firstOperand[number]!;
    if (first !== 0) this.pop(first === ADDRESS ? this.address : first);
    const result = instructionResult[number]!;
    if (result !== 0) this.push(result);
  }

  // Blocks.

  private openFrame(kind: number, params: Uint8Array, results: Uint8Array): void {
    const { depth } = this;
    if (depth > BLOCK_DEPTH_MAX) refuse('WASM_LIMIT_BLOCK_DEPTH', `more than ${BLOCK_DEPTH_MAX} nested blocks`, this.reader.position);
    this.frameKinds[depth] = kind;
    this.frameHeights[depth] = this.height;
    this.frameUnreachable[depth] = false;
    this.frameParams[depth] = params;
    this.frameResults[depth] = results;
    this.depth = depth + 1;
    this.pushList(params);
  }

  /** Checks that exactly the results of the innermost block are on its stack, and takes them. */
  private checkFrameEnd(): void {
    const top = this.depth - 1;
    this.popList(this.frameResults[top]!);
    if (this.height !== this.frameHeights[top]!) refuse('WASM_TYPE_MISMATCH', 'type mismatch: values remain on the stack at the end of a block', this.reader.position);
  }

  private neverReturns(): void {
    const top = this.depth - 1;
    this.height = this.frameHeights[top]!;
    this.frameUnreachable[top] = true;
  }

  private openBlock(kind: number): void {
    const { reader } = this;
    const offset = reader.position;
    const type = reader.s33();
    let params = NO_TYPES;
    let results = NO_TYPES;
    if (type >= 0) {
      const signature = this.module.types[type];
      if (signature === undefined) return refuse('WASM_UNKNOWN_TYPE', `unknown type ${type}`, offset);
      params = signature.params;
      results = signature.results;
    } else if (type !== -0x40) {
      // A one-byte negative number is a value type; -0x40 is the empty type.
      const byte = type + 0x80;
      if (reader.position !== offset + 1 || !isValueType(byte)) refuseType(byte & 0x7f, offset);
      results = LIST_OF_ONE[byte]!;
    } else if (reader.position !== offset + 1) {
      refuseType(0x40, offset);
    }
    this.popList(params);
    this.openFrame(kind, params, results);
  }

  private startElse(offset: number): void {
    const top = this.depth - 1;
    if (this.frameKinds[top] !== KIND_IF) refuse('WASM_BODY_STRUCTURE', 'else without if', offset);
    this.checkFrameEnd();
    this.frameKinds[top] = KIND_ELSE;
    this.frameUnreachable[top] = false;
    this.pushList(this.frameParams[top]!);
  }

  private endBlock(): void {
    const top = this.depth - 1;
    this.checkFrameEnd();
    const results = this.frameResults[top]!;
    // An `if` without `else` passes its parameters on.
    if (this.frameKinds[top] === KIND_IF && !equalTypes(this.frameParams[top]!, results)) {
      refuse('WASM_TYPE_MISMATCH', 'type mismatch: an if without else changes the stack', this.reader.position);
    }
    this.depth = top;
    if (top > 0) this.pushList(results);
  }

  /** Types that a branch to the block takes along. */
  private labelTypes(): Uint8Array {
    const { reader } = this;
    const offset = reader.position;
    const label = reader.u32();
    if (label >= this.depth) return refuse('WASM_UNKNOWN_LABEL', `unknown label ${label}`, offset);
    const frame = this.depth - 1 - label;
    return this.frameKinds[frame] === KIND_LOOP ? this.frameParams[frame]! : this.frameResults[frame]!;
  }

  // Control instructions, drop and select: opcodes below 0x20.

  private control(number: number, offset: number): void {
    switch (number) {
      case 0x00:
        return this.neverReturns();
      case 0x01:
        return;
      case 0x02:
        return this.openBlock(KIND_BLOCK);
      case 0x03:
        return this.openBlock(KIND_LOOP);
      case 0x04:
        this.pop(I32);
        return this.openBlock(KIND_IF);
      case 0x05:
        return this.startElse(offset);
      case 0x0b:
        return this.endBlock();
      case 0x0c:
        this.popList(this.labelTypes());
        return this.neverReturns();
      case 0x0d: {
        const types = this.labelTypes();
        this.pop(I32);
        this.popList(types);
        return this.pushList(types);
      }
      case 0x0e:
        return this.branchTable();
      case 0x0f:
        this.popList(this.results);
        return this.neverReturns();
      case 0x10:
      case 0x12:
        return this.call(this.calledFunction(), number === 0x12);
      case 0x11:
      case 0x13:
        return this.call(this.calledIndirectly(), number === 0x13);
      case 0x1a:
        this.popAny();
        return;
      case 0x1b:
        return this.select();
      default:
        return this.selectTyped();
    }
  }

  private branchTable(): void {
    const { reader } = this;
    const offset = reader.position;
    const count = reader.u32();
    if (count > BR_TABLE_TARGETS_MAX) refuse('WASM_LIMIT_BR_TABLE', `a br_table of ${count} targets exceeds the maximum of ${BR_TABLE_TARGETS_MAX}`, offset);
    this.pop(I32);
    const first = reader.position;
    for (let index = 0; index < count; index++) reader.u32();
    const types = this.labelTypes();
    const after = reader.position;
    reader.position = first;
    let checked: Uint8Array | undefined;
    for (let index = 0; index < count; index++) {
      const target = this.labelTypes();
      if (target.length !== types.length) refuse('WASM_TYPE_MISMATCH', 'type mismatch: the targets of a br_table take different numbers of operands', reader.position);
      // Neighbouring targets are mostly the same block.
      if (target !== checked && target.length > 0) this.checkTop(target);
      checked = target;
    }
    reader.position = after;
    this.popList(types);
    this.neverReturns();
  }

  /** Checks operands without taking them. Unknown operands stay unknown, so that another target may use them otherwise. */
  private checkTop(types: Uint8Array): void {
    this.move(types.length);
    const base = this.frameHeights[this.depth - 1]!;
    let height = this.height;
    for (let index = types.length - 1; index >= 0; index--) {
      if (height > base) {
        const found = this.operands[--height]!;
        if (found !== types[index] && found !== UNKNOWN) this.mismatch(types[index]!, found);
      } else if (!this.frameUnreachable[this.depth - 1]!) {
        this.popAny();
        refuse('WASM_TYPE_MISMATCH', 'type mismatch: a br_table takes more operands than the block has', this.reader.position);
      }
    }
  }

  private calledFunction(): FunctionType {
    const { reader, module } = this;
    const offset = reader.position;
    const index = reader.u32();
    const typeIndex = module.functionTypes[index];
    if (typeIndex === undefined) return refuse('WASM_UNKNOWN_FUNCTION', `unknown function ${index}`, offset);
    return module.types[typeIndex]!;
  }

  private calledIndirectly(): FunctionType {
    const { reader, module } = this;
    const offset = reader.position;
    const typeIndex = reader.u32();
    const tableOffset = reader.position;
    const table = this.table();
    if (table.element !== FUNCREF) refuse('WASM_TYPE_MISMATCH', 'type mismatch: call_indirect needs a table of functions', tableOffset);
    const type = module.types[typeIndex];
    if (type === undefined) return refuse('WASM_UNKNOWN_TYPE', `unknown type ${typeIndex}`, offset);
    this.pop(table.limits.is64 ? I64 : I32);
    return type;
  }

  private call(type: FunctionType, tail: boolean): void {
    this.popList(type.params);
    if (!tail) return this.pushList(type.results);
    if (!equalTypes(type.results, this.results)) refuse('WASM_TYPE_MISMATCH', 'type mismatch: a tail call returns other types than its function', this.reader.position);
    this.neverReturns();
  }

  private select(): void {
    this.pop(I32);
    const second = this.popAny();
    const first = this.popAny();
    if (isReferenceType(first) || isReferenceType(second)) refuse('WASM_TYPE_MISMATCH', 'type mismatch: select without a type takes numbers and vectors only', this.reader.position);
    if (first !== second && first !== UNKNOWN && second !== UNKNOWN) this.mismatch(first, second);
    this.push(first === UNKNOWN ? second : first);
  }

  private selectTyped(): void {
    const { reader } = this;
    const offset = reader.position;
    if (reader.u32() !== 1) refuse('WASM_SELECT_ARITY', 'invalid result arity: select has one type', offset);
    const type = readValueType(reader);
    this.pop(I32);
    this.pop(type);
    this.pop(type);
    this.push(type);
  }

  // Variables, tables, memory size, constants, references: one-byte opcodes from 0x20.

  private variableOrConstant(number: number, offset: number): void {
    const { reader } = this;
    switch (number) {
      case 0x20:
        return this.push(this.local());
      case 0x21:
        return this.pop(this.local());
      case 0x22: {
        const type = this.local();
        this.pop(type);
        return this.push(type);
      }
      case 0x23:
        return this.push(this.global(false));
      case 0x24:
        return this.pop(this.global(true));
      case 0x25:
      case 0x26:
        return this.tableAccess(number === 0x26);
      case 0x3f:
        this.memoryIndex();
        return this.push(this.address);
      case 0x40:
        this.memoryIndex();
        this.pop(this.address);
        return this.push(this.address);
      case 0x41:
        reader.skipS32();
        return this.push(I32);
      case 0x42:
        reader.skipS64();
        return this.push(I64);
      case 0x43:
        reader.skip(4);
        return this.push(F32);
      case 0x44:
        reader.skip(8);
        return this.push(F64);
      case 0xd0:
        return this.push(readHeapType(reader));
      case 0xd1: {
        const type = this.popAny();
        if (type !== UNKNOWN && !isReferenceType(type)) refuse('WASM_TYPE_MISMATCH', `type mismatch: expected a reference, found ${valueTypeName(type)}`, offset);
        return this.push(I32);
      }
      default:
        return this.functionReference();
    }
  }

  private local(): ValueType {
    const offset = this.reader.position;
    const index = this.reader.u32();
    if (index >= this.localCount) return refuse('WASM_UNKNOWN_LOCAL', `unknown local ${index}`, offset);
    return this.locals[index]!;
  }

  private global(write: boolean): ValueType {
    const offset = this.reader.position;
    const index = this.reader.u32();
    const global = this.module.globals[index];
    if (global === undefined) return refuse('WASM_UNKNOWN_GLOBAL', `unknown global ${index}`, offset);
    if (write && !global.mutable) refuse('WASM_GLOBAL_IMMUTABLE', `global is immutable: ${index}`, offset);
    return global.type;
  }

  private functionReference(): void {
    const offset = this.reader.position;
    const index = this.reader.u32();
    if (index >= this.module.functionTypes.length) refuse('WASM_UNKNOWN_FUNCTION', `unknown function ${index}`, offset);
    if (this.declaredReferences[index] !== 1) refuse('WASM_REFERENCE_UNDECLARED', `undeclared function reference ${index}`, offset);
    this.push(FUNCREF);
  }

  private table(): ParsedModule['tables'][number] {
    const offset = this.reader.position;
    const index = this.reader.u32();
    const table = this.module.tables[index];
    return table ?? refuse('WASM_UNKNOWN_TABLE', `unknown table ${index}`, offset);
  }

  private tableAccess(write: boolean): void {
    const { element, limits } = this.table();
    if (write) this.noteTableChange(0x26);
    if (write) this.pop(element);
    this.pop(limits.is64 ? I64 : I32);
    if (!write) this.push(element);
  }

  private noteTableChange(number: number): void {
    if (this.summary.tableChange < 0) this.summary.tableChange = number;
  }

  // Memory.

  private requireMemory(offset: number): void {
    if (this.address === UNKNOWN) refuse('WASM_UNKNOWN_MEMORY', 'unknown memory 0', offset);
  }

  private memoryIndex(): void {
    const offset = this.reader.position;
    if (this.reader.u8() !== 0) refuse('WASM_FEATURE_MULTI_MEMORY', 'the memory index must be one zero byte: multiple memories are not enabled', offset);
    this.requireMemory(offset);
  }

  private readMemoryArgument(number: number, offset: number): void {
    const { reader } = this;
    const start = reader.position;
    const flags = reader.u32();
    if (flags >= 0x80) refuse('WASM_MEMORY_FLAGS', `malformed memory instruction flags 0x${flags.toString(16)}`, start);
    if (flags >= 0x40) refuse('WASM_FEATURE_MULTI_MEMORY', 'multiple memories are not enabled', start);
    this.requireMemory(offset);
    if (flags > accessSizeLog[number]!) refuse('WASM_ALIGNMENT', 'alignment must not be larger than natural', start);
    if (this.address === I64) reader.skipU64();
    else this.readOffset32();
  }

  private readOffset32(): void {
    const { reader } = this;
    const start = reader.position;
    if (reader.u8() < 0x80) return;
    reader.position = start;
    if (reader.u64() > 0xffff_ffffn) refuse('WASM_MEMORY_OFFSET', 'offset out of range: a 32-bit memory has 32-bit offsets', start);
    reader.position = start;
    reader.u32();
  }

  private readLane(lanes: number): void {
    const offset = this.reader.position;
    const lane = this.reader.u8();
    if (lane >= lanes) refuse('WASM_LANE', `invalid lane index ${lane}`, offset);
  }

  private vectorImmediate(number: number): void {
    const { reader } = this;
    if (number === PREFIX_FD + 0x0c) {
      reader.skip(16);
      return this.push(V128);
    }
    for (let index = 0; index < 16; index++) this.readLane(32);
    this.pop(V128);
    this.pop(V128);
    this.push(V128);
  }

  // Bulk memory and table instructions: behind 0xfc.

  private bulk(number: number, offset: number): void {
    switch (number - PREFIX_FC) {
      case 0x08:
        this.dataSegment();
        this.memoryIndex();
        return this.popThree(this.address, I32, I32);
      case 0x09:
        return this.dataSegment();
      case 0x0a:
        this.memoryIndex();
        this.memoryIndex();
        return this.popThree(this.address, this.address, this.address);
      case 0x0b:
        this.memoryIndex();
        return this.popThree(this.address, I32, this.address);
      case 0x0c:
        return this.tableInit(number);
      case 0x0d:
        this.elementSegment();
        return;
      case 0x0e:
        return this.tableCopy(number);
      case 0x0f:
      case 0x10:
      case 0x11:
        return this.tableSizeGrowFill(number);
      default:
        return refuseInstruction(number, offset);
    }
  }

  private popThree(first: ValueType, second: ValueType, third: ValueType): void {
    this.pop(third);
    this.pop(second);
    this.pop(first);
  }

  private dataSegment(): void {
    const { dataCount } = this.module;
    const offset = this.reader.position;
    const index = this.reader.u32();
    if (dataCount === undefined) return refuse('WASM_DATA_COUNT', 'data count section required', offset);
    if (index >= dataCount) refuse('WASM_UNKNOWN_DATA_SEGMENT', `unknown data segment ${index}`, offset);
  }

  private elementSegment(): ValueType {
    const offset = this.reader.position;
    const index = this.reader.u32();
    const segment = this.module.elements[index];
    if (segment === undefined) return refuse('WASM_UNKNOWN_ELEMENT_SEGMENT', `unknown elem segment ${index}`, offset);
    return segment.element;
  }

  private tableInit(number: number): void {
    const element = this.elementSegment();
    const table = this.table();
    if (element !== table.element) this.mismatch(table.element, element);
    this.noteTableChange(number);
    this.popThree(table.limits.is64 ? I64 : I32, I32, I32);
  }

  private tableCopy(number: number): void {
    const destination = this.table();
    const source = this.table();
    if (destination.element !== source.element) this.mismatch(destination.element, source.element);
    this.noteTableChange(number);
    const to = destination.limits.is64 ? I64 : I32;
    const from = source.limits.is64 ? I64 : I32;
    this.popThree(to, from, to === I64 && from === I64 ? I64 : I32);
  }

  private tableSizeGrowFill(number: number): void {
    const { element, limits } = this.table();
    const index = limits.is64 ? I64 : I32;
    if (number === PREFIX_FC + 0x10) return this.push(index);
    this.noteTableChange(number);
    if (number === PREFIX_FC + 0x11) return this.popThree(index, element, index);
    this.pop(index);
    this.pop(element);
    this.push(index);
  }
}

function equalTypes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false;
  return true;
}

/** Leaves validation because of an opcode without meaning here: by its feature if it has one. */
function refuseInstruction(number: number, offset: number): never {
  switch (number) {
    case 0x06:
    case 0x07:
    case 0x08:
    case 0x09:
    case 0x0a:
    case 0x18:
    case 0x19:
    case 0x1f:
      return refuse('WASM_FEATURE_EXCEPTIONS', 'exception instructions are not enabled', offset);
    case 0x14:
    case 0x15:
    case 0xd4:
    case 0xd5:
    case 0xd6:
      return refuse('WASM_FEATURE_FUNCTION_REFERENCES', 'instructions on typed references are not enabled', offset);
    case 0xd3:
      return refuse('WASM_FEATURE_GC', 'the GC instructions are not enabled', offset);
    default:
      return refuse('WASM_OPCODE', `illegal opcode ${instructionName(number)}`, offset);
  }
}
