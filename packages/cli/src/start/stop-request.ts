/**
 * Why and when a running network has to stop.
 * @module
 */
import { EXIT_CODES, type Terminal } from '../terminal/index.ts';

/** What ended it: somebody's wish, or a fault of its own. */
export type StopReason = { readonly kind: 'signal'; readonly signal: string } | { readonly kind: 'fault'; readonly error: unknown };

export type StopRequest = {
  /** Settles with the first reason. */
  readonly reason: Promise<StopReason>;
  readonly fault: (error: unknown) => void;
};

/** npm passes a Ctrl-C on that the terminal has sent already: a second one within this time is the same. */
const SAME_SIGNAL_MS = 500;

/** Waits for Ctrl-C, SIGTERM and SIGHUP from now on. A second Ctrl-C ends the process at once. */
export function awaitStop(terminal: Terminal): StopRequest {
  const { promise, resolve } = Promise.withResolvers<StopReason>();
  let firstAt: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (firstAt === undefined) {
        firstAt = performance.now();
        resolve({ kind: 'signal', signal });
      } else if (performance.now() - firstAt > SAME_SIGNAL_MS) {
        terminal.note('Stopped at once. What was answered is kept.');
        process.exit(EXIT_CODES.forced);
      }
    });
  }
  return { reason: promise, fault: (error) => resolve({ kind: 'fault', error }) };
}
