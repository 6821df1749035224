/**
 * Changes of the ingress history: one way in, so that its byte count and its pruning times stay right.
 * @module
 */
import { ingressStatusBytes, type IngressStatus, type ReplicatedState, timeKey } from '../state/index.ts';
import { INGRESS_STATUS_KEPT_NS } from './limits.ts';

/** Sets the status of a request. A final status is kept for five minutes, and at least until the message has expired. */
export function setIngressStatus(state: ReplicatedState, requestId: string, status: IngressStatus): void {
  const history = state.ingressHistory;
  const before = history.entries.get(requestId);
  history.bytes += ingressStatusBytes(status) - (before === undefined ? 0 : ingressStatusBytes(before));
  history.entries.set(requestId, status);
  if (status.status === 'received' || status.status === 'processing') return;
  const kept = state.timeNs + INGRESS_STATUS_KEPT_NS;
  const key = timeKey(kept > status.expiryNs ? kept : status.expiryNs + 1n);
  const due = history.pruneAt.get(key);
  if (due !== undefined && due.edit === state.edit) due.requestIds.push(requestId);
  else history.pruneAt.set(key, { edit: state.edit, requestIds: [...(due?.requestIds ?? []), requestId] });
}

/** Forgets what has been final for long enough. */
export function pruneIngressHistory(state: ReplicatedState): void {
  const history = state.ingressHistory;
  const limit = timeKey(state.timeNs);
  for (;;) {
    const first = history.pruneAt.first();
    if (first === undefined || first[0] > limit) return;
    for (const requestId of first[1].requestIds) {
      const entry = history.entries.get(requestId);
      if (entry === undefined) continue;
      history.bytes -= ingressStatusBytes(entry);
      history.entries.delete(requestId);
    }
    history.pruneAt.delete(first[0]);
  }
}
