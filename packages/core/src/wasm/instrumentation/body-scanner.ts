/**
 * Reads a function body once and lists what must be changed in it: where instructions are charged and how many, calls, stores that need
 * their page checked, results that may be NaNs.
 *
 * The module must be valid.
 * @module
 */
import { accessSizeLog, FORM, instructionForm, PREFIX_FC, PREFIX_FD, secondOperand } from '../instructions.ts';
import type { FunctionType, Limits, Span } from '../types.ts';
import { F32, F64, V128 } from '../value-types.ts';
import { ChargePoints } from './charge-points.ts';
import { BASE_CONSTANT, BASE_UNKNOWN, EDIT, EditList } from './edit-list.ts';
import { frameWeight } from './depth-limit.ts';
import { nanConsumer, nanProducer, operandsPopped, resultsPushed, SHAPE, staticWeights } from './instruction-tables.ts';
import { NanFacts, NEVER_NAN, NO_EDIT } from './nan-facts.ts';
import { StoreFacts } from './store-facts.ts';

/** What the scanner must know of the module. */
export type ScanContext = {
  /** A copy of the module: indexes of locals are raised in place to make room for the instruction word. */
  readonly bytes: Uint8Array;
  readonly memory64: boolean;
  readonly types: readonly FunctionType[];
  readonly functionTypes: readonly number[];
  readonly tables: readonly { readonly limits: Limits }[];
  readonly canonicalNans: boolean;
  readonly mergePoints: boolean;
  readonly elideStoreChecks: boolean;
};

const NO_OPERAND = -1;
const CONSTANT_OPERAND = -2;

const LOOP = 0x03;
const IF = 0x04;

/** Offsets from here on lie beyond every memory. */
const OFFSET_BEYOND = 2 ** 50;

const ANY_SHAPE = 15;

const MEMORY_INIT = PREFIX_FC + 8;
const DATA_DROP = PREFIX_FC + 9;
const MEMORY_COPY = PREFIX_FC + 10;
const MEMORY_FILL = PREFIX_FC + 11;
const TABLE_INIT = PREFIX_FC + 12;
const ELEM_DROP = PREFIX_FC + 13;
const TABLE_COPY = PREFIX_FC + 14;
const TABLE_GROW = PREFIX_FC + 15;
const TABLE_SIZE = PREFIX_FC + 16;
const TABLE_FILL = PREFIX_FC + 17;
const V128_CONST = PREFIX_FD + 12;
const SHUFFLE = PREFIX_FD + 13;

/** Scans one body after the other; a hot handle whose fields describe the body scanned last. */
export class BodyScanner {
  readonly edits: EditList = new EditList();
  /** Locals of the body: parameters and declared ones, without the instruction word. */
  locals = 0;
  /** Groups of local declarations, and where they stand. */
  localGroups = 0;
  localsStart = 0;
  localsEnd = 0;
  operandsMax = 0;
  callArityMax = 0;
  instructions = 0;
  /** Static cost of all instructions of the body. */
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
  readonly #bytes: Uint8Array;
  readonly #weights: Uint16Array;
  readonly #facts: StoreFacts = new StoreFacts();
  readonly #typeParameters: Int32Array;
  readonly #typeResults: Int32Array;
  #position = 0;
  #raises = false;
  #parameters = 0;
  readonly #points: ChargePoints;
  readonly #nans: NanFacts = new NanFacts();
  /** Types of the locals: parameters one by one, declared ones by group, as ends of ranges. */
  #parameterTypes: Uint8Array = new Uint8Array(0);
  #groupEnds: number[] = [];
  #groupTypes: number[] = [];
  #hasFloats = false;
  // Operands: known as local plus delta, as constant, or not at all.
  #height = 0;
  #operandBase: Int32Array = new Int32Array(1024);
  #operandVersion: Int32Array = new Int32Array(1024);
  #operandDelta: Float64Array = new Float64Array(1024);
  /** Edit that makes the operand canonical, NO_EDIT or NEVER_NAN. */
  #operandNan: Int32Array = new Int32Array(1024);
  // Open control structures, the function's body at 0.
  #depth = 0;
  #frameKind: Int32Array = new Int32Array(256);
  #frameHeight: Int32Array = new Int32Array(256);
  #frameParameters: Int32Array = new Int32Array(256);
  #frameResults: Int32Array = new Int32Array(256);
  #frameRegion: Int32Array = new Int32Array(256);
  #regions = 0;
  #loops = 0;
  #loopStarts: Int32Array = new Int32Array(256);

  constructor(context: ScanContext) {
    this.#context = context;
    this.#bytes = context.bytes;
    this.#weights = staticWeights(context.memory64);
    this.#points = new ChargePoints(this.edits, context.mergePoints);
    this.#typeParameters = Int32Array.from(context.types, (type) => type.params.length);
    this.#typeResults = Int32Array.from(context.types, (type) => type.results.length);
  }

  /** Slots of the frame of the body. */
  get weight(): number {
    const { locals, operandsMax: operands, callArityMax: callArity, instructions, usesVectors: vectors } = this;
    return frameWeight({ locals, operands, callArity, instructions, vectors });
  }

  /**
   * Scans the body of a function of type `typeIndex`.
   * @param raiseLocals - whether indexes of locals are raised; once for each body.
   */
  scan(typeIndex: number, body: Span, raiseLocals: boolean): void {
    this.#raises = raiseLocals;
    this.#begin(typeIndex, body);
    while (this.#position < body.end) this.#instruction();
    this.#points.finish();
    if (this.#hasFloats) this.#nans.finish(this.edits);
  }

  #begin(typeIndex: number, body: Span): void {
    this.edits.clear();
    this.#position = body.start;
    this.#parameters = this.#typeParameters[typeIndex]!;
    this.locals = this.#parameters;
    this.localGroups = this.#u32();
    this.localsStart = this.#position;
    this.usesVectors = false;
    this.#parameterTypes = this.#context.types[typeIndex]!.params;
    this.#hasFloats = this.#parameterTypes.some(isFloat);
    this.#groupEnds.length = 0;
    this.#groupTypes.length = 0;
    for (let group = 0; group < this.localGroups; group++) {
      this.locals += this.#u32();
      const type = this.#bytes[this.#position++]!;
      if (type === V128) this.usesVectors = true;
      if (isFloat(type)) this.#hasFloats = true;
      this.#groupEnds.push(this.locals);
      this.#groupTypes.push(type);
    }
    this.localsEnd = this.#position;
    this.operandsMax = 0;
    this.callArityMax = 0;
    this.instructions = 0;
    this.cost = 0;
    this.callees.length = 0;
    this.tableCallees.length = 0;
    this.leavesEarly = false;
    this.#height = 0;
    this.#depth = -1;
    this.#loops = 0;
    this.#facts.begin(this.locals);
    this.#nans.begin(this.#parameters, this.locals);
    this.#points.begin(this.#position);
    this.#open(LOOP, 0, this.#typeResults[typeIndex]!);
  }

  #u32(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#position++]!;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    let scale = 0x80;
    do {
      byte = bytes[this.#position++]!;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return value;
  }

  #skipInteger(): void {
    while (this.#bytes[this.#position++]! >= 0x80);
  }

  #signed(): number {
    const bytes = this.#bytes;
    let value = 0;
    let scale = 1;
    let byte;
    do {
      byte = bytes[this.#position++]!;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
    return (byte & 0x40) === 0 ? value : value - scale;
  }

  #pop(count: number): void {
    const base = this.#frameHeight[this.#depth]!;
    this.#height = Math.max(base, this.#height - count);
  }

  #push(count: number): void {
    const height = this.#height + count;
    if (height > this.operandsMax) {
      this.operandsMax = height;
      if (height >= this.#operandBase.length) this.#growOperands(height);
    }
    for (let slot = this.#height; slot < height; slot++) {
      this.#operandBase[slot] = NO_OPERAND;
      this.#operandNan[slot] = NO_EDIT;
    }
    this.#height = height;
  }

  #growOperands(height: number): void {
    const size = 2 * height;
    const base = new Int32Array(size);
    base.set(this.#operandBase);
    const version = new Int32Array(size);
    version.set(this.#operandVersion);
    const delta = new Float64Array(size);
    delta.set(this.#operandDelta);
    const nan = new Int32Array(size);
    nan.set(this.#operandNan);
    [this.#operandBase, this.#operandVersion, this.#operandDelta, this.#operandNan] = [base, version, delta, nan];
  }

  /** Marks the operand just pushed as a local plus delta, or as a constant. */
  #describe(base: number, version: number, delta: number): void {
    const slot = this.#height - 1;
    this.#operandBase[slot] = base;
    this.#operandVersion[slot] = version;
    this.#operandDelta[slot] = delta;
  }

  #instruction(): void {
    const at = this.#position;
    const bytes = this.#bytes;
    let number = bytes[this.#position++]!;
    if (number >= 0xfc) number = (number === 0xfc ? PREFIX_FC : PREFIX_FD) + this.#u32();
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
        this.#push(1);
        return this.#describe(CONSTANT_OPERAND, 0, this.#signed());
      case 0x42:
        return this.#constant64();
      case 0x6a:
      case 0x6b:
      case 0x7c:
      case 0x7d:
        return this.#addition(number === 0x6a || number === 0x7c ? 1 : -1);
      default:
        break;
    }
    switch (instructionForm[number]) {
      case FORM.plain:
        if (nanConsumer[number] !== 0) this.#consumeNans(nanConsumer[number]!, operandsPopped[number]!);
        this.#pop(operandsPopped[number]!);
        this.#push(resultsPushed[number]!);
        if (nanProducer[number] !== 0) this.#produceNan(number);
        else if (isConversionFromInteger(number)) this.#operandNan[this.#height - 1] = NEVER_NAN;
        return;
      case FORM.memory:
        return this.#memoryAccess(at, number, 0);
      case FORM.memoryLane:
        return this.#memoryAccess(at, number, 1);
      case FORM.lane:
        this.#position++;
        this.usesVectors = true;
        this.#pop(operandsPopped[number]!);
        return this.#push(resultsPushed[number]!);
      default:
        return number < PREFIX_FC ? this.#special(at, number) : this.#prefixed(at, number);
    }
  }

  #produceNan(number: number): void {
    if (number >= PREFIX_FD) this.usesVectors = true;
    if (!this.#context.canonicalNans) return;
    this.#operandNan[this.#height - 1] = this.#nans.produce(this.edits, nanProducer[number]!, this.#position, this.#loops);
  }

  /** The topmost operands are taken by an instruction that shows no NaN bits of these shapes. */
  #consumeNans(shapes: number, count: number): void {
    const last = Math.max(this.#frameHeight[this.#depth]!, this.#height - count);
    for (let slot = this.#height - 1; slot >= last; slot--) {
      const edit = this.#operandNan[slot]!;
      if (edit > 0 && (this.edits.a[edit]! & shapes) !== 0) this.#nans.consume(this.edits, edit);
    }
  }

  /** The topmost operands go two ways: whatever takes them later does not decide alone. */
  #shareNans(count: number): void {
    const last = Math.max(this.#frameHeight[this.#depth]!, this.#height - count);
    for (let slot = this.#height - 1; slot >= last; slot--) this.#operandNan[slot] = NO_EDIT;
  }

  /** Shape of a scalar floating-point local, or 0. */
  #floatShape(local: number): number {
    if (!this.#hasFloats || !this.#context.canonicalNans) return 0;
    const type = local < this.#parameters ? this.#parameterTypes[local]! : this.#groupTypes[this.#groupOf(local)]!;
    return type === F64 ? SHAPE.f64 : type === F32 ? SHAPE.f32 : 0;
  }

  #groupOf(local: number): number {
    let low = 0;
    let high = this.#groupEnds.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (local < this.#groupEnds[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #localGet(at: number): void {
    const local = this.#u32();
    this.#pushLocal(local);
    if (local >= this.#parameters) this.#raiseLocal(at, local);
    this.#readFloat(local);
  }

  #pushLocal(local: number): void {
    this.#push(1);
    this.#describe(local, this.#facts.version[local]!, 0);
  }

  #readFloat(local: number): void {
    const shape = this.#floatShape(local);
    if (shape !== 0) this.#operandNan[this.#height - 1] = this.#nans.read(this.edits, local, shape, this.#position, this.#loops);
  }

  #localSet(at: number, opcode: number): void {
    const local = this.#u32();
    this.#facts.assign(local, this.edits, this.#loops, this.#loopStarts);
    if (this.#floatShape(local) !== 0) {
      const slot = this.#height - 1;
      this.#nans.assign(this.edits, local, slot >= this.#frameHeight[this.#depth]! ? this.#operandNan[slot]! : NO_EDIT);
    }
    this.#pop(1);
    if (opcode === 0x22) this.#pushLocal(local);
    if (local >= this.#parameters) this.#raiseLocal(at, local);
    if (opcode === 0x22) this.#readFloat(local);
  }

  /** Adds one to the index of a local instruction, in place where it fits. */
  #raiseLocal(at: number, local: number): void {
    if (!this.#raises) return;
    const bytes = this.#bytes;
    const last = this.#position - 1;
    if (bytes[at + 1]! < 0x7f) {
      bytes[at + 1]!++;
      return;
    }
    let rest = local + 1;
    if (rest >= 0x80 ** (last - at)) {
      this.edits.add(EDIT.local, at, this.#position, rest, bytes[at]!);
      return;
    }
    for (let index = at + 1; index <= last; index++) {
      bytes[index] = (rest % 0x80) | (index < last ? 0x80 : 0);
      rest = Math.floor(rest / 0x80);
    }
  }

  #constant64(): void {
    this.#push(1);
    const value = this.#signed();
    if (this.#context.memory64 && Math.abs(value) < OFFSET_BEYOND) this.#describe(CONSTANT_OPERAND, 0, value);
  }

  /** `local + constant` and `local - constant` stay known. */
  #addition(sign: number): void {
    const right = this.#height - 1;
    const left = right - 1;
    let base = NO_OPERAND;
    let version = 0;
    let delta = 0;
    if (left >= this.#frameHeight[this.#depth]!) {
      const leftBase = this.#operandBase[left]!;
      const rightBase = this.#operandBase[right]!;
      if (rightBase === CONSTANT_OPERAND && leftBase >= 0) {
        base = leftBase;
        version = this.#operandVersion[left]!;
        delta = this.#operandDelta[left]! + sign * this.#operandDelta[right]!;
      } else if (leftBase === CONSTANT_OPERAND && rightBase >= 0 && sign > 0) {
        base = rightBase;
        version = this.#operandVersion[right]!;
        delta = this.#operandDelta[left]! + this.#operandDelta[right]!;
      }
    }
    this.#pop(2);
    this.#push(1);
    if (Math.abs(delta) < OFFSET_BEYOND) this.#describe(base, version, delta);
  }

  #memoryAccess(at: number, number: number, laneBytes: number): void {
    this.#skipInteger();
    const offset = this.#u32();
    this.#position += laneBytes;
    const pops = operandsPopped[number]!;
    if (number >= PREFIX_FD) this.usesVectors = true;
    if (resultsPushed[number] === 0) this.#store(at, number, offset);
    this.#pop(pops);
    this.#push(resultsPushed[number]!);
  }

  #store(at: number, number: number, offset: number): void {
    if (offset >= OFFSET_BEYOND) return;
    const edits = this.edits;
    const edit = edits.add(EDIT.storeCheck, at, at, BASE_UNKNOWN, offset);
    edits.type[edit] = secondOperand[number]!;
    const slot = this.#height - 2;
    if (slot < this.#frameHeight[this.#depth]!) return;
    const base = this.#operandBase[slot]!;
    const bytes = 1 << accessSizeLog[number]!;
    let delta = this.#operandDelta[slot]!;
    if (base === CONSTANT_OPERAND) {
      if (!this.#context.memory64) delta = delta >>> 0;
      if (delta < 0) return;
      edits.a[edit] = BASE_CONSTANT;
    } else if (base >= 0 && this.#operandVersion[slot] === this.#facts.version[base]) {
      edits.a[edit] = base >= this.#parameters ? base + 1 : base;
    } else return;
    edits.b[edit] = delta + offset;
    if (!this.#context.elideStoreChecks) return;
    this.#facts.store(edits, edit, base, delta, offset, bytes, this.#depth, this.#frameRegion, this.#loops);
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
        this.#consumeNans(ANY_SHAPE, 1);
        return this.#pop(1);
      case 0x1c:
        for (let count = this.#u32(); count > 0; count--) this.#position++;
        this.#pop(3);
        return this.#push(1);
      case 0x1b:
        this.#pop(3);
        return this.#push(1);
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
        this.#skipInteger();
        this.edits.add(EDIT.memorySize, at, this.#position);
        return this.#push(1);
      case 0x40:
        this.#skipInteger();
        this.edits.add(EDIT.memoryGrow, at, this.#position);
        this.#points.observe();
        this.#pop(1);
        return this.#push(1);
      case 0x26:
        this.#skipInteger();
        this.#consume(at);
        return this.#pop(2);
      case 0xd2: {
        const index = this.#u32();
        this.referencedFunctions.add(index);
        this.edits.add(EDIT.refFunc, at, this.#position, index);
        return this.#push(1);
      }
      case 0x24:
        this.#skipInteger();
        return this.#pop(1);
      case 0x25:
        this.#skipInteger();
        this.#pop(1);
        return this.#push(1);
      case 0xd1:
        this.#pop(1);
        return this.#push(1);
      default: // global.get, ref.null
        this.#skipInteger();
        return this.#push(1);
    }
  }

  /** `exponent`: the exponent bits of infinities and NaNs, as the upper 16 bits. */
  #floatConstant(bytes: number, exponent: number): void {
    this.#position += bytes;
    const upper = this.#bytes[this.#position - 1]! * 256 + this.#bytes[this.#position - 2]!;
    this.#push(1);
    if ((upper & exponent) !== exponent) this.#operandNan[this.#height - 1] = NEVER_NAN;
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
        this.#skipInteger();
        if (number !== MEMORY_FILL) this.#skipInteger();
        this.edits.add(number === MEMORY_INIT ? EDIT.memoryInit : number === MEMORY_COPY ? EDIT.memoryCopy : EDIT.memoryFill, at, at);
        this.#points.observe();
        return this.#pop(3);
      case V128_CONST:
        this.#position += 16;
        this.usesVectors = true;
        return this.#push(1);
      case SHUFFLE:
        this.#position += 16;
        this.usesVectors = true;
        this.#pop(2);
        return this.#push(1);
      default:
        return this.#tableOperation(at, number);
    }
  }

  #tableOperation(at: number, number: number): void {
    const first = this.#u32();
    const isPair = number === TABLE_INIT || number === TABLE_COPY;
    const second = isPair ? this.#u32() : first;
    if (number !== TABLE_SIZE) this.#consume(at);
    switch (number) {
      case DATA_DROP:
      case ELEM_DROP:
        return;
      case TABLE_SIZE:
        return this.#push(1);
      case TABLE_GROW:
        this.#pop(2);
        return this.#push(1);
      default: {
        // table.init has an i32 length; table.copy an i64 one only between two 64-bit tables.
        const tables = this.#context.tables;
        const is64 = number !== TABLE_INIT && tables[first]!.limits.is64 && (number === TABLE_FILL || tables[second]!.limits.is64);
        this.edits.add(EDIT.tableBulk, at, at, is64 ? 1 : 0);
        this.#points.observe();
        return this.#pop(3);
      }
    }
  }

  #openBlock(opcode: number): void {
    if (opcode === IF) this.#pop(1);
    const type = this.#signed();
    const parameters = type >= 0 ? this.#typeParameters[type]! : 0;
    const results = type >= 0 ? this.#typeResults[type]! : type === -64 ? 0 : 1;
    this.#shareNans(parameters);
    this.#open(opcode, parameters, results);
    if (opcode === LOOP) {
      for (let slot = this.#height - parameters; slot < this.#height; slot++) this.#operandBase[slot] = NO_OPERAND;
      if (this.#loops >= this.#loopStarts.length) this.#loopStarts = grown(this.#loopStarts);
      this.#loopStarts[this.#loops++] = this.edits.count;
    }
    this.#points.open(opcode, this.#position);
  }

  #open(kind: number, parameters: number, results: number): void {
    const depth = ++this.#depth;
    if (depth >= this.#frameKind.length) this.#growFrames();
    this.#frameKind[depth] = kind;
    this.#frameHeight[depth] = Math.max(depth === 0 ? 0 : this.#frameHeight[depth - 1]!, this.#height - parameters);
    this.#frameParameters[depth] = parameters;
    this.#frameResults[depth] = results;
    this.#frameRegion[depth] = ++this.#regions;
    // In unreachable code the parameters may be missing.
    const missing = this.#frameHeight[depth]! + parameters - this.#height;
    if (missing > 0) this.#push(missing);
  }

  #growFrames(): void {
    this.#frameKind = grown(this.#frameKind);
    this.#frameHeight = grown(this.#frameHeight);
    this.#frameParameters = grown(this.#frameParameters);
    this.#frameResults = grown(this.#frameResults);
    this.#frameRegion = grown(this.#frameRegion);
  }

  #else(): void {
    const depth = this.#depth;
    this.#height = this.#frameHeight[depth]!;
    this.#push(this.#frameParameters[depth]!);
    this.#frameRegion[depth] = ++this.#regions;
    this.#points.else(this.#position);
  }

  #end(at: number): void {
    const depth = this.#depth;
    this.#height = this.#frameHeight[depth]!;
    if (depth === 0) {
      this.edits.add(EDIT.functionEnd, at, this.#position);
      return;
    }
    if (this.#frameKind[depth] === LOOP) this.#loops--;
    this.#points.end(this.#position);
    this.#depth = depth - 1;
    this.#push(this.#frameResults[depth]!);
  }

  #branchTo(label: number): void {
    this.#points.branch(label);
    if (label === this.#depth) this.leavesEarly = true;
  }

  /** Operands that a branch to the label takes along. */
  #labelArity(label: number): number {
    const target = this.#depth - label;
    const isLoop = target > 0 && this.#frameKind[target] === LOOP;
    return isLoop ? this.#frameParameters[target]! : this.#frameResults[target]!;
  }

  /** What follows is not reached until the enclosing structure's else or end. */
  #leave(): void {
    this.#height = this.#frameHeight[this.#depth]!;
    this.#points.leave();
  }

  #branch(at: number, opcode: number): void {
    switch (opcode) {
      case 0x0c:
        this.#branchTo(this.#u32());
        return this.#leave();
      case 0x0d: {
        const label = this.#u32();
        this.#branchTo(label);
        this.#pop(1);
        this.#shareNans(this.#labelArity(label));
        return this.#points.afterBranchIf(this.#position);
      }
      case 0x0e:
        for (let count = this.#u32(); count >= 0; count--) this.#branchTo(this.#u32());
        return this.#leave();
      default:
        this.edits.add(EDIT.return, at, this.#position, this.#depth);
        this.#points.return();
        this.leavesEarly = true;
        return this.#leave();
    }
  }

  #call(at: number, opcode: number): void {
    const isDirect = opcode === 0x10 || opcode === 0x12;
    const index = this.#u32();
    const table = isDirect ? 0 : this.#u32();
    const type = isDirect ? this.#context.functionTypes[index]! : index;
    const parameters = this.#typeParameters[type]!;
    if (parameters > this.callArityMax) this.callArityMax = parameters;
    if (isDirect) this.callees.push(index);
    else this.tableCallees.push(index);
    this.#points.observe();
    this.#pop(isDirect ? parameters : parameters + 1);
    switch (opcode) {
      case 0x10:
        this.edits.add(EDIT.call, at, this.#position, index);
        return this.#push(this.#typeResults[type]!);
      case 0x11:
        this.edits.add(EDIT.callIndirect, at, this.#position, index, table);
        return this.#push(this.#typeResults[type]!);
      case 0x12:
        this.edits.add(EDIT.returnCall, at, this.#position, index);
        return this.#leave();
      default:
        this.edits.add(EDIT.returnCallIndirect, at, this.#position, index, table);
        return this.#leave();
    }
  }
}

function isFloat(type: number): boolean {
  return type === F32 || type === F64;
}

/** `f32.convert_i32_s` to `f32.convert_i64_u`, and the same for f64. */
function isConversionFromInteger(number: number): boolean {
  return (number >= 0xb2 && number <= 0xb5) || (number >= 0xb7 && number <= 0xba);
}

function grown(old: Int32Array): Int32Array {
  const array = new Int32Array(2 * old.length);
  array.set(old);
  return array;
}
