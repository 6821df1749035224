/**
 * Checkpoints: a state on disk, from which a node starts without running everything that ever happened.
 * @module
 */
import { decodeStateValue, encodeStateValue, type RecordChange } from '@myelin/core/state';

/** What identifies a checkpoint. */
export type CheckpointMark = {
  readonly height: bigint;
  /** Full digest of the state, 32 bytes: what was read back is compared with it before it is used. */
  readonly digest: Uint8Array;
  readonly protocolVersion: number;
};

const DIGEST_BYTES = 32;

/** A mark as bytes. */
export function encodeMark(mark: CheckpointMark): Uint8Array {
  return encodeStateValue(mark);
}

/** @throws IcError `STATE_RECORD_MALFORMED`, Error */
export function decodeMark(bytes: Uint8Array): CheckpointMark {
  const mark = decodeStateValue(bytes) as Partial<CheckpointMark> | null | undefined;
  const { height, digest, protocolVersion } = mark ?? {};
  const isMark =
    typeof height === 'bigint' &&
    height >= 0n &&
    digest instanceof Uint8Array &&
    digest.length === DIGEST_BYTES &&
    Number.isSafeInteger(protocolVersion);
  if (!isMark) throw new Error('what identifies it is malformed');
  return mark as CheckpointMark;
}

export type StateRecord = { readonly key: Uint8Array; readonly value: Uint8Array };

/** Where the newest checkpoint is kept. A new one replaces it as a whole or not at all. */
export interface CheckpointStore {
  /** The newest complete checkpoint; undefined when there is none. */
  readonly mark: CheckpointMark | undefined;
  /** Its records, in the order of their keys. Not to be walked while a checkpoint is written. */
  records(which?: 'all' | 'without pages'): Iterable<StateRecord>;
  /** The value of one record; undefined when there is none. At any time: it is that of the newest complete checkpoint. */
  read(key: Uint8Array): Uint8Array | undefined;
  /**
   * Replaces the checkpoint by the one that differs from it by `changes`. Takes its time without keeping the caller's thread: `changes` is read in
   * small parts.
   * @returns when the new checkpoint is durable.
   */
  write(mark: CheckpointMark, changes: Iterable<RecordChange> | AsyncIterable<RecordChange>): Promise<void>;
  close(): Promise<void>;
}
