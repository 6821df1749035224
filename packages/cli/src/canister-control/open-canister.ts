/**
 * A canister that a command works on.
 * @module
 */
import type { CanisterStatusResult } from '@myelin/core/candid';
import type { CanisterRequest } from '../canister/index.ts';
import { callManagement, connect, type Connection, type ExistingCanister, findExistingCanister } from '../client/index.ts';
import type { Terminal } from '../terminal/index.ts';

export type OpenCanister = ExistingCanister & {
  readonly connection: Connection;
  /** As the command line calls it. */
  readonly label: string;
};

/** Connects and finds the canister. @throws IcError `CANISTER_UNKNOWN`, `CANISTER_MISSING`, and those of connections */
export async function openCanister(request: CanisterRequest, terminal: Terminal): Promise<OpenCanister> {
  const connection = await connect(request.connection, terminal);
  const found = await findExistingCanister(connection, request.stateFolder, request.reference);
  return { ...found, connection, label: request.reference };
}

/** What its controllers may know. @throws IcError `CALL_REJECTED` for others */
export async function readStatus({ connection, id }: Pick<OpenCanister, 'connection' | 'id'>): Promise<CanisterStatusResult> {
  return (await callManagement(connection, 'canister_status', [{ canister_id: id }], id))[0];
}

export type RunState = 'running' | 'stopping' | 'stopped';

/** Whether it takes messages. */
export function runStateOf({ status }: CanisterStatusResult): RunState {
  if ('running' in status) return 'running';
  return 'stopping' in status ? 'stopping' : 'stopped';
}

/** `hello (bkyz2-…)`, for questions: an id that was typed is not said twice. */
export function fullLabel({ label, idText }: Pick<OpenCanister, 'label' | 'idText'>): string {
  return label === idText ? idText : `${label} (${idText})`;
}
