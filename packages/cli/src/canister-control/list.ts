/**
 * The canisters that are known by name.
 * @module
 */
import { IcError, type PrincipalId, principalToText, toHex } from '@myelin/core/base';
import { amountOfCycles, type CanisterRequest } from '../canister/index.ts';
import { connect, type Connection, type ConnectionOptions, findCanister, parsePrincipal, readCanister } from '../client/index.ts';
import { readAllCanisterIds, readCanisterIds } from '../project/index.ts';
import type { JsonResult, Terminal } from '../terminal/index.ts';
import { readStatus, runStateOf } from './open-canister.ts';

export type ListRequest = { readonly stateFolder: string; readonly connection: ConnectionOptions };

/** Canisters that are asked for at the same time. */
const REQUESTS_AT_ONCE = 8;

type Row = { readonly name: string; readonly idText: string; readonly text: string; readonly json: JsonResult };

function codeOf(error: unknown): string | undefined {
  return error instanceof IcError ? error.detail.code : undefined;
}

/** What only some may know is left out for others. */
async function describe(connection: Connection, name: string, id: PrincipalId): Promise<Row> {
  const idText = principalToText(id);
  const row = (text: string, json: JsonResult): Row => ({ name, idText, text, json: { name, canister: idText, ...json } });
  const nothing = { moduleHash: null, status: null, cycles: null };
  try {
    const { controllers, moduleHash } = await readCanister(connection, id);
    if (controllers === undefined) return row('not on this network any more', { exists: false, ...nothing });
    const hash = moduleHash === undefined ? null : toHex(moduleHash);
    const empty = moduleHash === undefined ? 'empty, ' : '';
    if (!controllers.includes(connection.identity.principal)) {
      return row(`${empty}controlled by others`, { exists: true, ...nothing, moduleHash: hash });
    }
    const status = await readStatus({ connection, id });
    const state = runStateOf(status);
    return row(`${empty}${state}, ${amountOfCycles(status.cycles)}`, {
      exists: true,
      moduleHash: hash,
      status: state,
      cycles: String(status.cycles),
    });
  } catch (error) {
    if (codeOf(error) !== 'NETWORK_UNREACHABLE') throw error;
    return row('not reachable', { exists: null, ...nothing });
  }
}

async function describeAll(connection: Connection, ids: ReadonlyMap<string, PrincipalId>): Promise<Row[]> {
  const entries = [...ids].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const rows: Row[] = [];
  for (let at = 0; at < entries.length; at += REQUESTS_AT_ONCE) {
    const some = entries.slice(at, at + REQUESTS_AT_ONCE);
    rows.push(...(await Promise.all(some.map(([name, id]) => describe(connection, name, id)))));
  }
  return rows;
}

/** What is known where no network answers: which of several networks it would be is not. */
async function knownAnywhere(stateFolder: string): Promise<Row[]> {
  const networks = await readAllCanisterIds(stateFolder);
  return networks.flatMap(({ address, canisters }) =>
    [...canisters].map(([name, id]): Row => {
      const json = { name, canister: principalToText(id), address, exists: null, moduleHash: null, status: null, cycles: null };
      return { name, idText: principalToText(id), text: address === '' ? 'out of a file' : `was at ${address}`, json };
    }),
  );
}

function print(rows: readonly Row[], url: string | null, terminal: Terminal): void {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const lines = rows.map(
    ({ name, idText, text }) => `${terminal.style('bold', name.padEnd(width))}  ${idText}  ${terminal.style('dim', text)}`,
  );
  terminal.result(rows.length === 0 ? 'No canister is known by name here.' : lines.join('\n'), {
    network: url,
    canisters: rows.map(({ json }) => json),
  });
}

/** Runs `online` on the network, or `offline` where none answers. */
async function onNetwork<T>(
  options: ConnectionOptions,
  terminal: Terminal,
  online: (connection: Connection) => Promise<T>,
  offline: (why: unknown) => Promise<T>,
): Promise<T> {
  let connection: Connection;
  try {
    connection = await connect(options, terminal);
  } catch (error) {
    if (codeOf(error) === 'NETWORK_UNREACHABLE') return await offline(error);
    throw error;
  }
  return await online(connection);
}

/** Prints the canisters that are known by name, and what they are like where their network answers. */
export async function listCanisters({ stateFolder, connection: options }: ListRequest, terminal: Terminal): Promise<void> {
  await onNetwork(
    options,
    terminal,
    async (connection) => {
      const ids = await readCanisterIds(stateFolder, connection.rootKey);
      print(await describeAll(connection, ids), connection.url, terminal);
    },
    async (why) => {
      terminal.warn(`${(why as Error).message}; these are the names that are known of all networks`);
      print(await knownAnywhere(stateFolder), null, terminal);
    },
  );
}

/**
 * Prints the id of a canister that is known by name, also where its network does not answer and the name means one canister alone.
 * @throws IcError `CANISTER_UNKNOWN`, `NETWORK_UNREACHABLE`
 */
export async function printCanisterId(request: CanisterRequest, terminal: Terminal): Promise<void> {
  const { reference, stateFolder } = request;
  const id = await onNetwork(
    request.connection,
    terminal,
    (connection) => findCanister(connection, stateFolder, reference),
    async (why) => {
      const networks = await readAllCanisterIds(stateFolder);
      const ids = new Set(networks.flatMap(({ canisters }) => canisters.get(reference) ?? []));
      const [only] = ids.size === 0 ? [parsePrincipal(reference)] : ids;
      if (only === undefined || ids.size > 1) throw why;
      return only;
    },
  );
  const idText = principalToText(id);
  terminal.result(idText, { canister: idText, name: idText === reference ? null : reference });
}
