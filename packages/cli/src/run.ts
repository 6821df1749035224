/**
 * Runs one command line: help, version, or a command, and turns failures into messages and exit codes.
 * @module
 */
import { commandHelp, findCommand, groupHelp, nearestWord, parseCommandLine, programHelp, topicHelp } from './command-line/index.ts';
import { commands, topics } from './commands/index.ts';
import type { HelpStyle } from './command-line/index.ts';
import { createTerminal, EXIT_CODES, type ExitCode, type Terminal, usageFailure } from './terminal/index.ts';
import { readVersion } from './version.ts';

function printHelp(terminal: Terminal, text: string): ExitCode {
  terminal.result(text, { help: text });
  return EXIT_CODES.ok;
}

/** What programs get where people are shown the commands. */
function incomplete(help: string): Error {
  return usageFailure('USAGE_OPERANDS', 'the command is missing', `${help} lists the commands`);
}

/** `myelin help` with or without a command or a topic. @throws IcError `USAGE_COMMAND_UNKNOWN` */
async function help(words: readonly string[], terminal: Terminal, style: HelpStyle): Promise<ExitCode> {
  const [word] = words.filter((each) => !each.startsWith('-'));
  const topic = topics.find(({ name }) => name === word);
  if (topic !== undefined) return printHelp(terminal, topicHelp(topic, style));
  if (word === undefined || commands.some(({ path }) => path[0] === word)) {
    return await run([...words.filter((each) => each !== '--json'), '--help'], terminal);
  }
  const meant = nearestWord(word, [...commands.map(({ path }) => path[0] ?? ''), ...topics.map(({ name }) => name)]);
  const remedy = meant === undefined ? 'myelin --help lists the commands and the topics' : `did you mean 'myelin help ${meant}'?`;
  throw usageFailure('USAGE_COMMAND_UNKNOWN', `there is neither a command nor a topic '${word}'`, remedy);
}

async function run(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const style = { bold: (text: string) => terminal.style('bold', text), dim: (text: string) => terminal.style('dim', text) };
  const [first] = words;
  if (first === undefined) {
    if (terminal.isJson) throw incomplete('myelin --help');
    terminal.note(programHelp(commands, topics, readVersion(), { bold: (text) => text, dim: (text) => text }));
    return EXIT_CODES.usage;
  }
  if (first === '--version' || first === '-V' || first === 'version') {
    terminal.result(readVersion(), { version: readVersion(), node: process.versions.node });
    return EXIT_CODES.ok;
  }
  if (first === '--help' || first === '-h') return printHelp(terminal, programHelp(commands, topics, readVersion(), style));
  if (first === 'help') return await help(words.slice(1), terminal, style);
  const found = findCommand(commands, words);
  if (found.kind === 'group') {
    const text = groupHelp(found.group, commands, style);
    if (words.includes('--help') || words.includes('-h')) return printHelp(terminal, text);
    if (terminal.isJson) throw incomplete(`myelin ${words[0]} --help`);
    terminal.note(groupHelp(found.group, commands, { bold: (plain) => plain, dim: (plain) => plain }));
    return EXIT_CODES.usage;
  }
  const line = parseCommandLine(found.command, found.rest);
  if (line.flag('help')) return printHelp(terminal, commandHelp(found.command, style));
  return await found.command.run(line, terminal);
}

/**
 * Runs a command line in this process.
 *
 * @param words - without the names of the interpreter and the program.
 * @returns the exit code; a failure has been told on standard error, or as JSON on standard output.
 */
export async function runCommandLine(words: readonly string[]): Promise<ExitCode> {
  const end = words.indexOf('--');
  const terminal = createTerminal((end < 0 ? words : words.slice(0, end)).includes('--json'));
  try {
    return await run(words[0] === '--json' ? words.slice(1) : words, terminal);
  } catch (error) {
    return terminal.failure(error);
  }
}
