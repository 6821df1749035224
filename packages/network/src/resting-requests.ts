/**
 * Lets go of the objects of requests that have ended some batches ago: from then on their statuses rest in their records (core/state/records), which a
 * checkpoint writes and the collector of garbage does not look into.
 * @module
 */
import { type DueEntries, type IngressHistory, type PersistentMap, restDueRequests } from '@myelin/core/state';

/** So many groups of requests stay as they are: their callers still ask for them. */
const GROUPS_AWAKE = 64;

type Group = { readonly key: string; readonly due: DueEntries };

export class RestingRequests {
  /** Groups that are still awake, the oldest first. */
  readonly #awake: Group[] = [];
  #seen: PersistentMap<DueEntries>;

  /** @param history - of the state with which the replica begins: what is in it stays as it is. */
  constructor(history: IngressHistory) {
    this.#seen = history.pruneAt.fork();
  }

  /** @param history - of a state that was published just now: no batch has run since. */
  published({ entries, pruneAt }: IngressHistory): void {
    for (const { key, after } of pruneAt.changesSince(this.#seen)) if (after !== undefined) this.#awake.push({ key, due: after });
    this.#seen = pruneAt.fork();
    while (this.#awake.length > GROUPS_AWAKE) {
      const { key, due } = this.#awake.shift()!;
      if (pruneAt.get(key) === due) restDueRequests(due, entries);
    }
  }
}
