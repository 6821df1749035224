/**
 * A bounded memory for things that can be computed again: two generations of entries, the older of which is dropped when the younger is
 * full. What is used stays.
 * @module
 */

/** Holds between `capacity / 2` and `capacity` of the entries used last. */
export class BoundedCache<Value> {
  #young = new Map<string, Value>();
  #old = new Map<string, Value>();
  readonly #generationMax: number;
  readonly #dropped: ((value: Value) => void) | undefined;

  /**
   * @param capacity - most entries, at least 2.
   * @param dropped - called with every value that leaves, once.
   */
  constructor(capacity: number, dropped?: (value: Value) => void) {
    this.#generationMax = Math.max(1, capacity >> 1);
    this.#dropped = dropped;
  }

  get(key: string): Value | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.#old.delete(key);
    this.set(key, old);
    return old;
  }

  /** The key must not be present. */
  set(key: string, value: Value): void {
    if (this.#young.size >= this.#generationMax) {
      if (this.#dropped !== undefined) for (const gone of this.#old.values()) this.#dropped(gone);
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }
}
