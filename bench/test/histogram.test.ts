import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { createHistogram } from '../src/load/histogram.ts';
import { percentile } from '../src/statistics.ts';

describe('histogram', () => {
  it('is exact for small values', () => {
    const histogram = createHistogram();
    for (let value = 1; value <= 200; value++) histogram.record(value);
    assert.deepEqual([50, 99, 100].map(histogram.percentile), [100, 198, 200]);
    assert.equal(histogram.mean, 100.5);
  });

  it('is at most 1 % above the percentile of the values themselves, and never below', () =>
    fc.assert(
      fc.property(
        fc.array(fc.nat(2 ** 31 - 1), { minLength: 1, maxLength: 300 }),
        fc.constantFrom(1, 50, 90, 99, 99.9, 100),
        (values, percent) => {
          const histogram = createHistogram();
          for (const value of values) histogram.record(value);
          const exact = percentile(values, percent);
          const found = histogram.percentile(percent);
          assert.ok(found >= exact && found <= exact * 1.01, `${found} for ${exact}`);
          assert.equal(histogram.max, Math.max(...values));
          assert.equal(histogram.count, values.length);
        },
      ),
    ));

  it('takes what is out of its range for its ends', () => {
    const histogram = createHistogram();
    for (const value of [-5, 0.9, 2 ** 40]) histogram.record(value);
    assert.equal(histogram.percentile(1), 0);
    assert.equal(histogram.percentile(100), 2 ** 32 - 1);
  });

  it('has no percentile of nothing', () => assert.throws(() => createHistogram().percentile(50), RangeError));
});
