/**
 * How far ordering and execution are behind: the update calls that wait to be part of a batch.
 *
 * A queue that grows helps nobody: everyone in it waits longer, and its messages expire. So when the oldest message has waited too long
 * and there is more than a batch of them, new calls are refused (429) before their bodies are read. Who has few requests in flight is
 * still served, so that those who flood the node do not keep others out.
 * @module
 */
import type { ReplicaPort } from './ports.ts';

/** Bounds of what waits. */
export type BacklogLimits = {
  /** Calls that may wait however long. A batch takes up to 1,000 messages, so these are not behind. */
  readonly waitingCallsMin: number;
  /** Time that the oldest of more than that may have waited, in milliseconds. */
  readonly waitingMsMax: number;
};

export type Backlog = {
  /** Calls that wait to be part of a batch. */
  readonly count: number;
  /** Whether a new call would wait too long. */
  readonly isLong: boolean;
  /** As the given `submit`, watched. */
  readonly submit: ReplicaPort['submit'];
};

/** @param now - milliseconds of any clock that goes steadily. */
export function createBacklog(submit: ReplicaPort['submit'], limits: BacklogLimits, now: () => number): Backlog {
  /** When each was handed over; the first is the oldest. */
  const waiting = new Map<symbol, number>();
  return {
    get count(): number {
      return waiting.size;
    },
    get isLong(): boolean {
      if (waiting.size < limits.waitingCallsMin) return false;
      const oldest = waiting.values().next().value;
      return oldest !== undefined && now() - oldest > limits.waitingMsMax;
    },
    async submit(...asked) {
      const place = Symbol('call');
      waiting.set(place, now());
      try {
        return await submit(...asked);
      } finally {
        waiting.delete(place);
      }
    },
  };
}
