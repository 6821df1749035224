/**
 * Sums over the state of a replica.
 * @module
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PrincipalId } from '@myelin/core/base';
import { canisterForRead, type CanisterState, type ReplicatedState } from '@myelin/core/state';
import { WASM_PAGE_BYTES } from '@myelin/core/wasm';
import type { CanisterFacts, CanisterListing, StateFigures } from './snapshot.ts';

/** Canisters with work whose queues are counted; there are seldom more. */
const COUNTED_MAX = 10_000;
/** Canisters that are walked before others have their turn. */
const WALKED_AT_ONCE = 100;

function queuedMessages({ ingressQueue, inputQueue, managementQueue, taskQueue }: CanisterState): number {
  return ingressQueue.size + inputQueue.size + managementQueue.size + taskQueue.length;
}

function queuedInAll(state: ReplicatedState): number {
  let queued = state.managementQueue.size;
  let left = COUNTED_MAX;
  for (const id of state.active.keys()) {
    if (left-- === 0) break;
    const canister = canisterForRead(state, id as PrincipalId);
    if (canister !== undefined) queued += queuedMessages(canister);
  }
  return queued;
}

/** What the state counts as it goes: the cost does not depend on the number of canisters. */
export function stateFigures(state: ReplicatedState): StateFigures {
  return {
    canisters: state.canisters.size,
    activeCanisters: state.active.size,
    pausedCanisters: state.paused.size,
    queuedMessages: queuedInAll(state),
    queuedBytes: state.queuedBytes,
    memoryBytes: Number(state.memoryBytes),
    ingressHistory: state.ingressHistory.entries.size,
    updates: state.metrics.updateTransactions,
    instructions: Number(state.metrics.instructions),
    cyclesMinted: Number(state.cycles.minted),
    cyclesBurned: Number(state.cycles.burned),
  };
}

function canisterFacts(canister: CanisterState): CanisterFacts {
  return {
    id: canister.id,
    status: canister.status.kind,
    moduleHash: canister.module?.hash,
    cycles: canister.balance.toString(),
    burnedCycles: canister.consumedCycles.toString(),
    version: canister.version,
    memoryBytes: Number(canister.countedBytes),
    heapBytes: canister.heap.wasmPages * WASM_PAGE_BYTES,
    stableBytes: canister.stablePages * WASM_PAGE_BYTES,
    queuedMessages: queuedMessages(canister),
  };
}

/**
 * Lists canisters in the order of their ids and adds all of them up, a part of them in each turn of the event loop.
 * @param state - a certified one: nobody changes it.
 * @param limit - canisters that are listed at most.
 */
export async function listCanisters(state: ReplicatedState, limit: number): Promise<CanisterListing> {
  const canisters: CanisterFacts[] = [];
  const clockMs = performance.now();
  const counts = { running: 0, stopping: 0, stopped: 0 };
  let [heapPages, stablePages, walked] = [0, 0, 0];
  for (const [, canister] of state.canisters.entries()) {
    if (canisters.length < limit) canisters.push(canisterFacts(canister));
    counts[canister.status.kind]++;
    heapPages += canister.heap.pages.size;
    stablePages += canister.stable.size;
    if (++walked % WALKED_AT_ONCE === 0) await nextTurn();
  }
  return { clockMs, canisters, ...counts, heapPages, stablePages };
}
