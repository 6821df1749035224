/**
 * `myelin deploy`
 * @module
 */
import { EXIT_CODES, usageFailure } from '../terminal/index.ts';
import type { Command } from './command.ts';
import { connectionOptions, NETWORK_OPTIONS, stateFolderOf } from './network-options.ts';

const MODES = ['auto', 'install', 'reinstall', 'upgrade'] as const;
type Mode = (typeof MODES)[number];

function parseMode(text: string): Mode {
  const mode = MODES.find((candidate) => candidate === text);
  if (mode !== undefined) return mode;
  throw usageFailure('USAGE_OPTION_VALUE', `'${text}' is not a mode`, `write --mode ${MODES.join(' | ')}`);
}

const CYCLES_MAX = 1n << 128n;

function parseCycles(text: string): bigint {
  const [, digits = '', unit = ''] = /^([0-9][0-9_]*)([TGM]?)$/.exec(text) ?? [];
  const cycles = digits === '' ? CYCLES_MAX : BigInt(digits.replaceAll('_', '')) * 10n ** BigInt({ T: 12, G: 9, M: 6 }[unit] ?? 0);
  if (cycles < CYCLES_MAX) return cycles;
  throw usageFailure(
    'USAGE_OPTION_VALUE',
    `'${text}' is not a number of cycles`,
    'write digits, and T, G or M for 10^12, 10^9 or 10^6: --cycles 5T',
  );
}

function parsePackages(texts: readonly string[]): Record<string, string> {
  const packages: Record<string, string> = {};
  for (const text of texts) {
    const [, name, folder] = /^([\w-]+)=(.+)$/s.exec(text) ?? [];
    if (name === undefined || folder === undefined) {
      throw usageFailure('USAGE_OPTION_VALUE', `'${text}' does not name a package`, 'write --package NAME=DIR');
    }
    packages[name] = folder;
  }
  return packages;
}

export const deployCommand: Command = {
  path: ['deploy'],
  operands: 'FILE.mo|FILE.wasm|FILE.wasm.gz',
  operandCount: [1, 1],
  summary: 'Bring a canister to a network: compile, create, install or upgrade',
  description: [
    'A Motoko file is compiled with everything it imports. The first time a canister is created and its id remembered; after that it is upgraded and keeps its state: a heap that outlives upgrades (Motoko) is kept as it is. What has not changed is left alone. Large modules are uploaded in chunks.',
    'Names and ids are kept in the state folder, per network.',
  ],
  options: [
    {
      name: 'name',
      value: 'NAME',
      help: 'Name of the canister, for other commands and for import "canister:NAME". Default: the name of the file.',
    },
    { name: 'argument', value: 'CANDID', help: "Arguments of the installation or upgrade in Candid's text form. Default: ()." },
    {
      name: 'mode',
      value: 'MODE',
      help: 'auto: install if it is empty, else upgrade; install; upgrade; reinstall: throw its state away. Default: auto.',
    },
    { name: 'id', value: 'ID', help: 'An existing canister to deploy to; it is remembered under the name.' },
    { name: 'cycles', value: 'N', help: 'Cycles of a new canister, as 5T or 5_000_000_000_000. Default: what the network gives.' },
    {
      name: 'package',
      value: 'NAME=DIR',
      isList: true,
      help: 'A Motoko package: import "mo:NAME/…" reads from DIR. The package core is always there. Can be given several times.',
    },
    ...NETWORK_OPTIONS,
  ],
  examples: [
    ['myelin deploy src/hello.mo', "compile and install; 'myelin canister call hello …' finds it by this name"],
    [
      'myelin deploy ledger.wasm.gz --argument \'(record { owner = principal "aaaaa-aa" })\'',
      'a module from any language, with install arguments',
    ],
    ['myelin deploy src/hello.mo --mode reinstall', 'start over with an empty state'],
  ],
  run: async (line, terminal) => {
    const cycles = line.text('cycles');
    const request = {
      file: line.operands[0] ?? '',
      name: line.text('name'),
      id: line.text('id'),
      argumentText: line.text('argument'),
      mode: parseMode(line.text('mode') ?? 'auto'),
      cycles: cycles === undefined ? undefined : parseCycles(cycles),
      packages: parsePackages(line.list('package')),
      stateFolder: stateFolderOf(line),
      connection: connectionOptions(line),
    };
    const { deploy } = await import('../deploy/index.ts');
    await deploy(request, terminal);
    return EXIT_CODES.ok;
  },
};
