/**
 * A certified state as one knows it who only hears of some canisters: enough to run queries on.
 * @module
 */
import { present, type PrincipalId } from '@myelin/core/base';
import {
  type CanisterModule,
  type CanisterState,
  createCanisterState,
  EMPTY_HEAP,
  PageMap,
  PersistentMap,
  type ReplicatedState,
} from '@myelin/core/state';
import type { CanisterUpdate, PageChanges, StateUpdate } from './state-update.ts';

/** What does not change from state to state. */
export type FollowedSubnet = Pick<ReplicatedState, 'subnet' | 'rootKey'>;

const EMPTY_BYTES = new Uint8Array(0);

/** Pages of a canister that has not come whole yet. */
type Arriving = { readonly heap: PageMap; readonly stable: PageMap };

function put(pages: PageMap, changes: PageChanges): void {
  for (const [index, bytes] of changes) {
    if (bytes === undefined) pages.delete(index);
    else pages.set(index, bytes);
  }
}

/** Only how many there are is known, and asked for. */
function chunksOf(count: number): PersistentMap<Uint8Array> {
  const chunks = PersistentMap.empty<Uint8Array>();
  for (let index = 0; index < count; index++) chunks.set(index.toString(16).padStart(8, '0'), EMPTY_BYTES);
  return chunks;
}

export class FollowedState {
  readonly subnet: FollowedSubnet['subnet'];
  readonly rootKey: Uint8Array;
  height = -1n;
  timeNs = 0n;
  readonly #modules = new Map<string, CanisterModule>();
  /** A canister, or that there is none. In the order of their last use. */
  readonly #canisters = new Map<PrincipalId, CanisterState | undefined>();
  readonly #arriving = new Map<PrincipalId, Arriving>();

  constructor({ subnet, rootKey }: FollowedSubnet) {
    this.subnet = subnet;
    this.rootKey = rootKey;
  }

  /** Canisters that are known, or known not to exist; the longest unused first. */
  get ids(): Iterable<PrincipalId> {
    return this.#canisters.keys();
  }

  get size(): number {
    return this.#canisters.size;
  }

  /** Whether it is known what the canister is, or that it is not. */
  knows(id: PrincipalId): boolean {
    return this.#canisters.has(id);
  }

  canister(id: PrincipalId): CanisterState | undefined {
    const canister = this.#canisters.get(id);
    this.#canisters.delete(id);
    this.#canisters.set(id, canister);
    return canister;
  }

  forget(id: PrincipalId): void {
    this.#canisters.delete(id);
    this.#arriving.delete(id);
  }

  /**
   * Takes what has come.
   * @param isCurrent - whether the news of a canister are of the time since it is followed; others crossed the word that it is not any more.
   */
  apply(update: StateUpdate, isCurrent: (news: CanisterUpdate) => boolean): void {
    this.height = update.height;
    this.timeNs = update.timeNs;
    for (const module of update.modules) this.#modules.set(module.hash, module);
    for (const canister of update.canisters) if (isCurrent(canister)) this.#applyCanister(canister);
    for (const hash of update.droppedModules) this.#modules.delete(hash);
  }

  #applyCanister(update: CanisterUpdate): void {
    const { id } = update;
    switch (update.kind) {
      case 'absent':
        this.#arriving.delete(id);
        this.#canisters.set(id, undefined);
        return;
      case 'pages': {
        let arriving = this.#arriving.get(id);
        if (arriving === undefined) this.#arriving.set(id, (arriving = { heap: PageMap.empty(), stable: PageMap.empty() }));
        put(arriving.heap, update.heap);
        put(arriving.stable, update.stable);
        return;
      }
      case 'canister':
        this.#canisters.set(id, this.#next(update));
        this.#arriving.delete(id);
    }
  }

  #next(update: Extract<CanisterUpdate, { kind: 'canister' }>): CanisterState {
    const { id, fields, heap, moduleHash } = update;
    const before = this.#canisters.get(id);
    const arriving = this.#arriving.get(id);
    const stable = arriving?.stable ?? before?.stable.fork() ?? PageMap.empty();
    put(stable, update.stable);
    stable.seal();
    const canister = createCanisterState({ edit: {}, id, settings: fields.settings, balance: 0n, timeNs: 0n, firstCallbackId: 0 });
    Object.assign(canister, fields);
    canister.status = update.status === 'stopping' ? { kind: 'stopping', waiting: [] } : { kind: update.status };
    canister.chunkStore = chunksOf(update.chunks);
    canister.module =
      moduleHash === undefined ? undefined : present(this.#modules.get(moduleHash), 'a module comes with its first canister');
    canister.stable = stable;
    if (heap === undefined && before !== undefined) {
      canister.heap = before.heap;
      canister.heapToken = before.heapToken;
      return canister;
    }
    const pages = arriving?.heap ?? before?.heap.pages.fork() ?? PageMap.empty();
    put(pages, heap?.pages ?? []);
    pages.seal();
    canister.heap = heap === undefined ? EMPTY_HEAP : { pages, wasmPages: heap.wasmPages, globals: heap.globals };
    return canister;
  }
}
