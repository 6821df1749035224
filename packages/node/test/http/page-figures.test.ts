/** What the page of a node makes of numbers: texts, rates, lines. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { axisMax, chartPaths } from '../../src/http/operator/page/chart-path.ts';
import {
  formatAge,
  formatBytes,
  formatCount,
  formatCycles,
  formatSeconds,
  formatTime,
  formatWhole,
  shortHash,
} from '../../src/http/operator/page/format.ts';
import { quantile } from '../../src/http/operator/page/node-state.ts';
import { createHistogram, observe } from '../../src/metrics/index.ts';

describe('texts', () => {
  it('have three digits and a unit', () => {
    assert.deepEqual([0, 7, 1.234, 999, 999.6, 1_234, 56_789, 1.57e9, 5e21].map(formatCount), [
      '0',
      '7',
      '1.23',
      '999',
      '1.00 k',
      '1.23 k',
      '56.8 k',
      '1.57 G',
      '5000 E',
    ]);
    assert.deepEqual([0, 512, 1_024, 1.5 * 2 ** 20, 200 * 2 ** 30].map(formatBytes), ['0 B', '512 B', '1.0 KiB', '1.5 MiB', '200 GiB']);
    assert.deepEqual([0, 0.0004, 0.0034, 0.42, 1.234, 75].map(formatSeconds), ['0 ms', '400 µs', '3.4 ms', '420 ms', '1.23 s', '75.0 s']);
    assert.deepEqual([5, 61, 3_700, 90_000].map(formatAge), ['5 s', '1 min', '1 h 1 min', '1 d 1 h']);
    assert.equal(formatWhole(1_234_567), '1\u{202f}234\u{202f}567');
    assert.equal(formatCycles('99997913612324'), '100 T');
    assert.equal(shortHash('ab'.repeat(32)), 'abababab…');
    assert.equal(formatTime('1700000000123456789'), '22:13:20.123');
  });
});

describe('percentiles', () => {
  it('are of what is new, and lie in the bucket that holds them', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 29, noNaN: true })),
        fc.array(fc.double({ min: 0, max: 29, noNaN: true }), { minLength: 1 }),
        (old, fresh) => {
          const histogram = createHistogram();
          for (const value of old) observe(histogram, value);
          const before = structuredClone(histogram);
          for (const value of fresh) observe(histogram, value);
          const exact = fresh.toSorted((a, b) => a - b)[Math.ceil(0.95 * fresh.length) - 1]!;
          const bucket = histogram.bounds.findIndex((bound) => exact <= bound);
          const found = quantile(before, histogram, 0.95)!;
          assert.ok(found <= histogram.bounds[bucket]!);
          assert.ok(found >= (histogram.bounds[bucket - 1] ?? 0));
        },
      ),
    );
  });

  it('are not there without anything new', () => {
    const histogram = createHistogram();
    observe(histogram, 1);
    assert.equal(quantile(histogram, histogram, 0.95), undefined);
    assert.equal(quantile(undefined, createHistogram(), 0.5), undefined);
  });
});

describe('lines', () => {
  const box = { width: 100, height: 50, slots: 11 };

  it('end at the right, with the newest value, and have gaps where nothing is known', () => {
    const { line, points, area } = chartPaths([0, 5, undefined, 10, undefined, 2, 4], box);
    assert.equal(line, 'M40 50L50 25M90 40L100 30');
    assert.equal(points, 'M70 0h0');
    assert.equal(area, 'M40 50L40 50L50 25L50 50ZM90 50L90 40L100 30L100 50Z');
  });

  it('stay in their box', () => {
    const value = fc.oneof(fc.constant(undefined), fc.double({ min: 0, max: 1e15, noNaN: true }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 30 }), (values) => {
        const { line, points, area } = chartPaths(values, box);
        for (const [x, y] of `${line}${points}${area}`
          .replaceAll(/h0|Z/g, '')
          .split(/[ML]/)
          .filter(Boolean)
          .map((pair) => pair.split(' ').map(Number))) {
          assert.ok(x! >= -0.01 && x! <= 100.01, `x ${x}`);
          assert.ok(y! >= -0.01 && y! <= 50.01, `y ${y}`);
        }
      }),
    );
  });

  it('have a round number at the top', () => {
    assert.deepEqual([[], [0], [0.03], [7], [120, undefined], [2e9]].map(axisMax), [1, 1, 0.05, 10, 200, 2e9]);
  });
});
