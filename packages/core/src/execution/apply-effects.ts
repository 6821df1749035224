/**
 * Applies what a completed message did to the state.
 * @module
 */
import { present } from '../base/index.ts';
import type { Callback, CanisterRequest, CanisterState } from '../state/index.ts';
import { addCallback, callContext, updateCallContext } from './call-contexts.ts';
import type { ExecutionEnvironment } from './environment.ts';
import { appendLog } from './log.ts';
import { updateLowWasmMemoryHook } from './low-wasm-memory.ts';
import type { MessageContext, MessageEffects, OutgoingCall } from './message-context.ts';
import { deliverRequest, watchDeadline } from './routing.ts';
import { Mode } from './system-api-modes.ts';
import { setGlobalTimer } from './timers.ts';

const SECOND_NS = 1_000_000_000n;

/** Keeps the heap that the last message left in its instance. */
export function commitHeap(environment: ExecutionEnvironment, canister: CanisterState, wasmPages: number): void {
  environment.engine.commit(canister.id);
  canister.heapDirty = true;
  if (wasmPages !== canister.heap.wasmPages) canister.heap = { ...canister.heap, wasmPages };
}

function sendCall(environment: ExecutionEnvironment, canister: CanisterState, contextId: number, call: OutgoingCall, timeNs: bigint): void {
  const { state } = environment;
  const deadlineNs = call.timeoutSeconds === undefined ? 0n : timeNs + BigInt(call.timeoutSeconds) * SECOND_NS;
  const callback: Callback = {
    id: canister.nextCallbackId++,
    callContextId: contextId,
    respondent: call.callee,
    cyclesSent: call.cycles,
    prepaidExecution: call.prepaidExecution,
    prepaidTransmission: call.prepaidTransmission,
    onReply: call.onReply,
    onReject: call.onReject,
    onCleanup: call.onCleanup,
    deadlineNs,
  };
  addCallback(canister, callback);
  canister.outstanding.set(call.callee, (canister.outstanding.get(call.callee) ?? 0) + 1);
  canister.balance -= call.cycles + call.fee + call.prepaidExecution + call.prepaidTransmission;
  state.cycles.burned += call.fee;
  canister.consumedCycles += call.fee;
  const context = callContext(canister, contextId);
  updateCallContext(canister, contextId, { outstandingCalls: context.outstandingCalls + 1 });
  if (deadlineNs > 0n) watchDeadline(state, canister.id, callback.id, deadlineNs);
  const request: CanisterRequest = {
    kind: 'request',
    sender: canister.id,
    receiver: call.callee,
    methodName: call.methodName,
    payload: call.payload,
    cycles: call.cycles,
    callbackId: callback.id,
    deadlineNs,
    senderVersion: canister.version,
  };
  deliverRequest(environment, request);
}

/** Applies stable memory, certified data and timer: what belongs to the canister alone. */
export function applyCanisterEffects(environment: ExecutionEnvironment, canister: CanisterState, effects: MessageEffects): void {
  const { state } = environment;
  environment.written.pages += effects.stableDirtyPages;
  if (effects.stable !== undefined) {
    canister.stable = effects.stable;
    canister.stablePages = effects.stablePages;
  }
  if (effects.certifiedData !== undefined) canister.certifiedData = effects.certifiedData;
  if (effects.globalTimerNs !== undefined) setGlobalTimer(state, canister, effects.globalTimerNs);
  if (effects.burned > 0n) {
    canister.balance -= effects.burned;
    state.cycles.burned += effects.burned;
    canister.consumedCycles += effects.burned;
  }
}

/** Applies everything; a replicated query changes cycles and logs only. */
export function applyEffects(
  environment: ExecutionEnvironment,
  canister: CanisterState,
  contextId: number,
  context: MessageContext,
  effects: MessageEffects,
): void {
  const keepsState = context.mode !== Mode.RQ;
  const applied = keepsState ? effects : { ...effects, stable: undefined, certifiedData: undefined, globalTimerNs: undefined };
  applyCanisterEffects(environment, canister, applied);
  appendLog(canister, context.timeNs, effects.logs);
  if (effects.accepted > 0n) {
    const call = present(canister.callContexts.get(contextId), 'cycles are accepted within a call');
    updateCallContext(canister, contextId, { availableCycles: call.availableCycles - effects.accepted });
    canister.balance += effects.accepted;
  }
  for (const call of effects.calls) sendCall(environment, canister, contextId, call, context.timeNs);
  if (keepsState) updateLowWasmMemoryHook(canister);
}
