/**
 * Call contexts: from the first message of a call until it is answered and nothing it started is outstanding.
 * Source: IC interface spec, abstract behaviour, "Call contexts".
 * @module
 */
import { present, principalToText } from '../base/index.ts';
import type { Callback, CallContext, CallOrigin, CanisterState, ReplicatedState } from '../state/index.ts';
import { ErrorCode } from './error-codes.ts';
import { type CallResult, failure, respond } from './responses.ts';

export function openCallContext(canister: CanisterState, origin: CallOrigin, cycles: bigint, timeNs: bigint): CallContext {
  const context: CallContext = {
    id: canister.nextCallContextId++,
    origin,
    availableCycles: cycles,
    responded: origin.kind === 'system',
    deleted: false,
    createdNs: timeNs,
    outstandingCalls: 0,
    instructions: 0n,
  };
  canister.callContexts.set(context.id, context);
  canister.heldCycles += cycles;
  return context;
}

/** The context of that number; it exists as long as a message or callback refers to it. */
export function callContext(canister: CanisterState, id: number): CallContext {
  return present(canister.callContexts.get(id), 'a message belongs to an open call context');
}

/** What changes during the life of a context. */
type CallContextChange = Partial<Pick<CallContext, 'availableCycles' | 'responded' | 'deleted' | 'outstandingCalls' | 'instructions'>>;

export function updateCallContext(canister: CanisterState, id: number, change: CallContextChange): CallContext {
  const before = callContext(canister, id);
  const context: CallContext = {
    id,
    origin: before.origin,
    availableCycles: change.availableCycles ?? before.availableCycles,
    responded: change.responded ?? before.responded,
    deleted: change.deleted ?? before.deleted,
    createdNs: before.createdNs,
    outstandingCalls: change.outstandingCalls ?? before.outstandingCalls,
    instructions: change.instructions ?? before.instructions,
  };
  canister.heldCycles += context.availableCycles - before.availableCycles;
  canister.callContexts.set(id, context);
  return context;
}

/** Answers the caller with `result` and gives back the cycles that were not accepted. */
export function answerCallContext(state: ReplicatedState, canister: CanisterState, id: number, result: CallResult): void {
  const context = callContext(canister, id);
  if (!context.responded) respond(state, canister.id, context.origin, context.availableCycles, result);
  updateCallContext(canister, id, { responded: true, availableCycles: 0n });
}

/**
 * Ends a context that nothing can answer any more: without outstanding calls it is removed, and a caller that still waits learns that
 * there will be no reply.
 * @param unanswered - what the caller is told; by default that the canister did not reply.
 */
export function closeCallContextIfDone(state: ReplicatedState, canister: CanisterState, id: number, unanswered?: CallResult): void {
  const context = callContext(canister, id);
  if (context.outstandingCalls > 0) return;
  if (!context.responded) {
    const text = `Error from Canister ${principalToText(canister.id)}: Canister ${principalToText(canister.id)} did not reply to the call`;
    respond(
      state,
      canister.id,
      context.origin,
      context.availableCycles,
      unanswered ?? failure({ code: ErrorCode.CanisterDidNotReply, message: text }),
    );
  }
  removeCallContext(canister, id);
}

/** Removes a context that is answered; what its caller gets back was sent. */
export function removeCallContext(canister: CanisterState, id: number): void {
  canister.heldCycles -= callContext(canister, id).availableCycles;
  canister.callContexts.delete(id);
}

function setAsideFor(callback: Callback): bigint {
  return callback.prepaidExecution + callback.prepaidTransmission;
}

export function addCallback(canister: CanisterState, callback: Callback): void {
  canister.callbacks.set(callback.id, callback);
  canister.heldCycles += setAsideFor(callback);
}

/** Takes a callback out, with the cycles that were set aside for it. */
export function removeCallback(canister: CanisterState, callback: Callback): void {
  canister.callbacks.delete(callback.id);
  canister.heldCycles -= setAsideFor(callback);
}

/** Whether calls are open that a stopping canister waits for. */
export function hasOpenCalls(canister: CanisterState): boolean {
  return canister.callContexts.size > 0 || canister.paused !== undefined;
}
