/**
 * One batch: `(state, batch) -> state'`. A pure function of both, whatever the host's clock, threads and caches do.
 * @module
 */
import { assert } from '../base/index.ts';
import {
  canisterForWrite,
  type CanisterResponse,
  type IngressMessage,
  type ReplicatedState,
  timeKey,
  updateActivity,
} from '../state/index.ts';
import type { ExecutionEnvironment, Running } from './environment.ts';
import { ErrorCode, RejectCode, userError } from './error-codes.ts';
import { captureHeaps } from './heap.ts';
import { inductIngress } from './induction.ts';
import { pruneIngressHistory } from './ingress-status.ts';
import { answerRandomness } from './management/run.ts';
import { countQueued } from './queue-totals.ts';
import { chargeResources } from './resource-charges.ts';
import { type BatchProgress, createBatchProgress, resumePaused, runMessages } from './scheduler.ts';
import { expireStopRequests } from './stopping.ts';
import { fireHeartbeats, fireTimers } from './timers.ts';

/** Everything from outside that a batch brings. */
export type Batch = {
  readonly height: bigint;
  /** Nanoseconds since 1970, not before the last batch. */
  readonly timeNs: bigint;
  readonly protocolVersion: number;
  /** 32 bytes that nobody could know when earlier batches were made. */
  readonly randomness: Uint8Array;
  readonly ingress: readonly IngressMessage[];
  /** Whether canisters have their heartbeat in this batch. */
  readonly heartbeat: boolean;
};

/** What the host is told about a batch. */
export type BatchOutcome = { readonly messages: number; readonly instructions: bigint };

/** Whether an honest node could have proposed the batch; undefined when it could, else what is wrong. */
export function checkBatch(state: ReplicatedState, batch: Batch): string | undefined {
  if (batch.height !== state.height + 1n) return `the batch has height ${batch.height}, the state waits for ${state.height + 1n}`;
  if (batch.timeNs < state.timeNs) return 'the time of the batch lies before that of the last one';
  if (batch.protocolVersion !== state.protocolVersion)
    return `the batch is of protocol version ${batch.protocolVersion}, the state of ${state.protocolVersion}`;
  if (batch.randomness.length !== 32) return 'the randomness of a batch has 32 bytes';
  return undefined;
}

/** Answers best-effort calls whose deadline has passed. */
function expireCalls(state: ReplicatedState): void {
  const limit = `${timeKey(state.timeNs)}~`;
  const error = userError(ErrorCode.DeadlineExpired, 'Call deadline has expired.');
  for (;;) {
    const first = state.deadlines.first();
    if (first === undefined || first[0] > limit) return;
    state.deadlines.delete(first[0]);
    const canister = canisterForWrite(state, first[1].canister);
    const callback = canister?.callbacks.get(first[1].callbackId);
    if (canister === undefined || callback === undefined) continue;
    const response: CanisterResponse = {
      kind: 'response',
      originator: canister.id,
      respondent: callback.respondent,
      callbackId: callback.id,
      refund: 0n,
      payload: { kind: 'reject', code: RejectCode.SysUnknown, message: error.message },
    };
    canister.inputQueue.push(response);
    countQueued(state, response);
    updateActivity(state, canister);
  }
}

/** Runs a batch. Afterwards the state stands at the batch's height and every heap is captured. */
export function* applyBatch(environment: ExecutionEnvironment, batch: Batch): Running<BatchOutcome> {
  const { state } = environment;
  const wrong = checkBatch(state, batch);
  assert(wrong === undefined, wrong ?? '');
  state.height = batch.height;
  state.timeNs = batch.timeNs;
  pruneIngressHistory(state);
  expireCalls(state);
  expireStopRequests(environment);
  chargeResources(environment);
  answerRandomness(environment, batch.randomness);
  fireTimers(state);
  if (batch.heartbeat) fireHeartbeats(state);
  const before = state.ingressHistory.entries.size;
  for (const message of batch.ingress) inductIngress(environment, message);
  state.metrics.updateTransactions += state.ingressHistory.entries.size - before;
  const progress: BatchProgress = createBatchProgress();
  yield* resumePaused(environment, progress);
  yield* runMessages(environment, progress);
  captureHeaps(environment, progress.touched);
  return { messages: progress.messages, instructions: progress.instructions };
}

/** Whether the next batch has something to do even without new input. */
export function hasPendingWork(state: ReplicatedState): boolean {
  return state.active.size > 0 || state.managementQueue.size > 0 || state.randomnessRequests.length > 0;
}

/** When the state wants a batch without new input: the nearest timer, deadline or expiry; undefined for never. */
export function nextWakeNs(state: ReplicatedState): bigint | undefined {
  const keys = [state.timers, state.deadlines, state.stopping].map((index) => index.first()?.[0].slice(0, 16));
  const nearest = keys
    .filter((key) => key !== undefined)
    .reduce<string | undefined>((a, b) => (a !== undefined && a < b ? a : b), undefined);
  return nearest === undefined ? undefined : BigInt(`0x${nearest}`);
}

/** Whether canisters want heartbeats. */
export function wantsHeartbeat(state: ReplicatedState): boolean {
  return state.heartbeats.size > 0;
}
