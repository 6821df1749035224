/**
 * Medians, percentiles and spreads.
 * @module
 */

/** Middle value; of an even count the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Nearest-rank percentile: the smallest value that at least `percent` of all values do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = ascending(values);
  const rank = Math.ceil((percent / 100) * sorted.length);
  return sorted[Math.min(Math.max(rank, 1), sorted.length) - 1]!;
}

export function geometricMean(values: readonly number[]): number {
  if (values.length === 0) throw new RangeError('a mean of no values');
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

/** Median and spread of the rounds, as figures carry them. */
export function summary(rounds: readonly number[]): { value: number; min: number; max: number; rounds: number } {
  return { value: median(rounds), min: Math.min(...rounds), max: Math.max(...rounds), rounds: rounds.length };
}

function ascending(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('a median of no values');
  return values.toSorted((a, b) => a - b);
}
