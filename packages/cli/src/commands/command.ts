/**
 * A command with the code that runs it. What it needs is imported when it runs: help and mistakes are answered at once.
 * @module
 */
import type { CommandLine, CommandSpec } from '../command-line/index.ts';
import type { ExitCode, Terminal } from '../terminal/index.ts';

export type Command = CommandSpec & {
  /** Answers the exit code. Failures are thrown. */
  readonly run: (line: CommandLine, terminal: Terminal) => Promise<ExitCode>;
};
