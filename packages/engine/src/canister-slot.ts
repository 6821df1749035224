/**
 * The instances of one canister.
 * @module
 */
import type { CanisterInstance } from './instance.ts';
import type { SlicedRun } from './sliced-run.ts';

/** A message that completed and is neither committed nor rolled back. */
export type PendingMessage = {
  readonly instance: CanisterInstance;
  readonly role: 'update' | 'query';
  /** A fresh instance takes the place of the update instance when it is committed, and is forgotten when not. */
  readonly isFresh: boolean;
};

export type CanisterSlot = {
  update: CanisterInstance | undefined;
  query: CanisterInstance | undefined;
  /** The last one is settled first: a query may come between the end of a message in slices and its commit. */
  readonly pending: PendingMessage[];
  /** Whether queries may run on the update instance. Not where they grow the memory: the next update could not run there any more. */
  lends: boolean;
  paused: SlicedRun | undefined;
  /** Instance that was committed last: the one that is captured when tokens do not tell. */
  lastCommitted: CanisterInstance | undefined;
};

export function emptySlot(): CanisterSlot {
  return { update: undefined, query: undefined, pending: [], lends: true, paused: undefined, lastCommitted: undefined };
}

/** Whether an instance stands at a token. */
export function standsAt(instance: CanisterInstance, token: object): boolean {
  return instance.token === token || instance.alias === token;
}

/** Whether an instance holds what a completed message did and nobody has settled yet. */
export function isPending(slot: CanisterSlot, instance: CanisterInstance): boolean {
  return slot.pending.some((message) => message.instance === instance);
}
