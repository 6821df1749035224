/**
 * Batches as bytes, for the input log. CBOR arrays with fixed positions: a record is read back exactly as it was written or refused.
 * @module
 */
import { IcError, type PrincipalId, principalFromBytes, principalToBytes, fromHex, toHex } from '@myelin/core/base';
import { type CborValue, decodeCbor, encodeCbor } from '@myelin/core/codec';
import type { Batch } from '@myelin/core/execution';
import type { IngressMessage } from '@myelin/core/state';

const LIMITS = { depthMax: 8, itemsMax: 1_000_000, bytesMax: 512 * 1024 * 1024 };

function encodeIngress(message: IngressMessage): CborValue[] {
  return [
    fromHex(message.requestId),
    principalToBytes(message.sender),
    principalToBytes(message.receiver),
    principalToBytes(message.effectiveCanisterId),
    message.methodName,
    message.arg,
    message.expiryNs,
    message.senderInfo === undefined ? null : [message.senderInfo.info, principalToBytes(message.senderInfo.signer)],
  ];
}

export function encodeBatch(batch: Batch): Uint8Array {
  return encodeCbor([
    batch.height,
    batch.timeNs,
    batch.protocolVersion,
    batch.randomness,
    batch.heartbeat,
    batch.ingress.map(encodeIngress),
  ]);
}

class Fields {
  readonly #values: readonly CborValue[];
  #next = 0;

  constructor(value: CborValue | undefined, count: number) {
    if (!Array.isArray(value) || value.length !== count) throw malformed();
    this.#values = value as readonly CborValue[];
  }

  take(): CborValue {
    return this.#values[this.#next++] as CborValue;
  }

  bigint(): bigint {
    const value = this.take();
    if (typeof value === 'bigint') return value;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
    throw malformed();
  }

  number(): number {
    return Number(this.bigint());
  }

  bytes(): Uint8Array {
    const value = this.take();
    if (!(value instanceof Uint8Array)) throw malformed();
    return value.slice();
  }

  text(): string {
    const value = this.take();
    if (typeof value !== 'string') throw malformed();
    return value;
  }

  boolean(): boolean {
    const value = this.take();
    if (typeof value !== 'boolean') throw malformed();
    return value;
  }

  principal(): PrincipalId {
    return principalFromBytes(this.bytes());
  }
}

function malformed(): IcError {
  return new IcError(
    { code: 'BATCH_MALFORMED' },
    'a record of the input log is not a batch: the log was written by another version, or damaged',
  );
}

function decodeIngress(value: CborValue): IngressMessage {
  const fields = new Fields(value, 8);
  const message: IngressMessage = {
    kind: 'ingress',
    requestId: toHex(fields.bytes()),
    sender: fields.principal(),
    receiver: fields.principal(),
    effectiveCanisterId: fields.principal(),
    methodName: fields.text(),
    arg: fields.bytes(),
    expiryNs: fields.bigint(),
  };
  const info = fields.take();
  if (info === null) return message;
  const parts = new Fields(info, 2);
  return { ...message, senderInfo: { info: parts.bytes(), signer: parts.principal() } };
}

/** @throws IcError `BATCH_MALFORMED`, or a `CBOR_…` code. */
export function decodeBatch(bytes: Uint8Array): Batch {
  const fields = new Fields(decodeCbor(bytes, LIMITS), 6);
  const head = {
    height: fields.bigint(),
    timeNs: fields.bigint(),
    protocolVersion: fields.number(),
    randomness: fields.bytes(),
    heartbeat: fields.boolean(),
  };
  const ingress = fields.take();
  if (!Array.isArray(ingress)) throw malformed();
  return { ...head, ingress: (ingress as readonly CborValue[]).map(decodeIngress) };
}
