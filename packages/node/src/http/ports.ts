/**
 * What the HTTP side needs from the replica behind it. Everything here runs after the envelope was decoded, bounded and its
 * signature checked.
 * @module
 */
import type { PrincipalId, Result } from '@myelin/core/base';
import type { SignatureVerifier } from '@myelin/core/crypto';
import type { LogAnswer, LogQuestion } from '../canister-logs/index.ts';
import type { CanisterListing, ReplicaSnapshot } from '../metrics/index.ts';
import type { HttpFailure } from './failure.ts';
import type { ReadStateRequest } from './read-state-access.ts';

/** A reject response, as the interface spec defines it. */
export type Reject = { readonly rejectCode: number; readonly rejectMessage: string; readonly errorCode: string };

/** One update call whose envelope was checked. */
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
};

export type QueryCall = {
  readonly requestId: Uint8Array;
  readonly sender: PrincipalId;
  readonly canisterId: PrincipalId;
  readonly methodName: string;
  readonly arg: Uint8Array;
  readonly senderInfo?: { readonly info: Uint8Array; readonly signer: PrincipalId };
};

/** A signature that a request stands on and nobody has verified yet: what a verifier is asked. */
export type SignatureClaim = Parameters<SignatureVerifier['verify']>;

export type QueryAnswer = { readonly status: 'replied'; readonly arg: Uint8Array } | ({ readonly status: 'rejected' } & Reject);

/** Why an update call was not taken: a non-replicated reject (HTTP 200), or a full pool (HTTP 429). */
export type SubmitRefusal = ({ readonly kind: 'rejected' } & Reject) | { readonly kind: 'busy'; readonly message: string };

/** Label path into the state tree. */
export type StatePath = readonly Uint8Array[];

/** A message that was taken in. */
export type Accepted = {
  readonly kind: 'accepted';
  /** Certificate of its final status, where that was there by the time the message was durable and somebody had asked for it. */
  readonly certificate: Uint8Array | undefined;
};

/** Which delegation a v2 or v3 (`subnet`) or v4 (`canister_ranges`) certificate carries. */
export type DelegationScope = 'subnet' | 'canister_ranges';

/** One subnet as the endpoints see it. What takes its state to answer may come from another thread. */
export interface ReplicaPort {
  readonly subnetId: PrincipalId;
  readonly nodeId: PrincipalId;
  /** DER public key of the network: what clients verify certificates with. */
  readonly rootKeyDer: Uint8Array;
  /** The time now, nanoseconds, never before that of a certificate: what expiries are checked against. */
  readonly wallTimeNs: () => bigint;
  /** Whether the canister id lies in this subnet's ranges. */
  hostsCanisterId(id: PrincipalId): boolean;
  /**
   * Runs `inspect_message` and the admission checks, then hands the message to ordering. Durable once resolved with `accepted`.
   * A message that is pending or known already is accepted again and has no further effect.
   * @param scope - of the certificate, if one is wanted.
   */
  submit(message: IngressMessage, scope?: DelegationScope): Promise<Accepted | SubmitRefusal>;
  /** Resolves with the CBOR certificate that proves the final status of the request, or undefined after `timeoutMs`. */
  waitForCertificate(requestId: Uint8Array, timeoutMs: number, scope: DelegationScope): Promise<Uint8Array | undefined>;
  /** Executes a query call. The answer is signed by the node's key (Ed25519) unless the caller does without. */
  query(call: QueryCall, options?: { readonly unsigned: boolean }): Promise<AnsweredQuery>;
  /** As `query`, if the claim holds, which is verified where the query runs, before it runs; else `unproven`, and nothing is executed. */
  queryIfProven(call: QueryCall, claim: SignatureClaim | undefined): Promise<AnsweredQuery | 'unproven'>;
  /**
   * CBOR certificate with exactly these paths revealed (and `/time`), no older than 30 s; or why the sender may not see them.
   * With `canister_ranges` a path that is a prefix of `/subnet/<id>/canister_ranges` does not reveal it, except for the root subnet.
   */
  readState(request: ReadStateRequest, scope: DelegationScope): Promise<Result<Uint8Array, HttpFailure>>;
  /** Some canisters of this subnet, at most `limit`: what the landing page lists. */
  canisterIds(limit: number): Promise<readonly PrincipalId[]>;
  /** What the replica and its threads say of themselves. Plain data; cheap whatever the state holds. */
  snapshot(): Promise<ReplicaSnapshot>;
  /** Some canisters, at most `limit`, and sums over all of them. Plain data. */
  listCanisters(limit: number): Promise<CanisterListing>;
  /** Lines of the canisters' logs, for the operator of the node. Plain data. */
  readLogs(question: LogQuestion): Promise<LogAnswer>;
}

export type AnsweredQuery = {
  readonly answer: QueryAnswer;
  /** Replicated time of the state that it ran on. */
  readonly timestampNs: bigint;
  /** 64 bytes; undefined when it was not wanted. */
  readonly signature: Uint8Array | undefined;
};
