/**
 * Command lines: which command is meant, what it is given. Mistakes are told with what was probably meant.
 * @module
 */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { usageFailure } from '../terminal/index.ts';
import { type CommandLine, commandName, type CommandSpec, GLOBAL_OPTIONS, type OptionSpec } from './command.ts';
import { nearestWord } from './suggestion.ts';

/** What {@link findCommand} finds. */
export type FoundCommand<C extends CommandSpec> =
  | { readonly kind: 'command'; readonly command: C; readonly rest: readonly string[] }
  /** A first word alone, such as `canister`: its commands are listed. */
  | { readonly kind: 'group'; readonly group: string };

/**
 * The command that a command line begins with.
 * @throws IcError `USAGE_COMMAND_UNKNOWN`
 */
export function findCommand<C extends CommandSpec>(commands: readonly C[], words: readonly string[]): FoundCommand<C> {
  const [first = '', second] = words;
  const single = commands.find(({ path }) => path.length === 1 && path[0] === first);
  if (single !== undefined) return { kind: 'command', command: single, rest: words.slice(1) };
  const group = commands.filter(({ path }) => path.length === 2 && path[0] === first);
  if (group.length === 0) {
    const names = new Set(commands.map(({ path }) => path[0] ?? ''));
    throw unknownWord(`there is no command '${first}'`, nearestWord(first, names), 'myelin --help lists the commands');
  }
  if (second === undefined || second.startsWith('-')) return { kind: 'group', group: first };
  const command = group.find(({ path }) => path[1] === second);
  if (command !== undefined) return { kind: 'command', command, rest: words.slice(2) };
  const meant = nearestWord(
    second,
    group.map(({ path }) => path[1] ?? ''),
  );
  throw unknownWord(
    `there is no command '${first} ${second}'`,
    meant === undefined ? undefined : `${first} ${meant}`,
    `myelin ${first} --help lists its commands`,
  );
}

function unknownWord(what: string, meant: string | undefined, otherwise: string): Error {
  return usageFailure('USAGE_COMMAND_UNKNOWN', what, meant === undefined ? otherwise : `did you mean 'myelin ${meant}'?`);
}

function unknownOption(spec: CommandSpec, rawName: string, options: readonly OptionSpec[]): Error {
  const meant = rawName.startsWith('--')
    ? nearestWord(
        rawName.slice(2),
        options.map(({ name }) => name),
      )
    : undefined;
  return usageFailure(
    'USAGE_OPTION_UNKNOWN',
    `'${rawName}' is not an option of 'myelin ${commandName(spec)}'`,
    meant === undefined ? `myelin ${commandName(spec)} --help lists its options` : `did you mean '--${meant}'?`,
  );
}

/**
 * Sorts what follows a command into options and operands.
 * @throws IcError `USAGE_OPTION_UNKNOWN`, `USAGE_OPTION_VALUE`, `USAGE_OPERANDS`
 */
export function parseCommandLine(spec: CommandSpec, words: readonly string[]): CommandLine {
  const options = [...spec.options, ...GLOBAL_OPTIONS];
  const config: NonNullable<ParseArgsConfig['options']> = {};
  for (const { name, short, value, isList } of options) {
    config[name] = {
      type: value === undefined ? 'boolean' : 'string',
      multiple: isList ?? false,
      ...(short === undefined ? {} : { short }),
    };
  }
  const { values, positionals, tokens } = parseArgs({
    args: [...words],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = options.find(({ name }) => name === token.name);
    if (option === undefined) throw unknownOption(spec, token.rawName, options);
    checkValue(option, token.rawName, token.value, token.inlineValue === true);
  }
  checkOperands(spec, positionals, values['help'] === true);
  return {
    operands: positionals,
    text: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
    list: (name) => (Array.isArray(values[name]) ? values[name].filter((item) => typeof item === 'string') : []),
    flag: (name) => values[name] === true,
  };
}

function checkValue(option: OptionSpec, rawName: string, value: string | undefined, isInline: boolean): void {
  if (option.value === undefined) {
    if (value !== undefined) throw usageFailure('USAGE_OPTION_VALUE', `'${rawName}' takes no value`, `leave '=${value}' out`);
  } else if (value === undefined || value === '') {
    throw usageFailure('USAGE_OPTION_VALUE', `'${rawName}' needs a value`, `write ${rawName} ${option.value}`);
  } else if (!isInline && value.startsWith('-')) {
    throw usageFailure(
      'USAGE_OPTION_VALUE',
      `'${rawName}' needs a value, and '${value}' looks like an option`,
      `write ${rawName}=${value} if it is meant`,
    );
  }
}

function checkOperands(spec: CommandSpec, operands: readonly string[], isHelp: boolean): void {
  const [least, most] = spec.operandCount;
  if (isHelp || (operands.length >= least && operands.length <= most)) return;
  const what = operands.length < least ? 'the command line is incomplete' : `'${operands[most]}' is one word too many`;
  const hint = operands.length > most ? '; put quotes around an argument that contains spaces' : '';
  throw usageFailure('USAGE_OPERANDS', what, `write myelin ${commandName(spec)} ${spec.operands}`.trimEnd() + hint);
}
