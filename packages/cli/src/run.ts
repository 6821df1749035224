/**
 * Runs one command line: help, version, or a command, and turns failures into messages and exit codes.
 * @module
 */
import { commandHelp, findCommand, groupHelp, parseCommandLine, programHelp } from './command-line/index.ts';
import { commands } from './commands/index.ts';
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

async function run(words: readonly string[], terminal: Terminal): Promise<ExitCode> {
  const style = { bold: (text: string) => terminal.style('bold', text), dim: (text: string) => terminal.style('dim', text) };
  const [first] = words;
  if (first === undefined) {
    if (terminal.isJson) throw incomplete('myelin --help');
    terminal.note(programHelp(commands, readVersion(), { bold: (text) => text, dim: (text) => text }));
    return EXIT_CODES.usage;
  }
  if (first === '--version' || first === '-V' || first === 'version') {
    terminal.result(readVersion(), { version: readVersion(), node: process.versions.node });
    return EXIT_CODES.ok;
  }
  if (first === '--help' || first === '-h') return printHelp(terminal, programHelp(commands, readVersion(), style));
  if (first === 'help') return await run([...words.slice(1), '--help'], terminal);
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
