/**
 * Moves what messages wrote from the instances into the page tables, which are the truth.
 * @module
 */
import { equalBytes } from '../base/index.ts';
import { canisterForWrite, type CanisterModule, type CanisterState, type HeapImage, type ReplicatedState } from '../state/index.ts';
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
  environment.written.pages += delta.pages.length;
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

/** Larger images of newly installed modules are not kept: 4 MiB. */
const FIRST_IMAGE_PAGES_MAX = 1_024;

/** How canisters start that run a module: the image of the first one. A cache of bytes that states hold anyway. */
const firstImages = new WeakMap<CanisterModule, HeapImage>();

/**
 * The image of a newly installed canister, sharing memory and digests with the first canister of its module where they are equal. Most of what an
 * installation writes is the same each time, and many canisters run few modules.
 */
export function shareFirstImage(module: CanisterModule, heap: HeapImage): HeapImage {
  heap.pages.seal();
  const first = firstImages.get(module);
  if (first === undefined) {
    if (heap.pages.size <= FIRST_IMAGE_PAGES_MAX) firstImages.set(module, { ...heap, pages: heap.pages.fork() });
    return heap;
  }
  const pages = first.pages.fork();
  pages.assign(heap.pages);
  return { pages, wasmPages: heap.wasmPages, globals: equalBytes(first.globals, heap.globals) ? first.globals : heap.globals };
}
