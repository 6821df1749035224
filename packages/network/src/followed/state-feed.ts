/**
 * Tells one follower about the canisters that it follows, as certified states come.
 *
 * What was told last is remembered as the state itself: states share what has not changed, so an update costs what has.
 * @module
 */
import type { PrincipalId } from '@myelin/core/base';
import {
  canisterForRead,
  type CanisterModule,
  type CanisterState,
  type PageEntry,
  PageMap,
  type ReplicatedState,
} from '@myelin/core/state';
import { type CanisterNews, type CanisterUpdate, followedFields, type PageChanges, type StateUpdate } from './state-update.ts';

/** Pages in one message: some milliseconds to pass on. */
const PAGES_PER_MESSAGE = 2_048;

const NO_PAGES: PageMap = PageMap.empty();

/** So many modules beyond those in use are left with the follower. */
const IDLE_MODULES_MAX = 16;

/** One of so many updates asks the follower to say when it has taken it in. */
const UPDATES_PER_ANSWER = 16;
/** With so many updates under way newer states wait, and are told in one go: a follower that runs a long query takes in nothing meanwhile. */
const UNDER_WAY_MAX: number = 4 * UPDATES_PER_ANSWER;

type Followed = {
  /** The number that the follower gave. */
  readonly since: number;
  /** What the follower knows; undefined: nothing, or that there is none. */
  told: CanisterState | undefined;
  /** Whether its first state is on the way, in parts: newer ones wait. */
  isOnTheWay: boolean;
};

export type StateFeedOptions = {
  readonly send: (update: StateUpdate) => void;
  /** Gives other work its turn between two parts of a large canister. */
  readonly nextTurn: () => Promise<unknown>;
};

export class StateFeed {
  readonly #options: StateFeedOptions;
  readonly #followed = new Map<PrincipalId, Followed>();
  /** Hashes of the modules that the follower has. */
  readonly #modules = new Set<string>();
  /** What the follower is told of. */
  #state: ReplicatedState;
  /** A newer one that waits. */
  #newer: ReplicatedState | undefined;
  #sent = 0;
  #underWay = 0;

  /** @param state - the certified state of now. */
  constructor(state: ReplicatedState, options: StateFeedOptions) {
    this.#state = state;
    this.#options = options;
    this.#send([], []);
  }

  /** Canisters that are followed. */
  get size(): number {
    return this.#followed.size;
  }

  #send(canisters: readonly CanisterUpdate[], modules: readonly CanisterModule[]): void {
    const { height, timeNs } = this.#state;
    this.#underWay++;
    const asks = ++this.#sent % UPDATES_PER_ANSWER === 0;
    this.#options.send({ height, timeNs, asks, modules, droppedModules: this.#idleModules(), canisters });
  }

  /**
   * Sends a canister whole, and what changes from now on.
   * @param since - a number that all news of it carry, another one each time that the follower begins.
   */
  async follow(id: PrincipalId, since: number): Promise<void> {
    const followed: Followed = { since, told: undefined, isOnTheWay: true };
    this.#followed.set(id, followed);
    const sent = canisterForRead(this.#state, id);
    if (sent !== undefined) {
      for (const pages of pageParts(sent)) {
        this.#send([{ id, since, kind: 'pages', ...pages }], []);
        await this.#options.nextTurn();
        if (this.#followed.get(id) !== followed) return;
      }
    }
    const now = canisterForRead(this.#state, id);
    followed.told = now;
    followed.isOnTheWay = false;
    this.#send([{ id, since, ...firstNews(sent, now) }], this.#newModules(now));
  }

  /** The follower has forgotten a canister. */
  unfollow(id: PrincipalId): void {
    this.#followed.delete(id);
  }

  /** A newer state is certified. */
  publish(state: ReplicatedState): void {
    if (this.#underWay >= UNDER_WAY_MAX) this.#newer = state;
    else this.#tell(state);
  }

  /** The follower has taken in an update that asked. */
  heard(): void {
    this.#underWay -= UPDATES_PER_ANSWER;
    const newer = this.#newer;
    if (newer === undefined || this.#underWay >= UNDER_WAY_MAX) return;
    this.#newer = undefined;
    this.#tell(newer);
  }

  #tell(state: ReplicatedState): void {
    const before = this.#state;
    this.#state = state;
    const updates: CanisterUpdate[] = [];
    const modules: CanisterModule[] = [];
    for (const id of this.#changedSince(before)) {
      const followed = this.#followed.get(id);
      if (followed === undefined || followed.isOnTheWay) continue;
      const canister = canisterForRead(state, id);
      if (canister === followed.told) continue;
      updates.push({ id, since: followed.since, ...newsOf(followed.told, canister) });
      for (const module of this.#newModules(canister)) modules.push(module);
      followed.told = canister;
    }
    this.#send(updates, modules);
  }

  *#changedSince(before: ReplicatedState): Generator<PrincipalId, void, undefined> {
    if (this.#followed.size === 0) return;
    for (const { key } of this.#state.canisters.changesSince(before.canisters)) yield key as PrincipalId;
  }

  #newModules(canister: CanisterState | undefined): readonly CanisterModule[] {
    const module = canister?.module;
    if (module === undefined || this.#modules.has(module.hash)) return [];
    this.#modules.add(module.hash);
    return [module];
  }

  /** Modules that the follower may forget. */
  #idleModules(): string[] {
    if (this.#modules.size <= this.#followed.size + IDLE_MODULES_MAX) return [];
    const used = new Set(Array.from(this.#followed.values(), ({ told }) => told?.module?.hash));
    const idle = [...this.#modules].filter((hash) => !used.has(hash));
    for (const hash of idle) this.#modules.delete(hash);
    return idle;
  }
}

type Pages = { readonly heap: PageChanges; readonly stable: PageChanges };

/** The pages of a canister, a message each. */
function* pageParts(canister: CanisterState): Generator<Pages, void, undefined> {
  let part: { heap: PageEntry[]; stable: PageEntry[] } = { heap: [], stable: [] };
  for (const kind of ['heap', 'stable'] as const) {
    for (const entry of kind === 'heap' ? canister.heap.pages.entries() : canister.stable.entries()) {
      part[kind].push(entry);
      if (part.heap.length + part.stable.length < PAGES_PER_MESSAGE) continue;
      yield part;
      part = { heap: [], stable: [] };
    }
  }
  if (part.heap.length + part.stable.length > 0) yield part;
}

function pageChanges(before: PageMap, after: PageMap): PageChanges {
  return Array.from(before.unshared(after), (index) => [index, after.get(index)] as const);
}

/** What is new since `before`. */
function newsOf(before: CanisterState | undefined, after: CanisterState | undefined): CanisterNews {
  if (after === undefined) return { kind: 'absent' };
  const { heap } = after;
  return {
    kind: 'canister',
    fields: followedFields(after),
    status: after.status.kind,
    chunks: after.chunkStore.size,
    moduleHash: after.module?.hash,
    heap:
      before?.heap === heap
        ? undefined
        : { pages: pageChanges(before?.heap.pages ?? NO_PAGES, heap.pages), wasmPages: heap.wasmPages, globals: heap.globals },
    stable: pageChanges(before?.stable ?? NO_PAGES, after.stable),
  };
}

/** All that the pages of `sent`, which the follower has, do not say of `now`. */
function firstNews(sent: CanisterState | undefined, now: CanisterState | undefined): CanisterNews {
  const news = newsOf(sent, now);
  if (news.kind !== 'canister' || news.heap !== undefined || now === undefined) return news;
  return { ...news, heap: { pages: [], wasmPages: now.heap.wasmPages, globals: now.heap.globals } };
}
