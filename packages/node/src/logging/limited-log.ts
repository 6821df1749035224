/**
 * Events that others bring about, as often as they like: of each kind one is told at once, and then how many there were.
 * @module
 */

export type LimitedLog = {
  /** @param tell - called now, or not at all; with the number of events that were not told since the last one. */
  report(kind: string, tell: (untold: number) => void): void;
};

/** Kinds that are told apart; they are ours, so that there are few. */
const KINDS_MAX = 100;

/** @param intervalMs - shortest time between two events of a kind. */
export function limitLog(intervalMs: number, nowMs: () => number = () => performance.now()): LimitedLog {
  const kinds = new Map<string, { toldMs: number; untold: number }>();
  return {
    report(kind, tell) {
      const now = nowMs();
      const known = kinds.get(kind);
      if (known !== undefined && now - known.toldMs < intervalMs) {
        known.untold++;
        return;
      }
      if (known === undefined && kinds.size >= KINDS_MAX) return;
      tell(known?.untold ?? 0);
      kinds.set(kind, { toldMs: now, untold: 0 });
    },
  };
}
