/**
 * `myelin generate`
 * @module
 */
import { EXIT_CODES, usageFailure } from '../terminal/index.ts';
import type { Command } from './command.ts';
import { connectionOptions, NETWORK_OPTIONS } from './network-options.ts';

const WORDS_MAX = 200;

export const generateCommand: Command = {
  path: ['generate'],
  operands: '[NAME|ID|FILE …]',
  operandCount: [0, WORDS_MAX],
  summary: 'Write TypeScript or JavaScript for programs that call a canister',
  description: [
    'Reads the Candid interface of a canister and writes bindings that are used with the npm package @icp-sdk/core. The interface comes from a .did file, a Motoko source (it is compiled), a module (.wasm, .wasm.gz), a canister of the project by its name (its field candid, or its Motoko), or a canister that runs, by its name or id. Without any: all canisters of icp.yaml or dfx.json, and where there is none all that were deployed from this folder.',
    'The bindings are those of the npm package @icp-sdk/bindgen. Files that something else wrote are never overwritten; then nothing is written at all.',
  ],
  options: [
    { name: 'output', short: 'o', value: 'DIR', help: 'Folder for the bindings. Default: src/bindings.' },
    {
      name: 'language',
      value: 'LANGUAGE',
      help: 'typescript: NAME.ts with a class, for programs that are bundled or compiled; javascript: NAME.js with types beside it, which Node runs as it is. Default: typescript.',
    },
    { name: 'name', value: 'NAME', help: 'Name of the bindings. Default: that of the canister or the file.' },
    ...NETWORK_OPTIONS,
  ],
  examples: [
    ['myelin generate', 'bindings of all canisters of the project'],
    ['myelin generate src/counter.mo', 'of a source, without a network'],
    ['myelin generate ryjl3-tyaaa-aaaaa-aaaba-cai --network ic --name ledger', 'of a canister on the public network'],
  ],
  run: async (line, terminal) => {
    const { generate, LANGUAGES } = await import('../generate/index.ts');
    const text = line.text('language') ?? 'typescript';
    const language = LANGUAGES.find((candidate) => candidate === text);
    if (language === undefined) {
      throw usageFailure('USAGE_OPTION_VALUE', `there are no bindings for '${text}'`, `write --language ${LANGUAGES.join(' | ')}`);
    }
    const folder = line.text('output') ?? 'src/bindings';
    const request = { words: line.operands, folder, language, name: line.text('name'), connection: connectionOptions(line) };
    await generate(request, terminal);
    return EXIT_CODES.ok;
  },
};
