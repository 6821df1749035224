/**
 * `myelin canister start`, `stop`, `uninstall`, `delete`
 * @module
 */
import { EXIT_CODES } from '../terminal/index.ts';
import type { Command } from './command.ts';
import { canisterRequest, NETWORK_OPTIONS } from './network-options.ts';
import { YES_OPTION } from './yes-option.ts';

const ONE_CANISTER = { operands: 'ID|NAME', operandCount: [1, 1] } as const;

export const startCanisterCommand: Command = {
  path: ['canister', 'start'],
  ...ONE_CANISTER,
  summary: 'Let a canister that was stopped take messages again',
  description: [
    'Starts a canister: it takes messages, and its timers run. One that is just stopping goes on. Only its controllers may do this.',
  ],
  options: NETWORK_OPTIONS,
  examples: [['myelin canister start hello', "after 'myelin canister stop hello'"]],
  run: async (line, terminal) => {
    const { startCanister } = await import('../canister-control/index.ts');
    await startCanister(canisterRequest(line), terminal);
    return EXIT_CODES.ok;
  },
};

export const stopCanisterCommand: Command = {
  path: ['canister', 'stop'],
  ...ONE_CANISTER,
  summary: 'Let a canister take no more messages',
  description: [
    'Stops a canister, and waits until it has done what it began: calls of others that it has not answered, and answers that it waits for itself. Then it is safe to upgrade or to delete it. Its state, cycles and id are kept. Only its controllers may do this.',
  ],
  options: NETWORK_OPTIONS,
  examples: [['myelin canister stop hello', "callers are told that it is stopped, until 'myelin canister start hello'"]],
  run: async (line, terminal) => {
    const { stopCanister } = await import('../canister-control/index.ts');
    await stopCanister(canisterRequest(line), terminal);
    return EXIT_CODES.ok;
  },
};

export const uninstallCommand: Command = {
  path: ['canister', 'uninstall'],
  ...ONE_CANISTER,
  summary: 'Make a canister empty: its module and its state are gone',
  description: [
    'Takes the module of a canister away, with its heap, stable memory and log. Calls that it has not answered are rejected. Its id, its settings and its cycles are kept, and another module can be installed. Asks first. Only its controllers may do this.',
  ],
  options: [YES_OPTION, ...NETWORK_OPTIONS],
  examples: [
    ['myelin canister uninstall hello', 'asks, then empties it'],
    ['myelin canister uninstall hello --yes', 'in a script'],
  ],
  run: async (line, terminal) => {
    const { uninstallCanister } = await import('../canister-control/index.ts');
    await uninstallCanister({ ...canisterRequest(line), isConfirmed: line.flag('yes') }, terminal);
    return EXIT_CODES.ok;
  },
};

export const deleteCommand: Command = {
  path: ['canister', 'delete'],
  ...ONE_CANISTER,
  summary: 'Delete a canister that is stopped, with its cycles',
  description: [
    'Deletes a canister for good: code, state, cycles and, on most networks, the id. Its name is forgotten, here and in the files of dfx and icp-cli. It has to be stopped. Asks first. Only its controllers may do this.',
    'Where the canister is gone already, its name is forgotten.',
  ],
  options: [YES_OPTION, ...NETWORK_OPTIONS],
  examples: [
    ['myelin canister delete hello', "after 'myelin canister stop hello': asks, then deletes it"],
    ['myelin canister delete hello --yes', 'in a script'],
  ],
  run: async (line, terminal) => {
    const { deleteCanister } = await import('../canister-control/index.ts');
    await deleteCanister({ ...canisterRequest(line), isConfirmed: line.flag('yes') }, terminal);
    return EXIT_CODES.ok;
  },
};
