/**
 * Moves what messages wrote from the instances into the page tables, which are the truth.
 * @module
 */
import { canisterForWrite, type CanisterState, type HeapImage, type ReplicatedState } from '../state/index.ts';
import type { ExecutionEnvironment } from './environment.ts';
import type { HeapDelta } from './ports.ts';

/** The image after a delta. The old image is not changed. */
export function applyHeapDelta(heap: HeapImage, delta: HeapDelta): HeapImage {
  const pages = heap.pages.fork();
  for (const [index, bytes] of delta.pages) pages.set(index, bytes);
  return { pages, wasmPages: delta.wasmPages, globals: delta.globals };
}

/** Brings the heap of one canister up to date with its instance. */
export function captureHeap(environment: ExecutionEnvironment, canister: CanisterState): void {
  if (!canister.heapDirty) return;
  const token = {};
  const delta = environment.engine.capture(canister.id, canister.heapToken, token);
  canister.heapDirty = false;
  if (delta === undefined) return;
  canister.heap = applyHeapDelta(canister.heap, delta);
  canister.heapToken = token;
}

/** Captures every canister that ran since the last capture. */
export function captureHeaps(environment: ExecutionEnvironment, touched: Iterable<CanisterState['id']>): void {
  const state: ReplicatedState = environment.state;
  for (const id of touched) {
    const canister = canisterForWrite(state, id);
    if (canister !== undefined && canister.heapDirty) captureHeap(environment, canister);
  }
}
