/**
 * Histograms with fixed bounds: an observation is a search among some ten numbers and two additions.
 * @module
 */

/** Counts of values; plain data, so that it crosses threads as it is. */
export type Histogram = {
  /** Upper bounds of the buckets, ascending; the last bucket, above all of them, has none. */
  readonly bounds: readonly number[];
  /** Values in each bucket, not cumulated; one more than there are bounds. */
  readonly counts: number[];
  sum: number;
};

/** Bounds in seconds, from a tenth of a millisecond to half a minute. */
export const DURATION_BOUNDS: readonly number[] = [
  0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

export function createHistogram(bounds: readonly number[] = DURATION_BOUNDS): Histogram {
  return { bounds, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 };
}

/** Counts a value: that of the bucket whose upper bound is the least that is not below it. */
export function observe(histogram: Histogram, value: number): void {
  const { bounds, counts } = histogram;
  let bucket = 0;
  while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
  counts[bucket]!++;
  histogram.sum += value;
}

/** Number of values. */
export function countOf({ counts }: Histogram): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** A copy that later observations do not change. */
export function copyHistogram(histogram: Histogram): Histogram {
  return { ...histogram, counts: [...histogram.counts] };
}
