/**
 * Takes the code of a canister away, or the canister itself.
 * @module
 */
import { principalToText } from '@myelin/core/base';
import { amountOfCycles, type CanisterRequest } from '../canister/index.ts';
import { callManagement, connect, findCanister, readCanister } from '../client/index.ts';
import { commandFailure, confirm, type Terminal } from '../terminal/index.ts';
import { fullLabel, openCanister, readStatus, runStateOf } from './open-canister.ts';
import { forgetName } from './recorded-names.ts';

/** What is lost is asked about first. */
export type RemovalRequest = CanisterRequest & { readonly isConfirmed: boolean };

/** Makes a canister empty: module, heap and stable memory are gone. Cycles, settings and the id stay. @throws IcError `CONFIRMATION_…` */
export async function uninstallCanister(request: RemovalRequest, terminal: Terminal): Promise<void> {
  const canister = await openCanister(request, terminal);
  const { connection, id, idText, label, moduleHash } = canister;
  if (moduleHash === undefined) {
    terminal.result(`${label} is empty already.`, { canister: idText, changed: false });
    return;
  }
  await confirm(`${fullLabel(canister)} would be emptied: its module and its state would be gone`, request.isConfirmed, terminal);
  await callManagement(connection, 'uninstall_code', [{ canister_id: id, sender_canister_version: [] }], id);
  terminal.result(`Emptied ${label}: its id, settings and cycles are kept.`, { canister: idText, changed: true });
}

/**
 * Deletes a stopped canister, and forgets its names. Of one that is gone already the names are forgotten.
 * @throws IcError `CANISTER_NOT_STOPPED`, `CONFIRMATION_…`, `CALL_REJECTED`
 */
export async function deleteCanister(request: RemovalRequest, terminal: Terminal): Promise<void> {
  const connection = await connect(request.connection, terminal);
  const id = await findCanister(connection, request.stateFolder, request.reference);
  const { label, idText } = { label: request.reference, idText: principalToText(id) };
  const { controllers } = await readCanister(connection, id);
  if (controllers === undefined) {
    const names = await forgetName({ connection, stateFolder: request.stateFolder }, request.connection, id, terminal);
    if (names.length === 0)
      throw commandFailure('CANISTER_MISSING', `there is no canister ${idText} on ${connection.url}`, 'check the id and the network');
    terminal.result(`${idText} was gone already; the name ${names.join(', ')} is forgotten.`, { canister: idText, deleted: false, names });
    return;
  }
  const status = await readStatus({ connection, id });
  const state = runStateOf(status);
  if (state !== 'stopped') {
    throw commandFailure(
      'CANISTER_NOT_STOPPED',
      `${label} is ${state}: only a stopped canister can be deleted`,
      state === 'running' ? `stop it first: myelin canister stop ${label}` : 'wait until it has done what it began, and try again',
    );
  }
  const lost = `its code, its state and ${amountOfCycles(status.cycles)} would be gone`;
  await confirm(`${fullLabel({ label, idText })} would be deleted: ${lost}`, request.isConfirmed, terminal);
  await callManagement(connection, 'delete_canister', [{ canister_id: id }], id);
  const names = await forgetName({ connection, stateFolder: request.stateFolder }, request.connection, id, terminal);
  terminal.result(`Deleted ${label}.`, { canister: idText, deleted: true, names });
}
