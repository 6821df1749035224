/**
 * The replicated state of one subnet.
 *
 * The runner of batches owns one mutable handle; `forkState` gives an independent one in constant time. Canister records are
 * reached through `canisterForRead` and `canisterForWrite` only.
 * @module
 */
import { assert, type PrincipalId } from '../base/index.ts';
import type { CanisterModule } from './canister-module.ts';
import { type CanisterState, forkCanister, hasWork } from './canister-state.ts';
import { createIngressHistory, forkIngressHistory, type IngressHistory } from './ingress-history.ts';
import type { CallOrigin, ManagementCall } from './messages.ts';
import { PersistentMap } from './persistent-map.ts';
import { PersistentQueue } from './persistent-queue.ts';

export type SubnetType = 'application' | 'system' | 'verified_application';

export type SubnetNode = { readonly id: PrincipalId; /** DER, Ed25519. */ readonly publicKey: Uint8Array };

/** Canister ids `first` to `last`, both included. */
export type CanisterRange = { readonly first: PrincipalId; readonly last: PrincipalId };

/** What a subnet knows of itself and of others; changes by registry deltas only. */
export type SubnetRecord = {
  readonly id: PrincipalId;
  readonly type: SubnetType;
  /** DER, BLS. */
  readonly publicKey: Uint8Array;
  readonly nodes: readonly SubnetNode[];
  readonly ranges: readonly CanisterRange[];
};

/** A request for randomness that the next batch answers. */
export type RandomnessRequest = { readonly origin: CallOrigin; readonly refund: bigint };

export type SubnetMetrics = { updateTransactions: number; instructions: bigint };

/**
 * Cycles of the whole subnet: `minted === balances + in flight + burned`. Checked as a difference at each message and in full by
 * `checkCycles`. `queued` are those that travel with messages in queues.
 */
export type CyclesTotals = { minted: bigint; burned: bigint; queued: bigint };

export type ReplicatedState = {
  /** Owner token of records that may be changed in place. */
  edit: object;
  height: bigint;
  /** Nanoseconds since 1970, never decreasing. */
  timeNs: bigint;
  protocolVersion: number;
  readonly subnet: SubnetRecord;
  /** Every subnet of the network, this one included, by subnet id. */
  readonly network: readonly SubnetRecord[];
  /** DER public key of the root subnet. */
  readonly rootKey: Uint8Array;
  /** Index of the next canister to be created without a specified id. */
  nextCanisterIndex: bigint;
  /** First callback id of a new canister. No deleted canister has used it or a later one, so late responses never meet another callback. */
  firstCallbackId: number;
  canisters: PersistentMap<CanisterState>;
  ingressHistory: IngressHistory;
  /** Armed global timers: 16 hex digits of the time, then the canister id. */
  timers: PersistentMap<PrincipalId>;
  /** Deadlines of best-effort calls: 16 hex digits of the time, then caller id and callback. */
  deadlines: PersistentMap<{ readonly canister: PrincipalId; readonly callbackId: number }>;
  /** Canisters that export `canister_heartbeat`. */
  heartbeats: PersistentMap<true>;
  /** Canisters with something to execute. */
  active: PersistentMap<true>;
  /** When the first of those is answered who wait for a canister to stop: 16 hex digits of the time, then the canister id. */
  stopping: PersistentMap<PrincipalId>;
  /** The canister after which the scheduler goes on. */
  scheduledLast: string;
  /** Canisters with a paused message: 16 hex digits of the time when it started, then the canister id. */
  paused: PersistentMap<PrincipalId>;
  randomnessRequests: readonly RandomnessRequest[];
  /** Calls to the management canister that act on no canister of this subnet, in order. */
  managementQueue: PersistentQueue<ManagementCall>;
  metrics: SubnetMetrics;
  cycles: CyclesTotals;
  /** Bytes of the messages in all queues. */
  queuedBytes: number;
  /** Bytes of all canisters, kept incrementally. */
  memoryBytes: bigint;
  /** Bytes that memory allocations keep free for their canisters. */
  reservedMemoryBytes: bigint;
  /** Percent of compute that is allocated. */
  computeAllocated: number;
  /** When storage and compute are charged next to the canisters that have some: 16 hex digits of the time, then the canister id. */
  charges: PersistentMap<PrincipalId>;
  /** How many canisters have a module, by its hash; changes with `setModule` only. */
  moduleUsers: PersistentMap<number>;
};

export function createReplicatedState(options: {
  readonly subnet: SubnetRecord;
  readonly network: readonly SubnetRecord[];
  readonly rootKey: Uint8Array;
  readonly timeNs: bigint;
  readonly protocolVersion: number;
  readonly firstCanisterIndex: bigint;
}): ReplicatedState {
  return {
    edit: {},
    height: 0n,
    timeNs: options.timeNs,
    protocolVersion: options.protocolVersion,
    subnet: options.subnet,
    network: options.network,
    rootKey: options.rootKey,
    nextCanisterIndex: options.firstCanisterIndex,
    firstCallbackId: 1,
    canisters: PersistentMap.empty(),
    ingressHistory: createIngressHistory(),
    timers: PersistentMap.empty(),
    deadlines: PersistentMap.empty(),
    heartbeats: PersistentMap.empty(),
    active: PersistentMap.empty(),
    stopping: PersistentMap.empty(),
    scheduledLast: '',
    paused: PersistentMap.empty(),
    randomnessRequests: [],
    managementQueue: PersistentQueue.empty(),
    metrics: { updateTransactions: 0, instructions: 0n },
    cycles: { minted: 0n, burned: 0n, queued: 0n },
    queuedBytes: 0,
    memoryBytes: 0n,
    reservedMemoryBytes: 0n,
    computeAllocated: 0,
    charges: PersistentMap.empty(),
    moduleUsers: PersistentMap.empty(),
  };
}

/** An independent handle on the same state, in constant time. Neither handle sees what the other changes later. */
export function forkState(state: ReplicatedState): ReplicatedState {
  state.edit = {};
  return {
    ...state,
    edit: {},
    canisters: state.canisters.fork(),
    ingressHistory: forkIngressHistory(state.ingressHistory),
    timers: state.timers.fork(),
    deadlines: state.deadlines.fork(),
    heartbeats: state.heartbeats.fork(),
    active: state.active.fork(),
    stopping: state.stopping.fork(),
    paused: state.paused.fork(),
    charges: state.charges.fork(),
    moduleUsers: state.moduleUsers.fork(),
    managementQueue: state.managementQueue.fork(),
    metrics: { ...state.metrics },
    cycles: { ...state.cycles },
  };
}

/** The record of a canister, not to be changed; undefined when there is none. */
export function canisterForRead(state: ReplicatedState, id: PrincipalId): CanisterState | undefined {
  return state.canisters.get(id);
}

/** The record of a canister, to be changed in place during this edit; undefined when there is none. */
export function canisterForWrite(state: ReplicatedState, id: PrincipalId): CanisterState | undefined {
  const canister = state.canisters.get(id);
  if (canister === undefined || canister.edit === state.edit) return canister;
  const copy = forkCanister(canister, state.edit);
  state.canisters.set(id, copy);
  return copy;
}

/** Adds a new canister. */
export function addCanister(state: ReplicatedState, canister: CanisterState): void {
  assert(!state.canisters.has(canister.id), 'a canister id is given out once');
  assert(canister.edit === state.edit, 'a new canister belongs to the running edit');
  state.canisters.set(canister.id, canister);
}

/** Gives a canister another module, or none, and keeps the count of those that have it in step. */
export function setModule(state: ReplicatedState, canister: CanisterState, module: CanisterModule | undefined): void {
  const users = state.moduleUsers;
  const before = canister.module?.hash;
  if (before !== module?.hash) {
    const left = before === undefined ? 0 : (users.get(before) ?? 0) - 1;
    if (before !== undefined && left > 0) users.set(before, left);
    else if (before !== undefined) users.delete(before);
    if (module !== undefined) users.set(module.hash, (users.get(module.hash) ?? 0) + 1);
  }
  canister.module = module;
}

/** Keeps the index of canisters with work in step with the canister's queues. */
export function updateActivity(state: ReplicatedState, canister: CanisterState): void {
  if (hasWork(canister)) {
    if (!state.active.has(canister.id)) state.active.set(canister.id, true);
  } else if (state.active.has(canister.id)) {
    state.active.delete(canister.id);
  }
}

/** Whether an id lies in the ranges of this subnet. */
export function subnetHostsId(subnet: SubnetRecord, id: PrincipalId): boolean {
  return subnet.ranges.some((range) => id.length === range.first.length && id >= range.first && id <= range.last);
}
