/**
 * A first-in-first-out queue that can be forked in constant time.
 *
 * Values lie in chunks. Full chunks are never changed; handles share the last, partial one and append to it in place as long as
 * none of the others has, so a fork costs nothing and a handle that goes its own way copies one chunk at most.
 * @module
 */

/** Values per chunk. */
const CHUNK_VALUES = 32;

/** Chunks, one behind the other. Immutable. */
type ChunkList<V> = { readonly chunk: readonly V[]; readonly next: ChunkList<V> } | null;

/** The chunk of every queue without values: never changed, for a push replaces it. */
const NO_VALUES: never[] = [];

/** A handle on a queue. Values must not be changed in place. */
export class PersistentQueue<V> {
  /** The oldest chunk; its values from `#frontIndex` to below `#frontEnd` are in the queue. */
  #front: readonly V[] = NO_VALUES;
  #frontIndex = 0;
  #frontEnd = 0;
  /** The chunks behind `#front`, oldest first; all full. */
  #middle: ChunkList<V> = null;
  /** The chunks behind those, newest first; all full. */
  #newest: ChunkList<V> = null;
  /** The last chunk; only its first `#tailLength` values belong to this handle. */
  #tail: V[] = NO_VALUES;
  #tailLength = 0;
  #size = 0;

  private constructor() {}

  /** A new queue without values. */
  static empty<V>(): PersistentQueue<V> {
    return new PersistentQueue<V>();
  }

  /** Number of values. */
  get size(): number {
    return this.#size;
  }

  /** Adds a value at the end. */
  push(value: V): void {
    if (this.#tailLength === CHUNK_VALUES) {
      this.#newest = { chunk: this.#tail, next: this.#newest };
      this.#tail = [];
      this.#tailLength = 0;
    } else if (this.#tail === NO_VALUES || this.#tail.length !== this.#tailLength) {
      this.#tail = this.#tail.slice(0, this.#tailLength);
    }
    this.#tail.push(value);
    this.#tailLength++;
    this.#size++;
  }

  /** The oldest value, undefined when there is none. */
  peek(): V | undefined {
    if (this.#size === 0) return undefined;
    if (this.#frontIndex === this.#frontEnd) this.#advance();
    return this.#front[this.#frontIndex];
  }

  /** Removes and returns the oldest value, undefined when there is none. */
  shift(): V | undefined {
    if (this.#size === 0) return undefined;
    if (this.#frontIndex === this.#frontEnd) this.#advance();
    this.#size--;
    const value = this.#front[this.#frontIndex++];
    if (this.#size === 0) this.#forget();
    return value;
  }

  /** Values from the oldest to the newest, as the queue is when the walk starts. */
  *values(): Generator<V, void, undefined> {
    const queue = this.fork();
    while (queue.#size > 0) yield queue.shift()!;
  }

  /** An independent handle on the same values, in constant time. */
  fork(): PersistentQueue<V> {
    const copy = new PersistentQueue<V>();
    copy.#front = this.#front;
    copy.#frontIndex = this.#frontIndex;
    copy.#frontEnd = this.#frontEnd;
    copy.#middle = this.#middle;
    copy.#newest = this.#newest;
    copy.#tail = this.#tail;
    copy.#tailLength = this.#tailLength;
    copy.#size = this.#size;
    return copy;
  }

  /** Lets go of the values that were taken: an empty queue keeps none of them in memory. */
  #forget(): void {
    this.#front = NO_VALUES;
    this.#frontIndex = 0;
    this.#frontEnd = 0;
    this.#tail = NO_VALUES;
    this.#tailLength = 0;
  }

  /** Takes the next chunk to the front; there is one. */
  #advance(): void {
    if (this.#middle === null) {
      for (let list = this.#newest; list !== null; list = list.next) this.#middle = { chunk: list.chunk, next: this.#middle };
      this.#newest = null;
    }
    this.#frontIndex = 0;
    if (this.#middle === null) {
      this.#front = this.#tail;
      this.#frontEnd = this.#tailLength;
      this.#tail = NO_VALUES;
      this.#tailLength = 0;
    } else {
      this.#front = this.#middle.chunk;
      this.#frontEnd = CHUNK_VALUES;
      this.#middle = this.#middle.next;
    }
  }
}
