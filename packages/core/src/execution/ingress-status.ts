/**
 * Changes of the ingress history: one way in, so that its byte count and its pruning times stay right.
 * @module
 */
import { assert } from '../base/index.ts';
import {
  DUE_REQUESTS_MAX,
  type DueEntries,
  dueKey,
  dueKeyStart,
  dueRequestIds,
  ingressStatusBytes,
  type IngressStatus,
  isFinalStatus,
  numberOfDue,
  type ReplicatedState,
  timeKey,
  timeOfDue,
} from '../state/index.ts';
import { INGRESS_STATUS_KEPT_NS } from './limits.ts';

/** The group that a request joins that ends in this batch and is pruned at a time. */
function openDue(state: ReplicatedState, timeNs: bigint): DueEntries {
  const { pruneAt } = state.ingressHistory;
  const start = dueKeyStart(timeNs, state.height);
  const [key, last] = pruneAt.lastBefore(`${start}ffff`) ?? [];
  const isOfBatch = key !== undefined && key.startsWith(start);
  if (isOfBatch && last?.edit === state.edit && last.records === undefined && last.requestIds.length < DUE_REQUESTS_MAX) return last;
  const due: DueEntries = { edit: state.edit, requestIds: [], bytes: 0, records: undefined };
  pruneAt.set(dueKey(timeNs, state.height, isOfBatch ? numberOfDue(key) + 1 : 0), due);
  return due;
}

/** Sets the status of a request, which is not final. A final status is kept for five minutes, and at least until the message has expired. */
export function setIngressStatus(state: ReplicatedState, requestId: string, status: IngressStatus): void {
  const history = state.ingressHistory;
  const before = history.entries.get(requestId);
  assert(before === undefined || !isFinalStatus(before), 'a final status does not change');
  history.entries.set(requestId, status);
  if (!isFinalStatus(status)) {
    history.open.set(requestId, status);
    return;
  }
  history.open.delete(requestId);
  const kept = state.timeNs + INGRESS_STATUS_KEPT_NS;
  const due = openDue(state, kept > status.expiryNs ? kept : status.expiryNs + 1n);
  const bytes = ingressStatusBytes(status);
  due.requestIds.push(requestId);
  due.bytes += bytes;
  history.bytes += bytes;
}

/** So many requests are forgotten in one batch, or little more: more than can come in, and no batch has to do it for all of a quiet hour. */
const PRUNED_PER_BATCH = 4_096;

/** Forgets what has been final for long enough, a part in each batch. */
export function pruneIngressHistory(state: ReplicatedState): void {
  const history = state.ingressHistory;
  const limit = timeKey(state.timeNs);
  for (let pruned = 0; pruned < PRUNED_PER_BATCH;) {
    const first = history.pruneAt.first();
    if (first === undefined || timeOfDue(first[0]) > limit) return;
    const requestIds = dueRequestIds(first[1]);
    for (const requestId of requestIds) history.entries.delete(requestId);
    history.bytes -= first[1].bytes;
    history.pruneAt.delete(first[0]);
    pruned += requestIds.length;
  }
}
