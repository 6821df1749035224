/**
 * `myelin canister install`
 * @module
 */
import { EXIT_CODES } from '../terminal/index.ts';
import type { Command } from './command.ts';
import { MODE_OPTION, parseMode } from './install-mode.ts';
import { canisterRequest, NETWORK_OPTIONS } from './network-options.ts';
import { YES_OPTION } from './yes-option.ts';

export const installCommand: Command = {
  path: ['canister', 'install'],
  operands: 'ID|NAME FILE.wasm|FILE.wasm.gz',
  operandCount: [2, 2],
  summary: 'Bring a module to a canister that exists',
  description: [
    'Installs a WebAssembly module that was built already: in an empty canister, or as an upgrade that keeps the state. A module that the canister has already is left alone, unless --argument or --mode is given. Large modules are uploaded in chunks.',
    "What is installed is compared first, as 'myelin deploy' does: the new interface with the one that clients know, the variables of Motoko with those that were kept. What would break clients or lose state is refused, unless '--incompatible' is given.",
    '--mode reinstall throws the state away: it asks on a terminal, and needs --yes elsewhere. The interface is compared then, too.',
  ],
  options: [
    MODE_OPTION,
    {
      name: 'argument',
      value: 'CANDID',
      help: "Arguments of the installation or upgrade in Candid's text form, checked by the types that the module says. Default: ().",
    },
    {
      name: 'dry-run',
      help: 'Do it on a copy of the local network in this process, on the state that the canister has now, and say whether it would succeed, what it would use, or where it would trap. The network may run; it is not touched.',
    },
    { name: 'incompatible', help: 'Install what breaks clients or does not keep the state, too.' },
    YES_OPTION,
    ...NETWORK_OPTIONS,
  ],
  examples: [
    ['myelin canister install backend target/backend.wasm', 'install, or upgrade with the state kept'],
    ['myelin canister install backend backend.wasm.gz --argument \'("Ada", 5)\'', 'with arguments'],
    ['myelin canister install backend backend.wasm --dry-run', 'would the upgrade succeed on the state as it is now?'],
    ['myelin canister install backend backend.wasm --mode reinstall --yes', 'start over with an empty state'],
  ],
  run: async (line, terminal) => {
    const request = {
      ...canisterRequest(line),
      file: line.operands[1] ?? '',
      mode: parseMode(line.text('mode')),
      argumentText: line.text('argument'),
      isIncompatibleMeant: line.flag('incompatible'),
      isConfirmed: line.flag('yes'),
      isRehearsal: line.flag('dry-run'),
    };
    const { installFile } = await import('../deploy/index.ts');
    await installFile(request, terminal);
    return EXIT_CODES.ok;
  },
};
