/**
 * `myelin canister …`
 * @module
 */
import type { CommandLine } from '../command-line/index.ts';
import { EXIT_CODES, type ExitCode, type Terminal } from '../terminal/index.ts';
import { createCommand } from './canister-create.ts';
import { installCommand } from './canister-install.ts';
import { deleteCommand, startCanisterCommand, stopCanisterCommand, uninstallCommand } from './canister-lifecycle.ts';
import { idCommand, listCommand } from './canister-list.ts';
import { settingsCommand } from './canister-settings.ts';
import type { Command } from './command.ts';
import { canisterRequest, NETWORK_OPTIONS } from './network-options.ts';

const ARGUMENTS =
  "ARGUMENTS are values in Candid's text form, in quotes for the shell: '(5, \"text\", record { x = 1 })'; a single value needs no parentheses. " +
  "They are checked against the interface that the canister shows; where it shows none, the values say their types: '(5 : nat64)'.";

async function runMethod(kind: 'call' | 'query', line: CommandLine, terminal: Terminal): Promise<ExitCode> {
  const { runCanisterMethod } = await import('../canister/index.ts');
  const [, method, argumentText = '()'] = line.operands;
  await runCanisterMethod({ kind, method, argumentText, ...canisterRequest(line) }, terminal);
  return EXIT_CODES.ok;
}

const call: Command = {
  path: ['canister', 'call'],
  operands: 'ID|NAME METHOD [ARGUMENTS]',
  operandCount: [1, 3],
  summary: 'Call a method and check the certificate of its reply',
  description: [
    'Sends an update call, waits for its reply and checks the certificate: the reply printed is what the network as a whole agreed on. Query methods can be called in this way too. Without METHOD the methods are listed.',
    ARGUMENTS,
  ],
  options: NETWORK_OPTIONS,
  examples: [
    ['myelin canister call hello increment', 'a method without arguments'],
    ['myelin canister call hello sign \'("Ada", "I was here")\'', 'two texts'],
    [
      'myelin canister call ryjl3-tyaaa-aaaaa-aaaba-cai icrc1_total_supply --network ic --identity anonymous',
      'a canister of the public network',
    ],
  ],
  run: (line, terminal) => runMethod('call', line, terminal),
};

const query: Command = {
  path: ['canister', 'query'],
  operands: 'ID|NAME METHOD [ARGUMENTS]',
  operandCount: [1, 3],
  summary: 'Ask a query method: fast, answered by one node',
  description: [
    "Asks one node, which answers at once and signs its answer. The signature is checked, but the rest of the network has not agreed: use 'myelin canister call' where that matters. Without METHOD the methods are listed.",
    ARGUMENTS,
  ],
  options: NETWORK_OPTIONS,
  examples: [
    ['myelin canister query hello counter', 'a method without arguments'],
    ["myelin canister query hello entries '(0, 10)' --json", 'the result for a script'],
  ],
  run: (line, terminal) => runMethod('query', line, terminal),
};

const status: Command = {
  path: ['canister', 'status'],
  operands: 'ID|NAME',
  operandCount: [1, 1],
  summary: 'Show a canister: module, controllers, cycles, methods',
  description: [
    'Prints what the certified state says of a canister: its controllers, the hash of its module, its methods. For its controllers also whether it runs, its cycles, what it burns in a day, and its memory.',
  ],
  options: NETWORK_OPTIONS,
  examples: [['myelin canister status hello', 'the canister that was deployed as hello']],
  run: async (line, terminal) => {
    const { showCanisterStatus } = await import('../canister/index.ts');
    await showCanisterStatus(canisterRequest(line), terminal);
    return EXIT_CODES.ok;
  },
};

export const canisterCommands: readonly Command[] = [
  createCommand,
  installCommand,
  call,
  query,
  status,
  settingsCommand,
  startCanisterCommand,
  stopCanisterCommand,
  uninstallCommand,
  deleteCommand,
  listCommand,
  idCommand,
];
