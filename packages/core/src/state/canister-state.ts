/**
 * Everything the network remembers of one canister.
 *
 * A record belongs to the edit in which it was created or copied (`edit`): only that edit may change it in place. All others
 * copy it first (`forkCanister`), so a snapshot never sees a later change (docs/determinism.md, "State maps are path-copying").
 * @module
 */
import type { PrincipalId } from '../base/index.ts';
import type { CanisterModule, HeapImage } from './canister-module.ts';
import type { CallOrigin, CanisterRequest, CanisterResponse, IngressMessage, ManagementCall } from './messages.ts';
import { PageMap } from './page-map.ts';
import { PersistentMap } from './persistent-map.ts';
import { PersistentQueue } from './persistent-queue.ts';

/** Who may see something of a canister besides its controllers. */
export type Visibility =
  | { readonly kind: 'controllers' }
  | { readonly kind: 'public' }
  | { readonly kind: 'allowed_viewers'; readonly viewers: readonly PrincipalId[] };

export type EnvironmentVariable = { readonly name: string; readonly value: string };

/** Settings of a canister; immutable, replaced as a whole. Source: IC interface spec, "create_canister". */
export type CanisterSettings = {
  /** Ascending, without duplicates, at most 10. */
  readonly controllers: readonly PrincipalId[];
  /** Percent, 0 to 100. */
  readonly computeAllocation: number;
  /** Bytes; 0 for best effort. */
  readonly memoryAllocation: bigint;
  /** Seconds. */
  readonly freezingThreshold: bigint;
  /** Cycles. */
  readonly reservedCyclesLimit: bigint;
  /** Cycles. */
  readonly minimumIncomingCallCycles: bigint;
  readonly logVisibility: Visibility;
  readonly snapshotVisibility: Visibility;
  readonly statusVisibility: Visibility;
  /** Bytes; 0 for none. */
  readonly wasmMemoryLimit: bigint;
  /** Bytes. */
  readonly wasmMemoryThreshold: bigint;
  /** Bytes; 0 switches the log off. */
  readonly logMemoryLimit: number;
  /** Ascending by the UTF-8 bytes of the name. */
  readonly environmentVariables: readonly EnvironmentVariable[];
};

/** A caller that waits for `stop_canister`. */
export type StopRequest = { readonly origin: CallOrigin; readonly refund: bigint; readonly sinceNs: bigint };

export type CanisterStatus =
  | { readonly kind: 'running' }
  | { readonly kind: 'stopping'; readonly waiting: readonly StopRequest[] }
  | { readonly kind: 'stopped' };

/** A call that a canister works on: from its first message until it has responded and no call of its own is outstanding. */
export type CallContext = {
  readonly id: number;
  readonly origin: CallOrigin;
  /** Cycles of the caller that are not accepted yet. */
  readonly availableCycles: bigint;
  readonly responded: boolean;
  /** The canister was uninstalled: callbacks are not run any more. */
  readonly deleted: boolean;
  readonly createdNs: bigint;
  readonly outstandingCalls: number;
  /** Instructions of all messages of this context, for `performance_counter(1)`. */
  readonly instructions: bigint;
};

/** A table function and its environment. */
export type Closure = { readonly fun: number; readonly env: bigint };

/** What a canister wants done when a response arrives. */
export type Callback = {
  readonly id: number;
  readonly callContextId: number;
  readonly respondent: PrincipalId;
  /** Cycles sent with the call. */
  readonly cyclesSent: bigint;
  /** Cycles set aside to execute the callback. */
  readonly prepaidExecution: bigint;
  /** Cycles set aside to carry the largest response. */
  readonly prepaidTransmission: bigint;
  readonly onReply: Closure;
  readonly onReject: Closure;
  readonly onCleanup: Closure | undefined;
  /** Nanoseconds; 0 for a guaranteed response. */
  readonly deadlineNs: bigint;
};

/** A message of this canister as the scheduler takes it. */
export type CanisterInput = IngressMessage | CanisterRequest | CanisterResponse | { readonly kind: 'task'; readonly task: CanisterTask };

export type CanisterTask = 'heartbeat' | 'global_timer' | 'on_low_wasm_memory';

/**
 * A message that has started. While it is paused it is replicated as this record: what it sees are the values of its start, so
 * any node can build its stack again by running `slicesDone` slices (docs/determinism.md, "Time inside a message").
 */
export type StartedMessage = {
  readonly input: CanisterInput | ManagementCall;
  /** Call context that the message belongs to; undefined for tasks and calls to the management canister. */
  readonly callContextId: number | undefined;
  /** For a response: the callback that it wakes. */
  readonly callback: Callback | undefined;
  /** Replicated time at the start. */
  readonly startedNs: bigint;
  /** Memory that the subnet could give out at the start, in bytes. */
  readonly subnetMemoryAvailable: bigint;
  /** Bytes that messages could still take in queues at the start. */
  readonly queueBytesAvailable: number;
  readonly slicesDone: number;
};

export type LogRecord = { readonly index: number; readonly timestampNs: bigint; readonly content: Uint8Array };

export type ChangeOrigin =
  | { readonly kind: 'user'; readonly id: PrincipalId }
  | { readonly kind: 'canister'; readonly id: PrincipalId; readonly version: number | undefined };

export type CanisterChange = {
  readonly timestampNs: bigint;
  readonly canisterVersion: number;
  readonly origin: ChangeOrigin;
  readonly details:
    | { readonly kind: 'creation'; readonly controllers: readonly PrincipalId[]; readonly environmentVariablesHash: Uint8Array | undefined }
    | { readonly kind: 'code_uninstall' }
    | { readonly kind: 'code_deployment'; readonly mode: 'install' | 'reinstall' | 'upgrade'; readonly moduleHash: string }
    | { readonly kind: 'controllers_change'; readonly controllers: readonly PrincipalId[] };
};

/** State machine of the `on_low_wasm_memory` hook: runs once each time the remaining memory falls below the threshold. */
export type LowWasmMemoryHook = 'not_satisfied' | 'ready' | 'executed';

export type CanisterState = {
  /** The edit that owns this record. */
  edit: object;
  readonly id: PrincipalId;
  settings: CanisterSettings;
  status: CanisterStatus;
  version: number;
  /** Cycles. */
  balance: bigint;
  /** Cycles set aside for storage. */
  reservedBalance: bigint;
  /** Induction fees that wait until a paused message has completed. */
  inductionDebit: bigint;
  module: CanisterModule | undefined;
  heap: HeapImage;
  /** Identity of `heap` for the engine; a new object whenever the heap is replaced. */
  heapToken: object;
  /** Messages ran since the heap was last captured. */
  heapDirty: boolean;
  stable: PageMap;
  /** Size of the stable memory in 64 KiB pages. */
  stablePages: number;
  certifiedData: Uint8Array;
  /** Nanoseconds; 0 when not armed. */
  globalTimerNs: bigint;
  lowWasmMemoryHook: LowWasmMemoryHook;
  chunkStore: PersistentMap<Uint8Array>;
  /** Oldest first. */
  logs: PersistentQueue<LogRecord>;
  nextLogIndex: number;
  logBytes: number;
  history: readonly CanisterChange[];
  historyLength: number;
  readonly createdNs: bigint;
  installedNs: bigint;
  /** Calls to the management canister that act on this canister, in order. */
  managementQueue: PersistentQueue<ManagementCall>;
  /** Requests and responses, in order of arrival. */
  inputQueue: PersistentQueue<CanisterRequest | CanisterResponse>;
  ingressQueue: PersistentQueue<IngressMessage>;
  /** Tasks that are due, in order. */
  taskQueue: readonly CanisterTask[];
  /** Which of the two message queues is served next. */
  ingressTurn: boolean;
  callContexts: Map<number, CallContext>;
  callbacks: Map<number, Callback>;
  /** Calls without response, per callee: what bounds the queues between a pair. */
  outstanding: Map<PrincipalId, number>;
  nextCallContextId: number;
  nextCallbackId: number;
  /** The message that used up its slice and goes on in a later batch. */
  paused: StartedMessage | undefined;
  /** Replicated time up to which storage and compute are paid. */
  chargedUntilNs: bigint;
  /** Replicated time at which they are charged at the latest; 0 for a canister that has none. */
  nextChargeNs: bigint;
  /** Cycles burned for everything so far. */
  consumedCycles: bigint;
  /** Cycles in its call contexts and callbacks: not accepted yet, or set aside for responses. */
  heldCycles: bigint;
  /** Bytes of this canister that are counted in the memory of the subnet. */
  countedBytes: bigint;
  /** Bytes that its memory allocation keeps free for it; counted in the reserved memory of the subnet. */
  reservedBytes: bigint;
};

/** A copy that `edit` may change. */
export function forkCanister(canister: CanisterState, edit: object): CanisterState {
  return {
    ...canister,
    edit,
    stable: canister.stable.fork(),
    chunkStore: canister.chunkStore.fork(),
    logs: canister.logs.fork(),
    managementQueue: canister.managementQueue.fork(),
    inputQueue: canister.inputQueue.fork(),
    ingressQueue: canister.ingressQueue.fork(),
    callContexts: new Map(canister.callContexts),
    callbacks: new Map(canister.callbacks),
    outstanding: new Map(canister.outstanding),
  };
}

/** A heap with nothing in it: the state of an empty canister. */
export const EMPTY_HEAP: HeapImage = { pages: PageMap.empty(), wasmPages: 0, globals: new Uint8Array(0) };

/** A canister without code. */
export function createCanisterState(options: {
  readonly edit: object;
  readonly id: PrincipalId;
  readonly settings: CanisterSettings;
  readonly balance: bigint;
  readonly timeNs: bigint;
  readonly firstCallbackId: number;
}): CanisterState {
  return {
    edit: options.edit,
    id: options.id,
    settings: options.settings,
    status: { kind: 'running' },
    version: 0,
    balance: options.balance,
    reservedBalance: 0n,
    inductionDebit: 0n,
    module: undefined,
    heap: EMPTY_HEAP,
    heapToken: {},
    heapDirty: false,
    stable: PageMap.empty(),
    stablePages: 0,
    certifiedData: new Uint8Array(0),
    globalTimerNs: 0n,
    lowWasmMemoryHook: 'not_satisfied',
    chunkStore: PersistentMap.empty(),
    logs: PersistentQueue.empty(),
    nextLogIndex: 0,
    logBytes: 0,
    history: [],
    historyLength: 0,
    createdNs: options.timeNs,
    installedNs: 0n,
    managementQueue: PersistentQueue.empty(),
    inputQueue: PersistentQueue.empty(),
    ingressQueue: PersistentQueue.empty(),
    taskQueue: [],
    ingressTurn: true,
    callContexts: new Map(),
    callbacks: new Map(),
    outstanding: new Map(),
    nextCallContextId: 1,
    nextCallbackId: options.firstCallbackId,
    paused: undefined,
    chargedUntilNs: options.timeNs,
    nextChargeNs: 0n,
    consumedCycles: 0n,
    heldCycles: 0n,
    countedBytes: 0n,
    reservedBytes: 0n,
  };
}

/** Whether the canister has anything to execute now. */
export function hasWork(canister: CanisterState): boolean {
  return (
    canister.paused !== undefined ||
    canister.managementQueue.size > 0 ||
    canister.inputQueue.size > 0 ||
    canister.ingressQueue.size > 0 ||
    canister.taskQueue.length > 0
  );
}
