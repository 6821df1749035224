/**
 * How much memory a canister uses, part by part, as `canister_status` reports it and as storage is billed.
 * @module
 */
import { type CanisterState, type ReplicatedState, timeKey } from '../state/index.ts';
import { CHUNK_BYTES_MAX, RESOURCE_CHARGE_INTERVAL_NS, SUBNET_MEMORY_BYTES_MAX, WASM_PAGE_BYTES } from './limits.ts';

const PAGE = BigInt(WASM_PAGE_BYTES);
/** Bytes counted for one entry of the canister history. */
const HISTORY_ENTRY_BYTES = 128n;

export type MemoryMetrics = {
  readonly wasmMemory: bigint;
  readonly stableMemory: bigint;
  readonly globals: bigint;
  readonly wasmBinary: bigint;
  readonly customSections: bigint;
  readonly history: bigint;
  readonly chunkStore: bigint;
  readonly logs: bigint;
};

export function memoryMetrics(canister: CanisterState): MemoryMetrics {
  return {
    wasmMemory: BigInt(canister.heap.wasmPages) * PAGE,
    stableMemory: BigInt(canister.stablePages) * PAGE,
    globals: BigInt(canister.heap.globals.length),
    wasmBinary: BigInt(canister.module?.source.length ?? 0),
    customSections: BigInt(canister.module?.info.metadataBytes ?? 0),
    history: HISTORY_ENTRY_BYTES * BigInt(canister.history.length),
    chunkStore: BigInt(canister.chunkStore.size) * BigInt(CHUNK_BYTES_MAX),
    logs: BigInt(canister.logBytes),
  };
}

/** All bytes of a canister: far below 2^53. */
export function canisterMemoryBytes(canister: CanisterState): bigint {
  const fixed =
    canister.heap.globals.length +
    (canister.module === undefined ? 0 : canister.module.source.length + canister.module.info.metadataBytes) +
    Number(HISTORY_ENTRY_BYTES) * canister.history.length +
    canister.chunkStore.size * CHUNK_BYTES_MAX +
    canister.logBytes;
  return BigInt((canister.heap.wasmPages + canister.stablePages) * WASM_PAGE_BYTES + fixed);
}

/** Bytes that the canister's allocation keeps free for it besides the `used` ones. */
export function reservedMemoryBytes(canister: CanisterState, used: bigint): bigint {
  const { memoryAllocation } = canister.settings;
  return memoryAllocation > used ? memoryAllocation - used : 0n;
}

/** Bytes of a growth that the canister's allocation does not cover: what the subnet must have free. */
export function growthBeyondAllocation(canister: CanisterState, used: bigint, growth: bigint): bigint {
  const beyond = growth - reservedMemoryBytes(canister, used);
  return beyond > 0n ? beyond : 0n;
}

/** Bytes that the subnet can still give out. */
export function availableSubnetMemory(state: ReplicatedState): bigint {
  return SUBNET_MEMORY_BYTES_MAX - state.memoryBytes - state.reservedMemoryBytes;
}

/** Whether a canister has anything that is paid for by time. */
export function hasCharges(canister: CanisterState): boolean {
  return canister.countedBytes !== 0n || canister.reservedBytes !== 0n || canister.settings.computeAllocation !== 0;
}

/** Notes when a canister is charged next; 0 for never. */
export function scheduleCharge(state: ReplicatedState, canister: CanisterState, timeNs: bigint): void {
  if (canister.nextChargeNs > 0n) state.charges.delete(timeKey(canister.nextChargeNs) + canister.id);
  canister.nextChargeNs = timeNs;
  if (timeNs > 0n) state.charges.set(timeKey(timeNs) + canister.id, canister.id);
}

/** A canister with neither memory nor allocations is not charged: what it gets now is charged for from now on. */
export function beginCharges(state: ReplicatedState, canister: CanisterState): void {
  if (!hasCharges(canister)) canister.chargedUntilNs = state.timeNs;
}

function scheduleFirstCharge(state: ReplicatedState, canister: CanisterState): void {
  if (canister.nextChargeNs === 0n && hasCharges(canister)) scheduleCharge(state, canister, state.timeNs + RESOURCE_CHARGE_INTERVAL_NS);
}

/** Brings the memory of the subnet up to date with what this canister uses now. */
export function recountMemory(state: ReplicatedState, canister: CanisterState): void {
  beginCharges(state, canister);
  const bytes = canisterMemoryBytes(canister);
  const reserved = reservedMemoryBytes(canister, bytes);
  state.memoryBytes += bytes - canister.countedBytes;
  state.reservedMemoryBytes += reserved - canister.reservedBytes;
  canister.countedBytes = bytes;
  canister.reservedBytes = reserved;
  scheduleFirstCharge(state, canister);
}
