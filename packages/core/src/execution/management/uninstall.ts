/**
 * Taking a canister's code and state away.
 * Source: IC interface spec, abstract behaviour, "Code uninstallation" and "Canister out of cycles".
 * @module
 */
import { type CanisterState, EMPTY_HEAP, PageMap, PersistentMap, PersistentQueue, setModule, updateActivity } from '../../state/index.ts';
import { removeCallContext, updateCallContext } from '../call-contexts.ts';
import type { ExecutionEnvironment } from '../environment.ts';
import { ErrorCode, userError } from '../error-codes.ts';
import { recountMemory } from '../memory-usage.ts';
import { failure, respond } from '../responses.ts';
import { finishStopping } from '../stopping.ts';
import { setGlobalTimer } from '../timers.ts';

/** Answers everybody who still waits, and makes sure that no callback runs any more. */
function rejectOpenCalls(environment: ExecutionEnvironment, canister: CanisterState): void {
  const uninstalled = failure(userError(ErrorCode.CanisterRejectedMessage, 'Canister has been uninstalled.'));
  for (const context of Array.from(canister.callContexts.values())) {
    if (!context.responded) respond(environment.state, canister.id, context.origin, context.availableCycles, uninstalled);
    if (context.outstandingCalls === 0) removeCallContext(canister, context.id);
    else updateCallContext(canister, context.id, { responded: true, deleted: true, availableCycles: 0n });
  }
}

/** Makes the canister empty and moves it to its next version. The history is the caller's. */
export function removeCode(environment: ExecutionEnvironment, canister: CanisterState): void {
  const { state, engine } = environment;
  rejectOpenCalls(environment, canister);
  engine.drop(canister.id);
  setModule(state, canister, undefined);
  canister.heap = EMPTY_HEAP;
  canister.heapToken = {};
  canister.heapDirty = false;
  canister.stable = PageMap.empty();
  canister.stablePages = 0;
  canister.certifiedData = new Uint8Array(0);
  canister.chunkStore = PersistentMap.empty();
  canister.logs = PersistentQueue.empty();
  canister.logBytes = 0;
  canister.installedNs = 0n;
  canister.lowWasmMemoryHook = 'not_satisfied';
  canister.taskQueue = [];
  setGlobalTimer(state, canister, 0n);
  state.heartbeats.delete(canister.id);
  canister.version++;
  finishStopping(environment, canister);
}

/** A canister that can not pay for its memory any more loses its code, its allocations and the list of its changes. */
export function uninstallForLackOfCycles(environment: ExecutionEnvironment, canister: CanisterState): void {
  const { state } = environment;
  removeCode(environment, canister);
  state.computeAllocated -= canister.settings.computeAllocation;
  canister.settings = { ...canister.settings, computeAllocation: 0, memoryAllocation: 0n };
  canister.history = [];
  recountMemory(state, canister);
  updateActivity(state, canister);
}
