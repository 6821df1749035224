/**
 * Makes a value of the state again from its canonical bytes.
 *
 * The bytes may come from a damaged disk or from somebody else, so nothing is taken on trust: every length is checked against what there is, and
 * depth is bounded.
 * @module
 */
import { fromUtf8, IcError, plainBytes } from '../base/index.ts';
import { STATE_VALUE_TAG as TAG } from './encode-state-value.ts';
import { PersistentMap } from './persistent-map.ts';
import { PersistentQueue } from './persistent-queue.ts';

/** Deeper than any value of the state: a call in a queue of a canister has a dozen. */
const DEPTH_MAX = 64;
const HEAD_BYTES = 5;

function malformed(what: string): IcError {
  return new IcError({ code: 'STATE_RECORD_MALFORMED' }, `a record of the state is not what this version writes: ${what}`);
}

class Reader {
  readonly #bytes: Uint8Array;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = plainBytes(bytes);
  }

  get isDone(): boolean {
    return this.#position === this.#bytes.length;
  }

  value(depth: number): unknown {
    if (depth > DEPTH_MAX) throw malformed('it is nested too deeply');
    const tag = this.#bytes[this.#position];
    const size = this.#head();
    switch (tag) {
      case TAG.absent:
      case TAG.no:
      case TAG.yes:
        if (size !== 0) throw malformed('a value without a length has one');
        return tag === TAG.absent ? undefined : tag === TAG.yes;
      case TAG.number:
        return this.#number(size);
      case TAG.bigint:
        return this.#bigint(size);
      case TAG.text:
        return this.#text(size);
      case TAG.bytes:
        return this.#take(size).slice();
      case TAG.list:
        return this.#list(size, depth);
      case TAG.queue:
        return this.#queue(size, depth);
      case TAG.record:
        return this.#record(size, depth);
      case TAG.map:
        return new Map(this.#pairs(size, depth));
      case TAG.trie:
        return this.#trie(size, depth);
      default:
        throw malformed(`there is no tag ${tag}`);
    }
  }

  #head(): number {
    const at = this.#position;
    if (at + HEAD_BYTES > this.#bytes.length) throw malformed('it ends too early');
    this.#position += HEAD_BYTES;
    const bytes = this.#bytes;
    return (bytes[at + 1]! | (bytes[at + 2]! << 8) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 24)) >>> 0;
  }

  #take(size: number): Uint8Array {
    const end = this.#position + size;
    if (end > this.#bytes.length) throw malformed('it ends too early');
    const taken = this.#bytes.subarray(this.#position, end);
    this.#position = end;
    return taken;
  }

  #text(size: number): string {
    const text = fromUtf8(this.#take(size));
    if (text === undefined) throw malformed('a text is not UTF-8');
    return text;
  }

  #bigint(size: number): bigint {
    const text = this.#text(size);
    if (!/^(?:0|-?[1-9a-f][0-9a-f]*)$/.test(text)) throw malformed('an integer has other characters than hexadecimal digits');
    return text.startsWith('-') ? -BigInt(`0x${text.slice(1)}`) : BigInt(`0x${text}`);
  }

  #number(size: number): number {
    const value = Number(this.#bigint(size));
    if (!Number.isSafeInteger(value)) throw malformed('a number is not an exact integer');
    return value;
  }

  /** Every item takes a head at least: a count that the rest can not hold is refused before anything is made. */
  #checkCount(count: number): void {
    if (count > (this.#bytes.length - this.#position) / HEAD_BYTES) throw malformed('it ends too early');
  }

  #list(count: number, depth: number): unknown[] {
    this.#checkCount(count);
    const values: unknown[] = [];
    for (let index = 0; index < count; index++) values.push(this.value(depth + 1));
    return values;
  }

  #queue(count: number, depth: number): PersistentQueue<unknown> {
    const queue = PersistentQueue.empty<unknown>();
    for (const value of this.#list(count, depth)) queue.push(value);
    return queue;
  }

  #pairs(count: number, depth: number): [unknown, unknown][] {
    this.#checkCount(count);
    const pairs: [unknown, unknown][] = [];
    for (let index = 0; index < count; index++) pairs.push([this.value(depth + 1), this.value(depth + 1)]);
    return pairs;
  }

  #record(count: number, depth: number): Record<string, unknown> {
    const pairs = this.#pairs(count, depth);
    for (const [name] of pairs)
      if (typeof name !== 'string' || !/^\w+$/.test(name) || name === '__proto__') throw malformed('a field has no name');
    return Object.fromEntries(pairs) as Record<string, unknown>;
  }

  #trie(count: number, depth: number): PersistentMap<unknown> {
    const map = PersistentMap.empty<unknown>();
    for (const [key, value] of this.#pairs(count, depth)) {
      if (typeof key !== 'string' || !/^([0-9a-f]{2})*$/.test(key)) throw malformed('a key is not the hexadecimal text of bytes');
      map.set(key, value);
    }
    map.seal();
    return map;
  }
}

/**
 * The value with these canonical bytes.
 * @throws IcError `STATE_RECORD_MALFORMED`
 */
export function decodeStateValue(bytes: Uint8Array): unknown {
  const reader = new Reader(bytes);
  const value = reader.value(0);
  if (!reader.isDone) throw malformed('bytes follow it');
  return value;
}
