/**
 * Printing and trapping on purpose.
 * Source: IC interface spec, "Debugging aids"; charges of dfinity/ic (linker.rs).
 * @module
 */
import { utf8 } from '../../base/index.ts';
import { ErrorCode } from '../error-codes.ts';
import { LOG_BYTES_MAX, LOG_RECORD_OVERHEAD_BYTES } from '../limits.ts';
import { HostTrap } from '../ports.ts';
import type { ApiState } from './api-state.ts';

const LOG_SCAN_INSTRUCTIONS_PER_BYTE = 2;
const LOG_KEEP_INSTRUCTIONS_PER_BYTE = 50;

/** Bytes of a trap's text that are looked at: more never reaches anybody (see `boundMessage`). */
const TRAP_TEXT_BYTES_MAX: number = 16 * 1024;

/** Stands for a text that lies outside the memory: neither function fails for that. */
const OUT_OF_BOUNDS: Uint8Array = utf8('(the message is out of memory bounds)');

/** At most `most` bytes of a text. */
function textAt(api: ApiState, source: number, size: number, most: number): Uint8Array {
  const text = api.instance.contains(source, size) ? api.instance.read(source, Math.min(size, most)) : OUT_OF_BOUNDS;
  return text.length > most ? text.subarray(0, most) : text;
}

/** Keeps the text in the message's log, as far as there is room, and charges for it. */
function log(api: ApiState, source: number, size: number): void {
  const capacity = Math.min(api.context.canister.settings.logMemoryLimit, LOG_BYTES_MAX);
  const free = Math.max(capacity - api.logBytes, 0);
  const kept = Math.min(size, free);
  api.instance.charge(LOG_SCAN_INSTRUCTIONS_PER_BYTE * Math.min(size, capacity) + LOG_KEEP_INSTRUCTIONS_PER_BYTE * kept);
  // Empty texts take room too: else a message could print without end.
  if (api.logBytes + LOG_RECORD_OVERHEAD_BYTES * api.logs.length >= capacity) {
    api.logsUnkept++;
    return;
  }
  const record = textAt(api, source, size, free);
  api.logs.push(record);
  api.logBytes += record.length;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export function debug_print(this: ApiState, source: number, size: number): void {
  log(this, source, size);
}

export function trap(this: ApiState, source: number, size: number): void {
  log(this, source, size);
  const text = decoder.decode(textAt(this, source, size, TRAP_TEXT_BYTES_MAX));
  throw new HostTrap({ code: ErrorCode.CanisterCalledTrap, message: `Canister called \`ic0.trap\` with message: '${text}'` });
}
