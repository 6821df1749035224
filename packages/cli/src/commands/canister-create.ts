/**
 * `myelin canister create`
 * @module
 */
import { EXIT_CODES } from '../terminal/index.ts';
import type { Command } from './command.ts';
import { parseCycles } from './cycles-amount.ts';
import { connectionOptions, NETWORK_OPTIONS, stateFolderOf } from './network-options.ts';
import { settingOptions, settingTexts } from './setting-options.ts';

export const createCommand: Command = {
  path: ['canister', 'create'],
  operands: '[NAME]',
  operandCount: [0, 1],
  summary: 'Make an empty canister and print its id',
  description: [
    "Makes a canister without a module, as test networks do for nothing, and prints its id. Other commands find it by NAME, which is kept where 'myelin deploy' keeps names; without NAME it is known by its id alone. A name that means a canister already is refused.",
    'Where the project file has a canister of this name, its settings and specified_id hold; options come before them.',
  ],
  options: [
    { name: 'cycles', value: 'N', help: 'Cycles to begin with, as 5T or 5_000_000_000_000. Default: what the network gives.' },
    {
      name: 'controller',
      value: 'PRINCIPAL|IDENTITY',
      isList: true,
      help: 'Who controls it. Can be given several times; then name yourself, too. Default: you.',
    },
    { name: 'specified-id', value: 'ID', help: 'The id that it shall have, if the network has it to give. Default: the next free one.' },
    ...settingOptions('what the network gives'),
    { name: 'yes', short: 'y', help: 'Make it even if you do not control it.' },
    ...NETWORK_OPTIONS,
  ],
  examples: [
    ['myelin canister create backend', "an id to build with; 'myelin canister install backend …' brings a module to it"],
    ['myelin canister create backend --cycles 20T --freezing-threshold 90d', 'with more cycles, of which more is kept back'],
    ['myelin canister create shared --controller default --controller alice', 'two who may change it'],
  ],
  run: async (line, terminal) => {
    const cycles = line.text('cycles');
    const request = {
      name: line.operands[0],
      cycles: cycles === undefined ? undefined : parseCycles(cycles, '--cycles 5T'),
      controllers: line.list('controller'),
      texts: settingTexts(line),
      specifiedId: line.text('specified-id'),
      isConfirmed: line.flag('yes'),
      stateFolder: stateFolderOf(line),
      connection: connectionOptions(line),
    };
    const { createEmptyCanister } = await import('../canister-control/index.ts');
    await createEmptyCanister(request, terminal);
    return EXIT_CODES.ok;
  },
};
