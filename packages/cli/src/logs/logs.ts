/**
 * Shows what canisters have logged, and what they log while it looks.
 * @module
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { IcError, principalToText, toHex } from '@myelin/core/base';
import { connect, findCanister, type Connection, type NetworkOptions } from '../client/index.ts';
import { readCanisterIds } from '../project/index.ts';
import { EXIT_CODES, type ExitCode, type Terminal } from '../terminal/index.ts';
import { type CanisterNames, lineJson, lineText, type LogLine } from './log-line.ts';
import { followLogs, readLogs } from './node-logs.ts';
import { ShownLines } from './shown-lines.ts';

export type LogsRequest = {
  /** Ids or names; none for all canisters. */
  readonly references: readonly string[];
  readonly follow: boolean;
  /** Most lines that are shown of those that are there already. */
  readonly linesMax: number;
  readonly network: NetworkOptions;
};

/** Time between two attempts to reach a node that is away. */
const RETRY_MS = 1_000;

async function namesOf({ stateFolder }: NetworkOptions, rootKey: Uint8Array): Promise<CanisterNames> {
  const ids = await readCanisterIds(stateFolder, rootKey);
  return new Map([...ids].map(([name, id]) => [principalToText(id), name]));
}

async function idsOf({ references, network }: LogsRequest, connection: Connection): Promise<readonly string[]> {
  const found = await Promise.all(references.map((reference) => findCanister(connection, network.stateFolder, reference)));
  return found.map(principalToText);
}

async function listLogs(request: LogsRequest, connection: Connection, terminal: Terminal): Promise<void> {
  const canisters = await idsOf(request, connection);
  const lines = (await readLogs(connection.url, canisters)).slice(-request.linesMax);
  const names = await namesOf(request.network, connection.rootKey);
  const text = lines.length === 0 ? 'Nothing is in the logs.' : lines.map((line) => lineText(line, names, terminal.style)).join('\n');
  terminal.result(text, { lines: lines.map((line) => lineJson(line, names)) });
}

/** Follows the logs of a node until it ends the stream. */
class Follower {
  readonly #request: LogsRequest;
  readonly #terminal: Terminal;
  readonly #shown = new ShownLines();
  #connection: Connection;
  #position: string | undefined;
  #names: CanisterNames = new Map();
  /** Lines that were there before, of which only the last are shown. */
  #earlier: LogLine[] | undefined = [];

  constructor(request: LogsRequest, connection: Connection, terminal: Terminal) {
    this.#request = request;
    this.#connection = connection;
    this.#terminal = terminal;
  }

  /** @throws when the node cannot be reached or refuses */
  async run(): Promise<void> {
    const canisters = await idsOf(this.#request, this.#connection);
    this.#names = await namesOf(this.#request.network, this.#connection.rootKey);
    for await (const event of followLogs(this.#connection.url, canisters, this.#position)) {
      if (event.kind === 'dropped') this.#terminal.warn(`${event.lines} lines came faster than they could be read`);
      if (event.kind === 'current') this.#showEarlier();
      if (event.kind !== 'line') continue;
      this.#position = event.position;
      if (!this.#shown.add(event.line)) continue;
      if (this.#earlier === undefined) await this.#show(event.line);
      else this.#earlier.push(event.line);
    }
  }

  /** The node may have another address now, and another network. */
  async reconnect(): Promise<void> {
    const { rootKey } = this.#connection;
    this.#connection = await open(this.#request.network, this.#terminal);
    if (toHex(rootKey) === toHex(this.#connection.rootKey)) return;
    this.#terminal.note('Another network runs there now.');
    this.#shown.clear();
    this.#position = undefined;
  }

  #showEarlier(): void {
    const earlier = this.#earlier?.slice(-this.#request.linesMax) ?? [];
    this.#earlier = undefined;
    for (const line of earlier) this.#write(line);
  }

  async #show(line: LogLine): Promise<void> {
    // A canister that was deployed since then has a name now.
    if (!this.#names.has(line.canister)) this.#names = await namesOf(this.#request.network, this.#connection.rootKey);
    this.#write(line);
  }

  #write(line: LogLine): void {
    const { isJson, style } = this.#terminal;
    process.stdout.write(`${isJson ? JSON.stringify(lineJson(line, this.#names)) : lineText(line, this.#names, style)}\n`);
  }
}

function open(network: NetworkOptions, terminal: Terminal): Promise<Connection> {
  return connect({ ...network, identityName: 'anonymous' }, terminal);
}

/** Whether trying again may help: the node is not there, or has no place. */
function isPassing(error: unknown): boolean {
  return !(error instanceof IcError) || (error.detail as { readonly code: string }).code === 'NETWORK_UNREACHABLE';
}

async function followForEver(request: LogsRequest, first: Connection, terminal: Terminal): Promise<never> {
  const follower = new Follower(request, first, terminal);
  let isAway = false;
  for (;;) {
    try {
      if (isAway) {
        await follower.reconnect();
        terminal.note('The node is back.');
        isAway = false;
      }
      await follower.run();
    } catch (error) {
      if (!isPassing(error)) throw error;
    }
    if (!isAway) terminal.note('The node is away. Waiting for it.');
    isAway = true;
    await sleep(RETRY_MS);
  }
}

/** @throws IcError `LOGS_REFUSED`, `LOGS_UNAVAILABLE`, `NETWORK_UNREACHABLE`, `CANISTER_UNKNOWN` */
export async function showLogs(request: LogsRequest, terminal: Terminal): Promise<ExitCode> {
  // Who reads the output may leave: `myelin logs -f | head`.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT_CODES.ok);
    throw error;
  });
  const connection = await open(request.network, terminal);
  if (request.follow) return await followForEver(request, connection, terminal);
  await listLogs(request, connection, terminal);
  return EXIT_CODES.ok;
}
