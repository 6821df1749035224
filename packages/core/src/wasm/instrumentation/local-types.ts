/**
 * Types of the locals of a body: parameters one by one, declared locals by group. A body of a few bytes may declare tens of thousands, so
 * they are not listed.
 */
import { F32, F64 } from '../value-types.ts';
import { SHAPE } from './instruction-tables.ts';

/** A hot handle, used for one body after the other. */
export class LocalTypes {
  /** Whether a scalar floating-point local may exist. */
  hasFloats = false;
  #parameters: Uint8Array = new Uint8Array(0);
  /** Index after the last local of each group, and the type of the group. */
  #ends: number[] = [];
  #types: number[] = [];

  begin(parameters: Uint8Array): void {
    this.#parameters = parameters;
    this.hasFloats = parameters.some(isFloat);
    this.#ends.length = 0;
    this.#types.length = 0;
  }

  /** A group of declared locals that ends before index `end`. */
  addGroup(end: number, type: number): void {
    if (isFloat(type)) this.hasFloats = true;
    this.#ends.push(end);
    this.#types.push(type);
  }

  /** Shape of a scalar floating-point local, or 0. */
  floatShape(local: number): number {
    if (!this.hasFloats) return 0;
    const type = local < this.#parameters.length ? this.#parameters[local]! : this.#types[this.#groupOf(local)]!;
    return type === F64 ? SHAPE.f64 : type === F32 ? SHAPE.f32 : 0;
  }

  #groupOf(local: number): number {
    let low = 0;
    let high = this.#ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (local < this.#ends[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function isFloat(type: number): boolean {
  return type === F32 || type === F64;
}
