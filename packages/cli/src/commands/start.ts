/**
 * `myelin start`
 * @module
 */
import { DEFAULT_STATE_FOLDER } from '../project/index.ts';
import { usageFailure } from '../terminal/index.ts';
import type { Command } from './command.ts';

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
  ],
  options: [
    { name: 'port', value: 'N', help: 'Port to listen on; 0 takes any that is free. Default: the environment variable PORT, else 8000.' },
    { name: 'host', value: 'HOST', help: 'Address to listen on. Default: localhost, which is 127.0.0.1 and ::1: this machine alone.' },
    { name: 'state', value: 'DIR', help: 'State folder. Default: .myelin in the current folder.' },
    { name: 'memory', help: 'Keep nothing: the network is gone when it stops.' },
    { name: 'clean', help: 'Forget the network in the state folder and begin a new one.' },
    {
      name: 'sample',
      help: 'Compile and install the sample app. It is left alone when it is there already, and upgraded when its source has changed.',
    },
  ],
  examples: [
    ['myelin start', 'a network for the project in this folder'],
    ['myelin start --sample', 'with an app to look at in the browser'],
    ['myelin start --memory --port 0 --json', 'for a test: any port, no traces; the address is printed as JSON'],
  ],
  run: async (line, terminal) => {
    const stateFolder = line.flag('memory') ? undefined : (line.text('state') ?? DEFAULT_STATE_FOLDER);
    if (stateFolder === undefined && (line.flag('clean') || line.text('state') !== undefined)) {
      throw usageFailure(
        'USAGE_OPTIONS_CONFLICT',
        '--memory keeps nothing: there is no folder to name or to clean',
        'leave --memory, or --state and --clean, out',
      );
    }
    const request = {
      port: parsePort(line.text('port') ?? (process.env['PORT'] || DEFAULT_PORT)),
      host: line.text('host') ?? 'localhost',
      stateFolder,
      clean: line.flag('clean'),
      sample: line.flag('sample'),
    };
    const { start } = await import('../start/index.ts');
    return await start(request, terminal);
  },
};
