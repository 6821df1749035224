/**
 * Help texts.
 * @module
 */
import { commandName, type CommandSpec, GLOBAL_OPTIONS, type OptionSpec } from './command.ts';

/** How a text is emphasised: `bold` and `dim` answer their argument where there are no colours. */
export type HelpStyle = { bold(text: string): string; dim(text: string): string };

const LINE_LENGTH = 88;

/** Breaks a text into lines, each behind `indent` spaces. */
function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > LINE_LENGTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((part) => ' '.repeat(indent) + part).join('\n');
}

function optionHead({ name, short, value }: OptionSpec): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
}

/** Two columns: heads, and what they mean. */
function columns(rows: readonly (readonly [head: string, text: string])[], style: HelpStyle): string {
  const width = Math.max(...rows.map(([head]) => head.length));
  return rows
    .map(([head, text]) => {
      const body = wrap(text, width + 4).trimStart();
      return `  ${style.bold(head)}${' '.repeat(width - head.length + 2)}${body}`;
    })
    .join('\n');
}

function section(title: string, body: string, style: HelpStyle): string {
  return `${style.bold(title)}\n${body}`;
}

/** The text of `myelin <command> --help`. */
export function commandHelp(spec: CommandSpec, style: HelpStyle): string {
  const options = [...spec.options, ...GLOBAL_OPTIONS];
  const synopsis = `  myelin ${commandName(spec)} ${spec.operands}`.trimEnd();
  const examples = spec.examples.map(([command, explanation]) => `  ${style.dim(`# ${explanation}`)}\n  ${command}`).join('\n\n');
  return [
    section('Usage', `${synopsis} [options]`, style),
    spec.description.map((paragraph) => wrap(paragraph, 0)).join('\n\n'),
    section(
      'Options',
      columns(
        options.map((option) => [optionHead(option), option.help]),
        style,
      ),
      style,
    ),
    section('Examples', examples, style),
  ].join('\n\n');
}

function commandRows(commands: readonly CommandSpec[]): (readonly [string, string])[] {
  return commands.map((spec) => [`${commandName(spec)} ${spec.operands}`.trimEnd(), spec.summary]);
}

/** The text of `myelin <group> --help`. */
export function groupHelp(group: string, commands: readonly CommandSpec[], style: HelpStyle): string {
  const own = commands.filter(({ path }) => path[0] === group);
  return [
    section('Usage', `  myelin ${group} <command> [options]`, style),
    section('Commands', columns(commandRows(own), style), style),
    `Run 'myelin ${group} <command> --help' for what a command does and takes.`,
  ].join('\n\n');
}

/** The text of `myelin --help`. */
export function programHelp(commands: readonly CommandSpec[], version: string, style: HelpStyle): string {
  const exitCodes: (readonly [string, string])[] = [
    ['0', 'it is done'],
    ['1', 'it failed: the message says why and what to do'],
    ['2', 'the command line is wrong'],
  ];
  return [
    `Myelin ${version}: a whole Internet Computer with one command.`,
    section('Usage', '  myelin <command> [options]', style),
    section('Commands', columns(commandRows(commands), style), style),
    section('Exit codes', columns(exitCodes, style), style),
    wrap(
      "Run 'myelin <command> --help' for what a command does and takes. Colours are used on terminals unless NO_COLOR is set. " +
        'Identities are kept in the folder that MYELIN_CONFIG names, by default ~/.config/myelin.',
      0,
    ),
  ].join('\n\n');
}
