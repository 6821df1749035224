/**
 * Help texts.
 * @module
 */
import { commandName, type CommandSpec, GLOBAL_OPTIONS, type HelpRow, type HelpTopic, type OptionSpec } from './command.ts';

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

/** Longest head beside which a text stands; below a longer one it begins on the next line. */
const HEAD_LENGTH_MAX = 30;

/** Two columns: heads, and what they mean. */
function columns(rows: readonly HelpRow[], style: HelpStyle): string {
  const lengths = rows.map(([head]) => head.length).filter((length) => length <= HEAD_LENGTH_MAX);
  const width = Math.max(0, ...lengths);
  return rows
    .map(([head, text]) => {
      const body = wrap(text, width + 4);
      if (head.length > width) return `  ${style.bold(head)}\n${body}`;
      return `  ${style.bold(head)}${' '.repeat(width - head.length + 2)}${body.trimStart()}`;
    })
    .join('\n');
}

function section(title: string, body: string, style: HelpStyle): string {
  return `${style.bold(title)}\n${body}`;
}

const EXIT_CODES: readonly HelpRow[] = [
  ['0', 'it is done'],
  ['1', 'it failed: the message says why and what to do'],
  ['2', 'the command line is wrong'],
];

/** What an option, or a group of commands, implies: commands do not repeat it. */
function implied(spec: CommandSpec): { readonly environment: readonly HelpRow[]; readonly files: readonly HelpRow[] } {
  const takes = (name: string): boolean => spec.options.some((option) => option.name === name);
  const usesIdentity = takes('identity') || spec.path[0] === 'identity';
  return {
    environment: [
      ...(usesIdentity ? [['MYELIN_CONFIG', 'folder of the identities, instead of ~/.config/myelin'] as const] : []),
      ['NO_COLOR', 'no colours on terminals either'],
      ['MYELIN_DEBUG', 'with an unexpected fault, its place in the program'],
    ],
    files: [
      ...(takes('state') ? [['.myelin/', "the state folder; 'myelin help files' says what is in it"] as const] : []),
      ...(usesIdentity ? [['~/.config/myelin/', 'identity/*.pem, and settings.json with the one that is chosen'] as const] : []),
    ],
  };
}

/** The text of `myelin <command> --help`. */
export function commandHelp(spec: CommandSpec, style: HelpStyle): string {
  const options = [...spec.options, ...GLOBAL_OPTIONS].map((option): HelpRow => [optionHead(option), option.help]);
  const synopsis = `  myelin ${commandName(spec)} ${spec.operands}`.trimEnd();
  const examples = spec.examples.map(([command, explanation]) => `  ${style.dim(`# ${explanation}`)}\n  ${command}`).join('\n\n');
  const { environment, files } = implied(spec);
  const table = (title: string, rows: readonly HelpRow[]): string[] =>
    rows.length === 0 ? [] : [section(title, columns(rows, style), style)];
  return [
    section('Usage', `${synopsis} [options]`, style),
    spec.description.map((paragraph) => wrap(paragraph, 0)).join('\n\n'),
    ...table('Options', options),
    ...table('Exit codes', [...EXIT_CODES, ...(spec.exitCodes ?? [])]),
    ...table('Environment', [...(spec.environment ?? []), ...environment]),
    ...table('Files', [...files, ...(spec.files ?? [])]),
    section('Examples', examples, style),
  ].join('\n\n');
}

/** The text of `myelin <group> --help`. */
export function groupHelp(group: string, commands: readonly CommandSpec[], style: HelpStyle): string {
  const own = commands.filter(({ path }) => path[0] === group);
  const rows = own.map((spec): HelpRow => [`${commandName(spec)} ${spec.operands}`.trimEnd(), spec.summary]);
  return [
    section('Usage', `  myelin ${group} <command> [options]`, style),
    section('Commands', columns(rows, style), style),
    `Run 'myelin ${group} <command> --help' for what a command does and takes.`,
  ].join('\n\n');
}

/** The text of `myelin --help`. */
export function programHelp(commands: readonly CommandSpec[], topics: readonly HelpTopic[], version: string, style: HelpStyle): string {
  const rows = commands.map((spec): HelpRow => [commandName(spec), spec.summary]);
  const topicRows = topics.map(({ name, summary }): HelpRow => [`help ${name}`, summary]);
  return [
    `Myelin ${version}: a whole Internet Computer with one command.`,
    section('Usage', '  myelin <command> [options]', style),
    section('Commands', columns([...rows, ...topicRows], style), style),
    section('Exit codes', columns(EXIT_CODES, style), style),
    wrap(
      "Run 'myelin <command> --help' for what a command does and takes. Colours are used on terminals unless NO_COLOR is set. " +
        'Identities are kept in the folder that MYELIN_CONFIG names, by default ~/.config/myelin.',
      0,
    ),
  ].join('\n\n');
}

/** The text of `myelin help <topic>`. */
export function topicHelp({ name, summary, content }: HelpTopic, style: HelpStyle): string {
  const parts = content.map((part) => (typeof part === 'string' ? wrap(part, 0) : columns(part, style)));
  return [`${style.bold(name)}: ${summary}`, ...parts].join('\n\n');
}
