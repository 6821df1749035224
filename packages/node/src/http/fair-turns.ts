/**
 * Whose turn it is when more queries arrive than can run: the sources take turns, whatever each of them has sent.
 *
 * Queries wait here in a line for each source instead of all in one, so that somebody with a single query is not behind a thousand of
 * somebody else. How many wait is bounded by the requests in flight, of each source and of all.
 * @module
 */
import type { Slot } from './gauges.ts';
import type { Source } from './sources.ts';

export type FairTurns = {
  /** Requests that wait for their turn. */
  readonly waiting: number;
  /** Waits for a turn; it ends when the slot is left. */
  take(source: Source): Promise<Slot>;
};

/**
 * @param max - turns at the same time.
 * @param sourceMax - of these, turns of one source: the others are free at once for who comes next.
 */
export function createFairTurns(max: number, sourceMax: number): FairTurns {
  const taken = new Map<Source, number>();
  /** Those who wait, by source; the source that comes next is the first. */
  const lines = new Map<Source, ((slot: Slot) => void)[]>();
  let running = 0;
  let waiting = 0;

  function begin(source: Source): Slot {
    running += 1;
    taken.set(source, (taken.get(source) ?? 0) + 1);
    let isOver = false;
    return {
      leave() {
        if (isOver) return;
        isOver = true;
        running -= 1;
        const left = (taken.get(source) ?? 1) - 1;
        if (left === 0) taken.delete(source);
        else taken.set(source, left);
        letIn();
      },
    };
  }

  const mayBegin = (source: Source): boolean => running < max && (taken.get(source) ?? 0) < sourceMax;

  function letIn(): void {
    for (const [source, line] of [...lines]) {
      if (running >= max) return;
      if (!mayBegin(source)) continue;
      const next = line.shift();
      lines.delete(source);
      // To the end: the other sources come before this one's next.
      if (line.length > 0) lines.set(source, line);
      if (next === undefined) continue;
      waiting -= 1;
      next(begin(source));
    }
  }

  return {
    get waiting(): number {
      return waiting;
    },
    take(source) {
      if (mayBegin(source) && !lines.has(source)) return Promise.resolve(begin(source));
      return new Promise((resolve) => {
        const line = lines.get(source) ?? [];
        line.push(resolve);
        lines.set(source, line);
        waiting += 1;
      });
    },
  };
}
