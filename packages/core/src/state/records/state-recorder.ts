/**
 * The state as records: keys and values of bytes, in the order of the keys. Stores, exports and state synchronisation share this form.
 *
 * A recorder remembers what was recorded last and yields what has changed since; parts that both states share cost nothing.
 * @module
 */
import { fromHex, type Hasher, present } from '../../base/index.ts';
import type { CanisterModule } from '../canister-module.ts';
import type { CanisterState } from '../canister-state.ts';
import { encodeStateValue } from '../encode-state-value.ts';
import { createIngressHistory, type DueEntries, type IngressHistory } from '../ingress-history.ts';
import { PageMap } from '../page-map.ts';
import { PersistentMap } from '../persistent-map.ts';
import { RequestMap } from '../requests/index.ts';
import { forkState, type ReplicatedState } from '../replicated-state.ts';
import { dueRecords } from './due-requests.ts';
import { encodeHashedRecord } from './hashed-records.ts';
import { changedGroups, encodePageGroup } from './page-groups.ts';
import { encodePageSpan, spansOf } from './page-spans.ts';
import {
  CANISTER_PART,
  canisterKey,
  dueRecordKey,
  HEADER_KEY,
  indexEntryKey,
  mapEntryKey,
  pageGroupKey,
  pageSpanKey,
  RECORD_KIND,
} from './record-keys.ts';
import { CANISTER_FIELDS_APART, HEADER_FIELDS_APART, INDEXES } from './record-fields.ts';

/** A record that is new or has a new value, or without a value: one that is no more. */
export type RecordChange = { readonly key: Uint8Array; readonly value: Uint8Array | undefined };

type CanisterChange = { readonly before: CanisterState | undefined; readonly after: CanisterState | undefined };

const NO_PAGES: PageMap = PageMap.empty();

/** Fields of an object without those that are recorded apart. */
function fieldsOf(value: object, apart: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !apart.has(name)));
}

function encodeHeader(state: ReplicatedState): Uint8Array {
  return encodeStateValue({ ...fieldsOf(state, HEADER_FIELDS_APART), historyBytes: state.ingressHistory.bytes });
}

function encodeCanister(canister: CanisterState): Uint8Array {
  const { heap, module } = canister;
  const fields = fieldsOf(canister, CANISTER_FIELDS_APART);
  return encodeStateValue({ ...fields, wasmPages: heap.wasmPages, globals: heap.globals, moduleHash: module?.hash });
}

function* mapChanges<V>(
  before: PersistentMap<V>,
  after: PersistentMap<V>,
  keyOf: (entry: string) => Uint8Array,
  encode: (value: V, entry: string) => Uint8Array,
): Generator<RecordChange, void, undefined> {
  for (const change of after.changesSince(before)) {
    yield { key: keyOf(change.key), value: change.after === undefined ? undefined : encode(change.after, change.key) };
  }
}

/** The memories of a canister before and after a change. */
function memoriesOf({ before, after }: CanisterChange): readonly (readonly [part: number, before: PageMap, after: PageMap])[] {
  return [
    [CANISTER_PART.heap, before?.heap.pages ?? NO_PAGES, after?.heap.pages ?? NO_PAGES],
    [CANISTER_PART.stable, before?.stable ?? NO_PAGES, after?.stable ?? NO_PAGES],
  ];
}

function* pageChanges(change: CanisterChange): Generator<RecordChange, void, undefined> {
  const id = (change.after ?? change.before)!.id;
  for (const [part, before, after] of memoriesOf(change)) {
    for (const group of changedGroups(before, after)) yield { key: pageGroupKey(id, part, group), value: encodePageGroup(after, group) };
  }
}

function* canisterChanges(
  change: CanisterChange,
  hashes: Uint8Array | undefined,
  hasher: Hasher,
): Generator<RecordChange, void, undefined> {
  const { before, after } = change;
  const id = (after ?? before)!.id;
  const record = after === undefined ? undefined : encodeHashedRecord(hashes, encodeCanister(after));
  yield { key: canisterKey(id, CANISTER_PART.record), value: record };
  for (const [part, earlier, now] of memoriesOf(change)) {
    now.seal();
    for (const span of spansOf(earlier.unshared(now))) yield { key: pageSpanKey(id, part, span), value: encodePageSpan(now, span, hasher) };
  }
  const chunkKey = (hash: string): Uint8Array => canisterKey(id, CANISTER_PART.chunk, fromHex(hash));
  const none = PersistentMap.empty<Uint8Array>();
  yield* mapChanges(before?.chunkStore ?? none, after?.chunkStore ?? none, chunkKey, (chunk) => chunk);
}

function* dueChanges(before: IngressHistory, after: IngressHistory): Generator<RecordChange, void, undefined> {
  const recordsOf = (due: DueEntries | undefined, { entries }: IngressHistory): readonly Uint8Array[] =>
    due === undefined ? [] : dueRecords(due, entries).records;
  for (const change of after.pruneAt.changesSince(before.pruneAt)) {
    const earlier = change.before === undefined ? 0 : present(change.before.records, 'what was recorded has records').records.length;
    const records = recordsOf(change.after, after);
    for (let number = 0; number < Math.max(earlier, records.length); number++) {
      yield { key: dueRecordKey(change.key, number), value: records[number] };
    }
  }
}

function* historyChanges(before: IngressHistory, after: IngressHistory): Generator<RecordChange, void, undefined> {
  yield* mapChanges(before.open, after.open, (requestId) => mapEntryKey(RECORD_KIND.ingress, requestId), encodeStateValue);
  yield* dueChanges(before, after);
}

/** A state to compare later ones with. Its requests by id are not compared: who kept them would keep all that is replaced in their large trie. */
function comparable(state: ReplicatedState): ReplicatedState {
  return { ...state, ingressHistory: { ...state.ingressHistory, entries: RequestMap.empty() } };
}

export class StateRecorder {
  readonly #hasher: Hasher;
  #recorded: ReplicatedState | undefined;
  /** How many canisters of the recorded state run a module, by its hash. */
  readonly #users = new Map<string, number>();
  readonly #newModules: CanisterModule[] = [];

  /**
   * @param hasher - the one that the state is hashed with: digests of pages are part of the records.
   * @param recorded - a state whose records exist already; undefined: there are none.
   */
  constructor(hasher: Hasher, recorded?: ReplicatedState) {
    this.#hasher = hasher;
    if (recorded === undefined) return;
    const { pruneAt, entries } = recorded.ingressHistory;
    for (const due of pruneAt.values()) dueRecords(due, entries);
    this.#recorded = comparable(forkState(recorded));
    for (const [hash, users] of recorded.moduleUsers.entries()) this.#users.set(hash, users);
  }

  /** Modules that the recorded state runs. */
  get moduleHashes(): ReadonlySet<string> {
    return new Set(this.#users.keys());
  }

  /** Modules that have come since this was asked last. */
  takeNewModules(): CanisterModule[] {
    return this.#newModules.splice(0);
  }

  /** What was recorded last, without requests by id; not to be changed. */
  get recorded(): ReplicatedState | undefined {
    return this.#recorded;
  }

  #count(hash: string, step: number): number {
    const users = (this.#users.get(hash) ?? 0) + step;
    if (users === 0) this.#users.delete(hash);
    else this.#users.set(hash, users);
    return users;
  }

  /** Modules that gained their first user or lost their last one. */
  #moduleChanges(before: ReplicatedState['canisters'], after: ReplicatedState['canisters']): RecordChange[] {
    const met = new Map<string, { readonly wasKnown: boolean; readonly module: CanisterModule }>();
    const use = (canister: CanisterState | undefined, step: number): void => {
      if (canister?.module === undefined) return;
      const { module } = canister;
      const { hash } = module;
      if (!met.has(hash)) met.set(hash, { wasKnown: this.#users.has(hash), module });
      this.#count(hash, step);
    };
    for (const change of after.changesSince(before)) {
      use(change.after, 1);
      use(change.before, -1);
    }
    const changed = [...met].filter(([hash, { wasKnown }]) => wasKnown !== this.#users.has(hash)).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [, { wasKnown, module }] of changed) if (!wasKnown) this.#newModules.push(module);
    return changed.map(([hash, { wasKnown, module }]) => ({
      key: mapEntryKey(RECORD_KIND.module, hash),
      value: wasKnown ? undefined : module.source,
    }));
  }

  /**
   * What is different in `state` from what was recorded last, in the order of the keys; from now on `state` is what was recorded last. To be
   * read to its end; meanwhile `state` is not changed.
   * @param state - a fork: nobody changes it.
   */
  *record(state: ReplicatedState): Generator<RecordChange, void, undefined> {
    const before = this.#recorded;
    const after = forkState(state);
    this.#recorded = comparable(after);
    yield { key: HEADER_KEY, value: encodeHeader(after) };
    for (const [number, name] of INDEXES.entries()) {
      const index: PersistentMap<unknown> = after[name];
      const earlier: PersistentMap<unknown> = before?.[name] ?? PersistentMap.empty();
      yield* mapChanges(earlier, index, (entry) => indexEntryKey(number, entry), encodeStateValue);
    }
    const canisters = before?.canisters ?? PersistentMap.empty<CanisterState>();
    yield* this.#moduleChanges(canisters, after.canisters);
    for (const change of after.canisters.changesSince(canisters)) {
      yield* canisterChanges(change, after.canisters.hashesOf(change.key), this.#hasher);
    }
    yield* historyChanges(before?.ingressHistory ?? createIngressHistory(), after.ingressHistory);
    for (const change of after.canisters.changesSince(canisters)) yield* pageChanges(change);
  }
}
