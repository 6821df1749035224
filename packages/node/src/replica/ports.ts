/**
 * The replica as the front of its node asks it: plain data in both directions, so that it may live in another thread.
 * @module
 */
import type { PrincipalId, Result } from '@myelin/core/base';
import type { UnsignedCertificate } from '@myelin/core/certification';
import type { ExecutionConfig, ManagementQuery } from '@myelin/core/execution';
import type { SubnetRecord } from '@myelin/core/state';
import type { ManagementAnswer } from '@myelin/network';
import type { LogAnswer, LogQuestion } from '../canister-logs/index.ts';
import type { HttpFailure, IngressMessage, QueryAnswer, QueryCall, ReadStateRequest, SubmitRefusal } from '../http/index.ts';
import type { CanisterListing, CoreSnapshot } from '../metrics/index.ts';

/** As long a certified state serves before a batch is made for who looks, in nanoseconds. */
export const FRESH_NS = 30_000_000_000n;

/** Where the certified state of a replica stands. */
export type Position = {
  readonly height: bigint;
  /** Replicated time, nanoseconds since 1970. */
  readonly timeNs: bigint;
};

/** What a certified state holds, in numbers. */
export type StateFigures = Position & {
  readonly canisters: number;
  /** Memory of all canisters, in bytes. */
  readonly memoryBytes: bigint;
};

/** A certificate that lacks its signature: the front signs, off the path of execution. */
export type StateProof = UnsignedCertificate & Position;

/** What identifies a network and its node, keys included. Stays in the process. */
export type NodeIdentity = {
  readonly subnet: SubnetRecord;
  /** DER public key of the network. */
  readonly rootKeyDer: Uint8Array;
  readonly nodeId: PrincipalId;
  /** Ed25519 seed of the node's key. */
  readonly nodeSeed: Uint8Array;
  readonly blsSecretKey: Uint8Array;
  readonly config: ExecutionConfig;
};

export type SubmitOptions = {
  /** Whether a proof of the final status is wanted, if it is there at once. */
  readonly certify: boolean;
  /** Who asks the canister whether it takes the message: the replica, the caller if there is something to ask, or nobody any more. */
  readonly inspect: 'here' | 'elsewhere' | 'done';
};

export type Submitted =
  | { readonly kind: 'accepted'; readonly proof: StateProof | undefined }
  /** The canister has a say: ask it on a state that is at least as new, then submit again. */
  | { readonly kind: 'inspect'; readonly position: Position }
  | SubmitRefusal;

/** A canister's certified data with what proves it. */
export type CertifiedData = { readonly proof: StateProof; readonly certifiedData: Uint8Array };

/** One replica. */
export interface ReplicaCore {
  /** Checks a message and hands it to ordering. Durable once resolved with `accepted`. */
  submit(message: IngressMessage, options: SubmitOptions): Promise<Submitted>;
  /** Proof of the final status of a request, or undefined after `timeoutMs`. */
  waitForProof(requestId: Uint8Array, timeoutMs: number): Promise<StateProof | undefined>;
  /** Proof of what a request may see, no older than 30 s. */
  readState(request: ReadStateRequest): Promise<Result<StateProof, HttpFailure>>;
  /** Executes a query call on the whole certified state. */
  query(call: QueryCall): Promise<{ readonly answer: QueryAnswer; readonly position: Position }>;
  /** Answers what a canister asks the management canister in a query that runs elsewhere. */
  manage(query: ManagementQuery): Promise<ManagementAnswer>;
  /** The certified data of a canister; undefined when there is no such canister. */
  certifiedData(id: PrincipalId): Promise<CertifiedData | undefined>;
  /** Makes a batch if the certified state is older than 30 s. */
  freshen(): Promise<Position>;
  /** Some canisters, at most `limit`. */
  canisterIds(limit: number): Promise<readonly PrincipalId[]>;
  /** Where the certified state stands, and how much it holds. */
  stateFigures(): Promise<StateFigures>;
  /** What it has counted. */
  snapshot(): Promise<CoreSnapshot>;
  /** Some canisters, at most `limit`, and sums over all of them. */
  listCanisters(limit: number): Promise<CanisterListing>;
  /** Lines of the canisters' logs. */
  readLogs(question: LogQuestion): Promise<LogAnswer>;
}
