/**
 * Networks in the background, which outlive the command that starts them: here they end with the test at the latest.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findNode, stopNode } from '../../src/control/index.ts';
import { type Cleanup, type Finished, runCommand, temporaryFolder } from './child-process.ts';

/** A clean stop takes a second; a busy machine more. */
const STOP_MS_MAX = 60_000;

/** A folder whose network is ended with the test, however far it came. */
export function projectFolder(t: Cleanup): string {
  const made: { folder?: string } = {};
  // Before the folder goes: what is registered first runs first.
  t.after(async () => {
    const state = join(made.folder ?? '', '.myelin');
    const found = existsSync(state) ? await findNode(state) : undefined;
    if (found?.kind !== 'node' || (await stopNode(state, found.record, STOP_MS_MAX))) return;
    process.kill(found.facts.pid, 'SIGKILL');
    throw new Error(`process ${found.facts.pid} did not stop`);
  });
  made.folder = temporaryFolder(t);
  return made.folder;
}

/** Starts a network in the background on a free port. */
export async function startBackground(folder: string, words: readonly string[] = []): Promise<Finished> {
  return await runCommand(folder, ['start', '--background', '--port', '0', '--json', ...words]);
}

/** The object that a command has printed. */
export function objectOf({ stdout }: Finished): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}

const LOCK_HOLDER = fileURLToPath(new URL('./lock-holder.ts', import.meta.url));

/** Holds the lock of a state folder as a process that is no network, until the test ends. */
export async function holdLock(t: Cleanup, state: string): Promise<void> {
  const holder = spawn(process.execPath, ['--conditions=myelin-source', LOCK_HOLDER, state], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => holder.kill('SIGKILL'));
  await once(holder.stdout, 'data');
}
