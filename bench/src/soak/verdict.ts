/**
 * What a soak must show: no failure, memory that is flat, latencies that do not drift.
 *
 * The first half is left out: caches fill, code is compiled, and the history of requests grows until its entries expire.
 * @module
 */
import { median } from '../statistics.ts';
import { RATES } from './mixed-load.ts';
import { riseOf } from './trend.ts';
import type { RequestKind, SoakWindow } from './window.ts';

/** Rise over the second half that is not told apart from noise: this share of the value, or these bytes if they are more. */
const RISE_SHARE_MAX = 0.05;
const RISE_BYTES_MAX = 24 * 1024 * 1024;
/** The median latency of the last quarter over that of the quarter before it, and milliseconds that are always allowed. */
const DRIFT_MAX = 2;
const DRIFT_MS_MAX = 20;
/**
 * The same of the 99th percentiles, of the last third of all windows over the first. The median of many windows: one in which the machine did something
 * else says nothing. The first window is left out, in which code is compiled.
 */
const TAIL_DRIFT_MAX = 2;
const TAIL_DRIFT_MS_MAX = 50;
const FAULTS_TOLD_MAX = 10;

const KINDS: readonly RequestKind[] = ['updates', 'queries', 'reads', 'pages'];

export type Verdict = {
  readonly faults: readonly string[];
  /** Rises over the second half, bytes. */
  readonly residentRise: number;
  readonly heapRise: number;
};

function checkRise(name: string, rise: number, level: number): string[] {
  const allowed = Math.max(level * RISE_SHARE_MAX, RISE_BYTES_MAX);
  return rise <= allowed ? [] : [`${name} rises by ${(rise / 2 ** 20).toFixed(1)} MiB over the second half`];
}

function checkDrift(kind: RequestKind, windows: readonly SoakWindow[]): string[] {
  const middle = Math.floor(windows.length / 2);
  const quarter = Math.ceil((windows.length - middle) / 2);
  const latencies = windows.slice(middle).map(({ reports }) => reports[kind].p50);
  const [before, after] = [latencies.slice(0, quarter), latencies.slice(quarter)];
  if (before.length === 0 || after.length === 0) return [];
  const [was, is] = [median(before), median(after)];
  return is <= was * DRIFT_MAX + DRIFT_MS_MAX ? [] : [`${kind} drift: their median went from ${was.toFixed(1)} to ${is.toFixed(1)} ms`];
}

function checkTailDrift(kind: RequestKind, windows: readonly SoakWindow[]): string[] {
  const tails = windows.slice(1).map(({ reports }) => reports[kind].p99);
  const third = Math.floor(tails.length / 3);
  if (third === 0) return [];
  const [was, is] = [median(tails.slice(0, third)), median(tails.slice(-third))];
  if (is <= was * TAIL_DRIFT_MAX + TAIL_DRIFT_MS_MAX) return [];
  return [`${kind} drift: the median of their 99th percentiles went from ${was.toFixed(1)} to ${is.toFixed(1)} ms`];
}

function failuresOf({ reports, canisterFaults, second }: SoakWindow): string[] {
  const requests = KINDS.flatMap((kind) =>
    Object.entries(reports[kind].failures).map(([failure, number]) => `second ${second}: ${number} ${kind} failed: ${failure}`),
  );
  return [...requests, ...canisterFaults.map((fault) => `second ${second}: a canister: ${fault}`)];
}

export function judgeSoak(windows: readonly SoakWindow[]): Verdict {
  const half = windows.slice(Math.floor(windows.length / 2));
  const resident = half.map(({ second, residentBytes }) => ({ x: second, y: residentBytes }));
  const heap = half.map(({ second, usage }) => ({ x: second, y: usage.heapBytes + usage.outsideHeapBytes }));
  const level = (points: readonly { readonly y: number }[]): number => (points.length === 0 ? 0 : median(points.map(({ y }) => y)));
  const [residentRise, heapRise] = [riseOf(resident), riseOf(heap)];
  const failures = windows.flatMap(failuresOf);
  const more = failures.length - FAULTS_TOLD_MAX;
  return {
    residentRise,
    heapRise,
    faults: [
      ...failures.slice(0, FAULTS_TOLD_MAX),
      ...(more > 0 ? [`and ${more} more failures`] : []),
      ...checkRise('the memory of the process', residentRise, level(resident)),
      ...checkRise('the heap after collection', heapRise, level(heap)),
      ...KINDS.flatMap((kind) => [...checkDrift(kind, windows), ...checkTailDrift(kind, windows)]),
    ],
  };
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

/** A row for each window, in Markdown. */
export function formatSoak(windows: readonly SoakWindow[]): string {
  const head = [
    '| second | updates p50, p99 ms | queries p50, p99 ms | reads p50, p99 ms | pages p50, p99 ms | canisters | failed | memory MiB | heap after collection MiB | loop late p99, most ms |',
    '| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
  ];
  const rows = windows.map((window) => {
    const { second, reports, canisters, residentBytes, usage } = window;
    const times = KINDS.map((kind) => `${reports[kind].p50.toFixed(1)}, ${reports[kind].p99.toFixed(0)}`).join(' | ');
    const memory = `${mebibytes(residentBytes)} | ${mebibytes(usage.heapBytes + usage.outsideHeapBytes)}`;
    const late = `${usage.loopDelayP99.toFixed(0)}, ${usage.loopDelayMax.toFixed(0)}`;
    return `| ${second} | ${times} | ${canisters} | ${failuresOf(window).length} | ${memory} | ${late} |`;
  });
  return [...head, ...rows].join('\n');
}

/** The windows and the verdict, in Markdown. @param about - the machine, and what else it did. */
export function formatSoakReport(windows: readonly SoakWindow[], minutes: number, about: string): string {
  const { faults, residentRise, heapRise } = judgeSoak(windows);
  const rates = Object.entries(RATES).map(([kind, rate]) => `${rate} ${kind}`);
  return `# Soak of ${minutes} minutes

${about}

Every second ${rates.join(', ')}; one canister after the other is created, installed, called, stopped and deleted. A wait runs from when a
request was due. Memory is the least of a window; the heap is that of the thread that listens, after a collection.

${formatSoak(windows)}

Over the second half the memory of the process rises by ${mebibytes(residentRise)} MiB, the heap by ${mebibytes(heapRise)} MiB.

Verdict: ${faults.length === 0 ? 'no failure, memory is flat, latencies do not drift.' : `FAILED\n\n- ${faults.join('\n- ')}`}
`;
}
