import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Figure } from '../src/figure.ts';
import { benchmarks } from '../src/benchmarks.ts';
import { formatDetails, formatNumber, formatTable, type BenchmarkResult } from '../src/report.ts';

const rate: Figure = {
  name: 'a.rate',
  what: 'things done',
  unit: '/s',
  better: 'higher',
  value: 2_000,
  min: 1_900,
  max: 2_100,
  rounds: 3,
  target: 1_000,
  references: [
    { kind: 'peer', what: 'another program', value: 4_000 },
    { kind: 'limit', what: 'the machine', value: 20_000 },
  ],
};
const time: Figure = {
  name: 'a.time',
  what: 'waiting',
  unit: 'ms',
  better: 'lower',
  value: 12.345,
  min: 12,
  max: 13,
  rounds: 1,
  target: 10,
  parts: { 'of it asleep, ms': 11.1 },
};
const result = (figures: readonly Figure[]): BenchmarkResult => ({ benchmark: 'a', figures, seconds: 1, load: [0, 0] });

describe('report', () => {
  const rows = formatTable([result([rate, time])])
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()));

  it('turns ratios so that above 1 is better, whichever way the figure points', () => {
    assert.deepEqual(rows[2]?.slice(1, 9), [
      'a.rate',
      '2,000/s',
      '1,900 – 2,100',
      '≥ 1,000/s',
      '2×',
      'peer: another program',
      '4,000/s',
      '0.5×',
    ]);
    assert.deepEqual(rows[3]?.slice(6, 9), ['limit: the machine', '20,000/s', '0.1×']);
    assert.deepEqual(rows[4]?.slice(1, 6), ['a.time', '12.3 ms', '12 – 13', '≤ 10 ms', '0.81× MISSED']);
  });

  it('has one width for each column', () => {
    const lengths = new Set(
      formatTable([result([rate, time])])
        .split('\n')
        .map((line) => line.length),
    );
    assert.equal(lengths.size, 1);
  });

  it('explains each figure', () => {
    assert.equal(formatDetails([result([time])]), '- a.time: waiting (1 round); of it asleep, ms: 11.1');
  });

  it('keeps three digits', () => {
    assert.deepEqual([0.012345, 1.5, 99.94, 1_234_567.8].map(formatNumber), ['0.0123', '1.5', '99.9', '1,234,568']);
  });
});

describe('benchmarks', () => {
  for (const [name, { load, minutesMax }] of Object.entries(benchmarks)) {
    it(`${name} can be loaded`, async () => {
      assert.equal(typeof (await load()), 'function');
      assert.ok(minutesMax > 0);
    });
  }
});
