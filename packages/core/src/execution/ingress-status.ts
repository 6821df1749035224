/**
 * Changes of the ingress history: one way in, so that its byte count and its pruning times stay right.
 * @module
 */
import { assert } from '../base/index.ts';
import { dueRequestIds, ingressStatusBytes, type IngressStatus, isFinalStatus, type ReplicatedState, timeKey } from '../state/index.ts';
import { INGRESS_STATUS_KEPT_NS } from './limits.ts';

/** Sets the status of a request, which is not final. A final status is kept for five minutes, and at least until the message has expired. */
export function setIngressStatus(state: ReplicatedState, requestId: string, status: IngressStatus): void {
  const history = state.ingressHistory;
  const before = history.entries.get(requestId);
  assert(before === undefined || !isFinalStatus(before), 'a final status does not change');
  const bytes = ingressStatusBytes(status);
  history.bytes += bytes;
  history.entries.set(requestId, status);
  if (!isFinalStatus(status)) {
    history.open.set(requestId, status);
    return;
  }
  history.open.delete(requestId);
  const kept = state.timeNs + INGRESS_STATUS_KEPT_NS;
  const key = timeKey(kept > status.expiryNs ? kept : status.expiryNs + 1n);
  const due = history.pruneAt.get(key);
  if (due !== undefined && due.edit === state.edit && due.records === undefined) {
    due.requestIds.push(requestId);
    due.bytes += bytes;
  } else {
    const requestIds = [...(due === undefined ? [] : dueRequestIds(due)), requestId];
    history.pruneAt.set(key, { edit: state.edit, requestIds, bytes: (due?.bytes ?? 0) + bytes, records: undefined });
  }
}

/** Forgets what has been final for long enough. */
export function pruneIngressHistory(state: ReplicatedState): void {
  const history = state.ingressHistory;
  const limit = timeKey(state.timeNs);
  for (;;) {
    const first = history.pruneAt.first();
    if (first === undefined || first[0] > limit) return;
    for (const requestId of dueRequestIds(first[1])) history.entries.delete(requestId);
    history.bytes -= first[1].bytes;
    history.pruneAt.delete(first[0]);
  }
}
