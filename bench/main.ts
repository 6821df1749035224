/**
 * Runs the benchmarks and prints every figure beside its target and what it is read against: `npm run bench`.
 *
 * A figure that misses its target is marked, never a failure: the exit status says whether everything could be measured.
 * @module
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchArguments, parseBenchArguments, USAGE } from './src/arguments.ts';
import { benchmarks } from './src/benchmarks.ts';
import type { Figure } from './src/figure.ts';
import { describeMachine, loadNow } from './src/machine.ts';
import type { BenchmarkMessage, RunOptions } from './programs/benchmark.ts';
import { startProcess, stopProcess } from './src/child-processes.ts';
import { type BenchmarkResult, formatDetails, formatMachine, formatTable, type Results } from './src/report.ts';

const CONDITION = '--conditions=myelin-source';
const program = fileURLToPath(new URL('programs/benchmark.ts', import.meta.url));

/** Runs one benchmark in a process of its own. */
async function runBenchmark(name: string, { quick, seconds, rate }: BenchArguments): Promise<BenchmarkResult> {
  const began = performance.now();
  const loadBefore = loadNow();
  const options = process.env['NODE_OPTIONS'] ?? '';
  const env = { ...process.env, NODE_OPTIONS: options.includes(CONDITION) ? options : `${options} ${CONDITION}`.trim() };
  const words = [program, name, JSON.stringify({ quick, seconds, rate } satisfies RunOptions)];
  const child = startProcess(process.execPath, words, { stdio: ['ignore', 2, 2, 'ipc'], env });
  // A load that is held for longer is held for updates and for queries, and its requests are made before.
  const minutesMax = (benchmarks[name]?.minutesMax ?? 0) + Math.ceil((seconds ?? 0) / 15);
  const outcome = await new Promise<{ readonly figures: readonly Figure[]; readonly error?: string }>((resolve) => {
    let figures: readonly Figure[] | undefined;
    const limit = setTimeout(() => resolve({ figures: [], error: `it takes longer than ${minutesMax} minutes` }), minutesMax * 60_000);
    child.on('message', (message) => {
      const said = message as BenchmarkMessage;
      if (said.kind === 'figures') figures = said.figures;
      else console.error(`${name}: ${said.line}`);
    });
    child.once('error', (error) => resolve({ figures: [], error: error.message }));
    child.once('exit', (code, signal) => {
      clearTimeout(limit);
      resolve(figures === undefined ? { figures: [], error: `its process ended with ${code ?? signal}` } : { figures });
    });
  });
  await stopProcess(child);
  return { benchmark: name, ...outcome, seconds: Math.round((performance.now() - began) / 1_000), load: [loadBefore, loadNow()] };
}

function printResults(results: Results): void {
  const { machine, quick } = results;
  console.log(`\n${formatMachine(machine)}${quick ? ', quick: these numbers are no measurement' : ''}\n`);
  console.log(formatTable(results.results));
  console.log(`\nA ratio above 1 is better than what stands beside it.\n\n${formatDetails(results.results)}`);
  const loads = results.results.map(({ benchmark, load, seconds }) => `${benchmark} ${load[0]}–${load[1]} (${seconds} s)`);
  console.log(`\nLoad average over each benchmark, ${machine.cores} cores: ${loads.join(', ')}`);
  for (const { benchmark, error } of results.results) if (error !== undefined) console.log(`\nNOT MEASURED ${benchmark}: ${error}`);
}

async function writeResults(results: Results, path: string | undefined): Promise<void> {
  const { date, commit } = results.machine;
  const file = path ?? join(import.meta.dirname, 'results', `${date.slice(0, 10)}-${commit}.json`);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(results, undefined, 2)}\n`);
  console.error(`results: ${file}`);
}

const names = Object.keys(benchmarks);

function readArguments(): BenchArguments | undefined {
  try {
    return parseBenchArguments(process.argv.slice(2), names);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    return undefined;
  }
}

const options = readArguments();
if (options === undefined) {
  process.exitCode = 2;
} else if (options.help) {
  console.log(`${USAGE}\n\nbenchmarks: ${names.join(', ')}`);
} else {
  const machine = describeMachine();
  const results: BenchmarkResult[] = [];
  for (const name of options.only ?? names) results.push(await runBenchmark(name, options));
  const all: Results = { format: 1, quick: options.quick, machine, results };
  printResults(all);
  if (options.writes) await writeResults(all, options.json);
  if (results.some(({ error }) => error !== undefined)) process.exitCode = 1;
}
