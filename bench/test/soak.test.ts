/** A soak in its short form: twenty seconds. `npm run soak` is the long one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RATES } from '../src/soak/mixed-load.ts';
import { runSoak } from '../src/soak/soak.ts';
import { formatSoakReport, judgeSoak } from '../src/soak/verdict.ts';
import type { RequestKind, SoakWindow } from '../src/soak/window.ts';

const WINDOWS = 4;
const WINDOW_SECONDS = 4;

/** So short a run can not tell drifting from warming up; these are failures whatever the length. */
const isOfLength = (fault: string): boolean => / rises by | drift: /.test(fault);

describe('a node under mixed load', { timeout: 300_000 }, () => {
  it('answers everything, and the report has all its parts', async (context) => {
    const told: SoakWindow[] = [];
    const windows = await runSoak({ windows: WINDOWS, windowSeconds: WINDOW_SECONDS, progress: (window) => told.push(window) });
    assert.deepEqual(told, windows);
    assert.equal(windows.length, WINDOWS);
    for (const { second, reports, canisterFaults, residentBytes, usage } of windows) {
      for (const kind of Object.keys(RATES) as RequestKind[]) {
        const { answered, failures, p50, p99 } = reports[kind];
        assert.deepEqual(failures, {}, `${kind} until second ${second}`);
        assert.equal(answered, RATES[kind] * WINDOW_SECONDS, `${kind} until second ${second}`);
        assert.ok(p50 > 0 && p50 <= p99);
      }
      assert.deepEqual(canisterFaults, []);
      assert.ok(residentBytes > 0 && usage.heapBytes > 0 && usage.cpuUs > 0);
    }
    assert.ok(windows.reduce((sum, { canisters }) => sum + canisters, 0) >= 2, 'canisters came and went');
    assert.deepEqual(
      judgeSoak(windows).faults.filter((fault) => !isOfLength(fault)),
      [],
    );
    const report = formatSoakReport(windows, (WINDOWS * WINDOW_SECONDS) / 60, 'a machine');
    context.diagnostic(report);
    const rows = report.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| second') && !line.startsWith('| ---'));
    assert.equal(rows.length, WINDOWS);
    for (const row of rows) assert.equal(row.split('|').length - 2, 10, row);
    for (const part of [
      /^# Soak of /,
      /^a machine$/m,
      /^Every second 100 updates, 100 queries, 20 reads, 50 pages; /m,
      /^Over the second half the memory of the process rises by /m,
      /^Verdict: /m,
    ])
      assert.match(report, part);
  });
});
