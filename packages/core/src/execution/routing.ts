/**
 * Where requests go. On one subnet a request lies in the callee's queue, and a response in the caller's (responses.ts), as soon as the
 * message that sent it has completed.
 * @module
 */
import { MANAGEMENT_CANISTER_ID, principalToText, type PrincipalId } from '../base/index.ts';
import { type CallOrigin, canisterForWrite, type CanisterRequest, type ReplicatedState, timeKey, updateActivity } from '../state/index.ts';
import type { ExecutionEnvironment } from './environment.ts';
import { ErrorCode } from './error-codes.ts';
import { inductManagementCall } from './management/induction.ts';
import { countQueued } from './queue-totals.ts';
import { failure, respond } from './responses.ts';

/** Puts a request into the callee's queue, or answers it at once when it can not be delivered. */
export function deliverRequest(environment: ExecutionEnvironment, request: CanisterRequest): void {
  const { state } = environment;
  const origin: CallOrigin = {
    kind: 'canister',
    sender: request.sender,
    callbackId: request.callbackId,
    deadlineNs: request.deadlineNs,
    senderVersion: request.senderVersion,
  };
  if (request.receiver === MANAGEMENT_CANISTER_ID || request.receiver === state.subnet.id) {
    inductManagementCall(environment, {
      kind: 'management',
      origin,
      sender: request.sender,
      methodName: request.methodName,
      payload: request.payload,
      cycles: request.cycles,
    });
    return;
  }
  const callee = canisterForWrite(state, request.receiver);
  if (callee === undefined) {
    const message = `Canister ${principalToText(request.receiver)} not found`;
    respond(state, request.receiver, origin, request.cycles, failure({ code: ErrorCode.CanisterNotFound, message }));
    return;
  }
  callee.inputQueue.push(request);
  countQueued(state, request);
  updateActivity(state, callee);
}

/** Remembers when a best-effort call has to be answered at the latest. */
export function watchDeadline(state: ReplicatedState, canister: PrincipalId, callbackId: number, deadlineNs: bigint): void {
  state.deadlines.set(deadlineKey(canister, callbackId, deadlineNs), { canister, callbackId });
}

export function forgetDeadline(state: ReplicatedState, canister: PrincipalId, callbackId: number, deadlineNs: bigint): void {
  state.deadlines.delete(deadlineKey(canister, callbackId, deadlineNs));
}

function deadlineKey(canister: PrincipalId, callbackId: number, deadlineNs: bigint): string {
  return timeKey(deadlineNs) + canister + timeKey(BigInt(callbackId));
}
