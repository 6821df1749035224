/**
 * `myelin status`
 * @module
 */
import type { Command } from './command.ts';
import { stateFolderOf } from './network-options.ts';

export const statusCommand: Command = {
  path: ['status'],
  operands: '',
  operandCount: [0, 0],
  summary: 'Show whether the network of this project runs',
  description: [
    'Asks the process that runs the network of the state folder: address, process, memory, number and time of the last batch, canisters, version. An idle network makes no batches, so an old time is no fault. What a killed process has left behind is not believed.',
    "The exit code tells whether it answers requests: 0 when it does, 3 when not. In JSON, 'state' is running, starting, stopping, stopped, or silent: a process uses the folder and does not answer.",
  ],
  options: [{ name: 'state', value: 'DIR', help: 'State folder of the network. Default: .myelin in the current folder.' }],
  exitCodes: [['3', 'the network does not run, or does not answer yet']],
  examples: [
    ['myelin status', 'is it there, and where?'],
    ['myelin status --json', 'the same for a script'],
  ],
  run: async (line, terminal) => {
    const { showStatus } = await import('../lifecycle/index.ts');
    return await showStatus(stateFolderOf(line), terminal);
  },
};
