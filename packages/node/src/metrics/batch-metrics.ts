/**
 * Counters of a replica's batches, plain numbers that its own thread writes: what a message costs on the way is an addition.
 * @module
 */
import { performance } from 'node:perf_hooks';
import type { BatchOutcome } from '@myelin/core/execution';
import { copyHistogram, createHistogram, observe } from './histogram.ts';
import type { BatchFigures } from './snapshot.ts';

/** What is told of a batch that took long. Milliseconds. */
export type SlowBatch = {
  readonly height: number;
  readonly wholeMs: number;
  readonly executionMs: number;
  readonly durableMs: number;
  readonly messages: number;
  readonly instructions: number;
};

/** A batch on its way. */
export type BatchTimer = {
  readonly startedMs: number;
  executedMs: number;
  durableMs: number;
  outcome: BatchOutcome | undefined;
};

export class BatchMetrics {
  #ingressMessages = 0;
  #messages = 0;
  #instructions = 0;
  readonly #execution = createHistogram();
  readonly #durable = createHistogram();
  readonly #whole = createHistogram();
  #running: BatchTimer | undefined;

  startBatch(ingressMessages: number): BatchTimer {
    this.#ingressMessages += ingressMessages;
    const startedMs = performance.now();
    this.#running = { startedMs, executedMs: startedMs, durableMs: startedMs, outcome: undefined };
    return this.#running;
  }

  /** The batch is published. @returns how long it took, in milliseconds */
  endBatch(timer: BatchTimer, height: number): SlowBatch {
    const { startedMs, outcome } = timer;
    const whole = performance.now() - startedMs;
    const [execution, durable] = [timer.executedMs - startedMs, timer.durableMs - startedMs];
    const messages = outcome?.messages ?? 0;
    const instructions = Number(outcome?.instructions ?? 0n);
    observe(this.#execution, execution / 1e3);
    observe(this.#durable, durable / 1e3);
    observe(this.#whole, whole / 1e3);
    this.#messages += messages;
    this.#instructions += instructions;
    this.#running = undefined;
    return { height, wholeMs: whole, executionMs: execution, durableMs: durable, messages, instructions };
  }

  figures(): BatchFigures {
    return {
      ingressMessages: this.#ingressMessages,
      messages: this.#messages,
      instructions: this.#instructions,
      execution: copyHistogram(this.#execution),
      durable: copyHistogram(this.#durable),
      whole: copyHistogram(this.#whole),
      runningSeconds: this.#running === undefined ? 0 : (performance.now() - this.#running.startedMs) / 1e3,
    };
  }
}
