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
  instructionResult,
  laneCount,
  secondOperand,
  thirdOperand,
} from './instructions.ts';
import { readBlockType, readInstruction, readLane, readOffset32, refuseInstruction } from './instruction-reader.ts';
import { BR_TABLE_TARGETS_MAX, LOCALS_MAX } from './limits.ts';
import { REWRITTEN_BODY_GROWTH, REWRITTEN_FLOAT_READ_GROWTH, rewrittenGrowth } from './rewritten-growth.ts';
import { refuse } from './rules.ts';
import { readHeapType, readValueType } from './type-reader.ts';
import { BLOCK_KIND, NO_TYPES, TypeStacks, UNKNOWN, equalTypes } from './type-stacks.ts';
import type { FunctionType, ParsedModule, Span, ValueType } from './types.ts';
import { FUNCREF, I32, I64, F32, F64, V128, isReferenceType, valueTypeName } from './value-types.ts';

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
  private readonly stacks: TypeStacks;
  private locals: Uint8Array = new Uint8Array(256);
  private localCount = 0;
  private results: Uint8Array = NO_TYPES;

  /** @param declaredReferences - per function, whether it occurs outside function bodies, so that `ref.func` may name it. */
  constructor(module: ParsedModule, declaredReferences: Uint8Array) {
    this.module = module;
    this.declaredReferences = declaredReferences;
    const memory = module.memories[0];
    this.address = memory === undefined ? UNKNOWN : memory.is64 ? I64 : I32;
    this.reader = new ByteReader(module.bytes, 0, 0);
    this.stacks = new TypeStacks(this.reader);
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
    this.stacks.reset(type.results);
    while (this.stacks.depth > 0) this.step();
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
    const number = readInstruction(reader);
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
        readLane(this.reader, laneCount[number]!);
        return this.applySignature(number);
      case FORM.lane:
        readLane(this.reader, laneCount[number]!);
        return this.applySignature(number);
      case FORM.special:
        if (number < 0x20) return this.control(number, offset);
        if (number < PREFIX_FC) return this.variableOrConstant(number, offset);
        return number < PREFIX_FD ? this.bulk(number, offset) : this.vectorImmediate(number);
      default:
        return refuseInstruction(number, offset);
    }
  }

  private applySignature(number: number): void {
    const third = thirdOperand[number]!;
    if (third !== 0) this.stacks.pop(third);
    const second = secondOperand[number]!;
    if (second !== 0) this.stacks.pop(second);
    const first = firstOperand[number]!;
    if (first !== 0) this.stacks.pop(first === ADDRESS ? this.address : first);
    const result = instructionResult[number]!;
    if (result !== 0) this.stacks.push(result);
  }

  private openBlock(kind: number): void {
    const { params, results } = readBlockType(this.reader, this.module.types);
    this.stacks.popList(params);
    this.stacks.open(kind, params, results);
  }

  // Control instructions, drop and select: opcodes below 0x20.

  private control(number: number, offset: number): void {
    switch (number) {
      case 0x00:
        return this.stacks.neverReturns();
      case 0x01:
        return;
      case 0x02:
        return this.openBlock(BLOCK_KIND.block);
      case 0x03:
        return this.openBlock(BLOCK_KIND.loop);
      case 0x04:
        this.stacks.pop(I32);
        return this.openBlock(BLOCK_KIND.if);
      case 0x05:
        return this.stacks.startElse(offset);
      case 0x0b:
        return this.stacks.endBlock();
      case 0x0c:
        this.stacks.popList(this.stacks.labelTypes());
        return this.stacks.neverReturns();
      case 0x0d: {
        const types = this.stacks.labelTypes();
        this.stacks.pop(I32);
        this.stacks.popList(types);
        return this.stacks.pushList(types);
      }
      case 0x0e:
        return this.branchTable();
      case 0x0f:
        this.stacks.popList(this.results);
        return this.stacks.neverReturns();
      case 0x10:
      case 0x12:
        return this.call(this.calledFunction(), number === 0x12);
      case 0x11:
      case 0x13:
        return this.call(this.calledIndirectly(), number === 0x13);
      case 0x1a:
        this.stacks.popAny();
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
    if (count > BR_TABLE_TARGETS_MAX)
      refuse('WASM_LIMIT_BR_TABLE', `a br_table of ${count} targets exceeds the maximum of ${BR_TABLE_TARGETS_MAX}`, offset);
    this.stacks.pop(I32);
    const first = reader.position;
    for (let index = 0; index < count; index++) reader.u32();
    const types = this.stacks.labelTypes();
    const after = reader.position;
    reader.position = first;
    let checked: Uint8Array | undefined;
    for (let index = 0; index < count; index++) {
      const target = this.stacks.labelTypes();
      if (target.length !== types.length)
        refuse('WASM_TYPE_MISMATCH', 'type mismatch: the targets of a br_table take different numbers of operands', reader.position);
      // Neighbouring targets are mostly the same block.
      if (target !== checked && target.length > 0) this.stacks.checkTop(target);
      checked = target;
    }
    reader.position = after;
    this.stacks.popList(types);
    this.stacks.neverReturns();
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
    this.stacks.pop(table.limits.is64 ? I64 : I32);
    return type;
  }

  private call(type: FunctionType, tail: boolean): void {
    this.stacks.popList(type.params);
    if (!tail) return this.stacks.pushList(type.results);
    if (!equalTypes(type.results, this.results))
      refuse('WASM_TYPE_MISMATCH', 'type mismatch: a tail call returns other types than its function', this.reader.position);
    this.stacks.neverReturns();
  }

  private select(): void {
    this.stacks.pop(I32);
    const second = this.stacks.popAny();
    const first = this.stacks.popAny();
    if (isReferenceType(first) || isReferenceType(second))
      refuse('WASM_TYPE_MISMATCH', 'type mismatch: select without a type takes numbers and vectors only', this.reader.position);
    if (first !== second && first !== UNKNOWN && second !== UNKNOWN) this.stacks.mismatch(first, second);
    this.stacks.push(first === UNKNOWN ? second : first);
  }

  private selectTyped(): void {
    const { reader } = this;
    const offset = reader.position;
    if (reader.u32() !== 1) refuse('WASM_SELECT_ARITY', 'invalid result arity: select has one type', offset);
    const type = readValueType(reader);
    this.stacks.pop(I32);
    this.stacks.pop(type);
    this.stacks.pop(type);
    this.stacks.push(type);
  }

  // Variables, tables, memory size, constants, references: one-byte opcodes from 0x20.

  private variableOrConstant(number: number, offset: number): void {
    const { reader } = this;
    switch (number) {
      case 0x20:
        return this.stacks.push(this.local(true));
      case 0x21:
        return this.stacks.pop(this.local(false));
      case 0x22: {
        const type = this.local(true);
        this.stacks.pop(type);
        return this.stacks.push(type);
      }
      case 0x23:
        return this.stacks.push(this.global(false));
      case 0x24:
        return this.stacks.pop(this.global(true));
      case 0x25:
      case 0x26:
        return this.tableAccess(number === 0x26);
      case 0x3f:
        this.memoryIndex();
        return this.stacks.push(this.address);
      case 0x40:
        this.memoryIndex();
        this.stacks.pop(this.address);
        return this.stacks.push(this.address);
      case 0x41:
        reader.skipS32();
        return this.stacks.push(I32);
      case 0x42:
        reader.skipS64();
        return this.stacks.push(I64);
      case 0x43:
        reader.skip(4);
        return this.stacks.push(F32);
      case 0x44:
        reader.skip(8);
        return this.stacks.push(F64);
      case 0xd0:
        return this.stacks.push(readHeapType(reader));
      case 0xd1: {
        const type = this.stacks.popAny();
        if (type !== UNKNOWN && !isReferenceType(type))
          refuse('WASM_TYPE_MISMATCH', `type mismatch: expected a reference, found ${valueTypeName(type)}`, offset);
        return this.stacks.push(I32);
      }
      default:
        return this.functionReference();
    }
  }

  private local(isRead: boolean): ValueType {
    const offset = this.reader.position;
    const index = this.reader.u32();
    if (index >= this.localCount) return refuse('WASM_UNKNOWN_LOCAL', `unknown local ${index}`, offset);
    const type = this.locals[index]!;
    if (isRead && (type === F64 || type === F32)) this.summary.rewrittenBytes += REWRITTEN_FLOAT_READ_GROWTH;
    return type;
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
    this.stacks.push(FUNCREF);
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
    if (write) this.stacks.pop(element);
    this.stacks.pop(limits.is64 ? I64 : I32);
    if (!write) this.stacks.push(element);
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
    if (this.reader.u8() !== 0)
      refuse('WASM_FEATURE_MULTI_MEMORY', 'the memory index must be one zero byte: multiple memories are not enabled', offset);
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
    else readOffset32(reader);
  }

  private vectorImmediate(number: number): void {
    const { reader } = this;
    if (number === PREFIX_FD + 0x0c) {
      reader.skip(16);
      return this.stacks.push(V128);
    }
    for (let index = 0; index < 16; index++) readLane(this.reader, 32);
    this.stacks.pop(V128);
    this.stacks.pop(V128);
    this.stacks.push(V128);
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
    this.stacks.pop(third);
    this.stacks.pop(second);
    this.stacks.pop(first);
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
    if (element !== table.element) this.stacks.mismatch(table.element, element);
    this.noteTableChange(number);
    this.popThree(table.limits.is64 ? I64 : I32, I32, I32);
  }

  private tableCopy(number: number): void {
    const destination = this.table();
    const source = this.table();
    if (destination.element !== source.element) this.stacks.mismatch(destination.element, source.element);
    this.noteTableChange(number);
    const to = destination.limits.is64 ? I64 : I32;
    const from = source.limits.is64 ? I64 : I32;
    this.popThree(to, from, to === I64 && from === I64 ? I64 : I32);
  }

  private tableSizeGrowFill(number: number): void {
    const { element, limits } = this.table();
    const index = limits.is64 ? I64 : I32;
    if (number === PREFIX_FC + 0x10) return this.stacks.push(index);
    this.noteTableChange(number);
    if (number === PREFIX_FC + 0x11) return this.popThree(index, element, index);
    this.stacks.pop(index);
    this.stacks.pop(element);
    this.stacks.push(index);
  }
}
