/**
 * `myelin logs`
 * @module
 */
import type { OptionSpec } from '../command-line/index.ts';
import { usageFailure } from '../terminal/index.ts';
import type { Command } from './command.ts';
import { NETWORK_OPTIONS, stateFolderOf } from './network-options.ts';

const LINES_DEFAULT = '1000';

/** The logs are a page of the node, which the public network does not have. */
const NODE_OPTION: OptionSpec = {
  name: 'network',
  value: 'local|URL',
  help: "The network whose node is asked: 'local' (the one that runs in the state folder, else http://127.0.0.1:8000) or a URL. Default: local.",
};

/** @throws IcError `LOGS_UNAVAILABLE` */
function checkNetwork(network: string | undefined): void {
  if (network !== 'ic') return;
  throw usageFailure(
    'LOGS_UNAVAILABLE',
    'the public network has no page with the logs of its canisters: each is asked for by its controllers, with a query of the management canister',
    "read it with the tools of that network: 'dfx canister logs ID --network ic', or 'icp canister logs ID'",
  );
}

function parseLines(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw usageFailure('USAGE_OPTION_VALUE', `'${text}' is not a number of lines`, 'write a number, such as --lines 50');
}

export const logsCommand: Command = {
  path: ['logs'],
  operands: '[ID|NAME …]',
  operandCount: [0, 100],
  summary: 'Show what canisters print, and why they trapped',
  description: [
    'Prints the logs of the canisters of a network on this machine: what they printed, and their traps with what is known of the place. Without canisters named, the logs of all of them in the order of time.',
    "A canister keeps its last 4 KiB; 'myelin canister settings ID --log-memory-limit 64KiB' keeps more. With --follow new lines are shown as they come, also after the node was away. With --follow --json each line is a JSON object of its own. What queries and canister_inspect_message printed is in no log: the node tells it beside the logs, marked with the method, and keeps its last 1,000 lines until it stops.",
  ],
  options: [
    { name: 'follow', short: 'f', help: 'Go on with new lines until Ctrl-C.' },
    {
      name: 'lines',
      short: 'n',
      value: 'N',
      help: `Show at most so many of the lines that are there, the last ones. Default: ${LINES_DEFAULT}.`,
    },
    ...NETWORK_OPTIONS.filter(({ name }) => name !== 'identity').map((option) => (option.name === 'network' ? NODE_OPTION : option)),
  ],
  examples: [
    ['myelin logs', 'all canisters'],
    ['myelin logs backend -f', 'one canister, and what it prints from now on'],
    ['myelin logs -f --json', "for a program: a JSON object a line; 'from' and 'method' are there when a query printed it"],
  ],
  run: async (line, terminal) => {
    checkNetwork(line.text('network'));
    const { showLogs } = await import('../logs/index.ts');
    const network = { network: line.text('network'), rootKey: line.text('root-key'), stateFolder: stateFolderOf(line) };
    const linesMax = parseLines(line.text('lines') ?? LINES_DEFAULT);
    return await showLogs({ references: line.operands, follow: line.flag('follow'), linesMax, network }, terminal);
  },
};
