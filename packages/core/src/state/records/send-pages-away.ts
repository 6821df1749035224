/**
 * Takes pages out of memory that lie in a store.
 * @module
 */
import type { CanisterState } from '../canister-state.ts';
import { FAN_OUT, PAGE_BYTES } from '../page-node.ts';
import { CANISTER_PART } from './record-keys.ts';
import type { PageShelf } from './state-builder.ts';

/**
 * Bytes of pages of a canister that are in memory, those of shared nodes once.
 * @param walk - a number that no earlier walk had, the same for all canisters of this one.
 */
export function countResidentPages(canister: CanisterState, walk: number): number {
  let bytes = 0;
  for (const pages of [canister.heap.pages, canister.stable]) {
    for (const [, leaf] of pages.leaves()) {
      if (leaf.isAway || leaf.walk === walk) continue;
      leaf.walk = walk;
      bytes += leaf.pageCount * PAGE_BYTES;
    }
  }
  return bytes;
}

/**
 * Lets go of the pages of a canister: of all of it that is in memory. Those that other states share with it are away for them too.
 * @param canister - of the state that the store holds, and that has its digest.
 * @returns the bytes that were let go.
 */
export function sendPagesAway(canister: CanisterState, shelf: PageShelf): number {
  let bytes = 0;
  for (const [part, pages] of [
    [CANISTER_PART.heap, canister.heap.pages],
    [CANISTER_PART.stable, canister.stable],
  ] as const) {
    for (const [index, leaf] of pages.leaves()) {
      if (leaf.isAway || leaf.digest === null) continue;
      bytes += leaf.pageCount * PAGE_BYTES;
      leaf.sendAway(shelf({ canister: canister.id, part, leaf: index / FAN_OUT }));
    }
  }
  return bytes;
}
