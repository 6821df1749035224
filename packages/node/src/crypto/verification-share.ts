/**
 * Who verifies a signature, where either of two can: neither shall wait for the other, so the share of one follows how busy they are.
 * @module
 */
import { type EventLoopUtilization, performance } from 'node:perf_hooks';

/** Time between two looks at how busy they are, in milliseconds. */
const LOOK_MS = 50;
/** What the share changes by with each look. */
const STEP = 0.05;
/** Threads that differ by less are equally busy. */
const EQUAL = 0.05;
const SHARE_MAX = 0.8;

/** Time that each worked in since the last look, as a share of that time: 0 to 1. */
export type Utilization = { readonly own: number; readonly other: number };

export class VerificationShare {
  readonly #look: () => Utilization;
  readonly #nowMs: () => number;
  #lookedMs = 0;
  #share = 0;
  /** Grows by the share with each signature; a whole one is ours. */
  #sum = 0;

  /**
   * A share of nothing at first.
   * @param nowMs - milliseconds of any clock that goes steadily.
   */
  constructor(look: () => Utilization, nowMs: () => number) {
    this.#look = look;
    this.#nowMs = nowMs;
  }

  /** Whether the next one belongs to this share, not to the other's. */
  isOwn(): boolean {
    const nowMs = this.#nowMs();
    if (nowMs - this.#lookedMs >= LOOK_MS) {
      this.#lookedMs = nowMs;
      this.#adapt(this.#look());
    }
    this.#sum += this.#share;
    if (this.#sum < 1) return false;
    this.#sum -= 1;
    return true;
  }

  #adapt({ own, other }: Utilization): void {
    if (other - own > EQUAL) this.#share = Math.min(SHARE_MAX, this.#share + STEP);
    else if (own - other > EQUAL) this.#share = Math.max(0, this.#share - STEP);
  }
}

/**
 * Tells the share of the time since it was last asked in which a thread worked: 0 to 1.
 * @param thread - the `performance` of a worker; of this thread unless given.
 */
export function watchUtilization(thread: Pick<typeof performance, 'eventLoopUtilization'> = performance): () => number {
  let before: EventLoopUtilization | undefined;
  return () => {
    const now = thread.eventLoopUtilization();
    const { utilization } = thread.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}
