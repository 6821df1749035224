/**
 * Digest of everything that the canonical state tree does not show (delta): queues, call contexts, cycles, pages, globals, indexes.
 *
 * Two replicas are equal when sha256(rho || delta) is. Cost follows what changed: records, pages and history entries keep their hashes.
 * @module
 */
import { concatBytes, type Hasher, utf8 } from '../base/index.ts';
import { encodeStateValue, encodeStateValues } from './encode-state-value.ts';
import type { CanisterState } from './canister-state.ts';
import type { DueEntries, IngressHistory } from './ingress-history.ts';
import type { ForkHash, TrieHashing } from './digest-trie.ts';
import { PersistentMap } from './persistent-map.ts';
import { dueRecords } from './records/due-requests.ts';
import { CANISTER_FIELDS_APART, INDEXES } from './records/record-fields.ts';
import type { ReplicatedState } from './replicated-state.ts';
import type { TreeHasher } from './state-tree-hash.ts';

/** Slot in which the maps of the state keep the hashes of this digest. */
const SLOT = 1;

const CHUNKS_TAG = utf8('myelin-chunk-store');

function chunkHashing(hasher: Hasher): { readonly hasher: Hasher; readonly forkHash: ForkHash } {
  return { hasher, forkHash: (left, right) => hasher.sha256(concatBytes(CHUNKS_TAG, left, right)) };
}

/** Canonical bytes of a canister, without pages and chunks: these come as digests. */
export function encodeCanisterRecord(canister: CanisterState, hasher: Hasher): Uint8Array {
  const record: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(canister)) if (!CANISTER_FIELDS_APART.has(name)) record[name] = value;
  canister.heap.pages.seal();
  canister.stable.seal();
  record['moduleHash'] = canister.module?.hash;
  record['heapDigest'] = canister.heap.pages.rootDigest(hasher);
  record['heapPages'] = canister.heap.wasmPages;
  record['globals'] = canister.heap.globals;
  record['stableDigest'] = canister.stable.rootDigest(hasher);
  record['chunkStore'] = mapDigest(canister.chunkStore, hasher, hashingOf(chunkHashing(hasher), encodeEntry));
  return encodeStateValue(record);
}

/** Canonical bytes of an entry of a map: its key, then its value. */
type EncodeEntry<V> = (key: string, value: V) => Uint8Array;

const encodeEntry: EncodeEntry<unknown> = (key, value) => encodeStateValues(key, value);
/** How the entries of a map are hashed. */
function hashingOf<V>({ hasher, forkHash }: Pick<TreeHasher, 'hasher' | 'forkHash'>, encode: EncodeEntry<V>): TrieHashing<V> {
  return { leafHash: (key, value) => hasher.sha256(encode(key, value)), forkHash };
}

const encodeCanisterEntry =
  (hasher: Hasher): EncodeEntry<CanisterState> =>
  (key, canister) =>
    concatBytes(encodeStateValue(key), encodeCanisterRecord(canister, hasher));

/** Requests that are pruned together are hashed together, with what became of them. */
function dueHashing({ entries }: IngressHistory, { hasher, forkHash }: TreeHasher): TrieHashing<DueEntries> {
  return { leafHash: (time, due) => dueRecords(due, entries).digest(time, due.bytes, hasher), forkHash };
}

function canisterHashing(tree: TreeHasher): TrieHashing<CanisterState> {
  return hashingOf(tree, encodeCanisterEntry(tree.hasher));
}

/** What the digest has of a canister: all of it, in 32 bytes. */
export function canisterDigest(canister: CanisterState, hasher: Hasher): Uint8Array {
  return hasher.sha256(encodeCanisterEntry(hasher)(canister.id, canister));
}

/** Digest of a map; its entries keep their hashes. */
function mapDigest<V>(map: PersistentMap<V>, hasher: Hasher, { leafHash, forkHash }: TrieHashing<V>): Uint8Array {
  map.seal();
  return map.rootHash(SLOT, leafHash, forkHash) ?? hasher.sha256(utf8('empty'));
}

/** Fields of the state that are identities, or are hashed apart. */
const STATE_FIELDS_APART: ReadonlySet<string> = new Set(['edit', 'canisters', 'ingressHistory']);

/** The digest delta of a state that is not changed any more (a fork). */
export function stateDelta(state: ReplicatedState, tree: TreeHasher): Uint8Array {
  const { hasher } = tree;
  const record: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(state)) {
    if (STATE_FIELDS_APART.has(name)) continue;
    record[name] =
      value instanceof PersistentMap ? mapDigest(value as PersistentMap<unknown>, hasher, hashingOf(tree, encodeEntry)) : value;
  }
  record['canisters'] = mapDigest(state.canisters, hasher, canisterHashing(tree));
  const { ingressHistory } = state;
  // Each request is in one of the two.
  record['openRequests'] = mapDigest(ingressHistory.open, hasher, hashingOf(tree, encodeEntry));
  record['dueRequests'] = mapDigest(ingressHistory.pruneAt, hasher, dueHashing(ingressHistory, tree));
  record['historyBytes'] = ingressHistory.bytes;
  return hasher.sha256(encodeStateValue(record));
}

/** Entries that are hashed in one step, and canisters, whose records are larger: each step takes some milliseconds at most. */
const ENTRIES_PER_STEP = 512;
const CANISTERS_PER_STEP = 32;

/** Fills in the digests of pages and chunks that the record of a canister needs. */
function* canisterDigestInSteps(canister: CanisterState, hasher: Hasher): Generator<void, void, undefined> {
  for (const pages of [canister.heap.pages, canister.stable]) {
    pages.seal();
    yield* pages.digestInSteps(hasher);
  }
  canister.chunkStore.seal();
  yield* canister.chunkStore.hashInSteps(SLOT, hashingOf(chunkHashing(hasher), encodeEntry), 1);
}

/** Fills in the hashes that {@link stateDelta} needs, with a pause every few milliseconds; what it needs then is little. */
export function* stateDeltaInSteps(state: ReplicatedState, tree: TreeHasher): Generator<void, void, undefined> {
  const { hasher } = tree;
  const { canisters, ingressHistory } = state;
  for (const value of Object.values(state)) if (value instanceof PersistentMap) value.seal();
  for (const canister of canisters.unhashed(SLOT)) yield* canisterDigestInSteps(canister, hasher);
  yield* canisters.hashInSteps(SLOT, canisterHashing(tree), CANISTERS_PER_STEP);
  const { entries, open, pruneAt } = ingressHistory;
  for (const map of [entries, open, pruneAt]) map.seal();
  yield* open.hashInSteps(SLOT, hashingOf(tree, encodeEntry), ENTRIES_PER_STEP);
  yield* pruneAt.hashInSteps(SLOT, dueHashing(ingressHistory, tree), 1);
  for (const name of INDEXES) {
    const index: PersistentMap<unknown> = state[name];
    yield* index.hashInSteps(SLOT, hashingOf(tree, encodeEntry), ENTRIES_PER_STEP);
  }
}

/** The full digest: sha256(rho || delta). @param rho - root hash of the canonical state tree. */
export function fullDigest(rho: Uint8Array, delta: Uint8Array, hasher: Hasher): Uint8Array {
  return hasher.sha256(concatBytes(rho, delta));
}
