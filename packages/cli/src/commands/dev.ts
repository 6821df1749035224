/**
 * `myelin dev`
 * @module
 */
import type { Command } from './command.ts';
import { FORCE_OPTION, OPERANDS_MAX, parsePackages, SOURCE_OPTIONS } from './deploy-options.ts';
import { connectionOptions, NETWORK_OPTIONS, stateFolderOf } from './network-options.ts';

export const devCommand: Command = {
  path: ['dev'],
  operands: '[FILE.mo|FILE.wasm|FILE.wasm.gz | NAME...]',
  operandCount: [0, OPERANDS_MAX],
  summary: 'Deploy, and again after every change, with the state kept',
  description: [
    "Deploys as 'myelin deploy' does, a file or the project in this folder, then watches what the canisters are built from: sources and all that they import, the project file, and the folder of a canister that is built by commands. After a change they are built again, compared with what is installed, and upgraded: their state is kept.",
    'What does not compile, or does not fit what is installed, is shown; the old version goes on running.',
    'Where no network runs in the state folder, one is started and ends with this command; its state is kept for the next time. Ctrl-C ends it.',
  ],
  options: [
    ...SOURCE_OPTIONS,
    FORCE_OPTION,
    { name: 'port', value: 'N', help: "Port of the network, if one is started. Default: as with 'myelin start'." },
    ...NETWORK_OPTIONS,
  ],
  examples: [
    ['myelin dev', 'the project in this folder, and a network for it'],
    ['myelin dev src/hello.mo', 'one file'],
    ['myelin dev backend --json', 'one canister and what it depends on; a line of JSON for every round'],
  ],
  run: async (line, terminal) => {
    const request = {
      operands: line.operands,
      name: line.text('name'),
      id: undefined,
      argumentText: line.text('argument'),
      mode: 'auto',
      cycles: undefined,
      packages: parsePackages(line.list('package')),
      environment: line.text('environment'),
      force: line.flag('yes'),
      isRehearsal: false,
      port: line.text('port'),
      stateFolder: stateFolderOf(line),
      connection: connectionOptions(line),
    } as const;
    const { dev } = await import('../dev/index.ts');
    return await dev(request, terminal);
  },
};
