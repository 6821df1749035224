/**
 * Starts a network as a process of its own that outlives the command.
 * @module
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { programBeside } from '../process/index.ts';
import { makeStateFolder } from '../project/index.ts';
import { commandFailure, EXIT_CODES, type Explanation, type ExitCode, type Terminal } from '../terminal/index.ts';
import { describeNetwork, type StartedNetwork } from './announcement.ts';
import { logPath, openLog, readLogTail } from './background-log.ts';
import type { StartRequest } from './start.ts';

const PROGRAM = programBeside(import.meta.url, 'background-process');

/** What the process is told. */
export type StartTask = { readonly request: StartRequest; readonly log: string };

/** What it tells, once. */
export type StartOutcome =
  | { readonly kind: 'ready'; readonly network: StartedNetwork }
  | { readonly kind: 'failed'; readonly failure: Explanation };

type Outcome = StartOutcome | { readonly kind: 'ended'; readonly how: string };

/** Without what makes a network end with the npm that it was started by. */
function environment(): NodeJS.ProcessEnv {
  const { npm_lifecycle_event: _, ...others } = process.env;
  return others;
}

function spawnDetached(stateFolder: string, descriptor: number): ChildProcess {
  const conditions = process.execArgv.filter((argument) => argument.startsWith('--conditions'));
  return spawn(process.execPath, [...conditions, fileURLToPath(PROGRAM), stateFolder], {
    serialization: 'advanced',
    stdio: ['ignore', descriptor, descriptor, 'ipc'],
    // A session of its own: a Ctrl-C in the terminal, or its end, does not reach it.
    detached: true,
    windowsHide: true,
    env: environment(),
  });
}

/** Waits for what the process tells, or for its end. A failure is waited for until the end: the log is whole then. */
function awaitOutcome(child: ChildProcess): Promise<Outcome> {
  const { promise, resolve: settle } = Promise.withResolvers<Outcome>();
  let failed: Outcome | undefined;
  child.on('message', (message) => {
    const outcome = message as StartOutcome;
    if (outcome.kind === 'failed') failed = outcome;
    else settle(outcome);
  });
  child.once('error', (error) => settle({ kind: 'ended', how: `it could not be started: ${error.message}` }));
  // What it told last may arrive after its end.
  const heard = new Promise<void>((done) => child.once('disconnect', () => done()));
  child.once('exit', (code, signal) => {
    const how = `its process ended with ${signal ?? `exit code ${code}`}`;
    void heard.then(() => settle(failed ?? { kind: 'ended', how }));
  });
  return promise;
}

/** Runs `work`; a Ctrl-C meanwhile ends the process too. Answers whether there was one. */
async function withInterrupt(child: ChildProcess, work: () => Promise<Outcome>): Promise<Outcome | 'interrupted'> {
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
    child.kill('SIGTERM');
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    const outcome = await work();
    return isInterrupted ? 'interrupted' : outcome;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

function failure(outcome: Exclude<Outcome, { readonly kind: 'ready' }>, log: string, lines: readonly string[]): Error {
  const shown = lines.length === 0 ? [] : [`the end of ${log}:`, ...lines.map((line) => `  ${line}`)];
  if (outcome.kind === 'ended') {
    return commandFailure('START_FAILED', `the network did not start: ${outcome.how}`, `see ${log}, or start it without --background`, {
      lines: shown,
    });
  }
  const { code, message, remedy } = outcome.failure;
  return commandFailure(code, message, remedy, { lines: shown });
}

/**
 * Starts a network in the background and returns when it answers.
 * @throws IcError `START_FAILED`, and whatever a start fails with, each with the end of the log
 */
export async function startInBackground(request: StartRequest & { readonly stateFolder: string }, terminal: Terminal): Promise<ExitCode> {
  const stateFolder = resolve(request.stateFolder);
  await makeStateFolder(stateFolder);
  const log = logPath(stateFolder);
  const { descriptor, bytes } = openLog(log);
  const child = spawnDetached(stateFolder, descriptor);
  closeSync(descriptor);
  const task: StartTask = { request: { ...request, stateFolder }, log };
  child.send(task, () => {
    // A process that could not take its task has ended: that is told below.
  });
  const outcome = await withInterrupt(child, () => terminal.during('Starting a network in the background', awaitOutcome(child)));
  if (outcome === 'interrupted') {
    terminal.note('Stopped before it was ready. What was answered is kept.');
    return EXIT_CODES.forced;
  }
  if (outcome.kind !== 'ready') throw failure(outcome, log, readLogTail(log, bytes));
  child.disconnect();
  child.unref();
  const { text, json } = describeNetwork(outcome.network, request.host, terminal);
  terminal.result(text, json);
  return EXIT_CODES.ok;
}
