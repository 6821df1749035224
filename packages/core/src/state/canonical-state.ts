/**
 * The canonical state tree: what certificates sign (rho).
 * Source: IC interface specification, "The system state tree".
 * @module
 */
import { principalToBytes, fromHex } from '../base/index.ts';
import { encodeCanisterRanges } from '../certification/index.ts';
import { encodeSelfDescribedCbor, encodeUleb128 } from '../codec/index.ts';
import type { CanisterModule } from './canister-module.ts';
import type { CanisterState } from './canister-state.ts';
import type { IngressStatus } from './ingress-history.ts';
import type { ReplicatedState, SubnetNode, SubnetRecord } from './replicated-state.ts';
import {
  lazyLabels,
  lazyLeaf,
  lazyMap,
  type LazyMap,
  lazyText,
  type LazyTree,
  type MapSubtrees,
  type StateLabel,
  stateLabel,
} from './state-tree.ts';
import type { TreeHasher } from './state-tree-hash.ts';

const LABEL = {
  canister: stateLabel('canister'),
  canisterRanges: stateLabel('canister_ranges'),
  requestStatus: stateLabel('request_status'),
  subnet: stateLabel('subnet'),
  time: stateLabel('time'),
  created: stateLabel('canister_creation_timestamp'),
  certifiedData: stateLabel('certified_data'),
  controllers: stateLabel('controllers'),
  installed: stateLabel('last_install_timestamp'),
  metadata: stateLabel('metadata'),
  moduleHash: stateLabel('module_hash'),
  errorCode: stateLabel('error_code'),
  rejectCode: stateLabel('reject_code'),
  rejectMessage: stateLabel('reject_message'),
  reply: stateLabel('reply'),
  status: stateLabel('status'),
  metrics: stateLabel('metrics'),
  node: stateLabel('node'),
  publicKey: stateLabel('public_key'),
  type: stateLabel('type'),
} as const;

/** Slot in which the maps of the state keep the hashes of this tree. */
const SLOT = 0;

type Entry = readonly [StateLabel, LazyTree];

/** Parts of the tree that do not change as long as a module or a subnet record is the same object. */
type TreeCache = {
  readonly metadata: WeakMap<CanisterModule, LazyTree>;
  readonly metadataHash: WeakMap<CanisterModule, Uint8Array>;
  readonly statusHash: Map<string, Uint8Array>;
};

const caches = new WeakMap<TreeHasher, TreeCache>();

function cacheOf(tree: TreeHasher): TreeCache {
  let cache = caches.get(tree);
  if (cache === undefined) caches.set(tree, (cache = { metadata: new WeakMap(), metadataHash: new WeakMap(), statusHash: new Map() }));
  return cache;
}

function natLeaf(value: bigint, tree: TreeHasher): LazyTree {
  return lazyLeaf(encodeUleb128(value), tree);
}

function metadataTree(module: CanisterModule, tree: TreeHasher): LazyTree {
  const cache = cacheOf(tree);
  const known = cache.metadata.get(module);
  if (known !== undefined) return known;
  const entries = [...module.info.metadata].map(([name, section]): Entry => [stateLabel(name), lazyLeaf(section.content, tree)]);
  const made = lazyLabels(
    entries.sort(([a], [b]) => (a.hex < b.hex ? -1 : 1)),
    tree,
  );
  cache.metadata.set(module, made);
  return made;
}

/** Metadata with its hash kept, for modules are many megabytes of sections at times. */
function cachedMetadataTree(module: CanisterModule, tree: TreeHasher): LazyTree {
  const made = metadataTree(module, tree);
  if (made.kind === 'leaf') return made;
  const { metadataHash } = cacheOf(tree);
  return {
    ...made,
    hash: () => {
      let hash = metadataHash.get(module);
      if (hash === undefined) metadataHash.set(module, (hash = made.hash()));
      return hash;
    },
  };
}

function canisterTree(canister: CanisterState, tree: TreeHasher): LazyTree {
  const controllers = encodeSelfDescribedCbor(canister.settings.controllers.map((id) => principalToBytes(id)));
  const { module } = canister;
  const entries: Entry[] = [[LABEL.created, natLeaf(canister.createdNs, tree)]];
  if (module !== undefined) entries.push([LABEL.certifiedData, lazyLeaf(canister.certifiedData, tree)]);
  entries.push([LABEL.controllers, lazyLeaf(controllers, tree)]);
  if (module !== undefined) {
    entries.push([LABEL.installed, natLeaf(canister.installedNs, tree)]);
    entries.push([LABEL.metadata, cachedMetadataTree(module, tree)]);
    entries.push([LABEL.moduleHash, lazyLeaf(fromHex(module.hash), tree)]);
  }
  return lazyLabels(entries, tree);
}

function requestTree(status: IngressStatus, tree: TreeHasher): LazyTree {
  const entries: Entry[] = [];
  if (status.status === 'rejected') {
    entries.push([LABEL.errorCode, lazyText(status.errorCode, tree)]);
    entries.push([LABEL.rejectCode, natLeaf(BigInt(status.rejectCode), tree)]);
    entries.push([LABEL.rejectMessage, lazyText(status.rejectMessage, tree)]);
  }
  if (status.status === 'replied') entries.push([LABEL.reply, lazyLeaf(status.reply, tree)]);
  entries.push([LABEL.status, lazyText(status.status, tree)]);
  return lazyLabels(entries, tree);
}

/** Hash of `requestTree`, without making its nodes: the hot path of every update call. */
function requestTreeHash(status: IngressStatus, tree: TreeHasher): Uint8Array {
  if (status.status !== 'replied') return requestTree(status, tree).hash();
  const { statusHash } = cacheOf(tree);
  let replied = statusHash.get('replied');
  if (replied === undefined) {
    replied = tree.labeledHash(LABEL.status.bytes, lazyText('replied', tree).hash());
    statusHash.set('replied', replied);
  }
  // `reply` comes before `status`.
  return tree.forkHash(tree.labeledHash(LABEL.reply.bytes, tree.leafHash(status.reply)), replied);
}

function rangesLeaf(subnet: SubnetRecord, tree: TreeHasher): LazyTree {
  return lazyLeaf(encodeCanisterRanges(subnet.ranges.map((range) => ({ first: range.first, last: range.last }))), tree);
}

/** Ranges in one shard, under the first id that it covers. */
function shardedRanges(subnet: SubnetRecord, tree: TreeHasher): LazyTree {
  const first = subnet.ranges[0];
  if (first === undefined) return lazyLabels([], tree);
  return lazyLabels([[stateLabel(principalToBytes(first.first)), rangesLeaf(subnet, tree)]], tree);
}

const U64 = 1n << 64n;

function metricsLeaf(state: ReplicatedState, tree: TreeHasher): LazyTree {
  const { burned } = state.cycles;
  const consumed = { low: burned % U64, ...(burned >= U64 ? { high: burned / U64 } : {}) };
  return lazyLeaf(
    encodeSelfDescribedCbor({
      num_canisters: BigInt(state.canisters.size),
      canister_state_bytes: state.memoryBytes,
      consumed_cycles_total: consumed,
      update_transactions_total: BigInt(state.metrics.updateTransactions),
    }),
    tree,
  );
}

function nodeEntry(node: SubnetNode, tree: TreeHasher): Entry {
  return [stateLabel(principalToBytes(node.id)), lazyLabels([[LABEL.publicKey, lazyLeaf(node.publicKey, tree)]], tree)];
}

function byLabel([a]: Entry, [b]: Entry): number {
  return a.hex < b.hex ? -1 : 1;
}

function subnetEntry(state: ReplicatedState, subnet: SubnetRecord, tree: TreeHasher): Entry {
  const own = subnet.id === state.subnet.id;
  const entries: Entry[] = [[LABEL.canisterRanges, rangesLeaf(subnet, tree)]];
  if (own) {
    entries.push([LABEL.metrics, metricsLeaf(state, tree)]);
    entries.push([LABEL.node, lazyLabels(subnet.nodes.map((node) => nodeEntry(node, tree)).sort(byLabel), tree)]);
  }
  entries.push([LABEL.publicKey, lazyLeaf(subnet.publicKey, tree)]);
  entries.push([LABEL.type, lazyText(subnet.type, tree)]);
  return [stateLabel(principalToBytes(subnet.id)), lazyLabels(entries, tree)];
}

/** Seals the maps whose hashes the tree keeps; writing to the state afterwards starts a new edit. */
function sealMaps(state: ReplicatedState): void {
  state.canisters.seal();
  state.ingressHistory.entries.seal();
}

function requestMap(state: ReplicatedState, tree: TreeHasher): LazyMap {
  const subtrees: MapSubtrees<IngressStatus> = {
    subtree: (_, status) => requestTree(status, tree),
    subtreeHash: (_, status) => requestTreeHash(status, tree),
  };
  return lazyMap(state.ingressHistory.entries, SLOT, subtrees, tree);
}

function canisterMap(state: ReplicatedState, tree: TreeHasher): LazyMap {
  return lazyMap(state.canisters, SLOT, { subtree: (_, canister) => canisterTree(canister, tree) }, tree);
}

/** Nodes that are hashed in one step: some milliseconds. */
const CANISTERS_PER_STEP = 32;
const REQUESTS_PER_STEP = 512;

/** Fills in the hashes that the root of {@link canonicalStateTree} needs, with a pause every few milliseconds. */
export function* hashCanonicalStateInSteps(state: ReplicatedState, tree: TreeHasher): Generator<void, void, undefined> {
  sealMaps(state);
  yield* canisterMap(state, tree).hashInSteps(CANISTERS_PER_STEP);
  yield* requestMap(state, tree).hashInSteps(REQUESTS_PER_STEP);
}

/**
 * The canonical state tree of a state that is not changed any more (a fork).
 * Cost of its root hash follows what changed since the last state that was hashed, not what exists.
 */
export function canonicalStateTree(state: ReplicatedState, tree: TreeHasher): LazyTree {
  sealMaps(state);
  const canisters = canisterMap(state, tree);
  const requests = requestMap(state, tree);
  const ranges = state.network.map((subnet): Entry => [stateLabel(principalToBytes(subnet.id)), shardedRanges(subnet, tree)]).sort(byLabel);
  const subnets = state.network.map((subnet) => subnetEntry(state, subnet, tree)).sort(byLabel);
  return lazyLabels(
    [
      [LABEL.canister, canisters],
      [LABEL.canisterRanges, lazyLabels(ranges, tree)],
      [LABEL.requestStatus, requests],
      [LABEL.subnet, lazyLabels(subnets, tree)],
      [LABEL.time, natLeaf(state.timeNs, tree)],
    ],
    tree,
  );
}
