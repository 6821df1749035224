/**
 * Latencies of millions of requests in a few kilobytes: exact below 256 units, within 1 % above, up to 2^32 units.
 *
 * Buckets are as in HdrHistogram: 128 of the same width between each power of two and the next.
 * @module
 */

/** Buckets between a power of two and the next. */
const BUCKETS_PER_DOUBLING = 128;
/** Values below are counted exactly. */
const EXACT_BELOW = 2 * BUCKETS_PER_DOUBLING;
/** Doublings from there to 2^32. */
const DOUBLINGS = 24;
const LARGEST = 2 ** 32 - 1;

export type Histogram = {
  readonly count: number;
  /** Largest recorded value, exact; 0 when there is none. */
  readonly max: number;
  readonly mean: number;
  /** @param value - whole units, ≥ 0; fractions are cut off, what is above 2^32 counts as that. */
  record(value: number): void;
  /** Smallest value that at least `percent` of all values do not exceed, at most 1 % too large. @throws RangeError when there is none */
  percentile(percent: number): number;
};

function bucketOf(value: number): number {
  if (value < EXACT_BELOW) return value;
  const shift = 24 - Math.clz32(value);
  return shift * BUCKETS_PER_DOUBLING + (value >>> shift);
}

/** Largest value of a bucket. */
function upperEdge(bucket: number): number {
  if (bucket < EXACT_BELOW) return bucket;
  const shift = Math.floor(bucket / BUCKETS_PER_DOUBLING) - 1;
  return (bucket - shift * BUCKETS_PER_DOUBLING + 1) * 2 ** shift - 1;
}

export function createHistogram(): Histogram {
  const counts = new Float64Array(EXACT_BELOW + DOUBLINGS * BUCKETS_PER_DOUBLING);
  let count = 0;
  let max = 0;
  let sum = 0;
  return {
    get count() {
      return count;
    },
    get max() {
      return max;
    },
    get mean() {
      return count === 0 ? 0 : sum / count;
    },
    record(value) {
      const whole = Math.min(Math.max(Math.floor(value), 0), LARGEST);
      counts[bucketOf(whole)]! += 1;
      count += 1;
      sum += whole;
      if (whole > max) max = whole;
    },
    percentile(percent) {
      if (count === 0) throw new RangeError('a percentile of no values');
      const rank = Math.max(1, Math.ceil((percent / 100) * count));
      let seen = 0;
      for (const [bucket, inBucket] of counts.entries()) {
        seen += inBucket;
        if (seen >= rank) return Math.min(upperEdge(bucket), max);
      }
      return max;
    },
  };
}
