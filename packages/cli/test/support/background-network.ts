/**
 * Networks in the background, which outlive the command that starts them: here they end with the test at the latest.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findNode } from '../../src/control/index.ts';
import { type Cleanup, type Finished, runCommand, temporaryFolder } from './child-process.ts';

/** A folder whose network is ended with the test, however far it came. */
export function projectFolder(t: Cleanup): string {
  const folder = temporaryFolder(t);
  t.after(async () => {
    const state = join(folder, '.myelin');
    if (!existsSync(state)) return;
    const stopped = await runCommand(folder, ['stop']);
    if (stopped.code === 0) return;
    const found = await findNode(state);
    if (found.kind !== 'none' && found.kind !== 'silent') process.kill(found.facts.pid, 'SIGKILL');
    throw new Error(`the network did not stop: ${stopped.stderr}`);
  });
  return folder;
}

/** Starts a network in the background on a free port. */
export async function startBackground(folder: string, words: readonly string[] = []): Promise<Finished> {
  return await runCommand(folder, ['start', '--background', '--port', '0', '--json', ...words]);
}

/** The object that a command has printed. */
export function objectOf({ stdout }: Finished): Record<string, unknown> {
  return JSON.parse(stdout) as Record<string, unknown>;
}
