/**
 * Storage and compute, paid for the time that has passed.
 *
 * A canister pays before a message of it runs, once in ten seconds of replicated time; one that does nothing pays once in an hour, or sooner when its
 * cycles would not last so long. So a batch visits those that have work, and a few others. A canister that can not pay any more loses its code and
 * its allocations, as on the public network.
 * Source: IC interface spec, "Cycles"; dfinity/ic cycles account manager.
 * @module
 */
import { canisterForRead, canisterForWrite, type CanisterState, type ReplicatedState, timeKey } from '../state/index.ts';
import type { ExecutionConfig } from './config.ts';
import type { ExecutionEnvironment } from './environment.ts';
import { billedMemoryBytes, resourceFee } from './fees.ts';
import { CHARGES_PER_BATCH_MAX, IDLE_CHARGE_INTERVAL_NS, RESOURCE_CHARGE_INTERVAL_NS } from './limits.ts';
import { uninstallForLackOfCycles } from './management/uninstall.ts';
import { canisterMemoryBytes, hasCharges, scheduleCharge } from './memory-usage.ts';

function feeFor(config: ExecutionConfig, canister: CanisterState, durationNs: bigint): bigint {
  const bytes = billedMemoryBytes(canister, canisterMemoryBytes(canister));
  return resourceFee(config.fees, bytes, canister.settings.computeAllocation, durationNs);
}

/** What is left of a balance when the time until now is paid. */
export function balanceAfterCharges(config: ExecutionConfig, canister: CanisterState, timeNs: bigint): bigint {
  if (canister.paused !== undefined || timeNs < canister.chargedUntilNs + RESOURCE_CHARGE_INTERVAL_NS) return canister.balance;
  const rest = feeFor(config, canister, timeNs - canister.chargedUntilNs) - canister.reservedBalance;
  if (rest <= 0n) return canister.balance;
  return rest < canister.balance ? canister.balance - rest : 0n;
}

/** When a canister is to be charged next: its cycles last twice as long. */
function nextChargeNs({ state, config }: ExecutionEnvironment, canister: CanisterState): bigint {
  const perInterval = feeFor(config, canister, IDLE_CHARGE_INTERVAL_NS);
  const cycles = canister.balance + canister.reservedBalance;
  let interval = IDLE_CHARGE_INTERVAL_NS;
  if (cycles < 2n * perInterval) interval = (cycles * IDLE_CHARGE_INTERVAL_NS) / (2n * perInterval);
  return state.timeNs + (interval > RESOURCE_CHARGE_INTERVAL_NS ? interval : RESOURCE_CHARGE_INTERVAL_NS);
}

/** Sees to it that a canister that has spent or grown is charged while it can still pay. */
export function reviewCharges(environment: ExecutionEnvironment, canister: CanisterState): void {
  if (!hasCharges(canister)) return;
  const next = nextChargeNs(environment, canister);
  if (next < canister.nextChargeNs) scheduleCharge(environment.state, canister, next);
}

function charge(environment: ExecutionEnvironment, canister: CanisterState): void {
  const { state, config } = environment;
  const fee = feeFor(config, canister, state.timeNs - canister.chargedUntilNs);
  canister.chargedUntilNs = state.timeNs;
  const fromReserve = fee < canister.reservedBalance ? fee : canister.reservedBalance;
  canister.reservedBalance -= fromReserve;
  const rest = fee - fromReserve;
  const paid = rest < canister.balance ? rest : canister.balance;
  canister.balance -= paid;
  canister.consumedCycles += paid + fromReserve;
  state.cycles.burned += paid + fromReserve;
  if (paid < rest) uninstallForLackOfCycles(environment, canister);
  scheduleCharge(state, canister, hasCharges(canister) ? nextChargeNs(environment, canister) : 0n);
}

function owes(state: ReplicatedState, canister: CanisterState): boolean {
  return canister.paused === undefined && hasCharges(canister) && state.timeNs >= canister.chargedUntilNs + RESOURCE_CHARGE_INTERVAL_NS;
}

/** Lets a canister pay before something of it runs. */
export function chargeBeforeWork(environment: ExecutionEnvironment, id: CanisterState['id']): void {
  const { state } = environment;
  const before = canisterForRead(state, id);
  if (before === undefined || !owes(state, before)) return;
  const canister = canisterForWrite(state, id);
  if (canister !== undefined) charge(environment, canister);
}

/** Charges the canisters whose time has come, so many in a batch. */
export function chargeResources(environment: ExecutionEnvironment): void {
  const { state } = environment;
  const limit = `${timeKey(state.timeNs)}~`;
  for (let count = 0; count < CHARGES_PER_BATCH_MAX; count++) {
    const first = state.charges.first();
    if (first === undefined || first[0] > limit) return;
    const canister = canisterForWrite(state, first[1]);
    if (canister === undefined) state.charges.delete(first[0]);
    // A paused message sees the balance of its start until it has completed.
    else if (canister.paused !== undefined) scheduleCharge(state, canister, state.timeNs + RESOURCE_CHARGE_INTERVAL_NS);
    else charge(environment, canister);
  }
}
