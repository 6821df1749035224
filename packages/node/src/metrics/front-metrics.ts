/**
 * Counters of what the front of a node passes on: update calls as they were admitted, queries as they were answered.
 * @module
 */
import { performance } from 'node:perf_hooks';
import { copyHistogram, createHistogram, observe } from './histogram.ts';
import type { AdmissionFigures, QueryFigures } from './snapshot.ts';

/** Different codes of refusals that are told apart: there are fewer in the specification. */
const CODES_MAX = 100;

export class FrontMetrics {
  #accepted = 0;
  readonly #refused = new Map<string, number>();
  #replied = 0;
  #rejected = 0;
  readonly #queries = createHistogram();

  accepted(): void {
    this.#accepted++;
  }

  /** @param code - `IC0301`, …, or `busy` */
  refused(code: string): void {
    const known = this.#refused.get(code);
    if (known === undefined && this.#refused.size >= CODES_MAX) return;
    this.#refused.set(code, (known ?? 0) + 1);
  }

  /** @param startedMs - of the clock of `performance.now()` */
  queried(startedMs: number, replied: boolean): void {
    if (replied) this.#replied++;
    else this.#rejected++;
    observe(this.#queries, (performance.now() - startedMs) / 1e3);
  }

  admissions(): AdmissionFigures {
    return { accepted: this.#accepted, refused: [...this.#refused] };
  }

  queries(): QueryFigures {
    return { replied: this.#replied, rejected: this.#rejected, duration: copyHistogram(this.#queries) };
  }
}
