/**
 * What the HTTP side needs from the replica behind it. Everything here runs after the envelope was decoded, bounded and its
 * signature checked.
 * @module
 */
import type { PrincipalId } from '@myelin/core/base';

/** A reject response, as the interface spec defines it. */
export type Reject = { readonly rejectCode: number; readonly rejectMessage: string; readonly errorCode: string };

/** One update call whose envelope was checked. `raw` is the whole envelope as it arrived: what the input log keeps. */
export type IngressMessage = {
  readonly requestId: Uint8Array;
  readonly sender: PrincipalId;
  readonly canisterId: PrincipalId;
  /** From the URL, checked; of a call at the endpoint of a subnet, the id of that subnet. */
  readonly effectiveCanisterId: PrincipalId;
  readonly methodName: string;
  readonly arg: Uint8Array;
  /** Nanoseconds since 1970. */
  readonly ingressExpiry: bigint;
  readonly senderInfo?: { readonly info: Uint8Array; readonly signer: PrincipalId };
  readonly raw: Uint8Array;
};

export type QueryCall = {
  readonly requestId: Uint8Array;
  readonly sender: PrincipalId;
  readonly canisterId: PrincipalId;
  readonly methodName: string;
  readonly arg: Uint8Array;
  readonly senderInfo?: { readonly info: Uint8Array; readonly signer: PrincipalId };
};

export type QueryAnswer = { readonly status: 'replied'; readonly arg: Uint8Array } | ({ readonly status: 'rejected' } & Reject);

/** Why an update call was not taken: a non-replicated reject (HTTP 200), or a full pool (HTTP 429). */
export type SubmitRefusal = ({ readonly kind: 'rejected' } & Reject) | { readonly kind: 'busy'; readonly message: string };

/** Whose request it is. */
export type RequestOwner = {
  readonly sender: PrincipalId;
  /** The `canister_id` that was called. */
  readonly receiver: PrincipalId;
  /** The effective canister or subnet of the call; not checked when the replica does not keep it. */
  readonly effectiveCanisterId?: PrincipalId;
};

/** Label path into the state tree. */
export type StatePath = readonly Uint8Array[];

/** One subnet as the endpoints see it. */
export interface ReplicaPort {
  readonly subnetId: PrincipalId;
  readonly nodeId: PrincipalId;
  /** DER public key of the network: what clients verify certificates with. */
  readonly rootKeyDer: Uint8Array;
  /** Whether this subnet is the root subnet (it then serves `/canister_ranges` of all subnets). */
  readonly isRoot: boolean;
  /** Replicated time, nanoseconds; certificates carry it. */
  readonly timeNs: bigint;
  /** The time now, nanoseconds, never before `timeNs`: what expiries are checked against. */
  readonly wallTimeNs: () => bigint;
  /** Whether the canister id lies in this subnet's ranges. */
  hostsCanisterId(id: PrincipalId): boolean;
  /** Controllers of a canister, or undefined when it does not exist: decides who may read private metadata. */
  controllersOf(id: PrincipalId): readonly PrincipalId[] | undefined;
  /**
   * Runs `inspect_message` and the admission checks, then hands the message to ordering. Durable once resolved with `accepted`.
   * A message that is pending or known already is accepted again and has no further effect.
   */
  submit(message: IngressMessage): Promise<{ readonly kind: 'accepted' } | SubmitRefusal>;
  /**
   * Resolves with the CBOR certificate that proves the final status of the request, or undefined after `timeoutMs`.
   * @param delegationScope - which delegation a v3 (`subnet`) or v4 (`canister_ranges`) certificate carries.
   */
  waitForCertificate(
    requestId: Uint8Array,
    timeoutMs: number,
    delegationScope: 'subnet' | 'canister_ranges',
  ): Promise<Uint8Array | undefined>;
  query(call: QueryCall): Promise<{ readonly answer: QueryAnswer; readonly timestampNs: bigint }>;
  /** Ed25519 signature by the node's key. */
  signAsNode(message: Uint8Array): Uint8Array;
  /**
   * CBOR certificate with exactly these paths revealed (and `/time`), no older than 30 s. Access was checked by the caller.
   * With `canister_ranges` a path that is a prefix of `/subnet/<id>/canister_ranges` does not reveal it, except for the root subnet.
   */
  readState(paths: readonly StatePath[], delegationScope: 'subnet' | 'canister_ranges'): Promise<Uint8Array>;
  /** Whose a known request is, or undefined: decides who may read its status. */
  requestOwner(requestId: Uint8Array): RequestOwner | undefined;
  /** Whether a public or private metadata section of that name exists, and its visibility. */
  metadataVisibility(canister: PrincipalId, name: string): 'public' | 'private' | undefined;
  /** Some canisters of this subnet, at most `limit`: what the landing page lists. */
  canisterIds?(limit: number): readonly PrincipalId[];
}
