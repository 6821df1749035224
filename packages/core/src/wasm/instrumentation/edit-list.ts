/**
 * What the scan of a function body asks to be changed: a list ordered by position, applied while the body is copied.
 * @module
 */

export const EDIT = {
  none: 0,
  /** Function entry: `a` instructions, checked; `b` more that the check does not see. */
  entry: 1,
  /** `a` instructions, unchecked. */
  charge: 2,
  /** Loop head: the same. */
  loop: 3,
  /** `a`: function index. */
  call: 4,
  /** `a`: type index, `b`: table index. */
  callIndirect: 5,
  returnCall: 6,
  returnCallIndirect: 7,
  /** `a`: label of the function's own block. */
  return: 8,
  /** The last `end`. */
  functionEnd: 9,
  unreachable: 10,
  /** `a`: function index. */
  refFunc: 11,
  /** Check before a store: `a`: base local, or one of the codes below; `b`: what is added to it; `type`: type of the stored value. */
  storeCheck: 12,
  memorySize: 13,
  memoryGrow: 14,
  memoryFill: 15,
  memoryCopy: 16,
  memoryInit: 17,
  /** Charge for the elements of a bulk table operation; `a`: 1 when the length is an i64. */
  tableBulk: 18,
  /** The instruction uses up the instance: dropped segments, changed tables. */
  consume: 19,
  nanF32: 20,
  nanF64: 21,
  nanF32x4: 22,
  nanF64x2: 23,
  /** A local instruction whose index grows by a byte; `a`: the new index, `b`: the opcode. */
  local: 24,
} as const;

/** Base of a store check: neither a local nor a constant, so address and value are set aside. */
export const BASE_UNKNOWN = -1;
/** Base of a store check: the address is a constant, `b`. */
export const BASE_CONSTANT = -2;

/** Parallel arrays; entry 0 is a sink for the costs of code that is never reached. */
export class EditList {
  /** Where the edit is made, and where copying goes on after it. */
  position: Int32Array = new Int32Array(1024);
  resume: Int32Array = new Int32Array(1024);
  kind: Uint8Array = new Uint8Array(1024);
  type: Uint8Array = new Uint8Array(1024);
  a: Float64Array = new Float64Array(1024);
  b: Float64Array = new Float64Array(1024);
  count = 1;

  clear(): void {
    this.count = 1;
    this.a[0] = 0;
  }

  /** Appends an edit that replaces `[position, resume)` and returns its number. */
  add(kind: number, position: number, resume: number, a = 0, b = 0): number {
    if (this.count >= this.kind.length) this.#grow();
    const edit = this.count++;
    this.kind[edit] = kind;
    this.position[edit] = position;
    this.resume[edit] = resume;
    this.a[edit] = a;
    this.b[edit] = b;
    return edit;
  }

  #grow(): void {
    const size = 2 * this.kind.length;
    const copy = <T extends Int32Array | Uint8Array | Float64Array>(grown: T, old: T): T => {
      grown.set(old);
      return grown;
    };
    this.position = copy(new Int32Array(size), this.position);
    this.resume = copy(new Int32Array(size), this.resume);
    this.kind = copy(new Uint8Array(size), this.kind);
    this.type = copy(new Uint8Array(size), this.type);
    this.a = copy(new Float64Array(size), this.a);
    this.b = copy(new Float64Array(size), this.b);
  }
}
