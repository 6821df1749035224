/**
 * Global timers: an index by time, so that a batch finds the due ones without looking at every canister.
 * @module
 */
import { canisterForWrite, type CanisterState, type ReplicatedState, timeKey, updateActivity } from '../state/index.ts';
import { updateLowWasmMemoryHook } from './low-wasm-memory.ts';

/** Sets or clears (0) the timer of a canister. */
export function setGlobalTimer(state: ReplicatedState, canister: CanisterState, timeNs: bigint): void {
  if (canister.globalTimerNs > 0n) state.timers.delete(timeKey(canister.globalTimerNs) + canister.id);
  canister.globalTimerNs = timeNs;
  if (timeNs > 0n) state.timers.set(timeKey(timeNs) + canister.id, canister.id);
}

/** Puts the timer of a canister that goes on into the index: one that was due meanwhile fires next. */
export function rearmGlobalTimer(state: ReplicatedState, canister: CanisterState): void {
  if (canister.globalTimerNs > 0n) state.timers.set(timeKey(canister.globalTimerNs) + canister.id, canister.id);
}

/**
 * Schedules the timers that are due. That of a canister that does not run waits for its start, that of a canister with a paused
 * message for the end of the message, and that of a frozen canister for cycles. A timer is armed until it runs, for a message before it
 * may set it anew.
 */
export function fireTimers(state: ReplicatedState): void {
  const limit = timeKey(state.timeNs) + '~';
  for (;;) {
    const first = state.timers.first();
    if (first === undefined || first[0] > limit) return;
    const canister = canisterForWrite(state, first[1]);
    state.timers.delete(first[0]);
    if (canister === undefined || canister.status.kind !== 'running' || canister.paused !== undefined) continue;
    if (canister.module?.info.entryPoints.has('canister_global_timer') !== true) {
      canister.globalTimerNs = 0n;
      continue;
    }
    if (!canister.taskQueue.includes('global_timer')) canister.taskQueue = [...canister.taskQueue, 'global_timer'];
    updateActivity(state, canister);
  }
}

/** Whether a scheduled timer is to run now; false when it was set anew since it was scheduled. */
export function isTimerDue(state: ReplicatedState, canister: CanisterState): boolean {
  return canister.globalTimerNs > 0n && canister.globalTimerNs <= state.timeNs;
}

/**
 * Schedules again what fell due while the canister did not run or could not pay for it. Called whenever that may have changed: it was
 * started, cycles arrived, it has less memory to pay for, or the settings are others.
 */
export function offerDueTasks(state: ReplicatedState, canister: CanisterState): void {
  rearmGlobalTimer(state, canister);
  updateLowWasmMemoryHook(canister);
}

/** Schedules a heartbeat of every canister that has one. */
export function fireHeartbeats(state: ReplicatedState): void {
  for (const id of Array.from(state.heartbeats.keys())) {
    const canister = canisterForWrite(state, id as CanisterState['id']);
    if (canister === undefined || canister.status.kind !== 'running' || canister.taskQueue.includes('heartbeat')) continue;
    canister.taskQueue = [...canister.taskQueue, 'heartbeat'];
    updateActivity(state, canister);
  }
}
