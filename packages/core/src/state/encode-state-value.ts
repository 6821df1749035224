/**
 * Canonical bytes of any value that the state is made of: equal values give equal bytes, different ones different bytes.
 *
 * Tags and lengths come first, names of records are sorted, numbers are exact. Maps keep their insertion order, which is replicated. The bytes
 * say what they are the form of, so `decodeStateValue` needs no description to make the value again.
 * @module
 */
import { assert, joinBytes, utf8 } from '../base/index.ts';
import { PersistentMap } from './persistent-map.ts';
import { PersistentQueue } from './persistent-queue.ts';

/** First byte of a value; four bytes of a length or count follow, the lowest first. */
export const STATE_VALUE_TAG = {
  absent: 0,
  no: 1,
  yes: 2,
  /** Hexadecimal text of a number, and of a bigint. */
  number: 3,
  bigint: 4,
  text: 5,
  bytes: 6,
  list: 7,
  queue: 8,
  /** Pairs of a name and a value. */
  record: 9,
  /** Pairs of a key and a value, of a `Map` and of a `PersistentMap`. */
  map: 10,
  trie: 11,
} as const;
const TAG = STATE_VALUE_TAG;

/** Names of fields as they stand in records. There are as many as the code has: a few dozen. */
const names = new Map<string, Uint8Array>();

function nameBytes(name: string): Uint8Array {
  let bytes = names.get(name);
  if (bytes === undefined) names.set(name, (bytes = utf8(name)));
  return bytes;
}

class Writer {
  readonly parts: Uint8Array[] = [];

  tag(tag: number, length: number): void {
    this.parts.push(Uint8Array.of(tag, length & 255, (length >> 8) & 255, (length >> 16) & 255, (length >> 24) & 255));
  }

  value(value: unknown): void {
    if (value === undefined || value === null) this.tag(TAG.absent, 0);
    else if (typeof value === 'boolean') this.tag(value ? TAG.yes : TAG.no, 0);
    else if (typeof value === 'number') this.integer(value);
    else if (typeof value === 'bigint') this.sized(TAG.bigint, utf8(value.toString(16)));
    else if (typeof value === 'string') this.sized(TAG.text, utf8(value));
    else if (value instanceof Uint8Array) this.sized(TAG.bytes, value);
    else if (typeof value === 'object') this.composite(value);
    else assert(false, `the state holds no ${typeof value}`);
  }

  private integer(value: number): void {
    assert(Number.isSafeInteger(value), 'numbers in the state are exact integers');
    this.sized(TAG.number, utf8(value.toString(16)));
  }

  private sized(tag: number, bytes: Uint8Array): void {
    this.tag(tag, bytes.length);
    this.parts.push(bytes);
  }

  private composite(value: object): void {
    if (Array.isArray(value)) this.list(TAG.list, value);
    else if (value instanceof Map) this.pairs(TAG.map, [...value]);
    else if (value instanceof PersistentMap) this.pairs(TAG.trie, [...value.entries()]);
    else if (value instanceof PersistentQueue) this.list(TAG.queue, [...value.values()]);
    else this.record(value);
  }

  private list(tag: number, values: readonly unknown[]): void {
    this.tag(tag, values.length);
    for (const value of values) this.value(value);
  }

  private pairs(tag: number, pairs: readonly (readonly [unknown, unknown])[]): void {
    this.tag(tag, pairs.length);
    for (const [key, value] of pairs) {
      this.value(key);
      this.value(value);
    }
  }

  private record(value: object): void {
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    this.tag(TAG.record, fields.length);
    for (const [name, field] of fields) {
      this.sized(TAG.text, nameBytes(name));
      this.value(field);
    }
  }
}

/** Canonical bytes of a value. @throws AssertionFault for what the state must not hold: functions, symbols, inexact numbers. */
export function encodeStateValue(value: unknown): Uint8Array {
  const writer = new Writer();
  writer.value(value);
  return joinBytes(writer.parts);
}
