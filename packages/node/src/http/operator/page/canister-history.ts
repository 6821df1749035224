/**
 * What a canister did while somebody looked: the series of its charts.
 * @module
 */
import type { ChartAxis, ChartValue } from './chart-path.ts';
import { formatBytes, formatChange, formatCount, formatCycles, formatExact, formatWhole } from './format.ts';
import type { PageCanister } from './node-state.ts';

/** Values that are kept of each series: two minutes, for canisters are listed every two seconds. */
export const SAMPLES_MAX = 60;
/** Without news for longer a line has a gap: what was in between would pass for what is now. */
const GAP_MS = 10_000;

/** One of the charts of a canister. */
export type CanisterFigure = {
  readonly key: 'messages' | 'burned' | 'cycles' | 'memory';
  readonly title: string;
  readonly axis: ChartAxis;
  /** What is drawn, of two looks. */
  readonly value: (before: PageCanister, after: PageCanister, seconds: number) => number;
  readonly format: (value: number) => string;
  /** For both ends of the axis, where they differ by little. */
  readonly formatEnds: (value: number) => string;
  /** Below the value. @param change - from the first value that is drawn to the last. */
  readonly detail: (canister: PageCanister, change: number) => string;
};

/** The charts in the order of the page. */
export const CANISTER_FIGURES: readonly CanisterFigure[] = [
  {
    key: 'messages',
    title: 'Messages per second',
    axis: 'zero',
    value: (before, after, seconds) => (after.version - before.version) / seconds,
    format: formatCount,
    formatEnds: formatCount,
    detail: ({ version }) => `${formatWhole(version)} so far, changes of code included`,
  },
  {
    key: 'burned',
    title: 'Cycles burned per second',
    axis: 'zero',
    value: (before, after, seconds) => Number(BigInt(after.burnedCycles) - BigInt(before.burnedCycles)) / seconds,
    format: formatCount,
    formatEnds: formatCount,
    detail: ({ burnedCycles }) => `${formatCycles(burnedCycles)} burned so far`,
  },
  {
    key: 'cycles',
    title: 'Cycles',
    axis: 'fit',
    value: (_, { cycles }) => Number(cycles),
    format: formatCount,
    formatEnds: formatExact,
    detail: (_, change) => formatChange(change, formatCount),
  },
  {
    key: 'memory',
    title: 'Memory',
    axis: 'fit',
    value: (_, { memoryBytes }) => memoryBytes,
    format: formatBytes,
    formatEnds: formatBytes,
    detail: ({ heapBytes, stableBytes }, change) =>
      `${formatChange(change, formatBytes)}; heap ${formatBytes(heapBytes)}, stable ${formatBytes(stableBytes)}`,
  },
];

type Look = { readonly canister: PageCanister; readonly listedMs: number };

/** The series of one canister. */
export class CanisterHistory {
  readonly #series = new Map<CanisterFigure['key'], ChartValue[]>();
  /** How long each value took. */
  readonly #tookMs: number[] = [];
  #last: Look | undefined;

  /** @returns whether there is something new to draw: canisters are listed less often than the page looks. */
  add(canister: PageCanister, listedMs: number): boolean {
    const last = this.#last;
    if (last?.listedMs === listedMs) return false;
    this.#last = { canister, listedMs };
    if (last === undefined) return false;
    const tookMs = listedMs - last.listedMs;
    // A node that was started again has another clock; a canister of the same id that was made anew counts from nothing.
    const follows = tookMs > 0 && tookMs <= GAP_MS && canister.version >= last.canister.version;
    for (const { key, value } of CANISTER_FIGURES) {
      const series = this.values(key);
      series.push(follows ? value(last.canister, canister, tookMs / 1_000) : undefined);
      if (series.length > SAMPLES_MAX) series.shift();
    }
    this.#tookMs.push(follows ? tookMs : 0);
    if (this.#tookMs.length > SAMPLES_MAX) this.#tookMs.shift();
    return true;
  }

  /** The newest value is the last; undefined is a gap. */
  values(key: CanisterFigure['key']): ChartValue[] {
    let series = this.#series.get(key);
    if (series === undefined) this.#series.set(key, (series = []));
    return series;
  }

  /** For how long values were taken, gaps left out. */
  get seconds(): number {
    return Math.round(this.#tookMs.reduce((total, tookMs) => total + tookMs, 0) / 1_000);
  }

  /** From the first value that is known to the last. */
  change(key: CanisterFigure['key']): number {
    const known = this.values(key).filter((value) => value !== undefined);
    return (known.at(-1) ?? 0) - (known[0] ?? 0);
  }
}
