/**
 * A state from its records, which come in the order of their keys.
 *
 * The records may be damaged or come from somebody else: what can be told of a single one is checked here, the whole by its digest, which the
 * caller compares before the state is used.
 * @module
 */
import {
  compareBytes,
  equalBytes,
  type Hasher,
  IcError,
  plainBytes,
  present,
  type PrincipalId,
  principalToText,
  toHex,
} from '../../base/index.ts';
import type { CanisterModule } from '../canister-module.ts';
import { type CanisterState, createCanisterState } from '../canister-state.ts';
import { decodeStateValue } from '../decode-state-value.ts';
import { type DueEntries, type IngressStatus, isFinalStatus } from '../ingress-history.ts';
import { PageMap } from '../page-map.ts';
import { PersistentMap } from '../persistent-map.ts';
import { RequestMap } from '../requests/index.ts';
import { createEditToken } from '../trie-node.ts';
import { createReplicatedState, type ReplicatedState } from '../replicated-state.ts';
import { FAN_OUT, PageNode, type PageSource } from '../page-node.ts';
import { DIGEST_BYTES, digestToBytes } from '../digest.ts';
import { canisterDigest } from '../state-digest.ts';
import { type CanisterPart, CanisterShelf, type ShelvedCanister } from './canister-shelf.ts';
import { decodeDueRecord, decodeDueStatus, DueRecords, type DueRequest } from './due-requests.ts';
import { decodeHashedRecord } from './hashed-records.ts';
import { decodePageGroup } from './page-groups.ts';
import { decodePageSpan } from './page-spans.ts';
import { INDEXES } from './record-fields.ts';
import {
  CANISTER_PART,
  type CanisterKey,
  malformedKey,
  parseCanisterKey,
  parseDueRecordKey,
  parsePageNumber,
  RECORD_KIND,
} from './record-keys.ts';
import type { PagesPlace } from './stored-pages.ts';

/** Makes a module of the bytes that were installed. @throws IcError when they are no module of this version. */
export type ModuleLoader = (source: Uint8Array, hash: string) => CanisterModule;

type Fields = Record<string, unknown>;

/** Hexadecimal digits of 32 bytes. */
const REQUEST_ID_DIGITS = 64;

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

/** A canister that is made of its records when somebody needs it, and whose records are coming. */
type KeptCanister = ShelvedCanister & { readonly parts: CanisterPart[] };

/** Requests that are pruned together, and whose records are coming. */
type OpenDue = { readonly time: string; readonly requests: DueRequest[]; readonly records: Uint8Array[]; bytes: number };

/** Nodes that somebody has. */
export type SharedNodes = { get(contents: string): PageNode | undefined; set(contents: string, node: PageNode): void };

/** How a state is opened whose records stay where they are until somebody needs them. */
export type LazyReading = {
  /** Leaves the pages where they are: their own records are not to be added then. */
  readonly shelf: PageShelf;
  /** Nodes with pages that are away, by what they hold: canisters of one module have many in common. It must not keep them from going. */
  readonly nodes?: SharedNodes;
  /** Compares what is made of a record with the hash that is part of the state's digest. */
  readonly hasher: Hasher;
};

/** Gives the source of pages that stay in the store. */
export type PageShelf = (place: PagesPlace) => PageSource;

function seal({ canister, pages }: OpenCanister): void {
  pages.seal();
  canister.stable.seal();
  canister.chunkStore.seal();
}

/** @param hashes - of both slots: the second is that of the digest. */
function compare(digest: Uint8Array, hashes: Uint8Array, what: string): void {
  if (equalBytes(digest, hashes.subarray(DIGEST_BYTES))) return;
  throw new IcError(
    { code: 'STATE_RECORD_MALFORMED' },
    `the record of ${what} is not what the state was hashed with: the disk has damaged it, or this program has a mistake. Restore the state directory from a backup or a snapshot`,
  );
}

export class StateBuilder {
  readonly #edit = {};
  readonly #loadModule: ModuleLoader;
  readonly #modules = new Map<string, CanisterModule>();
  readonly #indexes: readonly PersistentMap<unknown>[] = INDEXES.map(() => PersistentMap.empty());
  readonly #canisters = PersistentMap.empty<CanisterState>();
  readonly #entries = RequestMap.empty<IngressStatus>();
  readonly #shelved = new CanisterShelf((canister) => this.#load(canister));
  readonly #openRequests = PersistentMap.empty<IngressStatus>();
  readonly #pruneAt = PersistentMap.empty<DueEntries>();
  readonly #lazy: LazyReading | undefined;
  /** Memories that got pages of their own after their canister was complete. */
  readonly #unsealed = new Set<PageMap>();
  #header: Fields | undefined;
  #open: OpenCanister | undefined;
  #kept: KeptCanister | undefined;
  #due: OpenDue | undefined;
  #last: Uint8Array | undefined;

  /**
   * @param lazy - makes canisters, statuses of requests and pages when they are needed. Without it everything is made at once, and what the records say about hashes and pages is not used.
   */
  constructor(loadModule: ModuleLoader, lazy?: LazyReading) {
    this.#loadModule = loadModule;
    this.#lazy = lazy;
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
      case RECORD_KIND.pages:
        this.#addPages(key, value);
        return;
      case RECORD_KIND.ingress:
        this.#addOpen(toHex(key.subarray(1)), fieldsFrom(value) as IngressStatus);
        return;
      case RECORD_KIND.prune:
        this.#addDue(key, value);
        return;
      default:
        throw malformedKey(key);
    }
  }

  #addOpen(requestId: string, status: IngressStatus): void {
    if (requestId.length !== REQUEST_ID_DIGITS) throw malformed('a request has no id');
    if (isFinalStatus(status)) throw malformed('a request that waits for nothing has a record of its own');
    this.#entries.set(requestId, status);
    this.#openRequests.set(requestId, status);
  }

  /** Adds requests that are pruned together: their records follow each other. */
  #addDue(key: Uint8Array, value: Uint8Array): void {
    const { time, number } = parseDueRecordKey(key);
    if (this.#due?.time !== time) {
      this.#closeDue();
      this.#due = { time, requests: [], records: [], bytes: 0 };
    }
    const due = this.#due!;
    if (number !== due.records.length) throw malformed('a record of requests is missing');
    const record = value.slice();
    due.records.push(record);
    const { bytes, requests } = decodeDueRecord(record);
    due.bytes += bytes;
    if (!Number.isSafeInteger(due.bytes)) throw malformed('requests add more to the history than there can be');
    for (const request of requests) due.requests.push(request);
  }

  #closeDue(): void {
    const due = this.#due;
    if (due === undefined) return;
    this.#due = undefined;
    const records = this.#lazy === undefined ? undefined : new DueRecords(due.records);
    for (const { requestId, content, hash } of due.requests) {
      if (requestId.length !== REQUEST_ID_DIGITS) throw malformed('a request has no id');
      if (records === undefined) {
        if (this.#entries.has(requestId)) throw malformed('a request is there twice');
        this.#entries.set(requestId, decodeDueStatus(content));
      } else {
        if (hash === undefined) throw malformed('a request has no hash');
        if (!this.#entries.attach(requestId, hash, records)) throw malformed('a request is there twice');
      }
    }
    const requestIds = records === undefined ? due.requests.map(({ requestId }) => requestId) : [];
    this.#pruneAt.set(due.time, { edit: this.#edit, requestIds, bytes: due.bytes, records });
  }

  #addToCanister(key: Uint8Array, value: Uint8Array): void {
    const parsed = parseCanisterKey(key);
    if (parsed.part === CANISTER_PART.record) {
      this.#closeCanister();
      const { hashes, content } = decodeHashedRecord(value);
      if (this.#lazy === undefined || hashes === undefined) this.#open = this.#openCanister(parsed.id, fieldsFrom(content));
      else this.#kept = { id: parsed.id, hashes: hashes.slice(), content: content.slice(), parts: [] };
      return;
    }
    const kept = this.#kept;
    if (kept !== undefined) {
      if (kept.id !== parsed.id) throw malformed('a part of a canister has no canister');
      kept.parts.push([key.slice(), value.slice()]);
      return;
    }
    const open = this.#open;
    if (open === undefined || open.id !== parsed.id) throw malformed('a part of a canister has no canister');
    this.#addPart(open, parsed, key, value);
  }

  #addPart({ canister, pages }: OpenCanister, parsed: CanisterKey, key: Uint8Array, value: Uint8Array): void {
    switch (parsed.part) {
      case CANISTER_PART.heap:
        return this.#attach(pages, parsed, value, parsePageNumber(key, parsed));
      case CANISTER_PART.stable:
        return this.#attach(canister.stable, parsed, value, parsePageNumber(key, parsed));
      case CANISTER_PART.chunk:
        canister.chunkStore.set(toHex(parsed.rest), value.slice());
        return;
      default:
        throw malformedKey(key);
    }
  }

  /** Puts the nodes of a span into a memory, their pages away. */
  #attach(pages: PageMap, { id, part }: CanisterKey, value: Uint8Array, span: number): void {
    const lazy = this.#lazy;
    for (const { leaf, present, digest } of decodePageSpan(value, span)) {
      if (lazy === undefined) continue;
      const contents = `${present} ${toHex(digestToBytes(digest))}`;
      let node = lazy.nodes?.get(contents);
      if (node === undefined) {
        node = PageNode.away(digest, present, lazy.shelf({ canister: id, part, leaf }), createEditToken());
        lazy.nodes?.set(contents, node);
      }
      pages.attach(leaf * FAN_OUT, node);
    }
  }

  #addPages(key: Uint8Array, value: Uint8Array): void {
    const parsed = parseCanisterKey(key);
    this.#closeCanister();
    const canister = this.#canisters.get(parsed.id);
    if (canister === undefined) throw malformed('pages have no canister');
    const isHeap = parsed.part === CANISTER_PART.heap;
    if (!isHeap && parsed.part !== CANISTER_PART.stable) throw malformedKey(key);
    const pages = isHeap ? canister.heap.pages : canister.stable;
    this.#unsealed.add(pages);
    decodePageGroup(value, parsePageNumber(key, parsed), pages);
  }

  #openCanister(id: PrincipalId, record: Fields): OpenCanister {
    const { wasmPages, globals, moduleHash, ...fields } = record;
    const module = moduleHash === undefined ? undefined : this.#modules.get(moduleHash as string);
    if (fields['id'] !== id || (moduleHash !== undefined && module === undefined)) throw malformed('a canister has no module');
    const pages = PageMap.empty();
    // Filled in, not put together: all canisters have the same layout in memory, wherever they come from.
    const settings = fields['settings'] as CanisterState['settings'];
    const canister = createCanisterState({ edit: {}, id, settings, balance: 0n, timeNs: 0n, firstCallbackId: 0 });
    Object.assign(canister, fields, { module, heap: { pages, wasmPages, globals } });
    return { id, canister, pages };
  }

  #closeCanister(): void {
    const [kept, open] = [this.#kept, this.#open];
    if (kept !== undefined) this.#canisters.attach(kept.id, kept.hashes, this.#shelved.put(kept));
    if (open !== undefined) {
      seal(open);
      this.#canisters.set(open.id, open.canister);
    }
    this.#kept = undefined;
    this.#open = undefined;
  }

  /** Makes a canister of its records. @throws IcError `STATE_RECORD_MALFORMED` when it is not the one that its state was hashed with */
  #load({ id, hashes, content, parts }: ShelvedCanister): CanisterState {
    const { hasher } = present(this.#lazy, 'records are kept where they are read later');
    const open = this.#openCanister(id, fieldsFrom(content));
    for (const [key, value] of parts) this.#addPart(open, parseCanisterKey(key), key, value);
    seal(open);
    compare(canisterDigest(open.canister, hasher), hashes, `the canister ${principalToText(id)}`);
    return open.canister;
  }

  /** The state. @throws IcError `STATE_RECORD_MALFORMED` when its header is missing. */
  finish(): ReplicatedState {
    this.#closeCanister();
    this.#closeDue();
    for (const pages of this.#unsealed) pages.seal();
    if (this.#header === undefined) throw malformed('there is no header');
    const { historyBytes, ...fields } = this.#header;
    const indexes = Object.fromEntries(INDEXES.map((name, number) => [name, this.#indexes[number]]));
    const state = createReplicatedState({
      ...(fields as Pick<ReplicatedState, 'subnet' | 'network' | 'rootKey' | 'timeNs' | 'protocolVersion'>),
      firstCanisterIndex: 0n,
    });
    const ingressHistory = { entries: this.#entries, open: this.#openRequests, pruneAt: this.#pruneAt, bytes: historyBytes };
    return Object.assign(state, fields, indexes, { edit: this.#edit, canisters: this.#canisters, ingressHistory }) as ReplicatedState;
  }
}
