/**
 * What happens when a canister asks for more memory, of either kind.
 * Source: IC interface spec, "wasm_memory_limit", "freezing_threshold"; messages of dfinity/ic hypervisor errors.
 * @module
 */
import { ErrorCode } from '../error-codes.ts';
import { freezingLimit } from '../fees.ts';
import { WASM_PAGE_BYTES } from '../limits.ts';
import { growthBeyondAllocation } from '../memory-usage.ts';
import { HostTrap } from '../ports.ts';
import { Mode } from '../system-api-modes.ts';
import type { ApiState } from './api-state.ts';

/** Whether the subnet has room for `bytes` more of the canister. What is not replicated uses nothing up. */
export function hasRoomFor(api: ApiState, bytes: bigint): boolean {
  const { canister, memoryBytes, subnetMemoryAvailable } = api.context;
  return !api.replicated || growthBeyondAllocation(canister, memoryBytes, api.grownBytes + bytes) <= subnetMemoryAvailable;
}

/** Callbacks and cleanups complete calls that were paid for: they may grow a canister that is frozen. */
const GROWS_WHEN_FROZEN = Mode.Ry | Mode.Rt | Mode.C;

/**
 * Accounts for `bytes` more memory.
 * @throws HostTrap when the subnet has no room or the canister could not pay for its freezing period any more.
 */
export function growMemory(api: ApiState, bytes: bigint): void {
  if (!api.replicated) return;
  const { canister, fees } = api.context;
  const grown = api.grownBytes + bytes;
  if (!hasRoomFor(api, bytes)) {
    throw new HostTrap({
      code: ErrorCode.CanisterOutOfMemory,
      message: 'Canister cannot grow its memory usage: the subnet has no memory left',
    });
  }
  const needed = (api.mode & GROWS_WHEN_FROZEN) === 0 ? freezingLimit(fees, canister, api.context.memoryBytes + grown) : 0n;
  if (api.balance < needed) {
    throw new HostTrap({
      code: ErrorCode.InsufficientCyclesInMemoryGrow,
      message: `Canister cannot grow memory by ${bytes} bytes due to insufficient cycles. At least ${needed - api.balance} additional cycles are required.`,
    });
  }
  api.grownBytes = grown;
}

/** `memory.grow` of the main memory: pages of 64 KiB. */
export function memoryGrow(this: ApiState, currentPages: number, additionalPages: number): boolean {
  const limit = this.context.canister.settings.wasmMemoryLimit;
  if (this.context.enforceWasmMemoryLimit && limit > 0n) {
    const bytes = BigInt(currentPages + additionalPages) * BigInt(WASM_PAGE_BYTES);
    if (bytes > limit) {
      throw new HostTrap({
        code: ErrorCode.CanisterWasmMemoryLimitExceeded,
        message: `Canister exceeded its current Wasm memory limit of ${limit} bytes. The peak Wasm memory usage was ${bytes} bytes.`,
      });
    }
  }
  growMemory(this, BigInt(additionalPages) * BigInt(WASM_PAGE_BYTES));
  this.heapGrownPages += additionalPages;
  return true;
}
