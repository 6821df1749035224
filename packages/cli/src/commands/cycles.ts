/**
 * `myelin cycles …`
 * @module
 */
import { EXIT_CODES } from '../terminal/index.ts';
import type { Command } from './command.ts';
import { parseCycles } from './cycles-amount.ts';
import { canisterRequest, NETWORK_OPTIONS } from './network-options.ts';

const balance: Command = {
  path: ['cycles', 'balance'],
  operands: 'ID|NAME',
  operandCount: [1, 1],
  summary: 'Show how many cycles a canister has',
  description: [
    'Prints the cycles of a canister, which pay for what it runs and stores. The answer is certified. Only its controllers may know: choose one with --identity.',
  ],
  options: NETWORK_OPTIONS,
  examples: [
    ['myelin cycles balance hello', 'the canister that was deployed as hello'],
    ['myelin cycles balance hello --json', 'all digits, and what it burns in a day while idle, for a script'],
  ],
  run: async (line, terminal) => {
    const { showBalance } = await import('../canister/index.ts');
    await showBalance(canisterRequest(line), terminal);
    return EXIT_CODES.ok;
  },
};

const topUp: Command = {
  path: ['cycles', 'top-up'],
  operands: 'ID|NAME AMOUNT',
  operandCount: [2, 2],
  summary: 'Give a canister cycles, on a local network',
  description: [
    'Makes cycles from nothing and gives them to a canister, with the provisional interface of the management canister. Only test networks have it; there anybody may do it for any canister.',
    'AMOUNT is a number of cycles: digits, which may be grouped by underscores, and T, G or M for 10^12, 10^9 or 10^6.',
  ],
  options: NETWORK_OPTIONS,
  examples: [
    ['myelin cycles top-up hello 2T', 'two trillion'],
    ['myelin cycles top-up hello 500_000_000', 'half a billion'],
  ],
  run: async (line, terminal) => {
    const [reference = '', amountText = ''] = line.operands;
    const amount = parseCycles(amountText, `myelin cycles top-up ${reference} 2T`);
    const work = await import('../canister/index.ts');
    await work.topUp({ ...canisterRequest(line), amount }, terminal);
    return EXIT_CODES.ok;
  },
};

export const cyclesCommands: readonly Command[] = [balance, topUp];
