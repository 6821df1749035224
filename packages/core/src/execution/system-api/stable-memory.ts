/**
 * Stable memory: a second memory that outlives upgrades.
 * Source: IC interface spec, "Stable memory".
 * @module
 */
import type { PageMap } from '../../state/index.ts';
import { ErrorCode } from '../error-codes.ts';
import { STABLE_DIRTY_PAGE_INSTRUCTIONS, STABLE_PAGES_MAX, STABLE_PAGES_MAX_32BIT, WASM_PAGE_BYTES } from '../limits.ts';
import { HostTrap } from '../ports.ts';
import { heapOutOfBounds, stableOutOfBounds } from '../traps.ts';
import type { ApiState } from './api-state.ts';
import { growMemory, hasRoomFor } from './memory-growth.ts';

const GROW_FAILED_64 = (1n << 64n) - 1n;
const GROW_FAILED_32 = 0xffff_ffff;
const EXACT_LIMIT = 2n ** 53n;

function writable(api: ApiState): PageMap {
  api.stable ??= api.context.canister.stable.fork();
  return api.stable;
}

function readable(api: ApiState): PageMap {
  return api.stable ?? api.context.canister.stable;
}

function assertSize32(api: ApiState): void {
  if (api.stablePages > STABLE_PAGES_MAX_32BIT) {
    throw new HostTrap({
      code: ErrorCode.CanisterTrapped,
      message: 'Canister trapped: 32 bit stable memory api used on a memory larger than 4GB',
    });
  }
}

/** Checks `[offset, offset + size)` against the stable memory and the addresses against what a number holds exactly. */
function checkRange(api: ApiState, offset: bigint, size: bigint, heapAddress: bigint): void {
  if (offset + size > BigInt(api.stablePages) * BigInt(WASM_PAGE_BYTES)) throw stableOutOfBounds();
  if (heapAddress + size >= EXACT_LIMIT) throw heapOutOfBounds();
}

/** False when the memory can not grow so far, by its limit or by the room that the subnet has. */
function grow(api: ApiState, additional: number, most: number): boolean {
  if (api.stablePages + additional > most) return false;
  const bytes = BigInt(additional) * BigInt(WASM_PAGE_BYTES);
  if (!hasRoomFor(api, bytes)) return false;
  if (additional > 0) growMemory(api, bytes);
  api.stable ??= api.context.canister.stable.fork();
  api.stablePages += additional;
  return true;
}

function read(api: ApiState, destination: number, offset: number, size: number): void {
  // The stable memory may be larger than the host's: what does not fit the heap is not read.
  if (!api.instance.contains(destination, size)) throw heapOutOfBounds();
  api.instance.write(destination, readable(api).read(offset, size));
}

function write(api: ApiState, offset: number, source: number, size: number): void {
  const bytes = api.instance.read(source, size);
  let dirtied = 0;
  const { stableDirtyPagesMax } = api.context;
  writable(api).write(offset, bytes, () => {
    dirtied++;
    if (++api.stableDirtyPages <= stableDirtyPagesMax) return;
    throw new HostTrap({
      code: ErrorCode.CanisterMemoryAccessLimitExceeded,
      message: `Canister exceeded memory access limits: Exceeded the limit for the number of modified pages in the stable memory in a single execution: limit: ${stableDirtyPagesMax} pages`,
    });
  });
  if (dirtied > 0) api.instance.charge(dirtied * STABLE_DIRTY_PAGE_INSTRUCTIONS);
}

export function stable64_size(this: ApiState): bigint {
  return BigInt(this.stablePages);
}

export function stable64_grow(this: ApiState, additional: bigint): bigint {
  const before = this.stablePages;
  if (additional > BigInt(STABLE_PAGES_MAX) || !grow(this, Number(additional), STABLE_PAGES_MAX)) return GROW_FAILED_64;
  return BigInt(before);
}

export function stable64_read(this: ApiState, destination: bigint, offset: bigint, size: bigint): void {
  if (size === 0n) return;
  checkRange(this, offset, size, destination);
  read(this, Number(destination), Number(offset), Number(size));
}

export function stable64_write(this: ApiState, offset: bigint, source: bigint, size: bigint): void {
  if (size === 0n) return;
  checkRange(this, offset, size, source);
  write(this, Number(offset), Number(source), Number(size));
}

export function stable_size(this: ApiState): number {
  assertSize32(this);
  return this.stablePages;
}

export function stable_grow(this: ApiState, additional: number): number {
  assertSize32(this);
  const before = this.stablePages;
  return grow(this, additional, STABLE_PAGES_MAX_32BIT) ? before : GROW_FAILED_32;
}

export function stable_read(this: ApiState, destination: number, offset: number, size: number): void {
  assertSize32(this);
  checkRange(this, BigInt(offset), BigInt(size), BigInt(destination));
  if (size > 0) read(this, destination, offset, size);
}

export function stable_write(this: ApiState, offset: number, source: number, size: number): void {
  assertSize32(this);
  checkRange(this, BigInt(offset), BigInt(size), BigInt(source));
  if (size > 0) write(this, offset, source, size);
}
