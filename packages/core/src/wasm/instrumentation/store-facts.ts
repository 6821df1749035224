/**
 * Which page checks before stores can be left out.
 *
 * A page that was checked stays marked until the message ends, and an undo entry covers its page and the first `STRADDLE_BYTES` of the
 * next one. So a store needs no check of its own when another check always ran before it on the same base (a local that was not
 * set in between, or a constant) and no more than `STRADDLE_BYTES` below its end. That check is the store's leader.
 *
 * A leader counts inside the control structure in which it stands and in structures nested there. A store inside a loop may rely on a leader
 * outside of it as long as the loop does not set the base; when it turns out later that it does, the store gets its check back.
 * Addresses that wrap around cannot mislead: the last 64 KiB of the address space are never inside the memory.
 * @module
 */
import { accessSizeLog, secondOperand } from '../instructions.ts';
import { BASE_CONSTANT, BASE_UNKNOWN, EDIT, type EditList } from './edit-list.ts';
import { STRADDLE_BYTES } from './layout.ts';
import { CONSTANT_OPERAND, OFFSET_BEYOND, type OperandStack } from './operand-stack.ts';
import type { StructureStack } from './structure-stack.ts';

/** A store instruction: where it begins, its number, its offset. */
export type Store = { readonly at: number; readonly number: number; readonly offset: number };

/** Where a store goes: `delta` was added to the base before the store's own `offset` (or is the constant itself), and how far it reaches. */
type Access = { readonly delta: number; readonly offset: number; readonly bytes: number };

/** Leaders kept for constant addresses, by address. */
const CONSTANT_LEADERS = 32;

/** Leaders of one function body, and the stores that rely on them across a loop head. A hot handle. */
export class StoreFacts {
  /** Every assignment to a local gives it a version that no local had before. */
  version: Int32Array = new Int32Array(64);
  #clock = 0;
  #function = 0;
  #locals = 0;
  // Leaders, indexed by local, then by slot for constants.
  #of: Int32Array = new Int32Array(64 + CONSTANT_LEADERS);
  #version: Int32Array = new Int32Array(64 + CONSTANT_LEADERS);
  #edit: Int32Array = new Int32Array(64 + CONSTANT_LEADERS);
  #depth: Int32Array = new Int32Array(64 + CONSTANT_LEADERS);
  #region: Int32Array = new Int32Array(64 + CONSTANT_LEADERS);
  #loops: Int32Array = new Int32Array(64 + CONSTANT_LEADERS);
  /** Offset that was added to the local before the store's own offset. */
  #delta: Float64Array = new Float64Array(64 + CONSTANT_LEADERS);
  #min: Float64Array = new Float64Array(64 + CONSTANT_LEADERS);
  #max: Float64Array = new Float64Array(64 + CONSTANT_LEADERS);
  // Stores that rely on a leader outside a loop: linked lists by local.
  #relyOf: Int32Array = new Int32Array(64);
  #relyHead: Int32Array = new Int32Array(64);
  #relyNext: Int32Array = new Int32Array(256);
  #relyEdit: Int32Array = new Int32Array(256);
  #relyLoops: Int32Array = new Int32Array(256);
  #relyCount = 0;

  readonly #memory64: boolean;
  readonly #elides: boolean;
  #parameters = 0;

  /** `elides`: whether checks are left out at all. */
  constructor(memory64: boolean, elides: boolean) {
    this.#memory64 = memory64;
    this.#elides = elides;
  }

  /** Begins a function with so many parameters and locals, parameters included. */
  begin(parameters: number, locals: number): void {
    this.#parameters = parameters;
    if (this.version.length < locals) this.#grow(2 * locals);
    this.#locals = locals;
    this.#function++;
    this.#relyCount = 0;
  }

  /** A local is assigned. `loopStarts[0..loops)` are the edit counts at which the open loops began. */
  assign(local: number, edits: EditList, loops: number, loopStarts: Int32Array): void {
    this.version[local] = ++this.#clock;
    if (this.#relyOf[local] !== this.#function) return;
    for (let entry = this.#relyHead[local]!; entry >= 0; entry = this.#relyNext[entry]!) {
      const outer = this.#relyLoops[entry]!;
      const edit = this.#relyEdit[entry]!;
      if (loops > outer && loopStarts[outer]! <= edit) edits.kind[edit] = EDIT.storeCheck;
    }
    this.#relyOf[local] = 0;
  }

  /** Adds the check of a store before it is taken off the operand stack, unless a leader covers it. */
  check(edits: EditList, store: Store, operands: OperandStack, structures: StructureStack): void {
    const { at, number, offset } = store;
    if (offset >= OFFSET_BEYOND) return;
    const edit = edits.add(EDIT.storeCheck, at, at, BASE_UNKNOWN, offset);
    edits.type[edit] = secondOperand[number]!;
    const slot = operands.height - 2;
    if (slot < operands.floor) return;
    const base = operands.base[slot]!;
    let delta = operands.delta[slot]!;
    if (base === CONSTANT_OPERAND) {
      if (!this.#memory64) delta = delta >>> 0;
      if (delta < 0) return;
      edits.a[edit] = BASE_CONSTANT;
    } else if (base >= 0 && operands.version[slot] === this.version[base]) {
      edits.a[edit] = base >= this.#parameters ? base + 1 : base;
    } else return;
    edits.b[edit] = delta + offset;
    if (this.#elides) this.#lead(edits, edit, base, { delta, offset, bytes: 1 << accessSizeLog[number]! }, structures);
  }

  /** Drops the check `edit` when a leader covers the access to a local or a constant, else makes it a leader. */
  #lead(edits: EditList, edit: number, local: number, access: Access, structures: StructureStack): void {
    const { delta, offset, bytes } = access;
    const { depth, region: regions, loops } = structures;
    const from = delta + offset;
    const slot = local >= 0 ? local : this.#locals + (Math.floor(from / 128) % CONSTANT_LEADERS);
    const version = local >= 0 ? this.version[local]! : 0;
    const isKnown =
      this.#of[slot] === this.#function &&
      this.#version[slot] === version &&
      this.#depth[slot]! <= depth &&
      regions[this.#depth[slot]!] === this.#region[slot];
    if (isKnown && this.#covers(edits, slot, delta, from, bytes)) {
      edits.kind[edit] = EDIT.none;
      if (local >= 0 && this.#loops[slot]! < loops) this.#rely(local, edit, this.#loops[slot]!);
      return;
    }
    this.#of[slot] = this.#function;
    this.#version[slot] = version;
    this.#edit[slot] = edit;
    this.#depth[slot] = depth;
    this.#region[slot] = regions[depth]!;
    this.#loops[slot] = loops;
    this.#delta[slot] = delta;
    this.#min[slot] = from;
    this.#max[slot] = from + bytes;
  }

  #covers(edits: EditList, slot: number, delta: number, from: number, bytes: number): boolean {
    const min = this.#min[slot]!;
    const max = this.#max[slot]!;
    if (from >= min) {
      if (from + bytes - min > STRADDLE_BYTES) return false;
      if (from + bytes > max) this.#max[slot] = from + bytes;
      return true;
    }
    // The leader moves down; only by its own offset, which cannot wrap around.
    if (delta !== this.#delta[slot] || max - from > STRADDLE_BYTES) return false;
    this.#min[slot] = from;
    edits.b[this.#edit[slot]!] = from;
    return true;
  }

  #rely(local: number, edit: number, loops: number): void {
    if (this.#relyCount >= this.#relyEdit.length) this.#growRely();
    const entry = this.#relyCount++;
    this.#relyNext[entry] = this.#relyOf[local] === this.#function ? this.#relyHead[local]! : -1;
    this.#relyEdit[entry] = edit;
    this.#relyLoops[entry] = loops;
    this.#relyOf[local] = this.#function;
    this.#relyHead[local] = entry;
  }

  #grow(locals: number): void {
    const size = locals + CONSTANT_LEADERS;
    this.version = new Int32Array(locals);
    this.#of = new Int32Array(size);
    this.#version = new Int32Array(size);
    this.#edit = new Int32Array(size);
    this.#depth = new Int32Array(size);
    this.#region = new Int32Array(size);
    this.#loops = new Int32Array(size);
    this.#delta = new Float64Array(size);
    this.#min = new Float64Array(size);
    this.#max = new Float64Array(size);
    this.#relyOf = new Int32Array(locals);
    this.#relyHead = new Int32Array(locals);
  }

  #growRely(): void {
    const grown = (old: Int32Array): Int32Array => {
      const array = new Int32Array(2 * old.length);
      array.set(old);
      return array;
    };
    this.#relyNext = grown(this.#relyNext);
    this.#relyEdit = grown(this.#relyEdit);
    this.#relyLoops = grown(this.#relyLoops);
  }
}
