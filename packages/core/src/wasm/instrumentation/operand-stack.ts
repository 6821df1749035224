/**
 * The operand stack of a body while it is scanned: its height, and what is known of the operands.
 */

/** What is known of an operand as a NaN: nothing, that it is none, or (positive) the edit that makes it canonical. */
export const NO_EDIT = 0;
export const NEVER_NAN = -1;

/** Base of an operand of which nothing is known, and of a constant. */
export const NO_OPERAND = -1;
export const CONSTANT_OPERAND = -2;

/** Addresses and offsets from here on lie beyond every memory. */
export const OFFSET_BEYOND: number = 2 ** 50;

/** A hot handle, used for one body after the other. */
export class OperandStack {
  height = 0;
  /** Largest height so far. */
  max = 0;
  /** Height at which the innermost structure began: what lies below cannot be taken. In unreachable code operands may be missing. */
  floor = 0;
  /** Local, constant or nothing; `delta` is added to the local at its `version`, or is the constant. */
  base: Int32Array = new Int32Array(1024);
  version: Int32Array = new Int32Array(1024);
  delta: Float64Array = new Float64Array(1024);
  /** Edit that makes the operand canonical, NO_EDIT or NEVER_NAN. */
  nan: Int32Array = new Int32Array(1024);

  begin(): void {
    this.height = 0;
    this.max = 0;
    this.floor = 0;
  }

  pop(count: number): void {
    this.height = Math.max(this.floor, this.height - count);
  }

  /** Pushes operands of which nothing is known. */
  push(count: number): void {
    const height = this.height + count;
    if (height > this.max) {
      this.max = height;
      if (height >= this.base.length) this.#grow(2 * height);
    }
    for (let slot = this.height; slot < height; slot++) {
      this.base[slot] = NO_OPERAND;
      this.nan[slot] = NO_EDIT;
    }
    this.height = height;
  }

  /** Index of the lowest of the topmost `count` operands, as far as they are there. */
  lowest(count: number): number {
    return Math.max(this.floor, this.height - count);
  }

  /** The topmost operands go two ways: whatever takes them later does not decide alone whether they must be canonical. */
  share(count: number): void {
    this.nan.fill(NO_EDIT, this.lowest(count), this.height);
  }

  /** Says of the topmost operand that it is a local plus `delta`, or the constant `delta`. */
  describe(base: number, version: number, delta: number): void {
    const slot = this.height - 1;
    this.base[slot] = base;
    this.version[slot] = version;
    this.delta[slot] = delta;
  }

  /** Replaces two operands by their sum or difference: `local + constant` and `local - constant` stay known. */
  add(sign: number): void {
    const right = this.height - 1;
    const left = right - 1;
    let known = -1;
    let delta = 0;
    if (left >= this.floor) {
      const leftBase = this.base[left]!;
      const rightBase = this.base[right]!;
      if (rightBase === CONSTANT_OPERAND && leftBase >= 0) known = left;
      else if (leftBase === CONSTANT_OPERAND && rightBase >= 0 && sign > 0) known = right;
      delta = this.delta[left]! + sign * this.delta[right]!;
    }
    const base = known < 0 ? NO_OPERAND : this.base[known]!;
    const version = known < 0 ? 0 : this.version[known]!;
    this.pop(2);
    this.push(1);
    if (Math.abs(delta) < OFFSET_BEYOND) this.describe(base, version, delta);
  }

  #grow(size: number): void {
    const base = new Int32Array(size);
    base.set(this.base);
    const version = new Int32Array(size);
    version.set(this.version);
    const delta = new Float64Array(size);
    delta.set(this.delta);
    const nan = new Int32Array(size);
    nan.set(this.nan);
    [this.base, this.version, this.delta, this.nan] = [base, version, delta, nan];
  }
}
