/**
 * Who verifies the signature of a query: the thread that runs it, or the front before. Both can, and neither shall wait for the other, so the
 * share of the front follows how busy they are.
 * @module
 */

/** Time between two looks at how busy they are, in milliseconds. */
const LOOK_MS = 50;
/** What the share changes by with each look. */
const STEP = 0.05;
/** Threads that differ by less are equally busy. */
const EQUAL = 0.05;
const SHARE_MAX = 0.8;

/** Time that each thread worked in since the last look, as a share of that time: 0 to 1. */
export type Utilization = { readonly front: number; readonly queries: number };

export class VerificationShare {
  readonly #look: () => Utilization;
  readonly #nowMs: () => number;
  #lookedMs = 0;
  #share = 0;
  /** Grows by the share with each query; a whole one is the front's. */
  #sum = 0;

  /** @param nowMs - milliseconds of any clock that goes steadily. */
  constructor(look: () => Utilization, nowMs: () => number) {
    this.#look = look;
    this.#nowMs = nowMs;
  }

  /** Whether the front verifies the next one. */
  isFronts(): boolean {
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

  #adapt({ front, queries }: Utilization): void {
    if (queries - front > EQUAL) this.#share = Math.min(SHARE_MAX, this.#share + STEP);
    else if (front - queries > EQUAL) this.#share = Math.max(0, this.#share - STEP);
  }
}
