/**
 * Messages between users, canisters and the management canister, as they lie in queues.
 * @module
 */
import type { PrincipalId } from '../base/index.ts';

/** Identity information that a canister signature carries about its user. */
export type SenderInfo = { readonly info: Uint8Array; readonly signer: PrincipalId };

/** An update call of a user. */
export type IngressMessage = {
  readonly kind: 'ingress';
  /** Lower-case hex of the request id. */
  readonly requestId: string;
  readonly sender: PrincipalId;
  readonly receiver: PrincipalId;
  readonly effectiveCanisterId: PrincipalId;
  readonly methodName: string;
  readonly arg: Uint8Array;
  /** Nanoseconds since 1970: execution does not start after this time. */
  readonly expiryNs: bigint;
  readonly senderInfo?: SenderInfo;
};

/** A call of a canister. */
export type CanisterRequest = {
  readonly kind: 'request';
  readonly sender: PrincipalId;
  readonly receiver: PrincipalId;
  readonly methodName: string;
  readonly payload: Uint8Array;
  /** Cycles transferred with the call. */
  readonly cycles: bigint;
  /** Callback of the sender that waits for the response. */
  readonly callbackId: number;
  /** Nanoseconds; 0 for a guaranteed response. */
  readonly deadlineNs: bigint;
  /** Version of the sender when the call was made. */
  readonly senderVersion: number;
};

export type ResponsePayload =
  | { readonly kind: 'reply'; readonly data: Uint8Array }
  | { readonly kind: 'reject'; readonly code: number; readonly message: string };

/** The response to a canister's call. */
export type CanisterResponse = {
  readonly kind: 'response';
  /** The canister that made the call. */
  readonly originator: PrincipalId;
  readonly respondent: PrincipalId;
  readonly callbackId: number;
  /** Cycles that come back. */
  readonly refund: bigint;
  readonly payload: ResponsePayload;
};

/** Whom a response goes to. */
export type CallOrigin =
  | { readonly kind: 'ingress'; readonly requestId: string; readonly sender: PrincipalId; readonly senderInfo?: SenderInfo }
  | {
      readonly kind: 'canister';
      readonly sender: PrincipalId;
      readonly callbackId: number;
      readonly deadlineNs: bigint;
      readonly senderVersion: number;
    }
  /** Heartbeats, timers and other tasks of the system: nobody waits. */
  | { readonly kind: 'system' };

/** A call to the management canister that waits for its target canister, or for its turn. */
export type ManagementCall = {
  readonly kind: 'management';
  readonly origin: CallOrigin;
  readonly sender: PrincipalId;
  readonly methodName: string;
  readonly payload: Uint8Array;
  /** Cycles attached by the calling canister; 0 for users. */
  readonly cycles: bigint;
  /** Module of a started `install_chunked_code` whose chunks lie in another canister than the target. */
  readonly module?: Uint8Array;
};
