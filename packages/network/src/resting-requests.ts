/**
 * Lets go of the objects of requests that have ended some batches ago: from then on their statuses rest in their records (core/state/records), which a
 * checkpoint writes and the collector of garbage does not look into.
 * @module
 */
import { type DueEntries, dueRequestIds, dueRecords, type IngressHistory, PersistentMap } from '@myelin/core/state';

/** So many groups of requests stay as they are: their callers still ask for them. */
const GROUPS_AWAKE = 64;

type Group = { readonly time: string; readonly due: DueEntries };

export class RestingRequests {
  /** Groups that are still awake, the oldest first. */
  readonly #awake: Group[] = [];
  #seen: PersistentMap<DueEntries> = PersistentMap.empty();

  /** @param history - of a state that was published, and is not changed any more. */
  published(history: IngressHistory): void {
    const { pruneAt } = history;
    for (const { key, after } of pruneAt.changesSince(this.#seen)) if (after !== undefined) this.#awake.push({ time: key, due: after });
    this.#seen = pruneAt.fork();
    while (this.#awake.length > GROUPS_AWAKE) this.#rest(this.#awake.shift()!, history);
  }

  #rest({ time, due }: Group, { entries, pruneAt }: IngressHistory): void {
    if (due.records !== undefined || pruneAt.get(time) !== due) return;
    // Without a hash a status can not rest. Nobody has asked for a certificate, and a checkpoint will make the hashes.
    const [first] = dueRequestIds(due);
    if (first !== undefined && entries.hashOf(first) !== undefined) dueRecords(due, entries);
  }
}
