/**
 * The log of a canister: a ring of records within the size of the settings.
 * @module
 */
import { utf8 } from '../base/index.ts';
import type { CanisterState } from '../state/index.ts';
import { LOG_RECORD_OVERHEAD_BYTES } from './limits.ts';

/** Appends records; the oldest give way. */
export function appendLog(canister: CanisterState, timestampNs: bigint, contents: readonly Uint8Array[]): void {
  const limit = canister.settings.logMemoryLimit;
  if (contents.length === 0 || limit === 0) return;
  for (const content of contents) {
    const kept = content.subarray(0, Math.max(limit - LOG_RECORD_OVERHEAD_BYTES, 0));
    canister.logs.push({ index: canister.nextLogIndex++, timestampNs, content: kept.slice() });
    canister.logBytes += kept.length + LOG_RECORD_OVERHEAD_BYTES;
  }
  trimLog(canister);
}

/** Drops the oldest records until the rest fits the size of the settings. */
export function trimLog(canister: CanisterState): void {
  const { logs, settings } = canister;
  while (canister.logBytes > settings.logMemoryLimit) {
    const oldest = logs.shift();
    if (oldest === undefined) return;
    canister.logBytes -= oldest.content.length + LOG_RECORD_OVERHEAD_BYTES;
  }
}

/** The text that a trap leaves in the log. */
export function trapLogEntry(message: string): Uint8Array {
  return utf8(`[TRAP]: ${message}`);
}
