/**
 * The records of canisters that nobody has needed yet. They lie side by side in large buffers: with arrays of bytes for each record of 100,000 canisters
 * the collector of garbage has a million objects to look at, which callers of canisters notice.
 * @module
 */
import type { PrincipalId } from '../../base/index.ts';
import type { ValueSource } from '../trie-node.ts';

const BUFFER_BYTES: number = 1024 * 1024;
const LENGTH_BYTES = 4;

/** A part of a canister that has a record of its own. */
export type CanisterPart = readonly [key: Uint8Array, value: Uint8Array];

/** What there is of a canister. */
export type ShelvedCanister = {
  readonly id: PrincipalId;
  /** Those of both slots of the map. */
  readonly hashes: Uint8Array;
  /** Canonical bytes of the record itself. */
  readonly content: Uint8Array;
  readonly parts: readonly CanisterPart[];
};

/** Where a canister lies, and who makes it. */
class Place<V> implements ValueSource<V> {
  readonly #id: PrincipalId;
  readonly #buffer: Uint8Array;
  readonly #start: number;
  readonly #make: (canister: ShelvedCanister) => V;

  constructor(id: PrincipalId, buffer: Uint8Array, start: number, make: (canister: ShelvedCanister) => V) {
    this.#id = id;
    this.#buffer = buffer;
    this.#start = start;
    this.#make = make;
  }

  load(): V {
    const view = new DataView(this.#buffer.buffer);
    let at = this.#start;
    // A copy: a canister must not keep a buffer that others have gone from.
    const read = (): Uint8Array => {
      const start = at + LENGTH_BYTES;
      at = start + view.getUint32(at, true);
      return this.#buffer.slice(start, at);
    };
    const hashes = read();
    const content = read();
    const count = view.getUint32(at, true);
    at += LENGTH_BYTES;
    return this.#make({ id: this.#id, hashes, content, parts: Array.from({ length: count }, (): CanisterPart => [read(), read()]) });
  }
}

export class CanisterShelf<V> {
  readonly #make: (canister: ShelvedCanister) => V;
  #buffer = new Uint8Array(0);
  #length = 0;

  /** @param make - makes a canister when it is needed. */
  constructor(make: (canister: ShelvedCanister) => V) {
    this.#make = make;
  }

  /** Copies what there is of a canister. @returns what makes it */
  put({ id, hashes, content, parts }: ShelvedCanister): ValueSource<V> {
    const texts = [hashes, content, ...parts.flat()];
    const size = texts.reduce((sum, bytes) => sum + LENGTH_BYTES + bytes.length, LENGTH_BYTES);
    if (this.#length + size > this.#buffer.length) {
      this.#buffer = new Uint8Array(Math.max(size, BUFFER_BYTES));
      this.#length = 0;
    }
    const buffer = this.#buffer;
    const start = this.#length;
    const view = new DataView(buffer.buffer);
    const write = (bytes: Uint8Array): void => {
      view.setUint32(this.#length, bytes.length, true);
      buffer.set(bytes, this.#length + LENGTH_BYTES);
      this.#length += LENGTH_BYTES + bytes.length;
    };
    write(hashes);
    write(content);
    view.setUint32(this.#length, parts.length, true);
    this.#length += LENGTH_BYTES;
    for (const [key, value] of parts) {
      write(key);
      write(value);
    }
    return new Place(id, buffer, start, this.#make);
  }
}
