/**
 * Long searches for lost data, each with a report in docs/reports: `npm run faults` for all, `npm run faults -- disk` for one, with
 * `--minutes N` to end each earlier.
 */
import { runDiskFaults } from './disk-faults.ts';
import { runEngines } from './engines.ts';
import { runKills } from './kills.ts';

const PARTS: Readonly<Record<string, (minutes: number) => Promise<number>>> = { disk: runDiskFaults, kills: runKills, engines: runEngines };

const words = process.argv.slice(2);
const at = words.indexOf('--minutes');
const minutes = at < 0 ? Infinity : Number(words[at + 1]);
const names = words.filter((word, index) => !word.startsWith('--') && (at < 0 || index !== at + 1));
const unknown = names.find((name) => PARTS[name] === undefined);
if (unknown !== undefined || !(minutes > 0)) {
  console.error(`usage: npm run faults -- [${Object.keys(PARTS).join('|')}] [--minutes N]`);
  process.exitCode = 2;
} else {
  for (const name of names.length === 0 ? Object.keys(PARTS) : names) if ((await PARTS[name]!(minutes)) > 0) process.exitCode = 1;
}
