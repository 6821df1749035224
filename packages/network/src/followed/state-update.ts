/**
 * What one thread tells another of certified states: plain data, as `postMessage` takes it.
 * @module
 */
import type { PrincipalId } from '@myelin/core/base';
import type { CanisterModule, CanisterState } from '@myelin/core/state';

/** Pages that have changed: new bytes, or nothing where a page is all zero now. */
export type PageChanges = readonly (readonly [index: number, bytes: Uint8Array | undefined])[];

/** Fields of a canister that queries read and that copy as they are. Queues, logs and contexts stay behind. */
export type FollowedFields = Pick<
  CanisterState,
  | 'settings'
  | 'version'
  | 'balance'
  | 'reservedBalance'
  | 'stablePages'
  | 'certifiedData'
  | 'logBytes'
  | 'history'
  | 'createdNs'
  | 'outstanding'
  | 'countedBytes'
  | 'reservedBytes'
>;

export function followedFields(canister: CanisterState): FollowedFields {
  return {
    settings: canister.settings,
    version: canister.version,
    balance: canister.balance,
    reservedBalance: canister.reservedBalance,
    stablePages: canister.stablePages,
    certifiedData: canister.certifiedData,
    logBytes: canister.logBytes,
    history: canister.history,
    createdNs: canister.createdNs,
    outstanding: canister.outstanding,
    countedBytes: canister.countedBytes,
    reservedBytes: canister.reservedBytes,
  };
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
  /** Modules that the receiver does not know yet. */
  readonly modules: readonly CanisterModule[];
  /** Hashes of modules that nothing refers to any more. */
  readonly droppedModules: readonly string[];
  readonly canisters: readonly CanisterUpdate[];
};
