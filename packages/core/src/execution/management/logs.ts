/**
 * `fetch_canister_logs`, as a query and as a call of a canister.
 * Source: IC interface spec, "fetch_canister_logs"; charges of dfinity/ic.
 * @module
 */
import { managementCanister } from '../../candid/index.ts';
import type { CanisterState, LogRecord } from '../../state/index.ts';
import { RESPONSE_BYTES_MAX } from '../limits.ts';
import { type Answer, type Invocation, rejected, replied } from './answer.ts';
import { logAccessError } from './authorization.ts';
import { FETCH_LOGS_BYTE_INSTRUCTIONS, FETCH_LOGS_INSTRUCTIONS, FETCH_LOGS_RECORD_INSTRUCTIONS } from './limits.ts';

/** Bytes of one record besides its content: index, time and length. */
const RECORD_BYTES = 21;
/** Bytes of the reply besides its records. */
const REPLY_BYTES = 256;

/** The newest records whose reply has at most `bytesMax` bytes, oldest first. */
function newestRecords(logs: readonly LogRecord[], bytesMax: number): readonly LogRecord[] {
  let first = logs.length;
  for (let bytes = REPLY_BYTES; first > 0; first--) {
    bytes += RECORD_BYTES + logs[first - 1]!.content.length;
    if (bytes > bytesMax) break;
  }
  return logs.slice(first);
}

/** The reply of `fetch_canister_logs`. @param bytesMax - longest reply. */
export function encodeCanisterLogs(canister: CanisterState, bytesMax: number): Uint8Array {
  const records = newestRecords([...canister.logs.values()], bytesMax).map(({ index, timestampNs, content }) => ({
    idx: BigInt(index),
    timestamp_nanos: timestampNs,
    content,
  }));
  return managementCanister.fetch_canister_logs.result.encode([{ canister_log_records: records }]);
}

/** `fetch_canister_logs` as a call of a canister. */
export function fetchCanisterLogs(invocation: Invocation, canister: CanisterState): Answer {
  const error = logAccessError(canister, invocation.call.sender);
  if (error !== undefined) return rejected(invocation, error);
  const data = encodeCanisterLogs(canister, RESPONSE_BYTES_MAX);
  const instructions =
    FETCH_LOGS_INSTRUCTIONS +
    FETCH_LOGS_RECORD_INSTRUCTIONS * BigInt(canister.logs.size) +
    FETCH_LOGS_BYTE_INSTRUCTIONS * BigInt(data.length);
  return { ...replied(invocation, data), instructions };
}
