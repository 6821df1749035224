/**
 * What can be known of a canister.
 * @module
 */
import { type PrincipalId, principalToText, toHex } from '@myelin/core/base';
import { callManagement, connect, type Connection, findExistingCanister, methodLines, readService } from '../client/index.ts';
import type { JsonResult, Terminal } from '../terminal/index.ts';
import { canisterUrl } from './canister-url.ts';
import { amountOfBytes, amountOfCycles } from './amounts.ts';
import type { CanisterRequest } from './request.ts';

/** What only controllers may know. */
type InnerStatus = { readonly rows: readonly (readonly [string, string])[]; readonly json: JsonResult };

async function readInnerStatus(connection: Connection, canister: PrincipalId): Promise<InnerStatus> {
  const [status] = await callManagement(connection, 'canister_status', [{ canister_id: canister }], canister);
  const [state = 'running'] = Object.keys(status.status);
  const { wasm_memory_size, stable_memory_size } = status.memory_metrics;
  const rows: (readonly [string, string])[] = [
    ['State', state],
    ['Cycles', amountOfCycles(status.cycles)],
    ['Burns', `${amountOfCycles(status.idle_cycles_burned_per_day)} a day while idle`],
    [
      'Memory',
      `${amountOfBytes(status.memory_size)} (heap ${amountOfBytes(wasm_memory_size)}, stable ${amountOfBytes(stable_memory_size)})`,
    ],
    ['Version', String(status.version)],
  ];
  const json = {
    status: state,
    cycles: String(status.cycles),
    idleCyclesBurnedPerDay: String(status.idle_cycles_burned_per_day),
    memorySize: String(status.memory_size),
    version: String(status.version),
  };
  return { rows, json };
}

/** Prints the status of a canister. @throws IcError `CANISTER_MISSING` */
export async function showCanisterStatus(request: CanisterRequest, terminal: Terminal): Promise<void> {
  const connection = await connect(request.connection, terminal);
  const found = await findExistingCanister(connection, request.stateFolder, request.reference);
  const { id: canister, idText: id, controllers, moduleHash } = found;
  const isController = controllers.includes(connection.identity.principal);
  const inner = isController ? await readInnerStatus(connection, canister) : undefined;
  const service = moduleHash === undefined ? undefined : await readService(connection, canister, terminal);
  const url = canisterUrl(connection, canister);
  const rows: (readonly [string, string])[] = [
    ['Canister', terminal.style('bold', id)],
    ...(url === undefined ? [] : [['Address', terminal.style('cyan', url)] as const]),
    ['Module', moduleHash === undefined ? 'none: the canister is empty' : toHex(moduleHash)],
    ...controllers.map((controller, index): readonly [string, string] => [index === 0 ? 'Controller' : '', principalToText(controller)]),
    ...(inner?.rows ?? [['State', `only controllers may know more; you are ${connection.identity.principalText}`]]),
    ...(service === undefined
      ? []
      : methodLines(service).map((line, index): readonly [string, string] => [index === 0 ? 'Methods' : '', line])),
  ];
  terminal.result(rows.map(([head, text]) => `${terminal.style('dim', head.padEnd(12))}${text}`).join('\n'), {
    canister: id,
    url: url ?? null,
    moduleHash: moduleHash === undefined ? null : toHex(moduleHash),
    controllers: controllers.map(principalToText),
    isController,
    ...inner?.json,
    methods: service === undefined ? null : methodLines(service),
  });
}
