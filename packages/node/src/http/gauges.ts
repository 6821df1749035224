/**
 * Counts of what is going on, with bounds.
 * @module
 */
import type { BodyBudget } from './body.ts';
import type { HttpLimits } from './limits.ts';

/** One of a bounded number of places. */
export type Slot = { leave(): void };

export type Gauge = {
  /** Places taken now. */
  readonly count: number;
  /** How often a place was asked for in vain. */
  readonly refused: number;
  /** Takes a place; undefined when all are taken. */
  enter(): Slot | undefined;
};

export type Gauges = {
  readonly requests: Gauge;
  readonly queries: Gauge;
  readonly calls: Gauge;
  readonly bodies: BodyBudget;
};

/** A gauge with `max` places. */
export function createGauge(max: number): Gauge {
  let count = 0;
  let refused = 0;
  return {
    get count(): number {
      return count;
    },
    get refused(): number {
      return refused;
    },
    enter(): Slot | undefined {
      if (count >= max) {
        refused++;
        return undefined;
      }
      count++;
      let taken = true;
      return {
        leave(): void {
          if (taken) count--;
          taken = false;
        },
      };
    },
  };
}

export function createGauges(limits: HttpLimits): Gauges {
  return {
    requests: createGauge(limits.requestsInFlightMax),
    queries: createGauge(limits.queriesInFlightMax),
    calls: createGauge(limits.callsInFlightMax),
    bodies: { bytesLeft: limits.bodiesBytesMax },
  };
}
