/**
 * Whether a subnet can grant the settings of a canister, and whether the canister can pay for them.
 * Source: IC interface spec, abstract behaviour, "Changing settings"; texts of dfinity/ic.
 * @module
 */
import type { CanisterSettings, CanisterState, ReplicatedState } from '../../state/index.ts';
import type { ExecutionConfig } from '../config.ts';
import { ErrorCode, type UserError, userError } from '../error-codes.ts';
import { billedMemoryBytes, freezingLimit } from '../fees.ts';
import { COMPUTE_ALLOCATION_TOTAL_MAX, WASM_PAGE_BYTES } from '../limits.ts';
import { availableSubnetMemory, canisterMemoryBytes } from '../memory-usage.ts';

/** The canister's allocations now; none for a canister that is being created. */
export type Allocations = Pick<CanisterSettings, 'computeAllocation' | 'memoryAllocation'>;

export const NO_ALLOCATIONS: Allocations = { computeAllocation: 0, memoryAllocation: 0n };

function computeError(state: ReplicatedState, before: Allocations, wanted: CanisterSettings): UserError | undefined {
  if (wanted.computeAllocation <= before.computeAllocation) return undefined;
  const available = COMPUTE_ALLOCATION_TOTAL_MAX - state.computeAllocated + before.computeAllocation;
  if (wanted.computeAllocation <= available) return undefined;
  return userError(
    ErrorCode.SubnetOversubscribed,
    `Canister requested a compute allocation of ${wanted.computeAllocation}% which cannot be satisfied because the Subnet's remaining compute capacity is ${available}%.`,
  );
}

/** Why the subnet has no room for `requested` bytes in place of the `counted` ones, or undefined. */
export function subnetMemoryError(available: bigint, counted: bigint, requested: bigint): UserError | undefined {
  if (requested <= counted || requested - counted <= available) return undefined;
  const room = available > 0n ? available + counted : counted;
  return userError(
    ErrorCode.SubnetOversubscribed,
    `Canister requested ${requested} bytes of memory but only ${room} bytes are available in the subnet.`,
  );
}

function memoryError(state: ReplicatedState, canister: CanisterState, wanted: CanisterState): UserError | undefined {
  const requested = billedMemoryBytes(wanted, canisterMemoryBytes(canister));
  return subnetMemoryError(availableSubnetMemory(state), canister.countedBytes + canister.reservedBytes, requested);
}

/** More resources are granted only to a canister that is not frozen with them. */
function fundsError(config: ExecutionConfig, before: Allocations, wanted: CanisterState): UserError | undefined {
  const { computeAllocation, memoryAllocation } = wanted.settings;
  const moreCompute = computeAllocation > before.computeAllocation;
  if (!moreCompute && memoryAllocation <= before.memoryAllocation) return undefined;
  const missing = freezingLimit(config.fees, wanted, canisterMemoryBytes(wanted)) - wanted.balance;
  if (missing <= 0n) return undefined;
  const code = moreCompute ? ErrorCode.InsufficientCyclesInComputeAllocation : ErrorCode.InsufficientCyclesInMemoryAllocation;
  const what = moreCompute ? `compute allocation to ${computeAllocation}%` : `memory allocation to ${memoryAllocation} bytes`;
  return userError(code, `Cannot increase ${what} due to insufficient cycles. At least ${missing} additional cycles are required.`);
}

function wasmMemoryLimitError(canister: CanisterState, wanted: CanisterSettings): UserError | undefined {
  const used = BigInt(canister.heap.wasmPages) * BigInt(WASM_PAGE_BYTES);
  if (wanted.wasmMemoryLimit === canister.settings.wasmMemoryLimit || wanted.wasmMemoryLimit === 0n || used <= wanted.wasmMemoryLimit)
    return undefined;
  return userError(
    ErrorCode.CanisterContractViolation,
    `Could not validate the settings: wasm_memory_limit of ${wanted.wasmMemoryLimit} bytes is below the ${used} bytes that the canister uses`,
  );
}

function reservedCyclesError(canister: CanisterState, wanted: CanisterSettings): UserError | undefined {
  if (canister.reservedBalance <= wanted.reservedCyclesLimit) return undefined;
  return userError(
    ErrorCode.ReservedCyclesLimitIsTooLow,
    `Cannot set the reserved cycles limit ${wanted.reservedCyclesLimit} below the reserved cycles balance of ${canister.reservedBalance}`,
  );
}

/**
 * Why the canister can not have these settings, or undefined.
 * @param before - its allocations now.
 */
export function settingsError(
  state: ReplicatedState,
  config: ExecutionConfig,
  canister: CanisterState,
  before: Allocations,
  settings: CanisterSettings,
): UserError | undefined {
  const wanted = { ...canister, settings };
  return (
    memoryError(state, canister, wanted) ??
    computeError(state, before, settings) ??
    fundsError(config, before, wanted) ??
    reservedCyclesError(canister, settings) ??
    wasmMemoryLimitError(canister, settings)
  );
}
