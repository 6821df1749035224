/**
 * What the load generator is asked for, and what it tells of it.
 * @module
 */
import type { Verification } from './verify-answers.ts';

/** Requests of one kind. */
export type LoadRequests =
  /** Signed update calls or queries of a canister. */
  | {
      readonly kind: 'call' | 'query';
      readonly canisterId: string;
      readonly methodName: string;
      readonly arg: Uint8Array;
      readonly senders: number;
      /** Validity beyond the planned time, milliseconds; three minutes and more unless given. */
      readonly validMs?: number;
    }
  /** The same request again and again. */
  | { readonly kind: 'get'; readonly path: string; readonly host?: string }
  /** A request with a body of CBOR, again and again. */
  | { readonly kind: 'post'; readonly path: string; readonly body: Uint8Array; readonly wanted: string }
  /** Signed Ethereum transfers, from this nonce on. */
  | { readonly kind: 'transfer'; readonly firstNonce: number };

export type LoadJob = {
  readonly requests: LoadRequests;
  readonly port: number;
  /** Address that the connections come from; the system's choice unless given. */
  readonly localAddress?: string;
  readonly connections: number;
  /** Infinity: as many as the connections take. */
  readonly ratePerSecond: number;
  /** Requests that are made ready; those that are not needed are not sent. */
  readonly count: number;
  readonly timeMs: number;
  /** Time for the last answers, and for each of them; half a minute unless given. */
  readonly answerTimeMs?: number;
  /** Whether answers are kept to be verified. */
  readonly keeps: boolean;
};

export type LoadReport = {
  /** Wanted answers, also per second. */
  readonly answered: number;
  readonly perSecond: number;
  /** Milliseconds from the time when a request was due. 0 without any answer. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
  /** Requests without a wanted answer, by kind. */
  readonly failures: Readonly<Record<string, number>>;
  readonly seconds: number;
  /** Processor time of the generator for each answer, microseconds; of all jobs that run together. */
  readonly ownCpuUs: number;
  /** How late the generator was with a request though a connection was free: 99th percentile, milliseconds. */
  readonly lateness: number;
};

export type GeneratorRequest =
  | { readonly kind: 'prepare'; readonly id: number; readonly job: LoadJob }
  | { readonly kind: 'run'; readonly id: number }
  | { readonly kind: 'forget'; readonly id: number }
  | {
      readonly kind: 'verify';
      readonly id: number;
      readonly rootKeyDer: Uint8Array;
      readonly canisterId: string;
      readonly share: number;
    };

export type GeneratorAnswer = { readonly id: number } & (
  | { readonly kind: 'prepared' | 'forgotten' }
  | { readonly kind: 'report'; readonly report: LoadReport }
  | { readonly kind: 'verification'; readonly verification: Verification }
  | { readonly kind: 'fault'; readonly message: string }
);
