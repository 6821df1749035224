/**
 * Commands of project files, run by the shell.
 * @module
 */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { commandFailure } from '../terminal/index.ts';
import { COMMAND_MS_MAX, OUTPUT_CHARACTERS_KEPT, OUTPUT_LINES_SHOWN } from './limits.ts';

export type CommandPlace = { readonly folder: string; readonly variables: Readonly<Record<string, string>> };

/** The file of a program on the PATH; undefined when it is not installed. */
export function findProgram(name: string): string | undefined {
  const endings = process.platform === 'win32' ? ['.exe', '.cmd', ''] : [''];
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const ending of endings) {
      const file = join(folder, name + ending);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // It is somewhere else, or nowhere.
      }
    }
  }
  return undefined;
}

type Ended = { readonly code: number | null; readonly signal: string | null; readonly said: string; readonly stdout: string };

function run(program: string, words: readonly string[], { folder, variables }: CommandPlace): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, {
      cwd: folder,
      env: { ...process.env, ...variables },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: COMMAND_MS_MAX,
      killSignal: 'SIGKILL',
    });
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    let said = '';
    let stdout = '';
    const take = (text: string): void => void (said = (said + text).slice(-OUTPUT_CHARACTERS_KEPT));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      take(text);
      stdout = (stdout + text).slice(-OUTPUT_CHARACTERS_KEPT);
    });
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', (error) => {
      process.off('exit', end);
      reject(error);
    });
    child.once('close', (code, signal) => {
      process.off('exit', end);
      resolve({ code, signal, said, stdout });
    });
  });
}

/**
 * Runs a program and answers what it printed on standard output.
 * @param shown - the command for messages.
 * @throws IcError `BUILD_COMMAND_FAILED` with the end of what it said
 */
export async function runProgram(program: string, words: readonly string[], place: CommandPlace, shown: string): Promise<string> {
  let ended: Ended;
  try {
    ended = await run(program, words, place);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? `${program} is not installed` : (error as Error).message;
    throw commandFailure('BUILD_COMMAND_FAILED', `the command could not be started: ${shown}: ${why}`, undefined, { cause: error });
  }
  if (ended.code === 0) return ended.stdout;
  const how = ended.signal === null ? `exit code ${ended.code}` : `signal ${ended.signal}`;
  throw commandFailure('BUILD_COMMAND_FAILED', `the command failed with ${how}: ${shown}`, `it ran in ${place.folder}`, {
    lines: ended.said.trimEnd().split('\n').slice(-OUTPUT_LINES_SHOWN),
  });
}

/** Runs a command in a shell: bash where there is one, as the tools do whose files these are. @throws IcError `BUILD_COMMAND_FAILED` */
export async function runShell(command: string, place: CommandPlace): Promise<string> {
  return await runProgram(findProgram('bash') ?? 'sh', ['-c', command], place, command.trim());
}
