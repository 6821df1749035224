/**
 * Compiles Motoko with the published compiler (npm `motoko`), each canister in a fresh process.
 * @module
 */
import { fork } from 'node:child_process';
import { extname } from 'node:path';
import { commandFailure } from '../terminal/index.ts';
import type { MotokoAnswer, MotokoJob } from './job.ts';
import { COMPILATION_MS_MAX, COMPILER_HEAP_MIB } from './limits.ts';

/** The program of the process, beside this file: TypeScript in the repository, JavaScript where it is published. */
const PROGRAM = new URL(`./compiler-process${extname(import.meta.url)}`, import.meta.url);

/** The last lines of what a process said before it died. */
const STDERR_CHARACTERS_KEPT = 2_000;

/**
 * Compiles one canister. The same job gives the same bytes.
 *
 * @throws IcError `MOTOKO_COMPILER_FAILED` when the compiler itself fails; mistakes in the sources are an answer.
 */
export function compileMotoko(job: MotokoJob): Promise<MotokoAnswer> {
  return new Promise((resolve, reject) => {
    const child = fork(PROGRAM, {
      execArgv: [
        ...process.execArgv.filter((argument) => argument.startsWith('--conditions')),
        `--max-old-space-size=${COMPILER_HEAP_MIB}`,
      ],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout: COMPILATION_MS_MAX,
      killSignal: 'SIGKILL',
    });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-STDERR_CHARACTERS_KEPT)));
    const fail = (why: string, cause?: unknown): void => {
      const remedy = `a canister may need more than ${COMPILER_HEAP_MIB} MiB or ${COMPILATION_MS_MAX / 1000} s to compile; otherwise try again`;
      reject(
        commandFailure('MOTOKO_COMPILER_FAILED', `the Motoko compiler ${why}`, remedy, { cause, lines: said.trim().split('\n').slice(-5) }),
      );
    };
    child.once('message', (answer: MotokoAnswer) => resolve(answer));
    child.once('error', (error) => fail(`could not be started: ${error.message}`, error));
    child.once('close', (code, signal) => fail(`ended without an answer (${signal ?? `exit code ${code}`})`));
    const { files, main, mode, packages, canisters } = job;
    child.send({ files, main, mode, packages, canisters }, (error) => {
      if (error === null) return;
      child.kill();
      fail(`could not be given the sources: ${error.message}`, error);
    });
  });
}
