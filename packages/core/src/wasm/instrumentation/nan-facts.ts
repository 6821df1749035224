/**
 * Where NaNs must be made canonical.
 *
 * A result of arithmetic that only feeds arithmetic, comparisons or conversions to integers may keep whatever NaN bits it has: they show
 * nowhere. So it is made canonical only if something else takes it. A local whose every value comes from arithmetic (or cannot be a NaN) may
 * hold such bits too; then its readers that show them make them canonical instead, if that is cheaper. Values of other origin, which must keep
 * their bits, never pass through such a local.
 */
import { EDIT, type EditList } from './edit-list.ts';
import { SHAPE } from './instruction-tables.ts';
import { NEVER_NAN, NO_EDIT, type OperandStack } from './operand-stack.ts';

const kindOfShape: Readonly<Record<number, number>> = {
  [SHAPE.f32]: EDIT.nanF32,
  [SHAPE.f64]: EDIT.nanF64,
  [SHAPE.f32x4]: EDIT.nanF32x4,
  [SHAPE.f64x2]: EDIT.nanF64x2,
};

/** How much more often code runs for each loop around it. */
const LOOP_FACTOR = 4;
const LOOPS_COUNTED_MAX = 6;

/** The floating-point locals of one function body. A hot handle. */
export class NanFacts {
  #function = 0;
  #of: Int32Array = new Int32Array(64);
  /** 1 when the local may hold a NaN that must keep its bits. */
  #raw: Uint8Array = new Uint8Array(64);
  /** Cost of making values canonical when they are assigned, less the cost of doing so when they are read. */
  #gain: Float64Array = new Float64Array(64);
  /** Lists of edits: of results that are assigned, of readers. */
  #assigned: Int32Array = new Int32Array(64);
  #read: Int32Array = new Int32Array(64);
  #next: Int32Array = new Int32Array(256);
  #edit: Int32Array = new Int32Array(256);
  #entries = 0;
  #touched: Int32Array = new Int32Array(64);
  #touchedCount = 0;
  #parameters = 0;

  /** Begins a function. */
  begin(parameters: number, locals: number): void {
    this.#function++;
    this.#entries = 0;
    this.#touchedCount = 0;
    this.#parameters = parameters;
    if (this.#of.length < locals) this.#grow(2 * locals);
  }

  /** An instruction with a result of `shape` ends at `position`; returns the edit that makes it canonical. */
  produce(edits: EditList, shape: number, position: number, loops: number): number {
    return edits.add(kindOfShape[shape]!, position, position, shape, LOOP_FACTOR ** Math.min(loops, LOOPS_COUNTED_MAX));
  }

  /** `local`, of type `shape`, is read; returns an edit that is made only if it turns out to be needed. */
  read(edits: EditList, local: number, shape: number, position: number, loops: number): number {
    const edit = this.produce(edits, shape, position, loops);
    edits.kind[edit] = EDIT.none;
    this.#touch(local);
    this.#gain[local]! -= edits.b[edit]!;
    this.#read[local] = this.#link(edit, this.#read[local]!);
    return edit;
  }

  /** The topmost operands are taken by an instruction that shows no NaN bits of these shapes: they need not be canonical. */
  consume(edits: EditList, operands: OperandStack, shapes: number, count: number): void {
    const { nan, height } = operands;
    for (let slot = operands.lowest(count); slot < height; slot++) {
      const edit = nan[slot]!;
      if (edit <= 0 || (edits.a[edit]! & shapes) === 0) continue;
      edits.kind[edit] = EDIT.none;
      edits.a[edit] = 0;
    }
  }

  /** A value with edit `edit` (or NO_EDIT, NEVER_NAN) is assigned to a floating-point local. */
  assign(edits: EditList, local: number, edit: number): void {
    this.#touch(local);
    if (edit === NEVER_NAN) return;
    // Edits of readers are not made now: such a value comes from another local.
    if (edit === NO_EDIT || edits.kind[edit] === EDIT.none) {
      this.#raw[local] = 1;
      return;
    }
    this.#gain[local]! += edits.b[edit]!;
    this.#assigned[local] = this.#link(edit, this.#assigned[local]!);
  }

  /** The function is read: decides for each local whether its writers or its readers make NaNs canonical. */
  finish(edits: EditList): void {
    for (let index = 0; index < this.#touchedCount; index++) {
      const local = this.#touched[index]!;
      if (this.#raw[local] !== 0 || this.#assigned[local]! < 0) continue;
      let gain = this.#gain[local]!;
      for (let entry = this.#read[local]!; entry >= 0; entry = this.#next[entry]!) {
        const edit = this.#edit[entry]!;
        if (edits.a[edit] === 0) gain += edits.b[edit]!;
      }
      if (gain <= 0) continue;
      for (let entry = this.#assigned[local]!; entry >= 0; entry = this.#next[entry]!) edits.kind[this.#edit[entry]!] = EDIT.none;
      for (let entry = this.#read[local]!; entry >= 0; entry = this.#next[entry]!) {
        const edit = this.#edit[entry]!;
        if (edits.a[edit] !== 0) edits.kind[edit] = kindOfShape[edits.a[edit]!]!;
      }
    }
  }

  #touch(local: number): void {
    if (this.#of[local] === this.#function) return;
    this.#of[local] = this.#function;
    this.#raw[local] = local < this.#parameters ? 1 : 0;
    this.#gain[local] = 0;
    this.#assigned[local] = -1;
    this.#read[local] = -1;
    this.#touched[this.#touchedCount++] = local;
  }

  #link(edit: number, next: number): number {
    if (this.#entries >= this.#edit.length) this.#growEntries();
    this.#edit[this.#entries] = edit;
    this.#next[this.#entries] = next;
    return this.#entries++;
  }

  #grow(locals: number): void {
    this.#of = new Int32Array(locals);
    this.#raw = new Uint8Array(locals);
    this.#gain = new Float64Array(locals);
    this.#assigned = new Int32Array(locals);
    this.#read = new Int32Array(locals);
    this.#touched = new Int32Array(locals);
  }

  #growEntries(): void {
    const edit = new Int32Array(2 * this.#edit.length);
    edit.set(this.#edit);
    this.#edit = edit;
    const next = new Int32Array(2 * this.#next.length);
    next.set(this.#next);
    this.#next = next;
  }
}
