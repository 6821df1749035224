/**
 * How busy a thread is: the delay of its event loop and its memory. Each thread of a node watches itself.
 * @module
 */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

/** Plain data. Seconds and bytes. */
export type ThreadLoad = {
  /** Longest and mean delay of the event loop in the last seconds, beyond what was asked for; 0 when nobody looks again and again. */
  readonly delayMaxSeconds: number;
  readonly delayMeanSeconds: number;
  /** Time that the event loop has spent working since the thread started. */
  readonly activeSeconds: number;
  readonly heapUsedBytes: number;
  readonly heapTotalBytes: number;
  /** Memory of buffers and WebAssembly outside of the heap. */
  readonly externalBytes: number;
};

export type ThreadWatch = {
  read(): ThreadLoad;
  close(): void;
};

/** Distance of the samples. */
const RESOLUTION_MS = 20;
/** Several readers see the same delays: they are forgotten after this time, not with each look. */
const WINDOW_MS = 10_000;
/** Sampling wakes the thread: it begins when somebody looks again within that time, as scrapers do, and ends when nobody does. */
const UNWATCHED_MS = 75_000;

const secondsBeyond = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1e3);

/** Watches the thread that calls it. */
export function watchThread(): ThreadWatch {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  let windowStartedMs = performance.now();
  let lastReadMs = -Infinity;
  let ending: NodeJS.Timeout | undefined;

  function watch(): void {
    if (ending === undefined) delays.enable();
    clearTimeout(ending);
    ending = setTimeout(() => {
      delays.disable();
      delays.reset();
      ending = undefined;
    }, UNWATCHED_MS).unref();
  }

  return {
    read() {
      if (performance.now() - lastReadMs < UNWATCHED_MS) watch();
      lastReadMs = performance.now();
      const [delayMaxSeconds, delayMeanSeconds] = delays.count === 0 ? [0, 0] : [secondsBeyond(delays.max), secondsBeyond(delays.mean)];
      if (performance.now() - windowStartedMs >= WINDOW_MS) {
        windowStartedMs = performance.now();
        delays.reset();
      }
      const { heapUsed, heapTotal, external } = process.memoryUsage();
      const activeSeconds = performance.eventLoopUtilization().active / 1e3;
      return {
        delayMaxSeconds,
        delayMeanSeconds,
        activeSeconds,
        heapUsedBytes: heapUsed,
        heapTotalBytes: heapTotal,
        externalBytes: external,
      };
    },
    close() {
      clearTimeout(ending);
      delays.disable();
    },
  };
}
