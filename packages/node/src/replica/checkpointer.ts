/**
 * Decides when a checkpoint is taken, and takes it beside everything else.
 *
 * The state is forked, which costs nothing; its records are read a few milliseconds at a time and written by another thread. When they are durable
 * the input log before them goes.
 * @module
 */
import type { StateRecorder } from '@myelin/core/state';
import type { SubnetHost } from '@myelin/network';
import type { CheckpointStore, FileInputLog } from '../store/index.ts';

export type CheckpointerParts = {
  readonly host: SubnetHost;
  readonly log: FileInputLog;
  readonly store: CheckpointStore;
  /** Knows what the store holds. */
  readonly recorder: StateRecorder;
  readonly onFault: (error: unknown) => void;
  readonly limits?: Partial<CheckpointLimits>;
};

/** When a checkpoint is due: what a restart would have to run again is bounded by both. */
export type CheckpointLimits = {
  readonly logBytes: number;
  readonly batches: bigint;
  /** With more in the queues a checkpoint waits: they are part of the records of their canisters, which must fit what a store takes (1 GB). */
  readonly queuedBytesMax: number;
};

const LIMITS_DEFAULT: CheckpointLimits = { logBytes: 64 * 1024 * 1024, batches: 5_000n, queuedBytesMax: 256 * 1024 * 1024 };

export class Checkpointer {
  readonly #parts: CheckpointerParts;
  readonly #limits: CheckpointLimits;
  #lastHeight: bigint;
  #running: Promise<void> | undefined;
  #hasFailed = false;

  constructor(parts: CheckpointerParts) {
    this.#parts = parts;
    this.#limits = { ...LIMITS_DEFAULT, ...parts.limits };
    this.#lastHeight = parts.store.mark?.height ?? 0n;
  }

  get #mustWait(): boolean {
    return this.#parts.host.certified.state.queuedBytes > this.#limits.queuedBytesMax;
  }

  /** Called when a batch was executed, is durable and published. */
  afterBatch(): void {
    if (this.#running !== undefined || this.#hasFailed || this.#mustWait) return;
    const { host, log } = this.#parts;
    const batches = host.certified.state.height - this.#lastHeight;
    if (batches === 0n || (log.segmentBytes < this.#limits.logBytes && batches < this.#limits.batches)) return;
    this.#running = this.#take().then(
      () => {
        this.#running = undefined;
      },
      (error: unknown) => {
        this.#hasFailed = true;
        this.#parts.onFault(error);
      },
    );
  }

  /** Writes the published state. Batches may go on meanwhile. */
  async #take(): Promise<void> {
    const { host, log, store, recorder } = this.#parts;
    const { certified } = host;
    const { height, protocolVersion } = certified.state;
    this.#lastHeight = height;
    const digest = certified.digest();
    await log.rotate(digest);
    await store.write({ height, digest, protocolVersion }, recorder.record(certified.state));
    await log.prune(height);
  }

  /** Takes a last checkpoint, so that the next start has nothing to run again. Called when no batch comes any more. */
  async close(): Promise<void> {
    await this.#running;
    const { host, log } = this.#parts;
    const { height } = host.certified.state;
    // A batch beyond the published state has failed. It may be in the log or not: only the next start can tell, by running the log again.
    if (this.#hasFailed || this.#mustWait || log.height !== height || height <= this.#lastHeight) return;
    await this.#take();
  }
}
