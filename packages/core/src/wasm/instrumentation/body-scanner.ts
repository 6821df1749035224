/**
 * Reads a function body once and lists what must be changed in it: where instructions are charged and how many, calls, stores that need
 * their page checked, results that may be NaNs.
 *
 * The module must be valid.
 * @module
 */
import { FORM, instructionForm, PREFIX_FC, PREFIX_FD } from '../instructions.ts';
import type { Span } from '../types.ts';
import { V128 } from '../value-types.ts';
import { ChargePoints } from './charge-points.ts';
import { CodeCursor } from './code-cursor.ts';
import { frameWeight } from './depth-limit.ts';
import { EDIT, EditList } from './edit-list.ts';
import {
  DATA_DROP,
  ELEM_DROP,
  MEMORY_COPY,
  MEMORY_FILL,
  MEMORY_INIT,
  SHUFFLE,
  TABLE_COPY,
  TABLE_FILL,
  TABLE_GROW,
  TABLE_INIT,
  TABLE_SIZE,
  V128_CONST,
} from './instruction-numbers.ts';
import { nanConsumer, nanProducer, operandsPopped, resultsPushed, staticWeights } from './instruction-tables.ts';
import { LocalTypes } from './local-types.ts';
import { NanFacts } from './nan-facts.ts';
import { CONSTANT_OPERAND, NEVER_NAN, NO_EDIT, NO_OPERAND, OFFSET_BEYOND, OperandStack } from './operand-stack.ts';
import type { ScanContext } from './scan-context.ts';
import { StoreFacts } from './store-facts.ts';
import { IF, LOOP, StructureStack } from './structure-stack.ts';
import { BARE_LOOPS_FREE, entryCost } from './surcharges.ts';

const ANY_SHAPE = 15;

/** Scans one body after the other; a hot handle whose fields describe the body scanned last. */
export class BodyScanner {
  readonly edits: EditList = new EditList();
  /** Locals of the body: parameters and declared ones, without the instruction word. */
  locals = 0;
  /** Groups of local declarations, and where they stand. */
  localGroups = 0;
  localsStart = 0;
  localsEnd = 0;
  /** Most parameters and results beyond the first of one call. */
  callArityMax = 0;
  instructions = 0;
  /** Static cost of the entry and all instructions of the body. */
  cost = 0;
  usesVectors = false;
  /** Functions that the body calls directly, and types of functions that it calls through a table. */
  readonly callees: number[] = [];
  readonly tableCallees: number[] = [];
  /** Whether the body returns or branches to its outermost label. */
  leavesEarly = false;
  /** Whether anything uses up the instance: dropped segments, changed tables. Over all bodies. */
  consumes = false;
  /** Functions that `ref.func` names. Over all bodies. */
  readonly referencedFunctions: Set<number> = new Set();

  readonly #context: ScanContext;
  readonly #code: CodeCursor;
  readonly #weights: Uint16Array;
  readonly #facts: StoreFacts;
  readonly #typeParameters: Int32Array;
  readonly #typeResults: Int32Array;
  /** 1 when a parameter or result is a vector. */
  readonly #typeHasVectors: Uint8Array;
  #raises = false;
  /** Static cost when the last loop began, and loops so far with nothing between them and the one before. */
  #costAtLoop = 0;
  #bareLoops = 0;
  #parameters = 0;
  readonly #points: ChargePoints;
  readonly #nans: NanFacts = new NanFacts();
  readonly #locals: LocalTypes = new LocalTypes();
  readonly #operands: OperandStack = new OperandStack();
  readonly #structures: StructureStack = new StructureStack();

  constructor(context: ScanContext) {
    this.#context = context;
    this.#code = new CodeCursor(context.bytes);
    this.#weights = staticWeights(context.memory64);
    this.#facts = new StoreFacts(context.memory64, context.elideStoreChecks);
    this.#points = new ChargePoints(this.edits, context.mergePoints);
    this.#typeParameters = Int32Array.from(context.types, (type) => type.params.length);
    this.#typeResults = Int32Array.from(context.types, (type) => type.results.length);
    this.#typeHasVectors = Uint8Array.from(context.types, ({ params, results }) =>
      params.includes(V128) || results.includes(V128) ? 1 : 0,
    );
  }

  /** Slots of the frame of the body. */
  get weight(): number {
    const { locals, callArityMax: callArity, instructions, usesVectors: vectors } = this;
    return frameWeight({ locals, operands: this.#operands.max, callArity, instructions, vectors });
  }

  /**
   * Scans the body of a function of type `typeIndex`.
   * @param raiseLocals - whether indexes of locals are raised; once for each body.
   */
  scan(typeIndex: number, body: Span, raiseLocals: boolean): void {
    this.#raises = raiseLocals;
    this.#begin(typeIndex, body);
    while (this.#code.position < body.end) this.#instruction();
    this.#points.finish();
    if (this.#locals.hasFloats) this.#nans.finish(this.edits);
  }

  #begin(typeIndex: number, body: Span): void {
    this.edits.clear();
    this.#code.position = body.start;
    this.#parameters = this.#typeParameters[typeIndex]!;
    this.locals = this.#parameters;
    this.localGroups = this.#code.u32();
    this.localsStart = this.#code.position;
    this.usesVectors = this.#typeHasVectors[typeIndex] === 1;
    this.#locals.begin(this.#context.types[typeIndex]!.params);
    for (let group = 0; group < this.localGroups; group++) {
      this.locals += this.#code.u32();
      const type = this.#code.u8();
      if (type === V128) this.usesVectors = true;
      this.#locals.addGroup(this.locals, type);
    }
    this.localsEnd = this.#code.position;
    this.callArityMax = 0;
    this.instructions = 0;
    this.cost = entryCost(this.locals - this.#parameters);
    this.#costAtLoop = 0;
    this.#bareLoops = 0;
    this.callees.length = 0;
    this.tableCallees.length = 0;
    this.leavesEarly = false;
    this.#operands.begin();
    this.#structures.begin();
    this.#facts.begin(this.#parameters, this.locals);
    this.#nans.begin(this.#parameters, this.locals);
    this.#points.begin(this.#code.position, this.cost);
    this.#open(LOOP, 0, this.#typeResults[typeIndex]!);
  }

  #instruction(): void {
    const at = this.#code.position;
    let number = this.#code.u8();
    if (number >= 0xfc) {
      if (number === 0xfd) this.usesVectors = true;
      number = (number === 0xfc ? PREFIX_FC : PREFIX_FD) + this.#code.u32();
    }
    this.instructions++;
    const edits = this.edits;
    const weight = this.#weights[number]!;
    this.cost += weight;
    edits.a[this.#points.stretch]! += weight;
    switch (number) {
      case 0x20:
        return this.#localGet(at);
      case 0x21:
      case 0x22:
        return this.#localSet(at, number);
      case 0x41:
        this.#operands.push(1);
        return this.#operands.describe(CONSTANT_OPERAND, 0, this.#code.signed());
      case 0x42:
        return this.#constant64();
      case 0x6a:
      case 0x6b:
      case 0x7c:
      case 0x7d:
        return this.#operands.add(number === 0x6a || number === 0x7c ? 1 : -1);
      default:
        break;
    }
    switch (instructionForm[number]) {
      case FORM.plain:
        if (nanConsumer[number] !== 0) this.#nans.consume(this.edits, this.#operands, nanConsumer[number]!, operandsPopped[number]!);
        this.#operands.pop(operandsPopped[number]!);
        this.#operands.push(resultsPushed[number]!);
        if (nanProducer[number] !== 0) this.#produceNan(number);
        else if (isConversionFromInteger(number)) this.#describeNan(NEVER_NAN);
        return;
      case FORM.memory:
        return this.#memoryAccess(at, number, 0);
      case FORM.memoryLane:
        return this.#memoryAccess(at, number, 1);
      case FORM.lane:
        this.#code.position++;
        this.#operands.pop(operandsPopped[number]!);
        return this.#operands.push(resultsPushed[number]!);
      default:
        return number < PREFIX_FC ? this.#special(at, number) : this.#prefixed(at, number);
    }
  }

  #produceNan(number: number): void {
    if (!this.#context.canonicalNans) return;
    this.#describeNan(this.#nans.produce(this.edits, nanProducer[number]!, this.#code.position, this.#structures.loops));
  }

  /** Says of the topmost operand which edit makes it canonical, or that it is no NaN. */
  #describeNan(edit: number): void {
    this.#operands.nan[this.#operands.height - 1] = edit;
  }

  /** Shape of a scalar floating-point local, or 0. */
  #floatShape(local: number): number {
    return this.#context.canonicalNans ? this.#locals.floatShape(local) : 0;
  }

  #localGet(at: number): void {
    const local = this.#code.u32();
    this.#pushLocal(local);
    if (local >= this.#parameters) this.#raiseLocal(at, local);
    this.#readFloat(local);
  }

  #pushLocal(local: number): void {
    this.#operands.push(1);
    this.#operands.describe(local, this.#facts.version[local]!, 0);
  }

  #readFloat(local: number): void {
    const shape = this.#floatShape(local);
    if (shape !== 0) this.#describeNan(this.#nans.read(this.edits, local, shape, this.#code.position, this.#structures.loops));
  }

  #localSet(at: number, opcode: number): void {
    const local = this.#code.u32();
    const operands = this.#operands;
    this.#facts.assign(local, this.edits, this.#structures.loops, this.#structures.loopStarts);
    if (this.#floatShape(local) !== 0) {
      this.#nans.assign(this.edits, local, operands.height > operands.floor ? operands.nan[operands.height - 1]! : NO_EDIT);
    }
    this.#operands.pop(1);
    if (opcode === 0x22) this.#pushLocal(local);
    if (local >= this.#parameters) this.#raiseLocal(at, local);
    if (opcode === 0x22) this.#readFloat(local);
  }

  /** Adds one to the index of a local instruction, in place where it fits. */
  #raiseLocal(at: number, local: number): void {
    if (!this.#raises || this.#code.overwrite(at + 1, local + 1)) return;
    this.edits.add(EDIT.local, at, this.#code.position, local + 1, this.#code.bytes[at]!);
  }

  #constant64(): void {
    this.#operands.push(1);
    const value = this.#code.signed();
    if (this.#context.memory64 && Math.abs(value) < OFFSET_BEYOND) this.#operands.describe(CONSTANT_OPERAND, 0, value);
  }

  #memoryAccess(at: number, number: number, laneBytes: number): void {
    this.#code.skipInteger();
    const offset = this.#code.u32();
    this.#code.position += laneBytes;
    const pops = operandsPopped[number]!;
    if (resultsPushed[number] === 0) this.#facts.check(this.edits, { at, number, offset }, this.#operands, this.#structures);
    this.#operands.pop(pops);
    this.#operands.push(resultsPushed[number]!);
  }

  #special(at: number, opcode: number): void {
    switch (opcode) {
      case 0x00:
        this.edits.add(EDIT.unreachable, at, at);
        this.#points.observe();
        return this.#leave();
      case 0x01:
        return;
      case 0x02:
      case LOOP:
      case IF:
        return this.#openBlock(opcode);
      case 0x05:
        return this.#else();
      case 0x0b:
        return this.#end(at);
      case 0x0c:
      case 0x0d:
      case 0x0e:
      case 0x0f:
        return this.#branch(at, opcode);
      case 0x10:
      case 0x11:
      case 0x12:
      case 0x13:
        return this.#call(at, opcode);
      case 0x1a:
        this.#nans.consume(this.edits, this.#operands, ANY_SHAPE, 1);
        return this.#operands.pop(1);
      case 0x1c:
        for (let count = this.#code.u32(); count > 0; count--) this.#code.position++;
        this.#operands.pop(3);
        return this.#operands.push(1);
      case 0x1b:
        this.#operands.pop(3);
        return this.#operands.push(1);
      default:
        return this.#variable(at, opcode);
    }
  }

  /** Globals, tables, memory size, remaining constants, references. */
  #variable(at: number, opcode: number): void {
    switch (opcode) {
      case 0x43:
        return this.#floatConstant(4, 0x7f80);
      case 0x44:
        return this.#floatConstant(8, 0x7ff0);
      case 0x3f:
        this.#code.skipInteger();
        this.edits.add(EDIT.memorySize, at, this.#code.position);
        return this.#operands.push(1);
      case 0x40:
        this.#code.skipInteger();
        this.edits.add(EDIT.memoryGrow, at, this.#code.position);
        this.#points.observe();
        this.#operands.pop(1);
        return this.#operands.push(1);
      case 0x26:
        this.#code.skipInteger();
        this.#consume(at);
        return this.#operands.pop(2);
      case 0xd2: {
        const index = this.#code.u32();
        this.referencedFunctions.add(index);
        this.edits.add(EDIT.refFunc, at, this.#code.position, index);
        return this.#operands.push(1);
      }
      case 0x24:
        this.#code.skipInteger();
        return this.#operands.pop(1);
      case 0x25:
        this.#code.skipInteger();
        this.#operands.pop(1);
        return this.#operands.push(1);
      case 0xd1:
        this.#operands.pop(1);
        return this.#operands.push(1);
      case 0x23:
        if (this.#context.globals[this.#code.u32()]!.type === V128) this.usesVectors = true;
        return this.#operands.push(1);
      default: // ref.null
        this.#code.skipInteger();
        return this.#operands.push(1);
    }
  }

  /** `exponent`: the exponent bits of infinities and NaNs, as the upper 16 bits. */
  #floatConstant(bytes: number, exponent: number): void {
    this.#code.position += bytes;
    const upper = this.#code.bytes[this.#code.position - 1]! * 256 + this.#code.bytes[this.#code.position - 2]!;
    this.#operands.push(1);
    if ((upper & exponent) !== exponent) this.#describeNan(NEVER_NAN);
  }

  #consume(at: number): void {
    this.consumes = true;
    this.edits.add(EDIT.consume, at, at);
  }

  #prefixed(at: number, number: number): void {
    switch (number) {
      case MEMORY_INIT:
      case MEMORY_COPY:
      case MEMORY_FILL:
        this.#code.skipInteger();
        if (number !== MEMORY_FILL) this.#code.skipInteger();
        this.edits.add(number === MEMORY_INIT ? EDIT.memoryInit : number === MEMORY_COPY ? EDIT.memoryCopy : EDIT.memoryFill, at, at);
        this.#points.observe();
        return this.#operands.pop(3);
      case V128_CONST:
        this.#code.position += 16;
        return this.#operands.push(1);
      case SHUFFLE:
        this.#code.position += 16;
        this.#operands.pop(2);
        return this.#operands.push(1);
      default:
        return this.#tableOperation(at, number);
    }
  }

  #tableOperation(at: number, number: number): void {
    const first = this.#code.u32();
    const isPair = number === TABLE_INIT || number === TABLE_COPY;
    const second = isPair ? this.#code.u32() : first;
    if (number !== TABLE_SIZE) this.#consume(at);
    switch (number) {
      case DATA_DROP:
      case ELEM_DROP:
        return;
      case TABLE_SIZE:
        return this.#operands.push(1);
      case TABLE_GROW:
        this.#operands.pop(2);
        return this.#operands.push(1);
      default: {
        // table.init has an i32 length; table.copy an i64 one only between two 64-bit tables.
        const tables = this.#context.tables;
        const is64 = number !== TABLE_INIT && tables[first]!.limits.is64 && (number === TABLE_FILL || tables[second]!.limits.is64);
        this.edits.add(EDIT.tableBulk, at, at, is64 ? 1 : 0);
        this.#points.observe();
        return this.#operands.pop(3);
      }
    }
  }

  #openBlock(opcode: number): void {
    if (opcode === IF) this.#operands.pop(1);
    const type = this.#code.signed();
    const parameters = type >= 0 ? this.#typeParameters[type]! : 0;
    const results = type >= 0 ? this.#typeResults[type]! : type === -64 ? 0 : 1;
    this.#operands.share(parameters);
    this.#open(opcode, parameters, results);
    if (opcode === LOOP) {
      const { base, height } = this.#operands;
      base.fill(NO_OPERAND, height - parameters, height);
      this.#structures.enterLoop(this.edits.count);
    }
    this.#points.open(opcode, this.#code.position);
    if (opcode === LOOP) this.#chargeBareLoop();
  }

  #chargeBareLoop(): void {
    if (this.cost === this.#costAtLoop && ++this.#bareLoops > BARE_LOOPS_FREE) {
      this.cost++;
      this.edits.a[this.#points.stretch]! += 1;
    }
    this.#costAtLoop = this.cost;
  }

  #open(kind: number, parameters: number, results: number): void {
    const operands = this.#operands;
    const floor = Math.max(operands.floor, operands.height - parameters);
    this.#structures.open(kind, floor, parameters, results);
    operands.floor = floor;
    // In unreachable code the parameters may be missing.
    const missing = floor + parameters - operands.height;
    if (missing > 0) operands.push(missing);
  }

  #else(): void {
    const operands = this.#operands;
    operands.height = operands.floor;
    operands.push(this.#structures.parameters[this.#structures.depth]!);
    this.#structures.enterElse();
    this.#points.else(this.#code.position);
  }

  #end(at: number): void {
    const structures = this.#structures;
    const operands = this.#operands;
    operands.height = operands.floor;
    if (structures.depth === 0) {
      this.edits.add(EDIT.functionEnd, at, this.#code.position);
      return;
    }
    const results = structures.results[structures.depth]!;
    structures.close();
    this.#points.end(this.#code.position);
    operands.floor = structures.height[structures.depth]!;
    operands.push(results);
  }

  #branchTo(label: number): void {
    this.#points.branch(label);
    if (label === this.#structures.depth) this.leavesEarly = true;
  }

  /** What follows is not reached until the enclosing structure's else or end. */
  #leave(): void {
    this.#operands.height = this.#operands.floor;
    this.#points.leave();
  }

  #branch(at: number, opcode: number): void {
    switch (opcode) {
      case 0x0c:
        this.#branchTo(this.#code.u32());
        return this.#leave();
      case 0x0d: {
        const label = this.#code.u32();
        this.#branchTo(label);
        this.#operands.pop(1);
        this.#operands.share(this.#structures.labelArity(label));
        return this.#points.afterBranchIf(this.#code.position);
      }
      case 0x0e:
        for (let count = this.#code.u32(); count >= 0; count--) this.#branchTo(this.#code.u32());
        return this.#leave();
      default:
        this.edits.add(EDIT.return, at, this.#code.position, this.#structures.depth);
        this.#points.return();
        this.leavesEarly = true;
        return this.#leave();
    }
  }

  #call(at: number, opcode: number): void {
    const isDirect = opcode === 0x10 || opcode === 0x12;
    const index = this.#code.u32();
    const table = isDirect ? 0 : this.#code.u32();
    const type = isDirect ? this.#context.functionTypes[index]! : index;
    const parameters = this.#typeParameters[type]!;
    // V8 returns the first result and the instruction word in registers.
    const arity = parameters + Math.max(0, this.#typeResults[type]! - 1);
    if (arity > this.callArityMax) this.callArityMax = arity;
    if (this.#typeHasVectors[type] === 1) this.usesVectors = true;
    if (isDirect) this.callees.push(index);
    else this.tableCallees.push(index);
    this.#points.observe();
    this.#operands.pop(isDirect ? parameters : parameters + 1);
    switch (opcode) {
      case 0x10:
        this.edits.add(EDIT.call, at, this.#code.position, index);
        return this.#operands.push(this.#typeResults[type]!);
      case 0x11:
        this.edits.add(EDIT.callIndirect, at, this.#code.position, index, table);
        return this.#operands.push(this.#typeResults[type]!);
      case 0x12:
        this.edits.add(EDIT.returnCall, at, this.#code.position, index);
        return this.#leave();
      default:
        this.edits.add(EDIT.returnCallIndirect, at, this.#code.position, index, table);
        return this.#leave();
    }
  }
}

/** `f32.convert_i32_s` to `f32.convert_i64_u`, and the same for f64. */
function isConversionFromInteger(number: number): boolean {
  return (number >= 0xb2 && number <= 0xb5) || (number >= 0xb7 && number <= 0xba);
}
