/**
 * A node under mixed load for a long time: `npm run soak -- [--minutes N] [--report FILE]`. Two minutes unless told otherwise.
 *
 * Fails when a request failed, memory rises or latencies drift in the second half.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { describeMachine, loadNow } from './src/machine.ts';
import { formatMachine } from './src/report.ts';
import { RATES } from './src/soak/mixed-load.ts';
import { runSoak } from './src/soak/soak.ts';
import { formatSoak, judgeSoak } from './src/soak/verdict.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '2' }, report: { type: 'string' } } });
const minutes = Number(values.minutes);
if (!(minutes >= 0.5 && minutes <= 24 * 60)) throw new Error(`--minutes takes a number from 0.5 to 1440, not ${values.minutes}`);

const WINDOWS_MAX = 60;
const WINDOW_SECONDS_MIN = 10;
const windowSeconds = Math.max(WINDOW_SECONDS_MIN, Math.ceil((minutes * 60) / WINDOWS_MAX));
const windows = Math.max(2, Math.round((minutes * 60) / windowSeconds));

const loadBefore = loadNow();
const done = await runSoak({ windows, windowSeconds, progress: (window) => console.error(formatSoak([window]).split('\n').at(-1)) });
const { faults, residentRise, heapRise } = judgeSoak(done);
const rise = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
const rates = Object.entries(RATES).map(([kind, rate]) => `${rate} ${kind}`);
const report = `# Soak of ${minutes} minutes

${formatMachine(describeMachine())}. Load average ${loadBefore} before, ${loadNow()} after.

Every second ${rates.join(', ')}; one canister after the other is created, installed, called, stopped and deleted. A wait runs from when a
request was due. Memory is the least of a window; the heap is that of the thread that listens, after a collection.

${formatSoak(done)}

Over the second half the memory of the process rises by ${rise(residentRise)}, the heap by ${rise(heapRise)}.

Verdict: ${faults.length === 0 ? 'no failure, memory is flat, latencies do not drift.' : `FAILED\n\n- ${faults.join('\n- ')}`}
`;
console.log(report);
if (values.report !== undefined) await writeFile(values.report, report);
process.exitCode = faults.length === 0 ? 0 : 1;
