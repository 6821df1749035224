/**
 * Decides when a checkpoint is taken, and takes it beside everything else.
 *
 * The state is forked, which costs nothing; its records are read a few milliseconds at a time and written by another thread. When they are durable
 * the input log before them goes.
 * @module
 */
import { setImmediate as nextTurn } from 'node:timers';
import { setImmediate } from 'node:timers/promises';
import type { StateRecorder } from '@myelin/core/state';
import type { SubnetHost } from '@myelin/network';
import { type CheckpointFigures, copyHistogram, createHistogram, observe } from '../metrics/index.ts';
import type { CheckpointStore, FileInputLog, ModuleFiles } from '../store/index.ts';
import { type PageKeeper, RESIDENT_BYTES_DEFAULT } from './page-keeper.ts';

export type CheckpointerParts = {
  readonly host: SubnetHost;
  readonly log: FileInputLog;
  readonly store: CheckpointStore;
  /** Knows what the store holds. */
  readonly recorder: StateRecorder;
  /** Lets pages go that the store holds. */
  readonly keeper: PageKeeper;
  /** Keeps modules for the next start. */
  readonly modules: ModuleFiles;
  readonly onFault: (error: unknown) => void;
  /** Told of a checkpoint that is complete: its height, and how long it took. */
  readonly onTaken?: (height: bigint, durationMs: number) => void;
  readonly limits?: Partial<CheckpointLimits>;
};

/** When a checkpoint is due: what a restart would have to run again is bounded by both. */
export type CheckpointLimits = {
  readonly logBytes: number;
  readonly batches: bigint;
  /** Bytes of pages that messages wrote: they stay in memory until a checkpoint holds them. */
  readonly writtenBytes: number;
  /** With more in the queues a checkpoint waits: they are part of the records of their canisters, which must fit what a store takes (1 GB). */
  readonly queuedBytesMax: number;
  /** Bytes of pages that are kept in memory; the others are read from the checkpoint when they are needed. */
  readonly residentBytesMax: number;
};

export const CHECKPOINT_LIMITS_DEFAULT: CheckpointLimits = {
  logBytes: 64 * 1024 * 1024,
  batches: 5_000n,
  writtenBytes: 512 * 1024 * 1024,
  queuedBytesMax: 256 * 1024 * 1024,
  residentBytesMax: RESIDENT_BYTES_DEFAULT,
};

/** More rounds than this help nobody: canisters write faster than this thread hashes. */
const HASH_ROUNDS_MAX = 4;

/** How long this thread hashes before other work of it has its turn, in milliseconds. */
const TURN_MS = 4;

/** Runs steps to their end; other work of this thread comes between. Returns how many turns that took. */
async function runInTurns(steps: Iterable<void>): Promise<number> {
  let turns = 1;
  let began = performance.now();
  for (const _ of steps) {
    if (performance.now() - began < TURN_MS) continue;
    await setImmediate();
    turns++;
    began = performance.now();
  }
  return turns;
}

export class Checkpointer {
  readonly #parts: CheckpointerParts;
  readonly #limits: CheckpointLimits;
  #lastHeight: bigint;
  /** What messages had written when the last checkpoint was taken. */
  #writtenBefore = 0;
  #running: Promise<void> | undefined;
  #hasFailed = false;
  #isClosing = false;
  /** Told when the next batch has ended, with whether there was one. */
  #atBatchEnd: ((hasEnded: boolean) => void) | undefined;
  #taken = 0;
  #completeHeight: bigint;
  readonly #duration = createHistogram();

  constructor(parts: CheckpointerParts) {
    this.#parts = parts;
    this.#completeHeight = parts.store.mark?.height ?? 0n;
    this.#limits = { ...CHECKPOINT_LIMITS_DEFAULT, ...parts.limits };
    this.#lastHeight = parts.store.mark?.height ?? 0n;
    // Whoever reads is in the middle of something.
    parts.keeper.onDue = () => void nextTurn(() => this.#afterReading());
  }

  /** What was done so far. */
  figures(): CheckpointFigures {
    const height = Number(this.#completeHeight);
    return { height, taken: this.#taken, duration: copyHistogram(this.#duration), running: this.#running !== undefined };
  }

  get #mustWait(): boolean {
    return this.#parts.host.certified.state.queuedBytes > this.#limits.queuedBytesMax;
  }

  /** Called when a batch was executed, is durable and published. */
  afterBatch(): void {
    this.#endWait(true);
    if (this.#running !== undefined || this.#hasFailed) return;
    if (this.#isDue) this.#begin(this.#take());
    else if (this.#parts.keeper.isDue) this.#begin(this.#letPagesGo());
  }

  /** Queries read pages too, and an idle network has no batches. */
  #afterReading(): void {
    if (this.#running !== undefined || this.#hasFailed || this.#isClosing) return;
    if (this.#parts.keeper.isDue) this.#begin(this.#letPagesGo());
  }

  get #isDue(): boolean {
    const { host, log } = this.#parts;
    const batches = host.certified.state.height - this.#lastHeight;
    if (this.#mustWait || batches === 0n) return false;
    const { logBytes, batches: batchesMax, writtenBytes } = this.#limits;
    return log.segmentBytes >= logBytes || batches >= batchesMax || host.writtenBytes - this.#writtenBefore >= writtenBytes;
  }

  #begin(work: Promise<void>): void {
    this.#running = work.then(
      () => {
        this.#running = undefined;
        this.#afterReading();
      },
      (error: unknown) => {
        this.#hasFailed = true;
        this.#parts.onFault(error);
      },
    );
  }

  /**
   * Hashes what has changed since the last checkpoint, a few milliseconds at a time. Batches go on meanwhile, so each round leaves what they changed;
   * the last of them leaves so little that the digest of the state is made at once.
   */
  async #hashAhead(): Promise<void> {
    const { host } = this.#parts;
    for (let round = 0; round < HASH_ROUNDS_MAX; round++) {
      const turns = await runInTurns(host.certified.digestInSteps());
      if (turns <= 1) return;
    }
  }

  /** Writes the published state. Batches may go on meanwhile. */
  async #take(): Promise<void> {
    const { host, log, store, recorder, keeper, modules } = this.#parts;
    const startedMs = performance.now();
    await this.#hashAhead();
    const begun = await this.#betweenBatches(() => {
      const { certified } = host;
      const digest = certified.digest();
      return { state: certified.state, digest, writtenBytes: host.writtenBytes, rotated: log.rotate(digest) };
    });
    if (begun === undefined) return;
    const { state, digest, writtenBytes, rotated } = begun;
    const { height, protocolVersion } = state;
    this.#lastHeight = height;
    this.#writtenBefore = writtenBytes;
    await rotated;
    await store.write({ height, digest, protocolVersion }, keeper.guarded(recorder.record(state)));
    await log.prune(height);
    await modules.write(recorder.takeNewModules());
    await modules.keepOnly(recorder.moduleHashes);
    await this.#letPagesGo();
    const durationMs = performance.now() - startedMs;
    this.#taken++;
    this.#completeHeight = height;
    observe(this.#duration, durationMs / 1e3);
    this.#parts.onTaken?.(height, durationMs);
  }

  async #letPagesGo(): Promise<void> {
    const { recorder, keeper } = this.#parts;
    if (recorder.recorded !== undefined) await runInTurns(keeper.round(recorder.recorded));
  }

  /** Runs something at once when no batch is on its way, else as soon as that has ended; not at all when it does not come to its end. */
  async #betweenBatches<T>(run: () => T): Promise<T | undefined> {
    const { host, log } = this.#parts;
    if (log.height === host.certified.state.height) return run();
    return await new Promise<T | undefined>((resolve, reject) => {
      this.#atBatchEnd = (hasEnded) => {
        try {
          resolve(hasEnded ? run() : undefined);
        } catch (error) {
          reject(error as Error);
        }
      };
    });
  }

  #endWait(hasEnded: boolean): void {
    const atBatchEnd = this.#atBatchEnd;
    this.#atBatchEnd = undefined;
    atBatchEnd?.(hasEnded);
  }

  /** Takes a last checkpoint, so that the next start has nothing to run again. Called when no batch comes any more. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#endWait(false);
    await this.#running;
    const { host, log } = this.#parts;
    const { height } = host.certified.state;
    // A batch beyond the published state has failed. It may be in the log or not: only the next start can tell, by running the log again.
    if (this.#hasFailed || this.#mustWait || log.height !== height || height <= this.#lastHeight) return;
    await this.#take();
  }
}
