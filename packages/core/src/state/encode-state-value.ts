/**
 * Canonical bytes of any value that the state is made of: equal values give equal bytes, different ones different bytes.
 *
 * Tags and lengths come first, names of records are sorted, numbers are exact. Maps keep their insertion order, which is replicated. The bytes
 * say what they are the form of, so `decodeStateValue` needs no description to make the value again.
 * @module
 */
import { assert, utf8 } from '../base/index.ts';
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

/** Most bytes of a writer that is kept for the next value. */
const WRITER_BYTES = 4096;
const HEAD_BYTES = 5;

/** Names of fields as they stand in records. There are as many as the code has: a few dozen. */
const names = new Map<string, Uint8Array>();

function nameBytes(name: string): Uint8Array {
  let bytes = names.get(name);
  if (bytes === undefined) names.set(name, (bytes = utf8(name)));
  return bytes;
}

/** Sorted names of the kinds of records, by the names as they come. As many as the code has, and their variants with fields left out. */
const sortedNames = new Map<string, readonly string[]>();
/** Far above the number of kinds; a bound all the same. */
const KINDS_MAX = 10_000;

function sorted(fields: readonly string[]): readonly string[] {
  const kind = fields.join();
  let order = sortedNames.get(kind);
  if (order === undefined) {
    order = fields.toSorted((a, b) => (a < b ? -1 : 1));
    if (sortedNames.size < KINDS_MAX) sortedNames.set(kind, order);
  }
  return order;
}

class Writer {
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(WRITER_BYTES);
  length = 0;

  /** Makes room for more bytes. @returns where they go */
  private reserve(count: number): number {
    const start = this.length;
    const end = start + count;
    if (end > this.bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.bytes.length));
      grown.set(this.bytes.subarray(0, start));
      this.bytes = grown;
    }
    this.length = end;
    return start;
  }

  tag(tag: number, length: number): void {
    const at = this.reserve(HEAD_BYTES);
    const { bytes } = this;
    bytes[at] = tag;
    bytes[at + 1] = length;
    bytes[at + 2] = length >> 8;
    bytes[at + 3] = length >> 16;
    bytes[at + 4] = length >> 24;
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
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
  }

  private composite(value: object): void {
    if (Array.isArray(value)) this.list(TAG.list, value);
    else if (value instanceof Map) this.pairs(TAG.map, [...value]);
    else if (value instanceof PersistentMap) this.pairs(TAG.trie, [...value.entries()]);
    else if (value instanceof PersistentQueue) this.list(TAG.queue, [...value.values()]);
    else this.record(value as Readonly<Record<string, unknown>>);
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

  private record(record: Readonly<Record<string, unknown>>): void {
    const fields = sorted(Object.keys(record));
    this.tag(TAG.record, fields.length);
    for (const name of fields) {
      this.sized(TAG.text, nameBytes(name));
      this.value(record[name]);
    }
  }
}

/** A small writer to use again, while no one else does. */
let idleWriter: Writer | undefined;

/** Canonical bytes of values, one after the other. @throws AssertionFault for what the state must not hold: functions, symbols, inexact numbers. */
export function encodeStateValues(...values: readonly unknown[]): Uint8Array<ArrayBuffer> {
  const writer = idleWriter ?? new Writer();
  idleWriter = undefined;
  writer.length = 0;
  for (const value of values) writer.value(value);
  const encoded = writer.bytes.slice(0, writer.length);
  if (writer.bytes.length <= WRITER_BYTES) idleWriter = writer;
  return encoded;
}

/** Canonical bytes of a value. @throws AssertionFault as {@link encodeStateValues}. */
export function encodeStateValue(value: unknown): Uint8Array<ArrayBuffer> {
  return encodeStateValues(value);
}
