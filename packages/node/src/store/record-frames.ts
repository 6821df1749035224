/**
 * Records on their way to the thread that writes them: many in one buffer, so that handing them over copies nothing.
 *
 * A record is `length of the key (4 bytes, little-endian) · length of the value, or 2^32 - 1 without one · key · value`.
 * @module
 */
import type { RecordChange } from '@myelin/core/state';

/** Bytes before the key. */
export const RECORD_HEAD_BYTES = 8;
const NO_VALUE = 0xffff_ffff;

function sizeOf({ key, value }: RecordChange): number {
  return RECORD_HEAD_BYTES + key.length + (value?.length ?? 0);
}

/** The records in one buffer. */
export function packRecords(records: readonly RecordChange[]): ArrayBuffer {
  const bytes = new Uint8Array(records.reduce((size, record) => size + sizeOf(record), 0));
  const view = new DataView(bytes.buffer);
  let offset = 0;
  for (const record of records) {
    const { key, value } = record;
    view.setUint32(offset, key.length, true);
    view.setUint32(offset + 4, value === undefined ? NO_VALUE : value.length, true);
    bytes.set(key, offset + RECORD_HEAD_BYTES);
    if (value !== undefined) bytes.set(value, offset + RECORD_HEAD_BYTES + key.length);
    offset += sizeOf(record);
  }
  return bytes.buffer;
}

/** Parts of one buffer; they share its memory. */
export function* unpackRecords(buffer: ArrayBuffer): Generator<RecordChange, void, undefined> {
  const view = new DataView(buffer);
  for (let offset = 0; offset < buffer.byteLength;) {
    const keyLength = view.getUint32(offset, true);
    const valueLength = view.getUint32(offset + 4, true);
    const keyAt = offset + RECORD_HEAD_BYTES;
    const valueAt = keyAt + keyLength;
    const hasValue = valueLength !== NO_VALUE;
    yield {
      key: new Uint8Array(buffer, keyAt, keyLength),
      value: hasValue ? new Uint8Array(buffer, valueAt, valueLength) : undefined,
    };
    offset = valueAt + (hasValue ? valueLength : 0);
  }
}
