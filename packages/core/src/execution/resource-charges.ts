/**
 * Storage and compute, charged for all canisters every ten seconds of replicated time.
 *
 * A canister that can not pay any more loses its code and its allocations, as on the public network.
 * Source: IC interface spec, "Cycles"; dfinity/ic cycles account manager.
 * @module
 */
import { canisterForRead, canisterForWrite, type CanisterState } from '../state/index.ts';
import type { ExecutionEnvironment } from './environment.ts';
import { billedMemoryBytes, resourceFee } from './fees.ts';
import { RESOURCE_CHARGE_INTERVAL_NS } from './limits.ts';
import { uninstallForLackOfCycles } from './management/uninstall.ts';
import { canisterMemoryBytes } from './memory-usage.ts';

function chargeCanister(environment: ExecutionEnvironment, id: CanisterState['id']): void {
  const { state, config } = environment;
  const before = canisterForRead(state, id);
  if (before === undefined || before.paused !== undefined) return;
  const bytes = billedMemoryBytes(before, canisterMemoryBytes(before));
  const fee = resourceFee(config.fees, bytes, before.settings.computeAllocation, state.timeNs - before.chargedUntilNs);
  if (fee === 0n && before.settings.computeAllocation === 0 && bytes === 0n) return;
  const canister = canisterForWrite(state, id);
  if (canister === undefined) return;
  canister.chargedUntilNs = state.timeNs;
  const fromReserve = fee < canister.reservedBalance ? fee : canister.reservedBalance;
  canister.reservedBalance -= fromReserve;
  const rest = fee - fromReserve;
  const paid = rest < canister.balance ? rest : canister.balance;
  canister.balance -= paid;
  canister.consumedCycles += paid + fromReserve;
  state.cycles.burned += paid + fromReserve;
  if (paid < rest) uninstallForLackOfCycles(environment, canister);
}

/** Charges every canister when the interval has passed. */
export function chargeResources(environment: ExecutionEnvironment): void {
  const { state } = environment;
  if (state.timeNs < state.chargedNs + RESOURCE_CHARGE_INTERVAL_NS) return;
  state.chargedNs = state.timeNs;
  for (const id of Array.from(state.canisters.keys())) chargeCanister(environment, id as CanisterState['id']);
}
