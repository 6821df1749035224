/**
 * `myelin canister settings`
 * @module
 */
import { EXIT_CODES, usageFailure } from '../terminal/index.ts';
import type { Command } from './command.ts';
import { canisterRequest, NETWORK_OPTIONS } from './network-options.ts';
import { settingOptions, settingTexts } from './setting-options.ts';

/** `--variable NAME=VALUE` */
function parseVariables(texts: readonly string[]): { readonly name: string; readonly value: string }[] {
  return texts.map((text) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name !== undefined && value !== undefined) return { name, value };
    throw usageFailure('USAGE_OPTION_VALUE', `'${text}' is not a variable`, 'write --variable NAME=VALUE');
  });
}

export const settingsCommand: Command = {
  path: ['canister', 'settings'],
  operands: 'ID|NAME',
  operandCount: [1, 1],
  summary: 'Show the settings of a canister, or change them',
  description: [
    'Without options that change something it prints the settings: controllers, allocations, limits, who may look, variables. With such options it changes them and prints what has changed; the others stay as they are. Only controllers may do this.',
    'A principal is its text, or the name of an identity.',
  ],
  options: [
    { name: 'add-controller', value: 'PRINCIPAL|IDENTITY', isList: true, help: 'Another controller. Can be given several times.' },
    {
      name: 'remove-controller',
      value: 'PRINCIPAL|IDENTITY',
      isList: true,
      help: 'Who controls it no longer. Can be given several times. The last one, or yourself, only with --yes.',
    },
    ...settingOptions('as it is'),
    { name: 'variable', value: 'NAME=VALUE', isList: true, help: 'A variable that the canister can read. Can be given several times.' },
    { name: 'remove-variable', value: 'NAME', isList: true, help: 'A variable to take away. Can be given several times.' },
    { name: 'yes', short: 'y', help: 'Remove the last controller, or yourself, too.' },
    ...NETWORK_OPTIONS,
  ],
  examples: [
    ['myelin canister settings hello', 'what they are'],
    ['myelin canister settings hello --add-controller alice', 'she may upgrade it, too'],
    ['myelin canister settings hello --freezing-threshold 90d --log-visibility public', 'two of them at once'],
  ],
  run: async (line, terminal) => {
    const request = {
      ...canisterRequest(line),
      texts: settingTexts(line),
      addControllers: line.list('add-controller'),
      removeControllers: line.list('remove-controller'),
      setVariables: parseVariables(line.list('variable')),
      removeVariables: line.list('remove-variable'),
      isConfirmed: line.flag('yes'),
    };
    const { canisterSettings } = await import('../canister-control/index.ts');
    await canisterSettings(request, terminal);
    return EXIT_CODES.ok;
  },
};
