export { DIGEST_BYTES } from './digest.ts';
export type { ForkHash, TrieHashing, TrieVisitor } from './digest-trie.ts';
export type { HashSlot } from './trie-node.ts';
export { PageMap } from './page-map.ts';
export type { PageEntry } from './page-map.ts';
export { PAGE_BYTES, PAGE_INDEX_LIMIT } from './page-node.ts';
export { PersistentMap } from './persistent-map.ts';
export { RequestMap, ValueAtRest } from './requests/index.ts';
export type { MapEntry } from './persistent-map.ts';
export { PersistentQueue } from './persistent-queue.ts';
export { lazyLabels, lazyLeaf, lazyMap, lazyText, stateLabel, treeOfLabels } from './state-tree.ts';
export type { LabelVisitor, LabeledHash, LazyLabels, LazyLeaf, LazyTree, MapSubtrees, StateLabel } from './state-tree.ts';
export { createTreeHasher } from './state-tree-hash.ts';
export type { TreeHasher } from './state-tree-hash.ts';
export { buildWitness } from './state-tree-witness.ts';
export type { CanisterModule, HeapImage } from './canister-module.ts';
export { createCanisterState, EMPTY_HEAP, forkCanister, hasWork } from './canister-state.ts';
export type {
  CallContext,
  Callback,
  CanisterChange,
  CanisterInput,
  CanisterSettings,
  CanisterState,
  CanisterStatus,
  CanisterTask,
  ChangeOrigin,
  Closure,
  EnvironmentVariable,
  LogRecord,
  LowWasmMemoryHook,
  StartedMessage,
  StopRequest,
  Visibility,
} from './canister-state.ts';
export {
  createIngressHistory,
  DUE_REQUESTS_MAX,
  dueKey,
  dueKeyStart,
  dueRequestIds,
  ingressStatusBytes,
  isFinalStatus,
  numberOfDue,
  timeKey,
  timeOfDue,
} from './ingress-history.ts';
export type { DueEntries, IngressHistory, IngressStatus } from './ingress-history.ts';
export type {
  CallOrigin,
  CanisterRequest,
  CanisterResponse,
  IngressMessage,
  ManagementCall,
  ResponsePayload,
  SenderInfo,
} from './messages.ts';
export {
  addCanister,
  setModule,
  canisterForRead,
  canisterForWrite,
  createReplicatedState,
  forkState,
  subnetHostsId,
  updateActivity,
} from './replicated-state.ts';
export type {
  CanisterRange,
  CyclesTotals,
  RandomnessRequest,
  ReplicatedState,
  SubnetMetrics,
  SubnetNode,
  SubnetRecord,
  SubnetType,
} from './replicated-state.ts';
export { canonicalStateTree, hashCanonicalStateInSteps } from './canonical-state.ts';
export { encodeCanisterRecord, fullDigest, stateDelta, stateDeltaInSteps } from './state-digest.ts';
export { encodeStateValue } from './encode-state-value.ts';
export { decodeStateValue } from './decode-state-value.ts';
export {
  countResidentPages,
  restDueRequests,
  keysOfPages,
  RECORD_KIND,
  sendPagesAway,
  StateBuilder,
  StateRecorder,
  StoredPages,
} from './records/index.ts';
export type { LazyReading, ModuleLoader, PageShelf, PagesPlace, RecordChange, RecordReader, SharedNodes } from './records/index.ts';
