/**
 * `myelin deploy`
 * @module
 */
import { EXIT_CODES } from '../terminal/index.ts';
import type { Command } from './command.ts';
import { parseCycles } from './cycles-amount.ts';
import { FORCE_OPTION, OPERANDS_MAX, parsePackages, SOURCE_OPTIONS } from './deploy-options.ts';
import { MODE_OPTION, parseMode } from './install-mode.ts';
import { connectionOptions, NETWORK_OPTIONS, stateFolderOf } from './network-options.ts';

export const deployCommand: Command = {
  path: ['deploy'],
  operands: '[FILE.mo|FILE.wasm|FILE.wasm.gz | NAME...]',
  operandCount: [0, OPERANDS_MAX],
  summary: 'Bring a project or a file to a network: compile, create, install or upgrade',
  description: [
    'Without a file it reads icp.yaml or dfx.json, here or in a folder above, and deploys all canisters in the order of their dependencies, or those that are named with what they depend on. Motoko is compiled here, with the packages that mops has installed; Rust with cargo; other canisters by their build commands, with the ids of all canisters in CANISTER_ID_NAME. What can not be done is refused before anything is changed.',
    'A Motoko file is compiled with everything it imports. The first time a canister is created and its id remembered; after that it is upgraded and keeps its state: a heap that outlives upgrades (Motoko) is kept as it is. What has not changed is left alone. Large modules are uploaded in chunks.',
    "Before anything is installed, every new interface is compared with the one that the installed canister shows, and the variables of Motoko canisters with those that were kept: what would break clients or lose state is refused, unless '--yes' is given.",
    'Names and ids are kept in the state folder, per network; ids also where dfx and icp-cli look for them.',
  ],
  options: [
    ...SOURCE_OPTIONS,
    MODE_OPTION,
    { name: 'id', value: 'ID', help: 'An existing canister to deploy to; it is remembered under the name.' },
    { name: 'cycles', value: 'N', help: 'Cycles of a new canister, as 5T or 5_000_000_000_000. Default: what the network gives.' },
    {
      name: 'dry-run',
      help: 'Do all of it on a copy of the local network in this process, upgrades on the state that canisters have now, and say whether it would succeed, what it would use, or where it would trap. The network may run; it is not touched. Build commands do run.',
    },
    FORCE_OPTION,
    ...NETWORK_OPTIONS,
  ],
  examples: [
    ['myelin deploy', 'all canisters of the project in this folder'],
    ['myelin deploy backend', 'one of them, with what it depends on'],
    ['myelin deploy src/hello.mo', "compile and install; 'myelin canister call hello …' finds it by this name"],
    [
      'myelin deploy ledger.wasm.gz --argument \'(record { owner = principal "aaaaa-aa" })\'',
      'a module from any language, with install arguments',
    ],
    ['myelin deploy --dry-run', 'would the upgrades of the project succeed on the state as it is now?'],
    ['myelin deploy src/hello.mo --mode reinstall', 'start over with an empty state'],
  ],
  run: async (line, terminal) => {
    const cycles = line.text('cycles');
    const request = {
      operands: line.operands,
      name: line.text('name'),
      id: line.text('id'),
      argumentText: line.text('argument'),
      mode: parseMode(line.text('mode')),
      cycles: cycles === undefined ? undefined : parseCycles(cycles, '--cycles 5T'),
      packages: parsePackages(line.list('package')),
      environment: line.text('environment'),
      force: line.flag('yes'),
      isRehearsal: line.flag('dry-run'),
      stateFolder: stateFolderOf(line),
      connection: connectionOptions(line),
    };
    const { deploy } = await import('../deploy/index.ts');
    await deploy(request, terminal);
    return EXIT_CODES.ok;
  },
};
