/**
 * Runs the command line as people do: as a process of its own, in a folder of its own.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

/** Compiled code is kept between runs, as for people. */
const cache = fileURLToPath(new URL('../../../../node_modules/.cache', import.meta.url));

const program = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** What a finished command left behind. */
export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** A test's context, or whatever else runs something at the end. */
export type Cleanup = { after(run: () => unknown): void };

/** What runs when the suite that calls this ends: the last that was given first. */
export function endsWithSuite(): Cleanup {
  const endings: (() => unknown)[] = [];
  after(async () => {
    for (const end of endings.toReversed()) await end();
  });
  return { after: (run) => void endings.push(run) };
}

/** A folder for one test, with a place for identities in it; gone when the test ends. */
export function temporaryFolder(t: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'myelin-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** Starts a command. @param input - `pipe` for one that reads its standard input. */
export function spawnCommand(
  folder: string,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input: 'ignore' | 'pipe' = 'ignore',
): ChildProcess {
  return spawn(process.execPath, ['--conditions=myelin-source', program, ...words], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', HOME: folder, MYELIN_CONFIG: join(folder, 'config'), XDG_CACHE_HOME: cache, ...env },
    stdio: [input, 'pipe', 'pipe'],
  });
}

function collect(child: ChildProcess): { readonly stdout: () => string; readonly stderr: () => string } {
  const [out, error]: [string[], string[]] = [[], []];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => error.push(text));
  return { stdout: () => out.join(''), stderr: () => error.join('') };
}

/** Runs a command to its end. */
export async function runCommand(folder: string, words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  const child = spawnCommand(folder, words, env);
  const said = collect(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout: said.stdout(), stderr: said.stderr() };
}

/** Runs a command with --json that must succeed, and answers its object. */
export async function runJson(folder: string, words: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await runCommand(folder, [...words, '--json']);
  if (code !== 0) throw new Error(`myelin ${words.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** A network in a process of its own. */
export type NetworkProcess = {
  readonly child: ChildProcess;
  /** What it printed when it was ready. */
  readonly ready: Record<string, unknown>;
  readonly url: string;
  readonly stderr: () => string;
  /** Sends a signal and waits for the end. */
  stop(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly signal: string | null }>;
};

/** Starts a network on a free port and waits until it says that it is ready. It ends with the test at the latest. */
export async function startNetwork(
  t: Cleanup,
  folder: string,
  words: readonly string[] = [],
  spawned: ChildProcess = spawnCommand(folder, ['start', '--port', '0', '--json', ...words]),
): Promise<NetworkProcess> {
  const ended = once(spawned, 'close') as Promise<[number | null, string | null]>;
  t.after(async () => {
    spawned.kill('SIGKILL');
    await ended;
  });
  const said = collect(spawned);
  const line = new Promise<string>((resolve) => {
    spawned.stdout?.on('data', () => {
      if (said.stdout().includes('\n')) resolve(said.stdout());
    });
  });
  const text = await Promise.race([
    line,
    ended.then(([code]) => Promise.reject(new Error(`it ended with ${code}: ${said.stdout()}${said.stderr()}`))),
  ]);
  const ready = JSON.parse(text) as Record<string, unknown>;
  return {
    child: spawned,
    ready,
    url: String(ready['url']),
    stderr: said.stderr,
    stop: async (signal) => {
      spawned.kill(signal);
      const [code, endedBy] = await ended;
      return { code, signal: endedBy };
    },
  };
}
