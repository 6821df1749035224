/**
 * Completion for zsh.
 * @module
 */
import type { CompletedOption, CompletedWord, CompletionModel } from './model.ts';
import { operandCases, quoted, valueCases } from './shell-cases.ts';

function describedCase(name: string, rows: readonly (readonly [word: string, help: string])[]): string {
  return [
    `    ${quoted(name)})`,
    `      names=(${rows.map(([word]) => quoted(word)).join(' ')})`,
    `      texts=(${rows.map(([word, help]) => quoted(`${word}  -- ${help}`)).join(' ')}) ;;`,
  ].join('\n');
}

const wordRows = (words: readonly CompletedWord[]): [string, string][] => words.map(({ word, help }) => [word, help]);

const optionRows = (options: readonly CompletedOption[]): [string, string][] => options.map(({ name, help }) => [`--${name}`, help]);

/** What is the same for every program. */
const FUNCTIONS = `# Offers what a source has: its words, and the names of what begins with @.
_myelin_offer() {
  local folder="$2" part
  local -a found
  for part in \${=1}; do
    case "$part" in
      @files) _files ;;
      @folders) _files -/ ;;
      @*)
        found=(\${(f)"$("\${words[1]}" completion "\${part#@}" \${folder:+--state=$folder} 2>/dev/null)"})
        compadd -a found ;;
      *) compadd -- "$part" ;;
    esac
  done
}

_myelin() {
  local command='' folder='' word='' option='' REPLY=''
  local -a names texts
  integer at operands=0
  for (( at = 2; at < CURRENT; at++ )); do
    word="\${words[at]}"
    if [[ -n $option ]]; then
      if [[ $option == '--state' ]]; then folder="$word"; fi
      option=''
    elif _myelin_takes_value "$word"; then
      option="$word"
    elif [[ $word == --state=* ]]; then
      folder="\${word#--state=}"
    elif [[ $word != -* ]]; then
      _myelin_words "$command"
      if (( \${names[(Ie)$word]} )); then command="\${command:+$command }$word"; else (( operands += 1 )); fi
    fi
  done
  word="\${words[CURRENT]}"
  if [[ -n $option ]]; then
    _myelin_value "$command $option"
    _myelin_offer "$REPLY" "$folder"
  elif [[ $word == --*=* ]]; then
    _myelin_value "$command \${word%%=*}"
    compset -P '*='
    _myelin_offer "$REPLY" "$folder"
  elif [[ $word == -* ]]; then
    _myelin_options "$command"
    compadd -l -d texts -a names
  else
    _myelin_words "$command"
    if (( \${#names} && operands == 0 )); then
      compadd -l -d texts -a names
    else
      _myelin_operand "$command $operands"
      _myelin_offer "$REPLY" "$folder"
    fi
  fi
}

if [[ "\${funcstack[1]}" == '_myelin' ]]; then _myelin "$@"; else compdef _myelin myelin; fi`;

/** The script: to be sourced, or kept as `_myelin` in a folder of `fpath`. */
export function zshScript(model: CompletionModel): string {
  const { words, commands, valued } = model;
  const reply = (text: string): string => `REPLY=${text}`;
  const groups = words.filter(({ next }) => next.length > 0);
  return `#compdef myelin
# Completion of myelin for zsh. Made by 'myelin completion zsh'.

# Sets names and texts to the words that may follow those of a command.
_myelin_words() {
  names=() texts=()
  case "$1" in
${[describedCase('', wordRows(words)), ...groups.map(({ word, next }) => describedCase(word, wordRows(next)))].join('\n')}
  esac
}

# Sets names and texts to the options of a command.
_myelin_options() {
  names=() texts=()
  case "$1" in
${commands.map(({ name, options }) => describedCase(name, optionRows(options))).join('\n')}
  esac
}

# Sets REPLY to what the value of an option is.
_myelin_value() {
  REPLY=''
  case "$1" in
${valueCases(model, reply)}
  esac
}

# Sets REPLY to what an operand of a command is; operands are counted from 0.
_myelin_operand() {
  REPLY=''
  case "$1" in
${operandCases(model, reply)}
  esac
}

_myelin_takes_value() {
  case "$1" in
    ${valued.join('|')}) return 0 ;;
  esac
  return 1
}

${FUNCTIONS}`;
}
