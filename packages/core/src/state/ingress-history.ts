/**
 * What became of each update call: the source of `/request_status`.
 *
 * Every request id is here from induction until it is pruned, so a message is executed at most once. An entry outlives the time
 * until which its message could be inducted again.
 * @module
 */
import type { PrincipalId } from '../base/index.ts';
import { PersistentMap } from './persistent-map.ts';
import type { DueRecords } from './records/due-requests.ts';
import { RequestMap } from './requests/index.ts';

export type IngressStatus = {
  readonly sender: PrincipalId;
  readonly receiver: PrincipalId;
  /** Until then the same message could be offered again. */
  readonly expiryNs: bigint;
} & (
  | { readonly status: 'received' | 'processing' | 'done' }
  | { readonly status: 'replied'; readonly reply: Uint8Array }
  | { readonly status: 'rejected'; readonly rejectCode: number; readonly rejectMessage: string; readonly errorCode: string }
);

/** Whether nothing comes after this status any more: the request waits to be pruned. */
export function isFinalStatus({ status }: IngressStatus): boolean {
  return status !== 'received' && status !== 'processing';
}

/** Most requests of a group: hashing or writing one is a step that nothing interrupts. */
export const DUE_REQUESTS_MAX = 512;

/** Requests that ended in one batch and are pruned together; `edit` owns the list and may append to it. */
export type DueEntries = {
  readonly edit: object;
  /** Their ids, until there are records, which have them too. */
  readonly requestIds: string[];
  /** What they add to the bytes of the history. */
  bytes: number;
  /** Their records, once there are any; nothing is added any more then. */
  records: DueRecords | undefined;
};

/** Ids of requests that are pruned together, in the order in which they ended. */
export function dueRequestIds({ requestIds, records }: DueEntries): readonly string[] {
  return records?.requestIds() ?? requestIds;
}

export type IngressHistory = {
  /** By request id. */
  entries: RequestMap<IngressStatus>;
  /** Those whose status is not final. */
  open: PersistentMap<IngressStatus>;
  /** What is pruned when: see {@link dueKey}. */
  pruneAt: PersistentMap<DueEntries>;
  /** Bytes of replies and reject messages. */
  bytes: number;
};

export function createIngressHistory(): IngressHistory {
  return { entries: RequestMap.empty(), open: PersistentMap.empty(), pruneAt: PersistentMap.empty(), bytes: 0 };
}

/** A copy that may go its own way. */
export function forkIngressHistory(history: IngressHistory): IngressHistory {
  const { entries, open, pruneAt, bytes } = history;
  return { entries: entries.fork(), open: open.fork(), pruneAt: pruneAt.fork(), bytes };
}

/** Bytes that an entry adds to the history. */
export function ingressStatusBytes(status: IngressStatus): number {
  if (status.status === 'replied') return status.reply.length;
  if (status.status === 'rejected') return status.rejectMessage.length;
  return 0;
}

/** Key of `pruneAt`: string order is time order. */
export function timeKey(timeNs: bigint): string {
  return timeNs.toString(16).padStart(16, '0');
}

const COUNT_DIGITS = 4;

/** What the keys of `pruneAt` for requests that ended in a batch begin with. */
export function dueKeyStart(timeNs: bigint, height: bigint): string {
  return timeKey(timeNs) + timeKey(height);
}

/**
 * Key of a group in `pruneAt`: 16 hex digits of the time when it is pruned, in nanoseconds, 16 of the height of the batch in which its requests ended, 4
 * of its number. So what was written once does not grow.
 */
export function dueKey(timeNs: bigint, height: bigint, number: number): string {
  return dueKeyStart(timeNs, height) + number.toString(16).padStart(COUNT_DIGITS, '0');
}

/** The time of a key of `pruneAt`, as {@link timeKey}. */
export function timeOfDue(key: string): string {
  return key.slice(0, -timeKey(0n).length - COUNT_DIGITS);
}

/** Number of a group among those of its time and batch. */
export function numberOfDue(key: string): number {
  return Number.parseInt(key.slice(-COUNT_DIGITS), 16);
}
