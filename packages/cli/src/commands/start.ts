/**
 * `myelin start`
 * @module
 */
import { DEFAULT_STATE_FOLDER } from '../project/index.ts';
import { usageFailure } from '../terminal/index.ts';
import type { Command } from './command.ts';
import { LOG_ENVIRONMENT, LOG_OPTIONS, logChoice } from './log-options.ts';

const DEFAULT_PORT = '8000';
const PORT_MAX = 65_535;

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (port <= PORT_MAX) return port;
  throw usageFailure(
    'USAGE_OPTION_VALUE',
    `'${text}' is not a port`,
    `write a number from 0 to ${PORT_MAX}; 0 takes any port that is free`,
  );
}

export const startCommand: Command = {
  path: ['start'],
  operands: '',
  operandCount: [0, 0],
  summary: 'Run a network on this machine',
  description: [
    'Runs an Internet Computer in this process: the HTTPS interface for agents and tools, and a gateway for browsers, which find the pages of a canister at http://CANISTER-ID.localhost:PORT/. It is ready in about a second and runs until Ctrl-C.',
    'Everything that was answered is on disk before it is answered: nothing is lost when the process is killed, and the next start goes on where it ended. One process at a time runs the network of a state folder.',
    "Where that network runs already, started here or elsewhere, the command says so, prints its address and ends with 0. With --background it runs as a process of its own, and the command returns when it answers; 'myelin stop' ends it, 'myelin status' looks at it. What it says is in node.log in the state folder, 4 MiB at most, and what was said before in node.log.1.",
  ],
  options: [
    { name: 'background', short: 'b', help: 'Return when the network answers; it goes on without this terminal. Not with --memory.' },
    { name: 'port', value: 'N', help: 'Port to listen on; 0 takes any that is free. Default: the environment variable PORT, else 8000.' },
    { name: 'host', value: 'HOST', help: 'Address to listen on. Default: localhost, which is 127.0.0.1 and ::1: this machine alone.' },
    { name: 'state', value: 'DIR', help: 'State folder. Default: .myelin in the current folder.' },
    { name: 'memory', help: 'Keep nothing: the network is gone when it stops.' },
    { name: 'clean', help: 'Forget the network in the state folder and begin a new one. Refused while it runs.' },
    {
      name: 'sample',
      help: 'Compile and install the sample app. It is left alone when it is there already, and upgraded when its source has changed.',
    },
    {
      name: 'operator-host',
      value: 'NAME',
      isList: true,
      help: 'Name or address by which other machines may ask for /metrics and the pages under /_/; may be given several times. Default: this machine alone.',
    },
    ...LOG_OPTIONS,
  ],
  exitCodes: [['130', 'a second Ctrl-C ended it at once; or, with --background, one before it was ready']],
  environment: [['PORT', 'port to listen on where --port is not given'], ...LOG_ENVIRONMENT],
  examples: [
    ['myelin start', 'a network for the project in this folder'],
    ['myelin start --background', 'go on in this terminal; a second time it only says where the network is'],
    ['myelin start --sample', 'with an app to look at in the browser'],
    ['myelin start --memory --port 0 --json', 'for a test: any port, no traces; the address is printed as JSON'],
  ],
  run: async (line, terminal) => {
    const stateFolder = line.flag('memory') ? undefined : (line.text('state') ?? DEFAULT_STATE_FOLDER);
    const namesFolder = line.flag('clean') || line.flag('background') || line.text('state') !== undefined;
    if (stateFolder === undefined && namesFolder) {
      throw usageFailure(
        'USAGE_OPTIONS_CONFLICT',
        '--memory keeps nothing: there is no folder to name, to clean, or to find a network in the background by',
        'leave --memory, or --state, --clean and --background, out',
      );
    }
    const port = line.text('port') ?? (process.env['PORT'] || undefined);
    const request = {
      port: parsePort(port ?? DEFAULT_PORT),
      isPortChosen: port !== undefined,
      host: line.text('host') ?? 'localhost',
      stateFolder,
      clean: line.flag('clean'),
      sample: line.flag('sample'),
      background: line.flag('background'),
      operatorHosts: line.list('operator-host').map((name) => name.toLowerCase()),
      log: logChoice(line, process.env),
    };
    const { startOnce } = await import('../start/index.ts');
    return await startOnce(request, terminal);
  },
};
