/**
 * The options that are settings of a canister.
 * @module
 */
import type { CommandLine, OptionSpec } from '../command-line/index.ts';
import { parseCycles } from './cycles-amount.ts';

const WHO = 'controllers|public|PRINCIPAL,…';

/** Each with what it means; the default value is said by the command. */
const OPTIONS: readonly (OptionSpec & { readonly value: string })[] = [
  { name: 'compute-allocation', value: 'PERCENT', help: 'Share of a core that is kept for it, from 0 to 100.' },
  {
    name: 'memory-allocation',
    value: 'BYTES',
    help: 'Memory that is kept for it and paid for, used or not: 2GiB, 512MiB. 0: what it uses, no more.',
  },
  {
    name: 'freezing-threshold',
    value: 'TIME',
    help: 'It is frozen when its cycles would not last for so long without a message: 30d, 12h, or seconds.',
  },
  { name: 'reserved-cycles-limit', value: 'N', help: 'Most cycles that may be set aside for its memory: 5T.' },
  { name: 'minimum-call-cycles', value: 'N', help: 'Cycles that a call of another canister must bring at least: 1_000_000.' },
  { name: 'wasm-memory-limit', value: 'BYTES', help: 'Largest heap, beyond which update calls trap: 3GiB. 0: no limit.' },
  {
    name: 'wasm-memory-threshold',
    value: 'BYTES',
    help: 'When less of the heap than this is left, the canister is told (on_low_wasm_memory). 0: never.',
  },
  { name: 'log-memory-limit', value: 'BYTES', help: 'How much of what it prints is kept: from 4KiB to 2MiB. 0: nothing.' },
  { name: 'log-visibility', value: WHO, help: 'Who may read its log: its controllers alone, everybody, or these principals, too.' },
  { name: 'status-visibility', value: WHO, help: 'Who may read its status: its controllers alone, everybody, or these principals, too.' },
];

/** Values that are cycles, with an example. */
const CYCLES: Readonly<Record<string, string>> = { 'reserved-cycles-limit': '5T', 'minimum-call-cycles': '1_000_000' };

/** @param otherwise - what holds where an option is not given. */
export function settingOptions(otherwise: string): readonly OptionSpec[] {
  return OPTIONS.map((option) => ({ ...option, help: `${option.help} Default: ${otherwise}.` }));
}

/** What was given. @throws IcError `USAGE_OPTION_VALUE` for a number of cycles that is none */
export function settingTexts(line: CommandLine): Readonly<Record<string, string | bigint>> {
  const texts: Record<string, string | bigint> = {};
  for (const { name } of OPTIONS) {
    const text = line.text(name);
    const example = CYCLES[name];
    if (text !== undefined) texts[name] = example === undefined ? text : parseCycles(text, `--${name} ${example}`);
  }
  return texts;
}
