/**
 * What one thread tells another of certified states: plain data, as `postMessage` takes it.
 * @module
 */
import type { PrincipalId } from '@myelin/core/base';
import type { CanisterModule, CanisterState } from '@myelin/core/state';

/** Pages that have changed: new bytes, or nothing where a page is all zero now. */
export type PageChanges = readonly (readonly [index: number, bytes: Uint8Array | undefined])[];

/** What stays behind: identities, queues and contexts, and what is told in its own way. */
type FieldApart =
  | 'edit'
  | 'id'
  | 'status'
  | 'module'
  | 'heap'
  | 'heapToken'
  | 'heapDirty'
  | 'stable'
  | 'chunkStore'
  | 'logs'
  | 'managementQueue'
  | 'inputQueue'
  | 'ingressQueue'
  | 'taskQueue'
  | 'callContexts'
  | 'callbacks'
  | 'paused';

/** Fields of a canister that copy as they are. */
export type FollowedFields = Omit<CanisterState, FieldApart>;

/** Later than any time: no query sees storage as due. */
const NEVER_NS = 2n ** 63n;

export function followedFields(canister: CanisterState): FollowedFields {
  const {
    edit: _edit,
    id: _id,
    status: _status,
    module: _module,
    heap: _heap,
    heapToken: _heapToken,
    heapDirty: _heapDirty,
    stable: _stable,
    chunkStore: _chunkStore,
    logs: _logs,
    managementQueue: _managementQueue,
    inputQueue: _inputQueue,
    ingressQueue: _ingressQueue,
    taskQueue: _taskQueue,
    callContexts: _callContexts,
    callbacks: _callbacks,
    paused,
    ...fields
  } = canister;
  // While a message is paused its canister is not charged for storage, and queries see the balance as it is.
  return paused === undefined ? fields : { ...fields, chargedUntilNs: NEVER_NS };
}

/** Which canister, and the number that its follower gave when it began to follow it: news of an earlier time are told apart by that. */
type Subject = { readonly id: PrincipalId; readonly since: number };

/** The news of one canister. */
export type CanisterUpdate = Subject & CanisterNews;

export type CanisterNews =
  | { readonly kind: 'absent' }
  /** Pages of a canister that comes in several messages; the canister itself comes last. */
  | { readonly kind: 'pages'; readonly heap: PageChanges; readonly stable: PageChanges }
  | {
      readonly kind: 'canister';
      readonly fields: FollowedFields;
      readonly status: CanisterState['status']['kind'];
      /** Number of chunks in its store. */
      readonly chunks: number;
      readonly moduleHash: string | undefined;
      /** Undefined: as before. */
      readonly heap: { readonly pages: PageChanges; readonly wasmPages: number; readonly globals: Uint8Array } | undefined;
      readonly stable: PageChanges;
    };

/** A newer certified state, as far as the receiver follows it. */
export type StateUpdate = {
  readonly height: bigint;
  /** Nanoseconds since 1970. */
  readonly timeNs: bigint;
  /** Whether the receiver says when it has taken this in: what it does not take in does not pile up. */
  readonly asks: boolean;
  /** Modules that the receiver does not know yet. */
  readonly modules: readonly CanisterModule[];
  /** Hashes of modules that nothing refers to any more. */
  readonly droppedModules: readonly string[];
  readonly canisters: readonly CanisterUpdate[];
};
