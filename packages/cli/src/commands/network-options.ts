/**
 * The options of commands that talk to a network.
 * @module
 */
import type { CanisterRequest } from '../canister/index.ts';
import type { ConnectionOptions } from '../client/index.ts';
import type { CommandLine, OptionSpec } from '../command-line/index.ts';
import { DEFAULT_STATE_FOLDER } from '../project/index.ts';

export const NETWORK_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'network',
    value: 'local|ic|URL',
    help: "The network to talk to: 'local' (the one that runs in the state folder, else http://127.0.0.1:8000), 'ic' (the public network) or a URL. Default: local.",
  },
  {
    name: 'root-key',
    value: 'HEX',
    help: 'Key that answers are checked by. Default: the key of the network in the state folder; the known key of the public network; other networks on this machine are asked for theirs.',
  },
  { name: 'identity', value: 'IDENTITY', help: "Who to be; 'anonymous' is everybody. Default: the one chosen with 'myelin identity use'." },
  { name: 'state', value: 'DIR', help: 'State folder: where the local network and the ids of deployed canisters are. Default: .myelin.' },
];

export function stateFolderOf(line: CommandLine): string {
  return line.text('state') ?? DEFAULT_STATE_FOLDER;
}

/** What commands about one canister are given, whose first operand it is. */
export function canisterRequest(line: CommandLine): CanisterRequest {
  return { reference: line.operands[0] ?? '', stateFolder: stateFolderOf(line), connection: connectionOptions(line) };
}

export function connectionOptions(line: CommandLine): ConnectionOptions {
  return {
    network: line.text('network'),
    rootKey: line.text('root-key'),
    stateFolder: stateFolderOf(line),
    identityName: line.text('identity'),
  };
}
