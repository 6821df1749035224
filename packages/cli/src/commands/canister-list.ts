/**
 * `myelin canister list` and `myelin canister id`
 * @module
 */
import { EXIT_CODES } from '../terminal/index.ts';
import type { Command } from './command.ts';
import { canisterRequest, connectionOptions, NETWORK_OPTIONS, stateFolderOf } from './network-options.ts';

export const listCommand: Command = {
  path: ['canister', 'list'],
  operands: '',
  operandCount: [0, 0],
  summary: 'List the canisters that are known by name',
  description: [
    'Prints the names and ids of the canisters that were made or deployed from this folder on the network; whether each is there, runs or is empty, and, for its controllers, its cycles.',
    'Where no network answers, the names and ids of all networks are printed, with the address where each was last.',
  ],
  options: NETWORK_OPTIONS,
  examples: [
    ['myelin canister list', 'on the network of this folder'],
    ['myelin canister list --json', 'the same for a script'],
  ],
  run: async (line, terminal) => {
    const { listCanisters } = await import('../canister-control/index.ts');
    await listCanisters({ stateFolder: stateFolderOf(line), connection: connectionOptions(line) }, terminal);
    return EXIT_CODES.ok;
  },
};

export const idCommand: Command = {
  path: ['canister', 'id'],
  operands: 'ID|NAME',
  operandCount: [1, 1],
  summary: 'Print the id of a canister that is known by name',
  description: [
    'Prints the id and nothing else. An id is printed as it is: a script need not ask which of both it has. Where no network answers, a name that means one canister alone is known all the same.',
  ],
  options: NETWORK_OPTIONS,
  examples: [['myelin canister id backend', 'for another program, or an argument']],
  run: async (line, terminal) => {
    const { printCanisterId } = await import('../canister-control/index.ts');
    await printCanisterId(canisterRequest(line), terminal);
    return EXIT_CODES.ok;
  },
};
