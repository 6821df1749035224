/**
 * Why and when a running network has to stop.
 * @module
 */
import { EXIT_CODES, type Terminal } from '../terminal/index.ts';

/** What ended it: somebody's wish, with the signal or command that told it, or a fault of its own. */
export type StopReason = { readonly kind: 'signal'; readonly signal: string } | { readonly kind: 'fault'; readonly error: unknown };

export type StopRequest = {
  /** Settles with the first reason. */
  readonly reason: Promise<StopReason>;
  readonly fault: (error: unknown) => void;
  /** Stops as a signal does. @param by - who asks. */
  readonly ask: (by: string) => void;
};

/** npm passes a Ctrl-C on that the terminal has sent already: a second one within this time is the same. */
const SAME_SIGNAL_MS = 500;

/** How often the process looks whether the shell of npm is still there. */
const PARENT_CHECK_MS = 1_000;

/** `npm start` runs this process below a shell, which ends on SIGTERM without passing it on: its end is taken for the signal. */
function watchNpmShell(onEnd: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined || process.platform === 'win32') return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onEnd();
  }, PARENT_CHECK_MS);
  timer.unref();
}

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
  watchNpmShell(() => resolve({ kind: 'signal', signal: 'npm has ended' }));
  return {
    reason: promise,
    fault: (error) => resolve({ kind: 'fault', error }),
    ask: (by) => resolve({ kind: 'signal', signal: by }),
  };
}
