/**
 * The options that say what a node logs, and how.
 * @module
 */
import type { CommandLine, HelpRow, OptionSpec } from '../command-line/index.ts';
import { usageFailure } from '../terminal/index.ts';

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const FORMATS = ['text', 'json'] as const;

/** What a node logs. */
export type LogChoice = { readonly level: (typeof LEVELS)[number]; readonly format: (typeof FORMATS)[number] };

export const LOG_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'log-level',
    value: 'LEVEL',
    help: `What the node tells on standard error: ${LEVELS.join(', ')}. Default: MYELIN_LOG_LEVEL, else warn, and info with --log-format json.`,
  },
  {
    name: 'log-format',
    value: 'FORMAT',
    help: "'text' for people, 'json' for programs: then each line on standard error is a JSON object. Default: MYELIN_LOG_FORMAT, else text.",
  },
];

/** What is read where the options are not given. */
export const LOG_ENVIRONMENT: readonly HelpRow[] = [
  ['MYELIN_LOG_LEVEL', "what a node tells where --log-level is not given to 'myelin start'"],
  ['MYELIN_LOG_FORMAT', "how it tells it, 'text' or 'json', where --log-format is not given"],
];

function choose<T extends string>(name: string, text: string, words: readonly T[]): T {
  const word = words.find((one) => one === text);
  if (word !== undefined) return word;
  throw usageFailure('USAGE_OPTION_VALUE', `'${text}' is not a value of ${name}`, `write one of ${words.join(', ')}`);
}

/** From options, else the environment, else the defaults. @throws IcError `USAGE_OPTION_VALUE` */
export function logChoice(line: CommandLine, environment: Readonly<Record<string, string | undefined>>): LogChoice {
  const given = (option: string, variable: string): string | undefined => line.text(option) ?? (environment[variable] || undefined);
  const format = choose('--log-format', given('log-format', 'MYELIN_LOG_FORMAT') ?? 'text', FORMATS);
  const level = choose('--log-level', given('log-level', 'MYELIN_LOG_LEVEL') ?? (format === 'json' ? 'info' : 'warn'), LEVELS);
  return { level, format };
}
