/**
 * A state from its records, which come in the order of their keys.
 *
 * The records may be damaged or come from somebody else: what can be told of a single one is checked here, the whole by its digest, which the
 * caller compares before the state is used.
 * @module
 */
import { compareBytes, IcError, plainBytes, type PrincipalId, toHex } from '../../base/index.ts';
import type { CanisterModule } from '../canister-module.ts';
import { type CanisterState, createCanisterState } from '../canister-state.ts';
import { decodeStateValue } from '../decode-state-value.ts';
import type { DueEntries, IngressStatus } from '../ingress-history.ts';
import { PageMap } from '../page-map.ts';
import { PersistentMap } from '../persistent-map.ts';
import { createReplicatedState, type ReplicatedState } from '../replicated-state.ts';
import { decodePageGroup } from './page-groups.ts';
import { INDEXES } from './record-fields.ts';
import { CANISTER_PART, type CanisterKey, malformedKey, parseCanisterKey, parsePageGroup, RECORD_KIND } from './record-keys.ts';

/** Makes a module of the bytes that were installed. @throws IcError when they are no module of this version. */
export type ModuleLoader = (source: Uint8Array, hash: string) => CanisterModule;

type Fields = Record<string, unknown>;

function malformed(what: string): IcError {
  return new IcError({ code: 'STATE_RECORD_MALFORMED' }, `the records of the state do not fit together: ${what}`);
}

function fieldsFrom(value: Uint8Array): Fields {
  const fields = decodeStateValue(value);
  if (typeof fields !== 'object' || fields === null) throw malformed('a record has no fields');
  return fields as Fields;
}

/** A canister whose records are coming. */
type OpenCanister = { readonly id: PrincipalId; readonly canister: CanisterState; readonly pages: PageMap };

export class StateBuilder {
  readonly #edit = {};
  readonly #loadModule: ModuleLoader;
  readonly #modules = new Map<string, CanisterModule>();
  readonly #indexes: readonly PersistentMap<unknown>[] = INDEXES.map(() => PersistentMap.empty());
  readonly #canisters = PersistentMap.empty<CanisterState>();
  readonly #entries = PersistentMap.empty<IngressStatus>();
  readonly #pruneAt = PersistentMap.empty<DueEntries>();
  #header: Fields | undefined;
  #open: OpenCanister | undefined;
  #last: Uint8Array | undefined;

  constructor(loadModule: ModuleLoader) {
    this.#loadModule = loadModule;
  }

  /**
   * Takes the next record.
   * @throws IcError `STATE_RECORD_MALFORMED`, and what the module loader throws.
   */
  add(recordKey: Uint8Array, recordValue: Uint8Array): void {
    const key = plainBytes(recordKey);
    const value = plainBytes(recordValue);
    if (this.#last !== undefined && compareBytes(this.#last, key) >= 0) throw malformed('a key follows a larger one');
    this.#last = key.slice();
    switch (key[0]) {
      case RECORD_KIND.header:
        this.#header = fieldsFrom(value);
        return;
      case RECORD_KIND.index: {
        const index = this.#indexes[key[1] ?? -1];
        if (index === undefined) throw malformedKey(key);
        index.set(toHex(key.subarray(2)), decodeStateValue(value));
        return;
      }
      case RECORD_KIND.module: {
        const hash = toHex(key.subarray(1));
        this.#modules.set(hash, this.#loadModule(value.slice(), hash));
        return;
      }
      case RECORD_KIND.canister:
        this.#addToCanister(key, value);
        return;
      case RECORD_KIND.ingress:
        this.#entries.set(toHex(key.subarray(1)), fieldsFrom(value) as IngressStatus);
        return;
      case RECORD_KIND.prune:
        this.#pruneAt.set(toHex(key.subarray(1)), { edit: this.#edit, requestIds: decodeStateValue(value) as string[] });
        return;
      default:
        throw malformedKey(key);
    }
  }

  #addToCanister(key: Uint8Array, value: Uint8Array): void {
    const parsed = parseCanisterKey(key);
    if (parsed.part === CANISTER_PART.record) {
      this.#closeCanister();
      this.#open = this.#openCanister(parsed.id, fieldsFrom(value));
      return;
    }
    const open = this.#open;
    if (open === undefined || open.id !== parsed.id) throw malformed('a part of a canister has no canister');
    this.#addPart(open, parsed, key, value);
  }

  #addPart({ canister, pages }: OpenCanister, parsed: CanisterKey, key: Uint8Array, value: Uint8Array): void {
    switch (parsed.part) {
      case CANISTER_PART.heap:
        return decodePageGroup(value, parsePageGroup(key, parsed), pages);
      case CANISTER_PART.stable:
        return decodePageGroup(value, parsePageGroup(key, parsed), canister.stable);
      case CANISTER_PART.chunk:
        canister.chunkStore.set(toHex(parsed.rest), value.slice());
        return;
      default:
        throw malformedKey(key);
    }
  }

  #openCanister(id: PrincipalId, record: Fields): OpenCanister {
    const { wasmPages, globals, moduleHash, ...fields } = record;
    const module = moduleHash === undefined ? undefined : this.#modules.get(moduleHash as string);
    if (fields['id'] !== id || (moduleHash !== undefined && module === undefined)) throw malformed('a canister has no module');
    const pages = PageMap.empty();
    // Filled in, not put together: all canisters have the same layout in memory, wherever they come from.
    const settings = fields['settings'] as CanisterState['settings'];
    const canister = createCanisterState({ edit: this.#edit, id, settings, balance: 0n, timeNs: 0n, firstCallbackId: 0 });
    Object.assign(canister, fields, { module, heap: { pages, wasmPages, globals } });
    return { id, canister, pages };
  }

  #closeCanister(): void {
    const open = this.#open;
    if (open === undefined) return;
    open.pages.seal();
    open.canister.stable.seal();
    this.#canisters.set(open.id, open.canister);
    this.#open = undefined;
  }

  /** The state. @throws IcError `STATE_RECORD_MALFORMED` when its header is missing. */
  finish(): ReplicatedState {
    this.#closeCanister();
    if (this.#header === undefined) throw malformed('there is no header');
    const { historyBytes, ...fields } = this.#header;
    const indexes = Object.fromEntries(INDEXES.map((name, number) => [name, this.#indexes[number]]));
    const state = createReplicatedState({
      ...(fields as Pick<ReplicatedState, 'subnet' | 'network' | 'rootKey' | 'timeNs' | 'protocolVersion'>),
      firstCanisterIndex: 0n,
    });
    const ingressHistory = { entries: this.#entries, pruneAt: this.#pruneAt, bytes: historyBytes };
    return Object.assign(state, fields, indexes, { edit: this.#edit, canisters: this.#canisters, ingressHistory }) as ReplicatedState;
  }
}
