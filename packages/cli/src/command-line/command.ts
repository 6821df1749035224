/**
 * What a command is: how it is written, what it says of itself, what it takes.
 * @module
 */

/** An option of a command. */
export type OptionSpec = {
  /** Long name without dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** What stands for its value in help texts; absent for a switch. */
  readonly value?: string;
  /** May be given several times. */
  readonly isList?: boolean;
  /** One or more sentences; the default value is part of it. */
  readonly help: string;
};

/** A row of a help text. */
export type HelpRow = readonly [head: string, meaning: string];

/** A command of one or two words. */
export type CommandSpec = {
  /** `['start']` or `['canister', 'call']`. */
  readonly path: readonly string[];
  /** What follows the command in its synopsis, without options: `ID|NAME METHOD [ARGUMENTS]`. */
  readonly operands: string;
  /** Least and greatest number of operands. */
  readonly operandCount: readonly [least: number, most: number];
  /** One line without a full stop, for the list of commands. */
  readonly summary: string;
  /** What it does, in paragraphs. */
  readonly description: readonly string[];
  readonly options: readonly OptionSpec[];
  /** Exit codes beside those of all commands. */
  readonly exitCodes?: readonly HelpRow[];
  /** Environment variables and files beside those that its options imply. */
  readonly environment?: readonly HelpRow[];
  readonly files?: readonly HelpRow[];
  readonly examples: readonly (readonly [command: string, explanation: string])[];
};

/** What is explained apart from any command. */
export type HelpTopic = {
  readonly name: string;
  /** One line without a full stop. */
  readonly summary: string;
  /** Paragraphs, and tables between them. */
  readonly content: readonly (string | readonly HelpRow[])[];
};

/** The options that every command takes. */
export const GLOBAL_OPTIONS: readonly OptionSpec[] = [
  { name: 'json', help: 'Print one JSON object on standard output, and everything else on standard error.' },
  { name: 'help', short: 'h', help: 'Print this text.' },
];

/** The words of a command line, sorted. */
export type CommandLine = {
  readonly operands: readonly string[];
  /** Value of an option, undefined when it was not given. */
  text(name: string): string | undefined;
  /** Values of an option that may be given several times. */
  list(name: string): readonly string[];
  /** Whether a switch was given. */
  flag(name: string): boolean;
};

/** The name of a command as it is typed. */
export function commandName(spec: CommandSpec): string {
  return spec.path.join(' ');
}
