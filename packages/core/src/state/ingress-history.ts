/**
 * What became of each update call: the source of `/request_status`.
 *
 * Every request id is here from induction until it is pruned, so a message is executed at most once. An entry outlives the time
 * until which its message could be inducted again.
 * @module
 */
import type { PrincipalId } from '../base/index.ts';
import { PersistentMap } from './persistent-map.ts';

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

/** Request ids that are pruned together; `edit` owns the list and may append to it. */
export type DueEntries = { readonly edit: object; readonly requestIds: string[] };

export type IngressHistory = {
  /** By request id. */
  entries: PersistentMap<IngressStatus>;
  /** When entries are pruned: 16 hex digits of the time in nanoseconds to request ids. */
  pruneAt: PersistentMap<DueEntries>;
  /** Bytes of replies and reject messages. */
  bytes: number;
};

export function createIngressHistory(): IngressHistory {
  return { entries: PersistentMap.empty(), pruneAt: PersistentMap.empty(), bytes: 0 };
}

/** A copy that may go its own way. */
export function forkIngressHistory(history: IngressHistory): IngressHistory {
  return { entries: history.entries.fork(), pruneAt: history.pruneAt.fork(), bytes: history.bytes };
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
