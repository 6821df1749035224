/**
 * The gate: types, lint, format, tidy, then every test of every workspace.
 *
 * `npm test` runs everything. `npm test -- wasm http` runs only the test files whose path contains one of the words, without the
 * static checks. Exits non-zero when anything fails and when no test ran.
 * @module
 */
import { globSync } from 'node:fs';
import { printResult, repositoryRoot, runCommand } from './commands.ts';
import { createTally, describeFailures, runTestFiles, type Tally } from './test-files.ts';

const STATIC_CHECKS: readonly (readonly [name: string, ...command: string[]])[] = [
  ['check', 'node', 'tools/run.js', 'tools/check.ts'],
  ['lint', 'oxlint', '--type-aware', '--deny-warnings'],
  ['fmt:check', 'oxfmt', '--check'],
  ['tidy', 'node', 'tools/run.js', 'tools/tidy.ts'],
  ['build', 'node', 'tools/run.js', 'tools/build.ts'],
];

const TEST_FILES: readonly string[] = [
  'packages/*/test/**/*.test.ts',
  'testing/*/test/**/*.test.ts',
  'examples/*/test/**/*.test.ts',
  'bench/test/**/*.test.ts',
  'tools/test/**/*.test.ts',
];

/** Small machines (two cores) are the rule for contributors and CI alike; more files at once only make timings worse. */
const FILES_AT_ONCE = 2;

/** A file that needs longer hangs. */
const FILE_TIME_MS_MAX = 10 * 60_000;

async function runStaticChecks(): Promise<number> {
  let failed = 0;
  for (const [name, ...command] of STATIC_CHECKS) {
    const result = await runCommand(name, command);
    printResult(result);
    if (result.exitCode !== 0) failed += 1;
  }
  return failed;
}

async function runTests(words: readonly string[]): Promise<Tally> {
  const files = globSync([...TEST_FILES], { cwd: repositoryRoot, exclude: (path) => path.includes('node_modules') }).toSorted();
  const chosen = words.length === 0 ? files : files.filter((file) => words.some((word) => file.includes(word)));
  if (chosen.length === 0) {
    console.error(`no test file matches ${words.length === 0 ? TEST_FILES.join(' ') : words.join(' ')}`);
    return createTally();
  }
  return await runTestFiles(chosen, { filesAtOnce: FILES_AT_ONCE, fileTimeMsMax: FILE_TIME_MS_MAX });
}

const words = process.argv.slice(2);
const started = performance.now();
const failedChecks = words.length === 0 ? await runStaticChecks() : 0;
const tally = await runTests(words);
describeFailures(tally);
const seconds = ((performance.now() - started) / 1000).toFixed(1);
console.log('');
if (failedChecks > 0) console.log(`${failedChecks} of the static checks failed (see above)`);
if (tally.skipped > 0) console.log(`${tally.skipped} skipped:\n${tally.skips.map((skip) => `  ${skip}`).join('\n')}`);
console.log(`${tally.passed} passed, ${tally.failed.length + failedChecks} failed (${seconds} s)`);
process.exitCode = failedChecks === 0 && tally.failed.length === 0 && tally.passed > 0 ? 0 : 1;
