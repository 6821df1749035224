/**
 * The `on_low_wasm_memory` hook: due once each time the remaining heap falls below the threshold of the settings.
 * Source: IC interface spec, "On Low Wasm Memory".
 * @module
 */
import type { CanisterState } from '../state/index.ts';
import { WASM32_PAGES_MAX, WASM64_PAGES_MAX, WASM_PAGE_BYTES } from './limits.ts';

/** Bytes that the heap can still grow. */
function remainingWasmMemory(canister: CanisterState): bigint {
  const pagesMax = canister.module?.info.memory64 === true ? WASM64_PAGES_MAX : WASM32_PAGES_MAX;
  const capacity = BigInt(pagesMax) * BigInt(WASM_PAGE_BYTES);
  const limit = canister.settings.wasmMemoryLimit;
  const total = limit > 0n && limit < capacity ? limit : capacity;
  const used = BigInt(canister.heap.wasmPages) * BigInt(WASM_PAGE_BYTES);
  return total > used ? total - used : 0n;
}

/** Moves the hook's state machine after heap, module, settings or status changed, and schedules the task if it is due and not scheduled yet. */
export function updateLowWasmMemoryHook(canister: CanisterState): void {
  const threshold = canister.settings.wasmMemoryThreshold;
  const below = canister.module !== undefined && threshold > 0n && remainingWasmMemory(canister) < threshold;
  if (!below) {
    if (canister.lowWasmMemoryHook !== 'not_satisfied') {
      canister.lowWasmMemoryHook = 'not_satisfied';
      canister.taskQueue = canister.taskQueue.filter((task) => task !== 'on_low_wasm_memory');
    }
    return;
  }
  if (canister.lowWasmMemoryHook === 'executed') return;
  canister.lowWasmMemoryHook = 'ready';
  const isScheduled = canister.taskQueue.includes('on_low_wasm_memory');
  if (!isScheduled && canister.module?.info.entryPoints.has('canister_on_low_wasm_memory') === true) {
    canister.taskQueue = ['on_low_wasm_memory', ...canister.taskQueue];
  }
}
