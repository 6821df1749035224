/**
 * `myelin stop`
 * @module
 */
import { EXIT_CODES, usageFailure } from '../terminal/index.ts';
import type { Command } from './command.ts';
import { stateFolderOf } from './network-options.ts';

const DEFAULT_TIMEOUT_SECONDS = '60';
const TIMEOUT_SECONDS_MAX = 86_400;

function parseTimeout(text: string): number {
  const seconds = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (seconds >= 1 && seconds <= TIMEOUT_SECONDS_MAX) return seconds;
  throw usageFailure(
    'USAGE_OPTION_VALUE',
    `'${text}' is not a time to wait`,
    `write seconds from 1 to ${TIMEOUT_SECONDS_MAX}: --timeout 120`,
  );
}

export const stopCommand: Command = {
  path: ['stop'],
  operands: '',
  operandCount: [0, 0],
  summary: 'Stop the network of this project',
  description: [
    'Asks the network of the state folder to stop, in the foreground or in the background, and waits until its process has ended: requests in flight are finished, and a checkpoint is taken, so that the next start has nothing to run again. Where no network runs there is nothing to do, and that is no failure.',
    'No signal is sent: the network is asked through its control interface on this machine, which works alike on every system. Nothing that was answered is lost, however a network ends.',
  ],
  options: [
    { name: 'state', value: 'DIR', help: 'State folder of the network. Default: .myelin in the current folder.' },
    {
      name: 'timeout',
      value: 'SECONDS',
      help: `How long the end is waited for, in seconds. The network goes on stopping after that. Default: ${DEFAULT_TIMEOUT_SECONDS}.`,
    },
  ],
  examples: [
    ['myelin stop', "end what 'myelin start --background' began"],
    ['myelin stop --timeout 300 --json', 'for a script, with patience for a large state'],
  ],
  run: async (line, terminal) => {
    const timeout = parseTimeout(line.text('timeout') ?? DEFAULT_TIMEOUT_SECONDS);
    const { stop } = await import('../lifecycle/index.ts');
    await stop(stateFolderOf(line), timeout, terminal);
    return EXIT_CODES.ok;
  },
};
