/**
 * Digest of everything that the canonical state tree does not show (delta): queues, call contexts, cycles, pages, globals, indexes.
 *
 * Two replicas are equal when sha256(rho || delta) is. Cost follows what changed: records, pages and history entries keep their hashes.
 * @module
 */
import { concatBytes, type Hasher, utf8 } from '../base/index.ts';
import { encodeStateValue } from './encode-state-value.ts';
import type { CanisterState } from './canister-state.ts';
import type { ForkHash } from './digest-trie.ts';
import { PersistentMap } from './persistent-map.ts';
import { CANISTER_FIELDS_APART } from './records/record-fields.ts';
import type { ReplicatedState } from './replicated-state.ts';
import type { TreeHasher } from './state-tree-hash.ts';

/** Slot in which the maps of the state keep the hashes of this digest. */
const SLOT = 1;

const CHUNKS_TAG = utf8('myelin-chunk-store');

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
  const forkHash: ForkHash = (left, right) => hasher.sha256(concatBytes(CHUNKS_TAG, left, right));
  record['chunkStore'] = mapDigest(canister.chunkStore, { hasher, forkHash }, encodeStateValue);
  return encodeStateValue(record);
}

/** Digest of a map; its entries keep their hashes. */
function mapDigest<V>(
  map: PersistentMap<V>,
  { hasher, forkHash }: Pick<TreeHasher, 'hasher' | 'forkHash'>,
  encode: (value: V) => Uint8Array,
): Uint8Array {
  map.seal();
  const leaf = (key: string, value: V): Uint8Array => hasher.sha256(concatBytes(encodeStateValue(key), encode(value)));
  return map.rootHash(SLOT, leaf, forkHash) ?? hasher.sha256(utf8('empty'));
}

/** Fields of the state that are identities, or are hashed apart. */
const STATE_FIELDS_APART: ReadonlySet<string> = new Set(['edit', 'canisters', 'ingressHistory']);

/** The digest delta of a state that is not changed any more (a fork). */
export function stateDelta(state: ReplicatedState, tree: TreeHasher): Uint8Array {
  const { hasher } = tree;
  const record: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(state)) {
    if (STATE_FIELDS_APART.has(name)) continue;
    record[name] = value instanceof PersistentMap ? mapDigest(value as PersistentMap<unknown>, tree, encodeStateValue) : value;
  }
  record['canisters'] = mapDigest(state.canisters, tree, (canister) => encodeCanisterRecord(canister, hasher));
  record['ingressHistory'] = mapDigest(state.ingressHistory.entries, tree, encodeStateValue);
  record['pruneAt'] = mapDigest(state.ingressHistory.pruneAt, tree, (due) => encodeStateValue(due.requestIds));
  record['historyBytes'] = state.ingressHistory.bytes;
  return hasher.sha256(encodeStateValue(record));
}

/** The full digest: sha256(rho || delta). @param rho - root hash of the canonical state tree. */
export function fullDigest(rho: Uint8Array, delta: Uint8Array, hasher: Hasher): Uint8Array {
  return hasher.sha256(concatBytes(rho, delta));
}
