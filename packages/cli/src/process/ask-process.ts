/**
 * Work that needs much memory or much time for a short while, in a process of its own: one question, one answer, and it is gone.
 * @module
 */
import { fork } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { extname } from 'node:path';

/** A program beside a module: TypeScript in the repository, JavaScript where it is published. */
export function programBeside(moduleUrl: string, name: string): URL {
  return new URL(`./${name}${extname(moduleUrl)}`, moduleUrl);
}

/** Bounds of a process. */
export type ProcessLimits = { readonly heapMiB: number; readonly timeMsMax: number };

/** Why a process gave no answer: a part of a sentence, and the last lines that it said. */
export type ProcessFailure = { readonly why: string; readonly lines: readonly string[]; readonly cause: unknown };

const STDERR_CHARACTERS_KEPT = 2_000;
const LINES_KEPT = 5;

/** What runs beside it, a network for instance, goes first. */
function giveWay(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It ended already, or the system does not allow it: then both run alike.
  }
}

/**
 * Starts a program, gives it a question and waits for its answer.
 *
 * @throws ProcessFailure when it cannot be started, dies or takes too long.
 */
export function askProcess<Answer>(program: URL, question: object, { heapMiB, timeMsMax }: ProcessLimits): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = fork(program, {
      execArgv: [...process.execArgv.filter((argument) => argument.startsWith('--conditions')), `--max-old-space-size=${heapMiB}`],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      timeout: timeMsMax,
      killSignal: 'SIGKILL',
    });
    giveWay(child.pid);
    let said = '';
    const end = (): void => void child.kill('SIGKILL');
    const fail = (why: string, cause?: unknown): void => {
      const failure: ProcessFailure = { why, lines: said.trim().split('\n').slice(-LINES_KEPT), cause };
      // oxlint-disable-next-line prefer-promise-reject-errors -- it is a part of the error that the caller makes
      reject(failure);
    };
    // It must not outlive this process.
    process.once('exit', end);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-STDERR_CHARACTERS_KEPT)));
    child.once('message', (answer) => resolve(answer as Answer));
    child.once('error', (error) => fail(`could not be started: ${error.message}`, error));
    child.once('close', (code, signal) => {
      process.off('exit', end);
      fail(`ended without an answer (${signal ?? `exit code ${code}`})`);
    });
    child.send(question, (error) => {
      if (error === null) return;
      end();
      fail(`could not be given its work: ${error.message}`, error);
    });
  });
}

/**
 * The other side: answers the one question of this process, which then ends.
 *
 * A Ctrl-C of the terminal reaches every process; this one leaves it to the one that started it.
 */
export function answerOnce<Question, Answer>(answer: (question: Question) => Answer | Promise<Answer>): void {
  process.on('SIGINT', () => {});
  process.once('message', (question: Question) => {
    void Promise.resolve(answer(question)).then((answered) => process.send?.(answered, () => process.exit()));
  });
}
