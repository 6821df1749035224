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
  const logs = [...canister.logs];
  for (const content of contents) {
    const kept = content.subarray(0, Math.max(limit - LOG_RECORD_OVERHEAD_BYTES, 0));
    logs.push({ index: canister.nextLogIndex++, timestampNs, content: kept.slice() });
    canister.logBytes += kept.length + LOG_RECORD_OVERHEAD_BYTES;
  }
  canister.logs = logs;
  trimLog(canister);
}

/** Drops the oldest records until the rest fits the size of the settings. */
export function trimLog(canister: CanisterState): void {
  const { logs, settings } = canister;
  let dropped = 0;
  while (canister.logBytes > settings.logMemoryLimit && dropped < logs.length) {
    canister.logBytes -= logs[dropped++]!.content.length + LOG_RECORD_OVERHEAD_BYTES;
  }
  if (dropped > 0) canister.logs = logs.slice(dropped);
}

/** The text that a trap leaves in the log. */
export function trapLogEntry(message: string): Uint8Array {
  return utf8(`[TRAP]: ${message}`);
}
