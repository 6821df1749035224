/**
 * Stopping a canister: it takes no new calls and is stopped when all its calls are done.
 * Source: IC interface spec, "stop_canister".
 * @module
 */
import { MANAGEMENT_CANISTER_ID, principalToText } from '../base/index.ts';
import { canisterForWrite, type CanisterState, type StopRequest } from '../state/index.ts';
import { hasOpenCalls } from './call-contexts.ts';
import type { ExecutionEnvironment } from './environment.ts';
import { ErrorCode } from './error-codes.ts';
import { STOP_CANISTER_TIMEOUT_NS } from './limits.ts';
import { failure, respond } from './responses.ts';

/** Candid encoding of no values: what `stop_canister` and its kind reply. */
export const EMPTY_REPLY: Uint8Array = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);

/** Makes a stopping canister stopped when nothing is open any more, and answers those who wait. */
export function finishStopping(environment: ExecutionEnvironment, canister: CanisterState): void {
  const { state } = environment;
  if (canister.status.kind !== 'stopping' || hasOpenCalls(canister)) return;
  const { waiting } = canister.status;
  canister.status = { kind: 'stopped' };
  canister.version++;
  state.stopping.delete(canister.id);
  for (const request of waiting)
    respond(state, MANAGEMENT_CANISTER_ID, request.origin, request.refund, { kind: 'reply', data: EMPTY_REPLY });
}

/** Answers those who have waited for too long; the canister stays stopping. */
export function expireStopRequests(environment: ExecutionEnvironment): void {
  const { state } = environment;
  for (const id of Array.from(state.stopping.keys())) {
    const canister = canisterForWrite(state, id as CanisterState['id']);
    if (canister?.status.kind !== 'stopping') continue;
    const overdue = (request: StopRequest): boolean => request.sinceNs + STOP_CANISTER_TIMEOUT_NS <= state.timeNs;
    const late = canister.status.waiting.filter(overdue);
    if (late.length === 0) continue;
    canister.status = { kind: 'stopping', waiting: canister.status.waiting.filter((request) => !overdue(request)) };
    const message = `Stop canister request timed out: canister ${principalToText(canister.id)} has calls that are not done yet`;
    for (const request of late) {
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
