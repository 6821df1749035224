/**
 * Printing and trapping on purpose.
 * Source: IC interface spec, "Debugging aids"; charges of dfinity/ic (linker.rs).
 * @module
 */
import { ErrorCode } from '../error-codes.ts';
import { LOG_BYTES_MAX } from '../limits.ts';
import { HostTrap } from '../ports.ts';
import type { ApiState } from './api-state.ts';

const LOG_SCAN_INSTRUCTIONS_PER_BYTE = 2;
const LOG_KEEP_INSTRUCTIONS_PER_BYTE = 50;

/** Keeps the text in the message's log, as far as there is room, and charges for it. */
function log(api: ApiState, source: number, size: number): Uint8Array {
  const capacity = Math.min(api.context.canister.settings.logMemoryLimit, LOG_BYTES_MAX);
  const free = Math.max(capacity - api.logBytes, 0);
  const kept = Math.min(size, free);
  api.instance.charge(LOG_SCAN_INSTRUCTIONS_PER_BYTE * Math.min(size, capacity) + LOG_KEEP_INSTRUCTIONS_PER_BYTE * kept);
  const text = api.instance.read(source, size);
  if (capacity > 0) {
    api.logs.push(text.subarray(0, kept));
    api.logBytes += kept;
  }
  return text;
}

const decoder = new TextDecoder();

export function debug_print(this: ApiState, source: number, size: number): void {
  log(this, source, size);
}

export function trap(this: ApiState, source: number, size: number): void {
  const text = decoder.decode(log(this, source, size));
  throw new HostTrap({ code: ErrorCode.CanisterCalledTrap, message: `Canister called \`ic0.trap\` with message: '${text}'` });
}
