/**
 * Hostile and slow clients against a node, the long form: `npm run hostile -- [--seconds N] [--report FILE]`.
 *
 * Fails when an honest request is not answered in time or the memory of the node grows beyond its bound. The short form is part of the tests.
 * @module
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { ATTACKS, CAN_RUN, openSiege, type AttackResult } from './src/hostile/siege.ts';
import { faultsOf, formatAttacks } from './src/hostile/verdict.ts';
import { describeMachine, loadNow } from './src/machine.ts';
import { formatMachine } from './src/report.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '20' }, report: { type: 'string' } } });
const seconds = Number(values.seconds);
if (!(seconds >= 1 && seconds <= 3_600)) throw new Error(`--seconds takes a number from 1 to 3600, not ${values.seconds}`);
if (!CAN_RUN) throw new Error('only Linux has addresses for hostile clients beside that of honest ones: run this on Linux');

const loadBefore = loadNow();
const siege = await openSiege({ seconds, scale: 1 });
const results: AttackResult[] = [];
let calm: AttackResult;
try {
  calm = await siege.calm();
  for (const attack of ATTACKS) {
    results.push(await siege.attack(attack));
    console.error(formatAttacks(results.slice(-1)).split('\n').at(-1));
  }
  results.push(await siege.flood());
} finally {
  await siege.close();
}
const faults = results.flatMap((result) => faultsOf(result, calm).map((fault) => `${result.name}: ${fault}`));
const report = `# Hostile and slow clients

${formatMachine(describeMachine())}. Load average ${loadBefore} before, ${loadNow()} after.

Each attack lasts ${seconds} s and comes from addresses of its own, while honest clients of another address send 10 signed updates and 20
signed queries a second over 16 connections. All processes share the machine, so times are those of a machine that is fully busy. The
memory of the node may grow by 192 MiB, 32 KiB for each client and four times the bodies and answers that its limits let them make it keep; the 99th
percentile of a wait may be ten times that without an attack and 5 s. A wait runs from when a request was due.

${formatAttacks([calm, ...results])}

Verdict: ${faults.length === 0 ? 'every honest request was answered in time, and memory stayed within its bound.' : `FAILED\n\n- ${faults.join('\n- ')}`}
`;
console.log(report);
if (values.report !== undefined) await writeFile(values.report, report);
process.exitCode = faults.length === 0 ? 0 : 1;
