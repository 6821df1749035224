/**
 * Writes a function body anew: the bytes that stay are copied in ranges, the edits of the scan are inserted between them.
 *
 * Every function takes the instruction word as its last parameter and returns it as its last result. Where the original code returns or
 * branches to the outermost label, it stands in a block, so that all ways lead to the common exit.
 * @module
 */
import { assert } from '../../base/index.ts';
import { F32, F64, I32, I64, V128 } from '../value-types.ts';
import type { BodyScanner } from './body-scanner.ts';
import { ByteWriter } from './byte-writer.ts';
import { BASE_CONSTANT, BASE_UNKNOWN, EDIT } from './edit-list.ts';
import { FunctionCode } from './function-code.ts';
import { STACK_UNIT, UNSETTLED_COST_MAX } from './layout.ts';
import type { ModulePlan } from './module-plan.ts';

/** Added functions that bodies call. */
export type RuntimeFunctions = {
  /** `(word) -> word`: the counter or the depth is over its limit. */
  readonly slow: number;
  /** `(amount: i64, word) -> word` */
  readonly charge: number;
  /** `(word) -> word`: a negative count is brought near zero, whatever the limits. */
  readonly settle: number;
  /** `(word)`: stores the counter, so that the host sees it. */
  readonly flush: number;
  /** `(delta: I, word) -> I` */
  readonly grow: number;
  /** `(address: I)`: the page is written to for the first time. */
  readonly mark: number;
  /** `(destination: I, length: I, word) -> word`: charges and marks a bulk operation. */
  readonly bulk: number;
};

export type EmitOptions = { readonly branchHints: boolean };

/** Instructions added per charge point, and more per check: what the Internet Computer's own instrumentation adds. */
const INSTRUCTIONS_PER_POINT = 4;
const INSTRUCTIONS_PER_CHECK = 6;

/** Signed LEB128 of the signs of both halves: over a limit. */
const LIMIT_MASK = limitMask();

function limitMask(): Uint8Array {
  const bytes = [];
  let rest = BigInt.asIntN(64, (1n << 63n) | (1n << 31n));
  for (let count = 0; count < 9; count++) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest & 0x7fn));
  return Uint8Array.from(bytes);
}

const canonicalF32 = [0x43, 0, 0, 0xc0, 0x7f];
const canonicalF64 = [0x44, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f];
const canonicalF32x4 = [0xfd, 0x0c, 0, 0, 0xc0, 0x7f, 0, 0, 0xc0, 0x7f, 0, 0, 0xc0, 0x7f, 0, 0, 0xc0, 0x7f];
const canonicalF64x2 = [0xfd, 0x0c, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f];
const SELECT = [0x1b];
const BITSELECT = [0xfd, 0x52];

/** Emits one body after the other into `code`; a hot handle. */
export class BodyEmitter {
  /** Bodies with their sizes, in order. */
  readonly code: ByteWriter = new ByteWriter(1 << 16);
  /** Branch hints: function index, offsets of unlikely branches from the start of the body. */
  readonly hints: (readonly [functionIndex: number, offsets: number[]])[] = [];
  /** Instructions of the rewritten bodies as the Internet Computer would count them. */
  instructionCount = 0;

  readonly #plan: ModulePlan;
  readonly #runtime: RuntimeFunctions;
  readonly #options: EmitOptions;
  readonly #bytes: Uint8Array;
  readonly #scanner: BodyScanner;
  readonly #body: ByteWriter = new ByteWriter(1 << 16);
  readonly #head: ByteWriter = new ByteWriter(256);
  #word = 0;
  #weight = 0;
  /** Locals added to the body: their types, and the first index. */
  #extra: number[] = [];
  #firstExtra = 0;
  #named: Map<string, number> = new Map();
  #unlikely: number[] = [];

  constructor(plan: ModulePlan, runtime: RuntimeFunctions, scanner: BodyScanner, bytes: Uint8Array, options: EmitOptions) {
    this.#plan = plan;
    this.#runtime = runtime;
    this.#scanner = scanner;
    this.#bytes = bytes;
    this.#options = options;
  }

  /** Emits the body that was scanned last, of function `index` of the original module, which counts its stack or not. */
  emit(index: number, end: number, counts: boolean): void {
    const { module } = this.#plan;
    const scanner = this.#scanner;
    const typeIndex = module.functionTypes[index]!;
    const type = module.types[typeIndex]!;
    this.#word = type.params.length;
    this.#extra = [];
    this.#named.clear();
    this.#unlikely = [];
    this.#firstExtra = scanner.locals + 1;
    this.#body.length = 0;
    this.#weight = counts ? scanner.weight : 0;
    this.instructionCount += scanner.instructions;
    this.#edits(end);
    this.#finish(index, type.results);
  }

  #finish(index: number, results: Uint8Array): void {
    const scanner = this.#scanner;
    const head = this.#head;
    head.length = 0;
    head.u32(scanner.localGroups + this.#extra.length);
    head.range(this.#bytes, scanner.localsStart, scanner.localsEnd);
    for (const type of this.#extra) {
      head.u32(1);
      head.u8(type);
    }
    const unlikely = this.#entry(head);
    if (scanner.leavesEarly) this.#openBlock(head, results);
    this.code.u32(head.length + this.#body.length);
    this.code.append(head);
    this.code.append(this.#body);
    if (this.#options.branchHints) {
      const offsets = [unlikely, ...this.#unlikely.map((offset) => offset + head.length)];
      this.hints.push([this.#plan.functionIndex(index), offsets]);
    }
  }

  #openBlock(head: ByteWriter, results: Uint8Array): void {
    head.u8(0x02);
    if (results.length === 0) head.u8(0x40);
    else if (results.length === 1) head.u8(results[0]!);
    else head.signed(this.#plan.type([], [...results]));
  }

  /** Charges the first stretch, takes the frame's slots and checks both limits; returns the offset of the branch. */
  #entry(head: ByteWriter): number {
    const { edits } = this.#scanner;
    const cost = edits.a[1]!;
    const prepaid = edits.b[1]!;
    if (this.#weight === 0) return this.#checkedCharge(head, cost, prepaid);
    this.#countPoint(true);
    this.#add(head, this.#weight * STACK_UNIT - cost);
    this.#tee(head);
    head.u8(0x42);
    head.list(LIMIT_MASK);
    head.list([0x83, 0x42, 0x00, 0x52]);
    const branch = head.length;
    this.#slow(head, 0);
    if (prepaid !== 0) this.#charge(head, prepaid);
    return branch;
  }

  /**
   * Charges `cost` and `prepaid` and calls the slow path when the counter is negative without the latter; returns the offset of the branch.
   */
  #checkedCharge(to: ByteWriter, cost: number, prepaid: number): number {
    this.#countPoint(true);
    const charged = cost + prepaid;
    if (charged !== 0) {
      this.#add(to, -charged);
      this.#tee(to);
    } else this.#get(to);
    to.list([0xa7, 0x41]);
    to.signed(-prepaid);
    to.u8(0x48);
    const branch = to.length;
    this.#slow(to, prepaid);
    return branch;
  }

  #get(to: ByteWriter): void {
    to.u8(0x20);
    to.u32(this.#word);
  }

  #set(to: ByteWriter): void {
    to.u8(0x21);
    to.u32(this.#word);
  }

  #tee(to: ByteWriter): void {
    to.u8(0x22);
    to.u32(this.#word);
  }

  /** Pushes the word plus a constant. */
  #add(to: ByteWriter, value: number): void {
    this.#get(to);
    if (value === 0) return;
    to.u8(0x42);
    to.signed(value);
    to.u8(0x7c);
  }

  #countPoint(checked: boolean): void {
    this.instructionCount += checked ? INSTRUCTIONS_PER_POINT + INSTRUCTIONS_PER_CHECK : INSTRUCTIONS_PER_POINT;
  }

  /** `if (word = slow(word)) end`: the condition is on the stack; the slow path does not see what is prepaid. */
  #slow(to: ByteWriter, prepaid: number): void {
    to.list([0x04, 0x40]);
    this.#add(to, prepaid);
    to.u8(0x10);
    to.u32(this.#runtime.slow);
    if (prepaid !== 0) {
      to.u8(0x42);
      to.signed(-prepaid);
      to.u8(0x7c);
    }
    this.#set(to);
    to.u8(0x0b);
  }

  #local(type: number, name = ''): number {
    const key = `${type}${name}`;
    let local = this.#named.get(key);
    if (local === undefined) {
      local = this.#firstExtra + this.#extra.push(type) - 1;
      this.#named.set(key, local);
    }
    return local;
  }

  #op(opcode: number, index: number): void {
    this.#body.u8(opcode);
    this.#body.u32(index);
  }

  #edits(end: number): void {
    const { edits } = this.#scanner;
    const body = this.#body;
    const bytes = this.#bytes;
    let from = this.#scanner.localsEnd;
    for (let edit = 2; edit < edits.count; edit++) {
      const kind = edits.kind[edit]!;
      if (kind === EDIT.none) continue;
      if (kind === EDIT.charge) {
        const cost = edits.a[edit]!;
        if (cost === 0) continue;
        body.range(bytes, from, (from = edits.position[edit]!));
        this.#countPoint(false);
        this.#charge(body, cost);
        continue;
      }
      body.range(bytes, from, edits.position[edit]!);
      from = edits.resume[edit]!;
      this.#edit(edit, kind);
    }
    assert(from === end, 'a body ends with its last edit');
  }

  #charge(to: ByteWriter, cost: number): void {
    this.#add(to, -cost);
    this.#set(to);
  }

  #edit(edit: number, kind: number): void {
    const { edits } = this.#scanner;
    const a = edits.a[edit]!;
    switch (kind) {
      case EDIT.loop:
        this.#unlikely.push(this.#checkedCharge(this.#body, a, edits.b[edit]!));
        return;
      case EDIT.call:
        this.#op(0x20, this.#word);
        this.#op(0x10, this.#plan.functionIndex(a));
        return this.#op(0x21, this.#word);
      case EDIT.storeCheck:
        return this.#storeCheck(a, edits.b[edit]!, edits.type[edit]!);
      case EDIT.nanF32:
        return this.#canonical(F32, canonicalF32, [0x5b], SELECT);
      case EDIT.nanF64:
        return this.#canonical(F64, canonicalF64, [0x61], SELECT);
      case EDIT.nanF32x4:
        return this.#canonical(V128, canonicalF32x4, [0xfd, 0x41], BITSELECT);
      case EDIT.nanF64x2:
        return this.#canonical(V128, canonicalF64x2, [0xfd, 0x47], BITSELECT);
      case EDIT.callIndirect:
      case EDIT.returnCallIndirect:
        return this.#callIndirect(kind === EDIT.callIndirect, a, edits.b[edit]!);
      case EDIT.returnCall:
        this.#leaveFrame();
        return this.#op(0x12, this.#plan.functionIndex(a));
      case EDIT.return:
        return this.#op(0x0c, a);
      case EDIT.functionEnd:
        if (this.#scanner.leavesEarly) this.#body.u8(0x0b);
        if (this.#scanner.cost > UNSETTLED_COST_MAX) this.#settle();
        this.#leaveFrame();
        return this.#body.u8(0x0b);
      case EDIT.unreachable:
        this.#op(0x20, this.#word);
        return this.#op(0x10, this.#runtime.flush);
      case EDIT.refFunc:
        return this.#op(0xd2, this.#plan.functionIndex(a));
      case EDIT.local:
        return this.#op(edits.b[edit]!, a);
      default:
        return this.#memoryEdit(kind, a);
    }
  }

  /** `if (count < 0) word = settle(word)` */
  #settle(): void {
    const body = this.#body;
    this.#get(body);
    body.list([0xa7, 0x41, 0, 0x48]);
    this.#unlikely.push(body.length);
    body.list([0x04, 0x40]);
    this.#get(body);
    this.#op(0x10, this.#runtime.settle);
    this.#set(body);
    body.u8(0x0b);
  }

  /** Pushes the word as the caller expects it. */
  #leaveFrame(): void {
    this.#add(this.#body, -this.#weight * STACK_UNIT);
  }

  #callIndirect(returns: boolean, typeIndex: number, table: number): void {
    const is64 = this.#plan.module.tables[table]!.limits.is64;
    const index = this.#local(is64 ? I64 : I32, 'index');
    this.#op(0x22, index);
    if (is64) this.#body.u8(0xa7);
    this.#op(0x24, this.#plan.lastIndirectIndex);
    if (returns) this.#op(0x20, this.#word);
    else this.#leaveFrame();
    this.#op(0x20, index);
    this.#op(returns ? 0x11 : 0x13, this.#plan.twin(typeIndex));
    this.#body.u32(table);
    if (returns) this.#op(0x21, this.#word);
  }

  /** `x === x ? x : canonical`. */
  #canonical(type: number, constant: readonly number[], equal: readonly number[], choose: readonly number[]): void {
    const value = this.#local(type);
    this.#op(0x22, value);
    this.#body.list(constant);
    this.#op(0x20, value);
    this.#op(0x20, value);
    this.#body.list(equal);
    this.#body.list(choose);
  }

  #address(value: number): void {
    this.#body.u8(this.#plan.memory64 ? 0x42 : 0x41);
    this.#body.signed(this.#plan.memory64 ? value : value | 0);
  }

  /** Reads the byte of the page in the state memory and marks the page when it is not set; address and value stay on the stack. */
  #storeCheck(base: number, delta: number, valueType: number): void {
    if (base === BASE_CONSTANT) {
      this.#body.u8(0x41);
      this.#body.signed(Math.floor((this.#plan.memory64 ? delta : delta >>> 0) / 4096) | 0);
      return this.#pageCheck(base, 0, delta);
    }
    if (base !== BASE_UNKNOWN) return this.#addressCheck(base, delta);
    const address = this.#local(this.#plan.address, 'address');
    const value = this.#local(valueType);
    this.#op(0x21, value);
    this.#op(0x22, address);
    this.#addressCheck(address, delta);
    this.#op(0x20, value);
  }

  #addressCheck(local: number, delta: number): void {
    this.#pushAddress(local, delta);
    this.#body.list(this.#plan.memory64 ? [0x42, 12, 0x88, 0xa7] : [0x41, 12, 0x76]);
    this.#pageCheck(BASE_UNKNOWN, local, delta);
  }

  #pushAddress(local: number, delta: number): void {
    this.#op(0x20, local);
    if (this.#plan.memory64 ? delta === 0 : (delta | 0) === 0) return;
    this.#address(delta);
    this.#body.u8(this.#plan.memory64 ? 0x7c : 0x6a);
  }

  #pageCheck(base: number, address: number, delta: number): void {
    const body = this.#body;
    // A 64-bit load: of a 32-bit one, V8 makes a load and a comparison with memory.
    body.list([0x31, 0x40, this.#plan.stateMemory, 0x00, 0x50]);
    this.#unlikely.push(body.length);
    body.list([0x04, 0x40]);
    if (base === BASE_CONSTANT) this.#address(delta);
    else this.#pushAddress(address, delta);
    this.#op(0x10, this.#runtime.mark);
    body.u8(0x0b);
  }

  #memoryEdit(kind: number, a: number): void {
    const body = this.#body;
    const { memory64, stateMemory, layout } = this.#plan;
    switch (kind) {
      case EDIT.memorySize:
        body.append(new FunctionCode().loadCell([0x28, 2], stateMemory, layout.pages).writer);
        if (memory64) body.u8(0xad);
        return;
      case EDIT.memoryGrow:
        this.#op(0x20, this.#word);
        return this.#op(0x10, this.#runtime.grow);
      case EDIT.consume:
        body.append(new FunctionCode().i32(0).i32(1).access([0x36, 2], stateMemory, layout.consumed).writer);
        return;
      case EDIT.tableBulk: {
        const length = this.#local(a === 1 ? I64 : I32, 'length');
        this.#op(0x22, length);
        this.#op(0x20, length);
        if (a !== 1) body.u8(0xad);
        this.#op(0x20, this.#word);
        this.#op(0x10, this.#runtime.charge);
        return this.#op(0x21, this.#word);
      }
      default:
        return this.#bulk(kind);
    }
  }

  /** Stack: destination, source or value, length. */
  #bulk(kind: number): void {
    const { address, memory64 } = this.#plan;
    const length = this.#local(kind === EDIT.memoryInit ? I32 : address, 'length');
    const middle = this.#local(kind === EDIT.memoryCopy ? address : I32, 'middle');
    const destination = this.#local(address, 'address');
    this.#op(0x21, length);
    this.#op(0x21, middle);
    this.#op(0x22, destination);
    this.#op(0x20, destination);
    this.#op(0x20, length);
    if (kind === EDIT.memoryInit && memory64) this.#body.u8(0xad);
    this.#op(0x20, this.#word);
    this.#op(0x10, this.#runtime.bulk);
    this.#op(0x21, this.#word);
    this.#op(0x20, middle);
    this.#op(0x20, length);
  }
}
