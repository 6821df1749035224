/**
 * Searches with random inputs for longer than the tests do.
 *
 * `npm run fuzz` spends a minute on each fuzz test, `npm run fuzz -- 30m parsers` half an hour on those whose path contains a word. Every run
 * has a new seed; a failure prints it, and `MYELIN_FUZZ_SEED` or `MYELIN_SEED` runs it again.
 * @module
 */
import { globSync } from 'node:fs';
import { repositoryRoot } from './commands.ts';
import { describeFailures, runTestFiles } from './test-files.ts';

/** Tests that search at random and take their time, or the number of their cases, from the environment. */
const FUZZ_TESTS: readonly string[] = [
  'packages/*/test/**/*fuzz*.test.ts',
  'packages/*/test/**/random-*.test.ts',
  'packages/*/test/gate.test.ts',
];

const SECONDS_DEFAULT = 60;

/** What one case costs at most, in seconds, where a test counts cases: so that they fit the time. */
const CASE_SECONDS = 2;

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

function secondsOf(word: string): number | undefined {
  const match = /^(\d+)([smh]?)$/.exec(word);
  return match === null ? undefined : Number(match[1]) * (UNIT_SECONDS[match[2] ?? ''] ?? 1);
}

const words = process.argv.slice(2);
const seconds = words.map(secondsOf).find((value) => value !== undefined) ?? SECONDS_DEFAULT;
const parts = words.filter((word) => secondsOf(word) === undefined);
const files = globSync([...FUZZ_TESTS], { cwd: repositoryRoot })
  .toSorted()
  .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));

const seed = String(Math.floor(Math.random() * 2 ** 31));
process.env['MYELIN_FUZZ_SECONDS'] = String(seconds);
process.env['MYELIN_FUZZ_SEED'] ??= seed;
process.env['MYELIN_SEED'] ??= seed;
process.env['MYELIN_RANDOM_MODULES'] ??= String(Math.ceil(seconds / CASE_SECONDS));
process.env['MYELIN_GATE_ROUNDS'] ??= String(Math.ceil(seconds / CASE_SECONDS));
console.log(`${files.length} fuzz tests, about ${seconds} s each, seed ${process.env['MYELIN_FUZZ_SEED']}`);

// Twice the time: setting up and shrinking a failure come on top.
const tally = await runTestFiles(files, { filesAtOnce: 1, fileTimeMsMax: (2 * seconds + 600) * 1000 });
describeFailures(tally);
console.log(`${tally.passed} passed, ${tally.failed.length} failed`);
process.exitCode = tally.failed.length === 0 && tally.passed > 0 ? 0 : 1;
