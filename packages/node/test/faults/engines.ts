/**
 * A recorded run on several versions of V8 and with several of its compilers: equal digests all the way.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { table, writeReport } from './report.ts';
import type { Schedule } from './replaying.ts';

const MESSAGES = 200;
const SCHEDULES: readonly Schedule[] = ['warm', 'cold', 'evicted'];

type Engine = { readonly name: string; readonly executable: string; readonly flags: readonly string[] };

function run(executable: string, flags: readonly string[], program: string, words: readonly string[]): string {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const env = { ...process.env, NODE_OPTIONS: '', NODE_NO_WARNINGS: '1' };
  return execFileSync(executable, ['--conditions=myelin-source', ...flags, path, ...words], { encoding: 'utf8', env, maxBuffer: 2 ** 26 });
}

/** Node 24 from npm, into a folder. @returns its executable */
function installNode24(folder: string): string {
  // Its install script fetches the program for this machine.
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, allowScripts: { node: true } }));
  execFileSync('npm', ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', 'node@24'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    cwd: folder,
  });
  return join(folder, 'node_modules', 'node', 'bin', 'node');
}

/** What a version needs to suspend WebAssembly. */
function suspendingFlags(executable: string): string[] {
  const kind = execFileSync(executable, ['-p', 'typeof WebAssembly.Suspending'], { encoding: 'utf8' }).trim();
  return kind === 'function' ? [] : ['--experimental-wasm-jspi'];
}

/** Each version with both compilers first, then each with one of them. */
function engines(folder: string): Engine[] {
  const versions = [process.execPath, installNode24(folder)].map((executable) => {
    const printed = execFileSync(executable, ['-p', 'JSON.stringify([process.version, process.versions.v8])'], { encoding: 'utf8' });
    const [version, v8] = JSON.parse(printed) as string[];
    return { executable, name: `Node ${version} (V8 ${v8})`, needed: suspendingFlags(executable) };
  });
  return [[], ['--liftoff-only'], ['--no-liftoff']].flatMap((flags) =>
    versions.map(({ executable, name, needed }) => ({
      name: [name, ...needed, ...flags].join(' '),
      executable,
      flags: [...needed, ...flags],
    })),
  );
}

/** Runs everything. @returns the number of replays that differ */
export async function runEngines(minutesMax: number): Promise<number> {
  const started = performance.now();
  const minutes = (): number => (performance.now() - started) / 60_000;
  const seed = Number(process.env['MYELIN_SEED'] ?? Date.now() % 1_000_000);
  const folder = mkdtempSync(join(tmpdir(), 'myelin-engines-'));
  try {
    const directory = join(folder, 'recorded');
    console.log(`recording ${MESSAGES} messages, MYELIN_SEED=${seed}`);
    const recorded = JSON.parse(run(process.execPath, [], './recording.ts', [directory, String(MESSAGES), String(seed)])) as {
      readonly height: number;
      readonly digest: string;
      readonly outcomes: Readonly<Record<string, number>>;
    };
    let expected: string | undefined;
    const rows: string[][] = [];
    let different = 0;
    const all = engines(folder);
    const wanted = all.length * SCHEDULES.length;
    for (const { name, executable, flags } of all) {
      for (const schedule of SCHEDULES) {
        if (minutes() > minutesMax) break;
        const said = run(executable, flags, './replaying.ts', [directory, schedule]).trim();
        const last = (JSON.parse(said) as string[]).at(-1);
        expected ??= said;
        const isEqual = said === expected && last === recorded.digest;
        if (!isEqual) different++;
        rows.push([name, schedule, isEqual ? 'equal' : `**${last}**`]);
        console.log(`${name}, ${schedule}: ${isEqual ? 'equal' : 'DIFFERENT'}, ${minutes().toFixed(1)} minutes`);
      }
    }
    const outcomes = Object.entries(recorded.outcomes).map(([status, count]) => `${count} ${status}`);
    const path = writeReport('engines', 'One recorded run on several engines', 'npm run faults -- engines', minutes(), [
      `A node runs ${MESSAGES} messages or a few more, drawn at random (seed ${seed}): values, pages, calls that are answered, trap or come too late, runs of many slices, timers, heartbeats, randomness, of five universal canisters and one of Motoko. Its input log of ${recorded.height} batches is then run again. *Warm*: twice in one process, the second time with hot code. *Cold*: no instance, compiled module or stack outlives a batch. *Evicted*: one instance at a time, stacks of paused messages built again before each batch. \`--liftoff-only\` and \`--no-liftoff\` leave only one of V8's compilers. Node 24 comes from npm into a temporary folder; where a version suspends WebAssembly only with a flag, the flag is named. Compared are the full digests after every 16 batches and at the end, and the end with what the node itself had.`,
      `Messages: ${outcomes.join(', ')}. Digest at the end: \`${recorded.digest}\`.`,
      table(['Engine', 'Schedule', 'Digests'], rows),
      `**${rows.length === wanted ? wanted : `${rows.length} of ${wanted}`} replays, ${different} different.**`,
    ]);
    console.log(`${rows.length} of ${wanted} replays, ${different} different: ${path}`);
    return different;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
