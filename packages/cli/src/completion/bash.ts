/**
 * Completion for bash, from version 3.2 on, which is what macOS has.
 * @module
 */
import type { CompletionModel } from './model.ts';
import { operandCases, quoted, valueCases } from './shell-cases.ts';

function wordCases({ words }: CompletionModel): string {
  const all = (list: readonly { readonly word: string }[]): string => quoted(list.map(({ word }) => word).join(' '));
  return [
    `    '') echo ${all(words)} ;;`,
    ...words.filter(({ next }) => next.length > 0).map(({ word, next }) => `    ${quoted(word)}) echo ${all(next)} ;;`),
  ].join('\n');
}

function optionCases({ commands }: CompletionModel): string {
  return commands
    .map(({ name, options }) => `    ${quoted(name)}) echo ${quoted(options.map((option) => `--${option.name}`).join(' '))} ;;`)
    .join('\n');
}

/** What is the same for every program. */
const FUNCTIONS = `# Adds the lines of standard input to the answers.
_myelin_add() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done
}

# Answers what a source offers for the word that is typed: its words, and the names of what begins with @.
_myelin_offer() {
  local current="$2" folder="$3" part
  for part in $1; do
    case "$part" in
      @files) compopt -o filenames 2>/dev/null; _myelin_add < <(compgen -f -- "$current") ;;
      @folders) compopt -o filenames 2>/dev/null; _myelin_add < <(compgen -d -- "$current") ;;
      @*)
        _myelin_add < <(compgen -W "$("\${COMP_WORDS[0]}" completion "\${part#@}" \${folder:+"--state=$folder"} 2>/dev/null)" -- "$current") ;;
      *) _myelin_add < <(compgen -W "$part" -- "$current") ;;
    esac
  done
}

_myelin() {
  COMPREPLY=()
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local command='' folder='' word='' option='' at=1 operands=0
  # bash takes '--option=value' for three words.
  if [[ $previous == '=' ]]; then previous="\${COMP_WORDS[COMP_CWORD-2]}"; fi
  if [[ $current == '=' ]]; then current=''; fi
  while (( at < COMP_CWORD )); do
    word="\${COMP_WORDS[at]}"
    if [[ -n $option ]]; then
      if [[ $word != '=' ]]; then
        if [[ $option == '--state' ]]; then folder="$word"; fi
        option=''
      fi
    elif _myelin_takes_value "$word"; then
      option="$word"
    elif [[ $word != -* ]]; then
      local next=" $(_myelin_words "$command") "
      if [[ $next == *" $word "* ]]; then command="\${command:+$command }$word"; else operands=$((operands + 1)); fi
    fi
    at=$((at + 1))
  done
  if _myelin_takes_value "$previous"; then
    _myelin_offer "$(_myelin_value "$command $previous")" "$current" "$folder"
  elif [[ $current == -* ]]; then
    _myelin_add < <(compgen -W "$(_myelin_options "$command")" -- "$current")
  else
    local words="$(_myelin_words "$command")"
    if [[ -n $words && $operands == 0 ]]; then
      _myelin_add < <(compgen -W "$words" -- "$current")
    else
      _myelin_offer "$(_myelin_operand "$command $operands")" "$current" "$folder"
    fi
  fi
}

complete -F _myelin myelin`;

/** The script. */
export function bashScript(model: CompletionModel): string {
  const echo = (text: string): string => `echo ${text}`;
  return `# Completion of myelin for bash. Made by 'myelin completion bash'.

# Words that may follow those of a command.
_myelin_words() {
  case "$1" in
${wordCases(model)}
  esac
}

# Options of a command.
_myelin_options() {
  case "$1" in
${optionCases(model)}
  esac
}

# What the value of an option is.
_myelin_value() {
  case "$1" in
${valueCases(model, echo)}
  esac
}

# What an operand of a command is; operands are counted from 0.
_myelin_operand() {
  case "$1" in
${operandCases(model, echo)}
  esac
}

_myelin_takes_value() {
  case "$1" in
    ${model.valued.join('|')}) return 0 ;;
  esac
  return 1
}

${FUNCTIONS}`;
}
