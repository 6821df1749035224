/** What the page of a node makes of numbers: texts, rates, lines. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { CANISTER_FIGURES, CanisterHistory, SAMPLES_MAX } from '../../src/http/operator/page/canister-history.ts';
import { axisMax, chartPaths } from '../../src/http/operator/page/chart-path.ts';
import {
  formatAge,
  formatBytes,
  formatChange,
  formatCount,
  formatCycles,
  formatExact,
  formatSeconds,
  formatTime,
  formatWhole,
  shortHash,
} from '../../src/http/operator/page/format.ts';
import { type PageCanister, quantile } from '../../src/http/operator/page/node-state.ts';
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
    assert.deepEqual(
      [-1_500, 0, 2].map((value) => formatChange(value, formatCount)),
      ['\u{2212}1.50 k', 'no change', '+2'],
    );
    assert.deepEqual([12, 1e14, 99_998_739_612_324].map(formatExact), ['12', '100 T', '99.99874 T']);
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

  it('of what changes little fill their box, and lie in the middle without a change', () => {
    const { line } = chartPaths([1e15, 1e15 - 10, 1e15 - 5], box, 'fit');
    assert.equal(line, 'M80 0L90 50L100 25');
    assert.equal(chartPaths([7, 7], box, 'fit').line, 'M90 25L100 25');
    assert.equal(chartPaths([0, 0], box, 'fit').line, 'M90 25L100 25');
    assert.deepEqual(chartPaths([undefined], box, 'fit'), { line: '', points: '', area: '' });
  });

  it('have a round number at the top', () => {
    assert.deepEqual([[], [0], [0.03], [7], [120, undefined], [2e9]].map(axisMax), [1, 1, 0.05, 10, 200, 2e9]);
  });
});

describe('the series of a canister', () => {
  const look = (parts: Partial<PageCanister>): PageCanister => ({
    id: 'aaaaa-aa',
    name: undefined,
    status: 'running',
    moduleHash: undefined,
    cycles: '1000',
    burnedCycles: '0',
    version: 0,
    memoryBytes: 10,
    heapBytes: 0,
    stableBytes: 0,
    queuedMessages: 0,
    url: '',
    ...parts,
  });

  it('are what happened between two listings, a second', () => {
    const history = new CanisterHistory();
    assert.equal(history.add(look({}), 1_000), false, 'one look says nothing yet');
    const second = look({ version: 10, burnedCycles: '500', cycles: '500', memoryBytes: 30 });
    assert.equal(history.add(second, 3_000), true);
    assert.equal(history.add(second, 3_000), false, 'the same listing again');
    assert.deepEqual(
      CANISTER_FIGURES.map(({ key }) => history.values(key)),
      [[5], [250], [500], [30]],
    );
    assert.equal(history.seconds, 2);
    history.add(look({ version: 10, burnedCycles: '500', cycles: '400', memoryBytes: 30 }), 5_000);
    assert.deepEqual([history.change('cycles'), history.values('messages'), history.seconds], [-100, [5, 0], 4]);
  });

  it('have gaps where nobody looked, and where the node or the canister began anew', () => {
    const history = new CanisterHistory();
    history.add(look({ version: 1 }), 1_000);
    history.add(look({ version: 3 }), 2_000);
    history.add(look({ version: 90 }), 60_000);
    history.add(look({ version: 91 }), 61_000);
    history.add(look({ version: 92 }), 500);
    history.add(look({ version: 93 }), 1_500);
    history.add(look({ version: 0 }), 2_500);
    assert.deepEqual(history.values('messages'), [2, undefined, 1, undefined, 1, undefined]);
    assert.equal(history.seconds, 3);
  });

  it('are bounded', () => {
    const history = new CanisterHistory();
    for (let count = 0; count < 2 * SAMPLES_MAX; count++) history.add(look({ version: count }), count * 1_000);
    for (const { key } of CANISTER_FIGURES) assert.equal(history.values(key).length, SAMPLES_MAX);
    assert.equal(history.seconds, SAMPLES_MAX);
  });
});
