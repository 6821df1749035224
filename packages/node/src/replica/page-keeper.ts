/**
 * Decides which pages are in memory. The others lie in the newest checkpoint and are read when a message, a query or a copy needs them.
 *
 * Pages go only when the checkpoint holds exactly them, and what a new checkpoint replaces is read before: whoever still holds the state before it
 * finds them. So this changes no outcome.
 * @module
 */
import { totalmem } from 'node:os';
import type { Hasher } from '@myelin/core/base';
import {
  countResidentPages,
  keysOfPages,
  type PageShelf,
  RECORD_KIND,
  type RecordChange,
  type ReplicatedState,
  sendPagesAway,
  type SharedNodes,
  StoredPages,
} from '@myelin/core/state';
import type { CheckpointStore } from '../store/index.ts';

type SharedNode = Parameters<SharedNodes['set']>[1];

const MIB: number = 1024 * 1024;

/** Bytes of pages in memory, when the options say nothing: a quarter of the machine's, 2 GiB at most. Instances have theirs besides. */
export const RESIDENT_BYTES_DEFAULT: number = Math.min(2_048 * MIB, Math.floor(totalmem() / 4));

/** When there are too many pages, so many stay, as a part of the most that may: the next round is not due at once. */
const KEPT_FRACTION = 0.75;
/** When so much of the most that may was read, it is time to look again. */
const READ_FRACTION = 0.25;

export class PageKeeper {
  /** Makes the source of pages that the store holds. */
  readonly shelf: PageShelf;
  /** Nodes that loaded canisters share. */
  readonly nodes: SharedNodes;
  readonly #shared = new Map<string, WeakRef<SharedNode>>();
  readonly #store: Pick<CheckpointStore, 'read'>;
  readonly #bytesMax: number;
  /** Sources by the key of their first record; those that nobody holds any more go in time. */
  readonly #sources = new Map<string, WeakRef<StoredPages>>();
  /** State of the round before. */
  #before: ReplicatedState | undefined;
  /** Canisters of that state which were others in the one before it: they are in use. */
  readonly #inUse = new Set<string>();
  /** Told when so much was read that a round is due. */
  onDue: (() => void) | undefined;
  #readBytes = 0;
  #walk = 0;
  /** The canister with which the last round ended. */
  #last = '';

  constructor(store: Pick<CheckpointStore, 'read'>, hasher: Hasher, bytesMax: number) {
    this.#store = store;
    this.#bytesMax = bytesMax;
    this.nodes = {
      get: (contents) => this.#shared.get(contents)?.deref(),
      set: (contents, node) => void this.#shared.set(contents, new WeakRef(node)),
    };
    const read = (key: Uint8Array): Uint8Array | undefined => this.#readRecord(key);
    this.shelf = (place) => {
      const name = nameOf(keysOfPages(place)[0]!);
      const known = this.#sources.get(name)?.deref();
      // Pages that were written and are again what they were have no new records. One source has to be told when they get some: others may share its node.
      if (known !== undefined && !known.isRetained) return known;
      const source = new StoredPages(place, read, hasher);
      this.#sources.set(name, new WeakRef(source));
      return source;
    };
  }

  #readRecord(key: Uint8Array): Uint8Array | undefined {
    const value = this.#store.read(key);
    const wasDue = this.isDue;
    this.#readBytes += value?.length ?? 0;
    if (this.isDue && !wasDue) this.onDue?.();
    return value;
  }

  /** Whether so much was read that a round is due. */
  get isDue(): boolean {
    return this.#readBytes > this.#bytesMax * READ_FRACTION;
  }

  /** The changes of a new checkpoint. Before the pages of one are replaced, they are read for whoever still needs them. */
  *guarded(changes: Iterable<RecordChange>): Generator<RecordChange, void, undefined> {
    for (const change of changes) {
      if (change.key[0] === RECORD_KIND.pages) this.#sources.get(nameOf(change.key))?.deref()?.retain();
      yield change;
    }
  }

  /**
   * Lets pages go until few enough are in memory, the longest unused canisters first, as far as this can be told; pauses after each canister. No
   * checkpoint is written meanwhile.
   * @param state - what the store holds.
   */
  *round(state: ReplicatedState): Generator<void, void, undefined> {
    this.#readBytes = 0;
    const walk = ++this.#walk;
    // Between two checkpoints the state is the same, and says nothing new of who is in use.
    const isNew = state !== this.#before;
    if (isNew) this.#inUse.clear();
    let bytes = 0;
    // One that nobody has looked at has no pages in memory.
    for (const [id, canister] of state.canisters.loadedFrom('')) {
      if (isNew && this.#before?.canisters.get(id) !== canister) this.#inUse.add(id);
      bytes += countResidentPages(canister, walk);
      yield;
    }
    this.#before = state;
    if (bytes > this.#bytesMax) yield* this.#sendAway(state, bytes - this.#bytesMax * KEPT_FRACTION);
    yield* this.#forgetSources();
  }

  *#sendAway(state: ReplicatedState, wanted: number): Generator<void, void, undefined> {
    let left = wanted;
    for (const spares of [true, false]) {
      for (const [id, canister] of inTurn(state, this.#last)) {
        if (left <= 0) return;
        yield;
        if (spares && this.#inUse.has(id)) continue;
        left -= sendPagesAway(canister, this.shelf);
        this.#last = id;
      }
    }
  }

  *#forgetSources(): Generator<void, void, undefined> {
    for (const [name, source] of this.#sources) {
      if (source.deref() === undefined) this.#sources.delete(name);
      yield;
    }
    for (const [contents, node] of this.#shared) {
      if (node.deref() === undefined) this.#shared.delete(contents);
      yield;
    }
  }
}

/** All canisters that were looked at, beginning behind one of them. */
function* inTurn({ canisters }: ReplicatedState, last: string): ReturnType<ReplicatedState['canisters']['entries']> {
  yield* canisters.loadedFrom(`${last}00`);
  for (const entry of canisters.loadedFrom('')) {
    if (entry[0] > last) return;
    yield entry;
  }
}

/** Both records of a node have the same name: the numbers of its groups differ in the last bit. */
function nameOf(key: Uint8Array): string {
  const first = Buffer.from(key);
  first[first.length - 1]! &= 0xfe;
  return first.toString('latin1');
}
