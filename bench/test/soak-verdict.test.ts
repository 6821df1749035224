import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LoadReport } from '../src/load/job.ts';
import { riseOf, slopeOf } from '../src/soak/trend.ts';
import { formatSoak, judgeSoak } from '../src/soak/verdict.ts';
import type { SoakWindow } from '../src/soak/window.ts';

const MIB = 2 ** 20;

function report(p50: number, failures: LoadReport['failures'] = {}, p99: number = p50 * 3): LoadReport {
  return { answered: 100, perSecond: 10, p50, p99, p999: p50 * 4, max: p50 * 5, failures, seconds: 10, ownCpuUs: 50, lateness: 1 };
}

function window(
  index: number,
  change: { memory?: number; heap?: number; p50?: number; p99?: number; failures?: LoadReport['failures'] } = {},
): SoakWindow {
  const { memory = 300, heap = 100, p50 = 5, p99 = p50 * 3, failures = {} } = change;
  return {
    second: (index + 1) * 10,
    reports: { updates: report(p50, failures, p99), queries: report(2), reads: report(2), pages: report(2) },
    canisters: 5,
    canisterFaults: [],
    residentBytes: memory * MIB,
    usage: { cpuUs: 0, heapBytes: heap * MIB, outsideHeapBytes: 0, loopDelayP99: 12, loopDelayMax: 30 },
  };
}

const windows = (count: number, change: (index: number) => Parameters<typeof window>[1]): SoakWindow[] =>
  Array.from({ length: count }, (_, index) => window(index, change(index)));

describe('trend', () => {
  it('is the slope of a line, whatever single points do', () => {
    const line = Array.from({ length: 11 }, (_, x) => ({ x, y: 3 * x + (x === 4 ? 1_000 : 0) }));
    assert.equal(slopeOf(line), 3);
    assert.equal(riseOf(line), 30);
    assert.equal(riseOf([]), 0);
    assert.equal(riseOf([{ x: 1, y: 1 }]), 0);
  });
});

describe('verdict of a soak', () => {
  it('is good when memory is flat after a warm-up, with noise', () => {
    const { faults } = judgeSoak(windows(20, (index) => ({ memory: Math.min(200 + index * 20, 400) + (index % 3) * 7 })));
    assert.deepEqual(faults, []);
  });

  it('names memory that rises', () => {
    const { faults, residentRise } = judgeSoak(windows(20, (index) => ({ memory: 200 + index * 10 })));
    assert.equal(Math.round(residentRise / MIB), 90);
    assert.deepEqual(faults, ['the memory of the process rises by 90.0 MiB over the second half']);
  });

  it('names a heap that rises', () => {
    assert.match(
      judgeSoak(windows(20, (index) => ({ heap: 100 + index * 5 }))).faults.join(),
      /the heap after collection rises by 45.0 MiB/,
    );
  });

  it('names latencies that drift', () => {
    const { faults } = judgeSoak(windows(20, (index) => ({ p50: index < 15 ? 10 : 60, p99: 80 })));
    assert.deepEqual(faults, ['updates drift: their median went from 10.0 to 60.0 ms']);
  });

  it('names 99th percentiles that drift though medians do not, and no single windows', () => {
    const { faults } = judgeSoak(windows(20, (index) => ({ p99: 30 + index * 10 })));
    assert.deepEqual(faults, ['updates drift: the median of their 99th percentiles went from 65.0 to 195.0 ms']);
    assert.deepEqual(judgeSoak(windows(20, (index) => ({ p99: index === 0 || index === 17 || index === 19 ? 3_000 : 30 }))).faults, []);
    assert.deepEqual(judgeSoak(windows(3, () => ({ p99: 30 }))).faults, []);
  });

  it('names failures, also those of the first half, and not thousands of them', () => {
    const { faults } = judgeSoak(windows(40, (index) => (index === 1 || index > 20 ? { failures: { 'HTTP 500': 2 } } : {})));
    assert.equal(faults[0], 'second 20: 2 updates failed: HTTP 500');
    assert.equal(faults.at(-1), 'and 10 more failures');
  });

  it('has a row for each window', () => {
    assert.equal(formatSoak(windows(3, () => ({}))).split('\n').length, 5);
    assert.match(formatSoak([window(0)]), /\| 10 \| 5\.0, 15 \| 2\.0, 6 \| 2\.0, 6 \| 2\.0, 6 \| 5 \| 0 \| 300\.0 \| 100\.0 \| 12, 30 \|/);
  });
});
