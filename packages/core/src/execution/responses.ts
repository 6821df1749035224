/**
 * Responses: how a call ended, and how whoever waits learns it.
 * @module
 */
import { ANONYMOUS_PRINCIPAL, MANAGEMENT_CANISTER_ID, type PrincipalId } from '../base/index.ts';
import {
  type CallOrigin,
  canisterForWrite,
  type CanisterResponse,
  type IngressStatus,
  type ReplicatedState,
  type ResponsePayload,
  updateActivity,
} from '../state/index.ts';
import { boundMessage, ErrorCode, errorCodeText, RejectCode, rejectCodeOf, type UserError } from './error-codes.ts';
import { setIngressStatus } from './ingress-status.ts';
import { countQueued } from './queue-totals.ts';

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
  return {
    kind: 'reject',
    rejectCode: RejectCode.CanisterReject,
    message: boundMessage(message),
    errorCode: ErrorCode.CanisterRejectedMessage,
  };
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
  countQueued(state, response);
  updateActivity(state, caller);
}
