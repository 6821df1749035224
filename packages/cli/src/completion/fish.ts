/**
 * Completion for fish.
 * @module
 */
import type { CompletedCommand, CompletionModel, FoundKind, ValueSource } from './model.ts';

/** A text that the shell takes as it is. */
const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`;

const NAMES: Readonly<Record<Exclude<FoundKind, 'files'>, string>> = {
  canisters: '(__myelin_names canisters)',
  identities: '(__myelin_names identities)',
  folders: '(__fish_complete_directories (commandline -ct))',
};

/** Arguments of `complete` for what may stand at a place. Files are offered only where they are asked for. */
function sourceArguments({ words, kinds }: ValueSource): string {
  const names = [...words, ...kinds.flatMap((kind) => (kind === 'files' ? [] : [NAMES[kind]]))];
  const files = kinds.includes('files') ? '-F' : '-f';
  return names.length === 0 ? files : `${files} -a ${quoted(names.join(' '))}`;
}

const condition = (test: string): string => `-n ${quoted(test)}`;

function commandLines({ name, options, operands }: CompletedCommand): string[] {
  const optionLines = options.map(({ name: option, short, value, help }) => {
    const names = `-l ${option}${short === undefined ? '' : ` -s ${short}`}`;
    const wanted = value === undefined ? '' : ` -r ${sourceArguments(value)}`;
    return `complete -c myelin ${condition(`__myelin_in "${name}"`)} ${names}${wanted} -d ${quoted(help)}`;
  });
  const operandLines = operands.places.map((source, index) => {
    const isEvery = operands.isRepeated && index === operands.places.length - 1;
    return `complete -c myelin ${condition(`__myelin_in "${name}"${isEvery ? '' : ` ${index}`}`)} ${sourceArguments(source)}`;
  });
  return [...optionLines, ...operandLines];
}

function wordLines({ words }: CompletionModel): string[] {
  const line = (before: string, word: string, help: string): string =>
    `complete -c myelin ${condition(`__myelin_in "${before}" 0`)} -f -a ${quoted(word)} -d ${quoted(help)}`;
  return words.flatMap(({ word, help, next }) => [line('', word, help), ...next.map((inner) => line(word, inner.word, inner.help))]);
}

/** The script. */
export function fishScript(model: CompletionModel): string {
  const names = model.words.flatMap(({ word, next }) => [word, ...next.map((inner) => `${word} ${inner.word}`)]);
  return `# Completion of myelin for fish. Made by 'myelin completion fish'.

# Prints the command that is typed, the number of its operands, and the state folder, a line each.
function __myelin_typed
    set -l command ''
    set -l operands 0
    set -l option ''
    set -l folder ''
    set -l words (commandline -opc)
    for word in $words[2..-1]
        set -l longer (string trim -- "$command $word")
        if test -n "$option"
            test "$option" = --state; and set folder $word
            set option ''
        else if contains -- $word ${model.valued.join(' ')}
            set option $word
        else if string match -q -- '--state=*' $word
            set folder (string replace -- --state= '' $word)
        else if string match -q -- '-*' $word
            continue
        else if contains -- $longer ${names.map(quoted).join(' ')}
            set command $longer
        else
            set operands (math $operands + 1)
        end
    end
    echo $command
    echo $operands
    echo $folder
end

# Whether this command is typed, and, if it is given, this number of operands.
function __myelin_in
    set -l typed (__myelin_typed)
    test "$typed[1]" = "$argv[1]"; or return 1
    test (count $argv) -lt 2; or test $typed[2] -eq $argv[2]
end

function __myelin_names
    set -l typed (__myelin_typed)
    set -l program (commandline -opc)[1]
    if test -n "$typed[3]"
        $program completion $argv[1] --state=$typed[3] 2>/dev/null
    else
        $program completion $argv[1] 2>/dev/null
    end
end

complete -c myelin -f
${[...wordLines(model), ...model.commands.flatMap(commandLines)].join('\n')}`;
}
