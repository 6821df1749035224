/**
 * Runs the programs that the tools are made of, from the repository root and with its own Node first in PATH.
 * @module
 */
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository root. */
export const repositoryRoot: string = dirname(dirname(fileURLToPath(import.meta.url)));

/** What a finished command left behind. */
export type CommandResult = { readonly name: string; readonly exitCode: number; readonly output: string; readonly seconds: number };

/**
 * Runs a command to its end and collects what it prints (both streams, in order of arrival).
 *
 * @param name - what people call it, for summaries.
 * @param command - program and arguments; programs of node_modules/.bin are found.
 */
export async function runCommand(
  name: string,
  command: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<CommandResult> {
  const [program, ...programArguments] = command;
  if (program === undefined) throw new TypeError('a command needs a program');
  const started = performance.now();
  const binaries = join(repositoryRoot, 'node_modules', '.bin');
  const env = {
    ...process.env,
    NO_COLOR: '1',
    PATH: [dirname(process.execPath), binaries, process.env['PATH'] ?? ''].join(delimiter),
    ...options.env,
  };
  const child = spawn(program, programArguments, { cwd: options.cwd ?? repositoryRoot, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const exitCode = await new Promise<number>((resolve) => {
    child.on('error', (error) => {
      chunks.push(Buffer.from(`${program} could not be started: ${error.message}\n`));
      resolve(127);
    });
    child.on('close', (code, signal) => {
      if (signal !== null) chunks.push(Buffer.from(`${program} was ended by ${signal}\n`));
      resolve(code ?? 1);
    });
  });
  return { name, exitCode, output: Buffer.concat(chunks).toString(), seconds: (performance.now() - started) / 1000 };
}

/** Prints one line for a finished command and, when it failed, everything it said. */
export function printResult(result: CommandResult): void {
  const verdict = result.exitCode === 0 ? 'ok  ' : 'FAIL';
  console.log(`${verdict} ${result.name} (${result.seconds.toFixed(1)} s)`);
  if (result.exitCode !== 0) console.log(result.output.trimEnd());
}
