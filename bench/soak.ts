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
import { runSoak } from './src/soak/soak.ts';
import { formatSoak, formatSoakReport, judgeSoak } from './src/soak/verdict.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '2' }, report: { type: 'string' } } });
const minutes = Number(values.minutes);
if (!(minutes >= 0.5 && minutes <= 24 * 60)) throw new Error(`--minutes takes a number from 0.5 to 1440, not ${values.minutes}`);

const WINDOWS_MAX = 60;
const WINDOW_SECONDS_MIN = 10;
const windowSeconds = Math.max(WINDOW_SECONDS_MIN, Math.ceil((minutes * 60) / WINDOWS_MAX));
const windows = Math.max(2, Math.round((minutes * 60) / windowSeconds));

const loadBefore = loadNow();
const done = await runSoak({ windows, windowSeconds, progress: (window) => console.error(formatSoak([window]).split('\n').at(-1)) });
const { faults } = judgeSoak(done);
const about = `${formatMachine(describeMachine())}. Load average ${loadBefore} before, ${loadNow()} after.`;
const report = formatSoakReport(done, minutes, about);
console.log(report);
if (values.report !== undefined) await writeFile(values.report, report);
process.exitCode = faults.length === 0 ? 0 : 1;
