/**
 * Where requests and responses go. On one subnet a request lies in the callee's queue, and a response in the caller's, as soon as
 * the message that sent it has completed.
 * @module
 */
import { ANONYMOUS_PRINCIPAL, MANAGEMENT_CANISTER_ID, principalToText, type PrincipalId } from '../base/index.ts';
import {
  type CallOrigin,
  canisterForWrite,
  type CanisterRequest,
  type CanisterResponse,
  type IngressStatus,
  type ReplicatedState,
  type ResponsePayload,
  timeKey,
  updateActivity,
} from '../state/index.ts';
import type { ExecutionEnvironment } from './environment.ts';
import { boundMessage, ErrorCode, errorCodeText, RejectCode, rejectCodeOf, type UserError } from './error-codes.ts';
import { setIngressStatus } from './ingress-status.ts';
import { inductManagementCall } from './management/induction.ts';

/** How a call ended, with the error code that users are shown. */
export type CallResult =
  | { readonly kind: 'reply'; readonly data: Uint8Array }
  | { readonly kind: 'reject'; readonly rejectCode: number; readonly message: string; readonly errorCode: number };

/** A failure found by the system. */
export function failure(error: UserError): CallResult {
  return { kind: 'reject', rejectCode: rejectCodeOf(error.code), message: error.message, errorCode: error.code };
}

/** `ic0.msg_reject` by a canister. */
export function canisterReject(message: string): CallResult {
  return { kind: 'reject', rejectCode: RejectCode.CanisterReject, message: boundMessage(message), errorCode: ErrorCode.CanisterRejectedMessage };
}

function payloadOf(result: CallResult): ResponsePayload {
  return result.kind === 'reply' ? result : { kind: 'reject', code: result.rejectCode, message: result.message };
}

/** Tells whoever waits how the call ended, and gives the cycles back that were not accepted. */
export function respond(state: ReplicatedState, respondent: PrincipalId, origin: CallOrigin, refund: bigint, result: CallResult): void {
  switch (origin.kind) {
    case 'system':
      return;
    case 'ingress':
      respondToIngress(state, origin.requestId, result);
      return;
    case 'canister':
      deliverResponse(state, {
        kind: 'response',
        originator: origin.sender,
        respondent,
        callbackId: origin.callbackId,
        refund,
        payload: payloadOf(result),
      });
      return;
  }
}

function respondToIngress(state: ReplicatedState, requestId: string, result: CallResult): void {
  const before = state.ingressHistory.entries.get(requestId);
  const known = {
    sender: before?.sender ?? ANONYMOUS_PRINCIPAL,
    receiver: before?.receiver ?? MANAGEMENT_CANISTER_ID,
    expiryNs: before?.expiryNs ?? state.timeNs,
  };
  const status: IngressStatus =
    result.kind === 'reply'
      ? { ...known, status: 'replied', reply: result.data }
      : {
          ...known,
          status: 'rejected',
          rejectCode: result.rejectCode,
          rejectMessage: result.message,
          errorCode: errorCodeText(result.errorCode),
        };
  setIngressStatus(state, requestId, status);
}

/** Puts a response into the caller's queue. A caller that is gone loses it; its cycles are burned with it. */
export function deliverResponse(state: ReplicatedState, response: CanisterResponse): void {
  const caller = canisterForWrite(state, response.originator);
  if (caller === undefined) {
    state.cycles.burned += response.refund;
    return;
  }
  caller.inputQueue.push(response);
  updateActivity(state, caller);
}

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
