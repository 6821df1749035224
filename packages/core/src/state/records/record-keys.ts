/**
 * Keys of the records that a state is written as: in the order of their bytes, a reader meets what a record refers to before the record.
 * @module
 */
import { fromHex, IcError, joinBytes, PRINCIPAL_BYTES_MAX, type PrincipalId, toHex } from '../../base/index.ts';

/** First byte of a key. */
export const RECORD_KIND = {
  /** Everything of the subnet that is no map. */
  header: 1,
  /** Entry of an index: number of the index, key. */
  index: 2,
  /** Installed module: its hash. */
  module: 3,
  /** Something of a canister: its id, part, and what the part is divided by. */
  canister: 16,
  /** Status of a request that is not final: its id. */
  ingress: 32,
  /** Requests to be forgotten, and what became of them: the time, number of the record, four bytes, the highest first. */
  prune: 33,
  /** Pages of a canister: its id, heap or stable memory, number of the group. Last, so that a state can be read without them. */
  pages: 48,
} as const;

/** Byte after the canister's id. */
export const CANISTER_PART = {
  /** The record itself. */
  record: 0,
  /** What there is of the heap, and of the stable memory: number of the span of 1,024 pages, four bytes, the highest first. */
  heap: 1,
  stable: 2,
  /** Chunk of the chunk store: its hash. */
  chunk: 3,
} as const;

export const HEADER_KEY: Uint8Array = Uint8Array.of(RECORD_KIND.header);

function key(head: readonly number[], rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(head.length + rest.length);
  bytes.set(head, 0);
  bytes.set(rest, head.length);
  return bytes;
}

/** Key of an entry of one of the state's maps with hexadecimal keys. */
export function mapEntryKey(kind: number, entry: string): Uint8Array {
  return key([kind], fromHex(entry));
}

export function indexEntryKey(index: number, entry: string): Uint8Array {
  return key([RECORD_KIND.index, index], fromHex(entry));
}

/** Kind, the id padded with zeros, its length: in the order of the ids whatever their lengths. */
const ID_BYTES: number = PRINCIPAL_BYTES_MAX + 1;
const PART_OFFSET: number = 1 + ID_BYTES;

export function canisterKey(id: PrincipalId, part: number, rest: Uint8Array = new Uint8Array(0)): Uint8Array {
  return partKey(RECORD_KIND.canister, id, part, rest);
}

function partKey(kind: number, id: PrincipalId, part: number, rest: Uint8Array): Uint8Array {
  const idBytes = fromHex(id);
  const bytes = new Uint8Array(PART_OFFSET + 1 + rest.length);
  bytes[0] = kind;
  bytes.set(idBytes, 1);
  bytes[ID_BYTES] = idBytes.length;
  bytes[PART_OFFSET] = part;
  bytes.set(rest, PART_OFFSET + 1);
  return bytes;
}

const NUMBER_BYTES = 4;

function numberBytes(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

function numberFrom(bytes: Uint8Array): number {
  return ((bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!) >>> 0;
}

/** @param part - heap or stable memory */
export function pageSpanKey(id: PrincipalId, part: number, span: number): Uint8Array {
  return canisterKey(id, part, numberBytes(span));
}

/** @param part - heap or stable memory */
export function pageGroupKey(id: PrincipalId, part: number, group: number): Uint8Array {
  return partKey(RECORD_KIND.pages, id, part, numberBytes(group));
}

export type CanisterKey = { readonly id: PrincipalId; readonly part: number; readonly rest: Uint8Array };

export function malformedKey(bytes: Uint8Array): IcError {
  return new IcError({ code: 'STATE_RECORD_MALFORMED' }, `no record of the state has the key ${toHex(bytes.subarray(0, 64))}`);
}

/** @throws IcError `STATE_RECORD_MALFORMED` */
export function parseCanisterKey(bytes: Uint8Array): CanisterKey {
  const length = bytes[ID_BYTES];
  if (bytes.length <= PART_OFFSET || length === undefined || length > PRINCIPAL_BYTES_MAX) throw malformedKey(bytes);
  if (bytes.subarray(1 + length, ID_BYTES).some((byte) => byte !== 0)) throw malformedKey(bytes);
  return { id: toHex(bytes.subarray(1, 1 + length)) as PrincipalId, part: bytes[PART_OFFSET]!, rest: bytes.subarray(PART_OFFSET + 1) };
}

/** The number of a group or span of pages. @throws IcError `STATE_RECORD_MALFORMED` */
export function parsePageNumber(bytes: Uint8Array, { rest }: CanisterKey): number {
  if (rest.length !== NUMBER_BYTES) throw malformedKey(bytes);
  return numberFrom(rest);
}

/** @param time - key of `pruneAt` */
export function dueRecordKey(time: string, number: number): Uint8Array {
  return key([RECORD_KIND.prune], joinBytes([fromHex(time), numberBytes(number)]));
}

/** @throws IcError `STATE_RECORD_MALFORMED` */
export function parseDueRecordKey(bytes: Uint8Array): { readonly time: string; readonly number: number } {
  const end = bytes.length - NUMBER_BYTES;
  if (end < 1) throw malformedKey(bytes);
  return { time: toHex(bytes.subarray(1, end)), number: numberFrom(bytes.subarray(end)) };
}
