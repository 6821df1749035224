/**
 * Stopping a canister: it takes no new calls and is stopped when all its calls are done.
 * Source: IC interface spec, "stop_canister".
 * @module
 */
import { MANAGEMENT_CANISTER_ID, present, principalToText } from '../base/index.ts';
import {
  canisterForWrite,
  type CanisterState,
  type CanisterStatus,
  type ReplicatedState,
  type StopRequest,
  timeKey,
} from '../state/index.ts';
import { hasOpenCalls } from './call-contexts.ts';
import type { ExecutionEnvironment } from './environment.ts';
import { ErrorCode } from './error-codes.ts';
import { STOP_CANISTER_TIMEOUT_NS } from './limits.ts';
import { failure, respond } from './responses.ts';

/** Candid encoding of no values: what `stop_canister` and its kind reply. */
export const EMPTY_REPLY: Uint8Array = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);

/** Key in the index `stopping`; undefined when nobody waits. */
function stoppingKey({ id, status }: CanisterState): string | undefined {
  const [first] = status.kind === 'stopping' ? status.waiting : [];
  return first === undefined ? undefined : timeKey(first.sinceNs + STOP_CANISTER_TIMEOUT_NS) + id;
}

/** Changes the status and keeps the index of those who wait in step. */
export function setStatus(state: ReplicatedState, canister: CanisterState, status: CanisterStatus): void {
  const before = stoppingKey(canister);
  canister.status = status;
  const after = stoppingKey(canister);
  if (before === after) return;
  if (before !== undefined) state.stopping.delete(before);
  if (after !== undefined) state.stopping.set(after, canister.id);
}

/** Makes a stopping canister stopped when nothing is open any more, and answers those who wait. */
export function finishStopping(environment: ExecutionEnvironment, canister: CanisterState): void {
  const { state } = environment;
  if (canister.status.kind !== 'stopping' || hasOpenCalls(canister)) return;
  const { waiting } = canister.status;
  setStatus(state, canister, { kind: 'stopped' });
  canister.version++;
  for (const request of waiting)
    respond(state, MANAGEMENT_CANISTER_ID, request.origin, request.refund, { kind: 'reply', data: EMPTY_REPLY });
}

/** Answers those who have waited for too long; the canister stays stopping. */
export function expireStopRequests(environment: ExecutionEnvironment): void {
  const { state } = environment;
  const limit = `${timeKey(state.timeNs)}~`;
  const overdue = (request: StopRequest): boolean => request.sinceNs + STOP_CANISTER_TIMEOUT_NS <= state.timeNs;
  for (let next = state.stopping.first(); next !== undefined && next[0] <= limit; next = state.stopping.first()) {
    const canister = present(canisterForWrite(state, next[1]), 'a canister that somebody waits for is there');
    const waiting = canister.status.kind === 'stopping' ? canister.status.waiting : [];
    setStatus(state, canister, { kind: 'stopping', waiting: waiting.filter((request) => !overdue(request)) });
    const message = `Stop canister request timed out: canister ${principalToText(canister.id)} has calls that are not done yet`;
    for (const request of waiting.filter(overdue)) {
      respond(
        state,
        MANAGEMENT_CANISTER_ID,
        request.origin,
        request.refund,
        failure({ code: ErrorCode.StopCanisterRequestTimeout, message }),
      );
    }
  }
}
