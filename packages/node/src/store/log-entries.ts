/**
 * What the input log holds: batches, and now and then the digest of the state between two of them, so that a replay can be compared.
 * @module
 */
import { IcError } from '@myelin/core/base';
import { type CborValue, decodeCbor, encodeCbor } from '@myelin/core/codec';
import type { Batch } from '@myelin/core/execution';
import { decodeBatch, encodeBatch } from './batch-codec.ts';

export type LogEntry =
  | { readonly kind: 'batch'; readonly batch: Batch }
  /** Full digest of the state after the batch of that height, 32 bytes. */
  | { readonly kind: 'digest'; readonly height: bigint; readonly digest: Uint8Array };

const LIMITS = { depthMax: 2, itemsMax: 1_000_000, bytesMax: 512 * 1024 * 1024 };
const KIND = { batch: 0, digest: 1 } as const;

function malformed(): IcError {
  return new IcError(
    { code: 'BATCH_MALFORMED' },
    'a record of the input log is not a batch: the log was written by another version, or damaged',
  );
}

export function encodeEntry(entry: LogEntry): Uint8Array {
  return entry.kind === 'batch'
    ? encodeCbor([KIND.batch, encodeBatch(entry.batch)])
    : encodeCbor([KIND.digest, entry.height, entry.digest]);
}

function list(bytes: Uint8Array): readonly CborValue[] {
  const value = decodeCbor(bytes, LIMITS);
  if (!Array.isArray(value)) throw malformed();
  return value as readonly CborValue[];
}

/** @throws IcError `BATCH_MALFORMED`, or a `CBOR_…` code. */
export function decodeEntry(bytes: Uint8Array): LogEntry {
  const [kind, first, second] = list(bytes);
  if (kind === KIND.batch && first instanceof Uint8Array) return { kind: 'batch', batch: decodeBatch(first) };
  const isHeight = typeof first === 'number' || typeof first === 'bigint';
  if (kind === KIND.digest && isHeight && second instanceof Uint8Array)
    return { kind: 'digest', height: BigInt(first), digest: second.slice() };
  throw malformed();
}

/** Several encoded entries as one record. */
export function encodeEntries(entries: readonly Uint8Array[]): Uint8Array {
  return encodeCbor([...entries]);
}

/** @throws IcError `BATCH_MALFORMED`, or a `CBOR_…` code. */
export function decodeEntries(bytes: Uint8Array): Uint8Array[] {
  return list(bytes).map((item) => {
    if (!(item instanceof Uint8Array)) throw malformed();
    return item;
  });
}
