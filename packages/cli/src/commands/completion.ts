/**
 * `myelin completion`
 * @module
 */
import { EXIT_CODES, usageFailure } from '../terminal/index.ts';
import type { CommandSpec } from '../command-line/index.ts';
import type { Command } from './command.ts';
import { stateFolderOf } from './network-options.ts';

const WHAT = ['bash', 'zsh', 'fish', 'canisters', 'identities'] as const;

async function script(shell: 'bash' | 'zsh' | 'fish', commands: readonly CommandSpec[], topics: readonly string[]): Promise<string> {
  const { bashScript, completionModel, fishScript, zshScript } = await import('../completion/index.ts');
  return { bash: bashScript, zsh: zshScript, fish: fishScript }[shell](completionModel(commands, topics));
}

/**
 * The command that completes all commands, itself among them.
 * @param commands - called when it runs.
 * @param topics - what `help` explains beside the commands.
 */
export function completionCommand(commands: () => readonly CommandSpec[], topics: readonly string[]): Command {
  return {
    path: ['completion'],
    operands: WHAT.join('|'),
    operandCount: [1, 1],
    summary: 'Print a script that completes commands in the shell',
    description: [
      'Prints a script for the shell that is named: it completes commands, options and their values, the names of canisters that were deployed from the folder, and identities. It belongs to the program as it is now: make it again after an update.',
      "'canisters' and 'identities' print those names, one a line: it is what the script asks for.",
      "The script is for the program 'myelin' on the PATH, as 'npm install --global' or a folder node_modules/.bin in it gives.",
    ],
    options: [{ name: 'state', value: 'DIR', help: 'State folder whose canisters are named. Default: .myelin in the current folder.' }],
    examples: [
      ['myelin completion bash >> ~/.bashrc', 'for good; source <(myelin completion bash) for this shell alone'],
      ['myelin completion zsh > "${fpath[1]}/_myelin"', 'where zsh looks, with compinit in ~/.zshrc'],
      ['myelin completion fish > ~/.config/fish/completions/myelin.fish', 'where fish looks'],
    ],
    run: async (line, terminal) => {
      const word = line.operands[0] ?? '';
      const what = WHAT.find((known) => known === word);
      if (what === undefined)
        throw usageFailure('USAGE_OPERANDS', `'${word}' cannot be completed for`, `write myelin completion ${WHAT.join(' | ')}`);
      if (what === 'canisters' || what === 'identities') {
        const { completedNames } = await import('../completion/index.ts');
        const names = await completedNames(what, stateFolderOf(line));
        if (names.length > 0 || terminal.isJson) terminal.result(names.join('\n'), { names });
        return EXIT_CODES.ok;
      }
      const text = await script(what, commands(), topics);
      terminal.result(text, { shell: what, script: text });
      return EXIT_CODES.ok;
    },
  };
}
