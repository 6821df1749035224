/**
 * The cycles of a canister: how many there are, and more of them on networks that give them away.
 * @module
 */
import { type PrincipalId, principalToText } from '@myelin/core/base';
import { callManagement, connect, type Connection, findCanister, findExistingCanister } from '../client/index.ts';
import { commandFailure, type Terminal } from '../terminal/index.ts';
import { amountOfCycles } from './amounts.ts';
import type { CanisterRequest } from './request.ts';

type Balance = { readonly cycles: bigint; readonly burnedPerDay: bigint };

/** Only controllers may know it. */
async function readBalance(connection: Connection, canister: PrincipalId): Promise<Balance> {
  const [status] = await callManagement(connection, 'canister_status', [{ canister_id: canister }], canister);
  return { cycles: status.cycles, burnedPerDay: status.idle_cycles_burned_per_day };
}

const grouped = (cycles: bigint): string => String(cycles).replaceAll(/\B(?=(\d{3})+$)/g, '_');

/** Prints how many cycles a canister has. @throws IcError `CALL_REJECTED` for who is no controller */
export async function showBalance(request: CanisterRequest, terminal: Terminal): Promise<void> {
  const connection = await connect(request.connection, terminal);
  const canister = await findCanister(connection, request.stateFolder, request.reference);
  const { cycles, burnedPerDay } = await readBalance(connection, canister);
  terminal.result(`${amountOfCycles(cycles)} (${grouped(cycles)})`, {
    canister: principalToText(canister),
    cycles: String(cycles),
    idleCyclesBurnedPerDay: String(burnedPerDay),
  });
}

/**
 * Gives a canister cycles from nothing, as test networks do. Anybody may do that for any canister.
 * @throws IcError `TOP_UP_IMPOSSIBLE`, `CANISTER_MISSING`
 */
export async function topUp(request: CanisterRequest & { readonly amount: bigint }, terminal: Terminal): Promise<void> {
  const { amount, stateFolder, reference } = request;
  const connection = await connect(request.connection, terminal);
  if (!connection.isLocal) {
    throw commandFailure(
      'TOP_UP_IMPOSSIBLE',
      `${connection.url} does not give cycles away: only test networks make them for nothing`,
      'top the canister up with the tools of that network',
    );
  }
  const { id: canister, idText: id, controllers } = await findExistingCanister(connection, stateFolder, reference);
  await callManagement(connection, 'provisional_top_up_canister', [{ canister_id: canister, amount }], canister);
  const isController = controllers.includes(connection.identity.principal);
  const balance = isController ? await readBalance(connection, canister) : undefined;
  const now = balance === undefined ? '' : `; it has ${amountOfCycles(balance.cycles)} now`;
  terminal.result(`Gave ${reference} ${amountOfCycles(amount)}${now}.`, {
    canister: id,
    added: String(amount),
    cycles: balance === undefined ? null : String(balance.cycles),
  });
}
