/**
 * Runs test files with node:test, each in a process of its own, and counts what they did.
 *
 * Counting reads `test:complete` events, which arrive as tests end; `test:pass` and `test:fail` are held back to keep the order
 * of the files, so that they say nothing about progress.
 * @module
 */
import { inspect } from 'node:util';
import { relative, resolve } from 'node:path';
import { run } from 'node:test';
import { repositoryRoot } from './commands.ts';

/** A failed test, with what is needed to find and understand it. */
export type TestFailure = { readonly file: string; readonly name: string; readonly reason: string };

/** Counts over all files. A suite (`describe`) is not a test and is not counted. */
export type Tally = {
  passed: number;
  skipped: number;
  readonly failed: TestFailure[];
  /** One line for each skip with its reason. */
  readonly skips: string[];
  /** What each file with a failure printed. */
  readonly outputs: Map<string, string>;
};

/** What one file did so far. */
type FileTally = { passed: number; skipped: number; failed: number; started: number; readonly output: string[] };

/** The parts of node:test's `test:complete` event that are read here. */
type CompleteEvent = {
  readonly name: string;
  readonly file?: string | undefined;
  readonly skip?: string | boolean | undefined;
  readonly details: { readonly type?: string | undefined; readonly passed?: boolean; readonly error?: unknown };
};

/** A tally of nothing. */
export function createTally(): Tally {
  return { passed: 0, skipped: 0, failed: [], skips: [], outputs: new Map() };
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
}

/** A suite or file whose only failures are those of its tests says nothing of its own. */
function failsByItself(error: unknown): boolean {
  return (
    error !== undefined &&
    !(typeof error === 'object' && error !== null && 'failureType' in error && error.failureType === 'subtestsFailed')
  );
}

function pathOf(file: string | undefined): string {
  return file === undefined ? '(unknown file)' : relative(repositoryRoot, file);
}

function printFile(position: string, file: string, counts: FileTally): void {
  const seconds = ((performance.now() - counts.started) / 1000).toFixed(1);
  const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
  console.log(
    `${counts.failed === 0 ? 'ok  ' : 'FAIL'} [${position}] ${file}: ${counts.passed} passed, ${counts.failed} failed${skipped} (${seconds} s)`,
  );
}

/**
 * Runs the files and prints a line when each is done.
 *
 * @param files - paths relative to the repository root.
 * @param options.filesAtOnce - processes at the same time, ≥ 1.
 * @param options.fileTimeMsMax - the longest that one file may take, in milliseconds.
 */
export async function runTestFiles(
  files: readonly string[],
  options: { readonly filesAtOnce: number; readonly fileTimeMsMax: number },
): Promise<Tally> {
  const tally = createTally();
  const perFile = new Map<string, FileTally>();
  let finished = 0;
  const countsOf = (file: string): FileTally => {
    const known = perFile.get(file) ?? { passed: 0, skipped: 0, failed: 0, started: performance.now(), output: [] };
    perFile.set(file, known);
    return known;
  };
  const fail = (file: string, name: string, reason: string): void => {
    countsOf(file).failed += 1;
    tally.failed.push({ file, name, reason });
  };
  const finishFile = (file: string, error: unknown): void => {
    const counts = countsOf(file);
    if (failsByItself(error)) fail(file, 'the file as a whole', reasonOf(error));
    if (counts.passed + counts.skipped + counts.failed === 0) fail(file, 'the file as a whole', 'it holds no test');
    finished += 1;
    printFile(`${finished}/${files.length}`, file, counts);
  };
  const finishTest = (event: CompleteEvent, file: string): void => {
    const counts = countsOf(file);
    if (event.skip !== undefined && event.skip !== false) {
      counts.skipped += 1;
      tally.skipped += 1;
      tally.skips.push(`${file}: ${event.name} (${event.skip === true || event.skip === '' ? 'no reason given' : event.skip})`);
    } else if (event.details.error !== undefined || event.details.passed === false) {
      fail(file, event.name, reasonOf(event.details.error));
    } else {
      counts.passed += 1;
      tally.passed += 1;
    }
  };
  const stream = run({
    files: files.map((file) => resolve(repositoryRoot, file)),
    cwd: repositoryRoot,
    concurrency: options.filesAtOnce,
    isolation: 'process',
    timeout: options.fileTimeMsMax,
  });
  stream.on('test:dequeue', (event) => void countsOf(pathOf(event.file ?? event.name)));
  stream.on('test:stdout', (event) => void countsOf(pathOf(event.file)).output.push(event.message));
  stream.on('test:stderr', (event) => void countsOf(pathOf(event.file)).output.push(event.message));
  stream.on('test:complete', (event: CompleteEvent) => {
    const file = pathOf(event.file);
    if (event.name === event.file) finishFile(file, event.details.error);
    else if (event.details.type !== 'suite') finishTest(event, file);
    else if (failsByItself(event.details.error)) fail(file, event.name, reasonOf(event.details.error));
  });
  await new Promise<void>((resolveEnd, reject) => {
    stream.on('end', resolveEnd);
    stream.on('error', reject);
    stream.resume();
  });
  for (const [file, counts] of perFile) if (counts.failed > 0) tally.outputs.set(file, counts.output.join('').trimEnd());
  return tally;
}

/** Prints every failure in full, at the end, where people look, after what its file printed. */
export function describeFailures(tally: Tally): void {
  for (const [file, output] of tally.outputs) {
    console.log(`\n${file}${output === '' ? '' : ` printed:\n${output}`}`);
    for (const failure of tally.failed) {
      if (failure.file === file) console.log(`\nFAILED ${failure.name}\n${failure.reason.replaceAll(/^/gm, '    ')}`);
    }
  }
}
