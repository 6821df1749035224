/**
 * What the replica of a node says of itself: plain data that crosses threads as it is. Times in seconds, sizes in bytes, instants in
 * milliseconds since 1970.
 * @module
 */
import type { PrincipalId } from '@myelin/core/base';
import type { Histogram } from './histogram.ts';
import type { ThreadLoad } from './thread-load.ts';

/** A cache: what it holds, how often it had what was asked for. */
export type CacheFigures = { readonly name: string; readonly size: number | undefined; readonly hits: number; readonly misses: number };

/** A thread of the node: how busy it is, and the caches that it has for itself. */
export type ThreadFigures = ThreadLoad & { readonly name: string; readonly caches: readonly CacheFigures[] };

/** Update calls as they were answered at admission. */
export type AdmissionFigures = {
  readonly accepted: number;
  /** Refusals by error code (`IC0301`, …); `busy` when the pool is full. */
  readonly refused: readonly (readonly [code: string, count: number])[];
};

/** Update calls on their way into a batch. */
export type PoolFigures = {
  /** Offered and in no durable batch yet. */
  readonly offered: number;
  /** Requests whose callers wait for a certificate. */
  readonly waiting: number;
  readonly pooledMessages: number;
  readonly pooledBytes: number;
};

export type BatchFigures = {
  readonly ingressMessages: number;
  readonly messages: number;
  readonly instructions: number;
  readonly execution: Histogram;
  /** From the hand-over to the log until the batch is durable. */
  readonly durable: Histogram;
  /** From the hand-over to the publication of the state after it. */
  readonly whole: Histogram;
  /** For how long the batch runs that runs now; 0 when there is none. */
  readonly runningSeconds: number;
};

export type QueryFigures = { readonly replied: number; readonly rejected: number; readonly duration: Histogram };

export type StateFigures = {
  readonly canisters: number;
  /** Canisters with something to execute, and those whose message goes on in a later batch. */
  readonly activeCanisters: number;
  readonly pausedCanisters: number;
  /** Messages in the queues of canisters. */
  readonly queuedMessages: number;
  readonly queuedBytes: number;
  /** Memory of all canisters as storage is billed. */
  readonly memoryBytes: number;
  readonly ingressHistory: number;
  /** Update calls and instructions since genesis. */
  readonly updates: number;
  readonly instructions: number;
  readonly cyclesMinted: number;
  readonly cyclesBurned: number;
};

export type CheckpointFigures = {
  readonly height: number;
  readonly taken: number;
  readonly duration: Histogram;
  readonly running: boolean;
};

export type LogFigures = {
  readonly bytes: number;
  /** Bytes that are left on its disk. */
  readonly freeBytes: number | undefined;
};

/** Lines that queries printed, and those that were dropped because too many came at once. */
export type QueryLineFigures = { readonly lines: number; readonly dropped: number };

/** What the replica itself counts. */
export type CoreSnapshot = {
  /** Height and replicated time of the certified state. */
  readonly height: number;
  readonly timeMs: number;
  /** Why no batch is made any more. */
  readonly fault: string | undefined;
  readonly pool: PoolFigures;
  readonly batches: BatchFigures;
  readonly state: StateFigures;
  /** Undefined when the network is kept in memory only. */
  readonly checkpoints: CheckpointFigures | undefined;
  readonly log: LogFigures | undefined;
  readonly threads: readonly ThreadFigures[];
  readonly queryLines: QueryLineFigures;
};

/** With what is counted in front of it. */
export type ReplicaSnapshot = CoreSnapshot & { readonly admissions: AdmissionFigures; readonly queries: QueryFigures };

/** One canister as the operator of the node sees it. */
export type CanisterFacts = {
  readonly id: PrincipalId;
  readonly status: 'running' | 'stopping' | 'stopped';
  /** Hex; undefined without a module. */
  readonly moduleHash: string | undefined;
  /** Decimal. */
  readonly cycles: string;
  /** Burned for everything since the canister was created. Decimal. */
  readonly burnedCycles: string;
  /** The version of the canister: each message that it executes and each change of its code or settings counts once. */
  readonly version: number;
  /** As storage is billed. */
  readonly memoryBytes: number;
  /** Sizes of the two memories that programs see. */
  readonly heapBytes: number;
  readonly stableBytes: number;
  readonly queuedMessages: number;
};

/** Some canisters and sums over all of them. */
export type CanisterListing = {
  /** When this was: milliseconds of a clock that only goes forward while the replica runs. */
  readonly clockMs: number;
  readonly canisters: readonly CanisterFacts[];
  readonly running: number;
  readonly stopping: number;
  readonly stopped: number;
  /** Pages of 4 KiB that are not all zero. */
  readonly heapPages: number;
  readonly stablePages: number;
};
