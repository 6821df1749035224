import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { geometricMean, median, percentile, summary } from '../src/statistics.ts';

describe('statistics', () => {
  it('median: the middle, or the mean of the two in the middle, in any order', () => {
    assert.equal(median([9]), 9);
    assert.equal(median([10, 9, 2]), 9);
    assert.equal(median([4, 1, 3, 100]), 3.5);
    assert.throws(() => median([]), RangeError);
  });

  it('percentile: nearest rank', () => {
    const values = [15, 20, 35, 40, 50];
    assert.deepEqual(
      [5, 30, 40, 50, 100].map((percent) => percentile(values, percent)),
      [15, 20, 20, 35, 50],
    );
    assert.equal(percentile([7], 99), 7);
  });

  it('geometric mean', () => {
    assert.ok(Math.abs(geometricMean([1, 10, 100]) - 10) < 1e-12);
    assert.throws(() => geometricMean([]), RangeError);
  });

  it('does not reorder what it is given', () => {
    const values = [3, 1, 2];
    assert.deepEqual(summary(values), { value: 2, min: 1, max: 3, rounds: 3 });
    assert.deepEqual(values, [3, 1, 2]);
  });
});
