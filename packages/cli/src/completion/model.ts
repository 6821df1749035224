/**
 * What a shell can complete, derived from the command tables: commands, options, and what may stand for their values and operands.
 *
 * A placeholder says what belongs there: lower-case alternatives are the words themselves (`bash|zsh`), `ID|NAME` is a canister,
 * `IDENTITY` an identity, `FILE` and `DIR` are what they say, `...` repeats the last. So a new command is completed without a line of code here.
 * @module
 */
import { commandName, type CommandSpec, GLOBAL_OPTIONS, type OptionSpec } from '../command-line/index.ts';

/** What has names that are found when they are needed. */
export type FoundKind = 'canisters' | 'identities' | 'files' | 'folders';

/** What may stand at a place: these words, and names of these kinds. */
export type ValueSource = { readonly words: readonly string[]; readonly kinds: readonly FoundKind[] };

export type CompletedOption = {
  /** Long name without dashes. */
  readonly name: string;
  readonly short: string | undefined;
  /** Undefined for a switch. */
  readonly value: ValueSource | undefined;
  /** One sentence. */
  readonly help: string;
};

export type CompletedCommand = {
  /** As it is typed: `start`, `canister call`. */
  readonly name: string;
  readonly help: string;
  readonly options: readonly CompletedOption[];
  readonly operands: CompletedOperands;
};

/** An operand that may be repeated is the last. */
export type CompletedOperands = { readonly places: readonly ValueSource[]; readonly isRepeated: boolean };

/** A word that commands begin with, and those that follow it; none where it is a command itself. */
export type CompletedWord = { readonly word: string; readonly help: string; readonly next: readonly CompletedWord[] };

export type CompletionModel = {
  readonly words: readonly CompletedWord[];
  readonly commands: readonly CompletedCommand[];
  /** Options that are followed by a value, with their dashes. */
  readonly valued: readonly string[];
};

function kindOf(alternative: string, others: readonly string[]): FoundKind | undefined {
  if (alternative === 'NAME' && others.length > 1) return 'canisters';
  if (alternative === 'IDENTITY') return 'identities';
  if (/^FILE\b/.test(alternative)) return 'files';
  return alternative === 'DIR' ? 'folders' : undefined;
}

function sourceOf(placeholder: string): ValueSource {
  const alternatives = placeholder.replaceAll(/[[\] ]|\.\.\./g, '').split('|');
  const words = alternatives.filter((text) => /^[a-z][a-z0-9-]*$/.test(text));
  const kinds = alternatives.flatMap((text) => kindOf(text, alternatives) ?? []);
  return { words, kinds: [...new Set(kinds)] };
}

function operandsOf(operands: string): CompletedOperands {
  const text = operands.replaceAll(' | ', '|').replaceAll(/ ?…/g, '...');
  const placeholders = text === '' ? [] : text.split(' ');
  return { places: placeholders.map(sourceOf), isRepeated: text.includes('...') };
}

const firstSentence = (text: string): string => /^.*?\.(?= |$)/s.exec(text)?.[0].slice(0, -1) ?? text;

function completedOption({ name, short, value, help }: OptionSpec): CompletedOption {
  return { name, short, value: value === undefined ? undefined : sourceOf(value), help: firstSentence(help) };
}

function completedCommand(spec: CommandSpec): CompletedCommand {
  return {
    name: commandName(spec),
    help: spec.summary,
    options: [...spec.options, ...GLOBAL_OPTIONS].map(completedOption),
    operands: operandsOf(spec.operands),
  };
}

/** The words that commands begin with; a group is described by what is in it. */
function wordTree(commands: readonly CommandSpec[]): CompletedWord[] {
  return [...new Set(commands.map(({ path }) => path[0] ?? ''))].map((word) => {
    const own = commands.filter(({ path }) => path[0] === word);
    const next = own.flatMap(({ path, summary }) => (path[1] === undefined ? [] : [{ word: path[1], help: summary, next: [] }]));
    const help = next.length === 0 ? (own[0]?.summary ?? '') : next.map((inner) => inner.word).join(', ');
    return { word, help, next };
  });
}

/**
 * The model of a program.
 * @param topics - what `help` explains beside the commands.
 */
export function completionModel(commands: readonly CommandSpec[], topics: readonly string[]): CompletionModel {
  const words = wordTree(commands);
  const helpWords = [...words.map(({ word }) => word), ...topics];
  const own = commands.map(completedCommand);
  const help: CompletedCommand = {
    name: 'help',
    help: 'Explain a command or a topic',
    options: [],
    operands: { places: [{ words: helpWords, kinds: [] }], isRepeated: false },
  };
  const valued = own.flatMap(({ options }) => options.filter(({ value }) => value !== undefined));
  const dashed = valued.flatMap(({ name, short }) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]);
  return {
    words: [...words, { word: help.name, help: help.help, next: [] }],
    commands: [...own, help],
    valued: [...new Set(dashed)],
  };
}
