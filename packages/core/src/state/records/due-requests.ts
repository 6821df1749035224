/**
 * Requests that are pruned together, and what became of them, as records. Requests that ended in one batch are written together and go together:
 * one by one, by their ids, which are hashes, they would touch every page of a store.
 *
 * A record begins with three numbers of four bytes, the lowest first: of its requests, of the bytes that describe them, of the requests whose hash
 * it has, all or none; and with one of eight bytes: what its requests add to the bytes of the history. For each request follow the length of its id,
 * one byte; the id; the length of its status, four bytes; the canonical bytes of the status. Then the hashes, 32 bytes each, that the requests have in
 * the canonical state tree.
 * @module
 */
import { equalBytes, fromHex, type Hasher, IcError, joinBytes, present, toHex } from '../../base/index.ts';
import { decodeStateValue } from '../decode-state-value.ts';
import { DIGEST_BYTES } from '../digest.ts';
import { encodeStateValue, encodeStateValues } from '../encode-state-value.ts';
import { type DueEntries, dueRequestIds, type IngressHistory, type IngressStatus, ingressStatusBytes } from '../ingress-history.ts';
import { ValueAtRest } from '../requests/index.ts';

/** A record whose requests take more has one of them only. Another value divides the same requests differently: a store then needs another format. */
const RECORD_BYTES_MAX: number = 256 * 1024;
const NUMBER_BYTES = 4;
const SUM_OFFSET: number = 3 * NUMBER_BYTES;
const HEAD_BYTES: number = SUM_OFFSET + 8;

function malformed(): IcError {
  return new IcError({ code: 'STATE_RECORD_MALFORMED' }, 'a record of requests is not what this version writes: it is cut off, or damaged');
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function numbers(...values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * NUMBER_BYTES);
  const view = viewOf(bytes);
  for (const [index, value] of values.entries()) view.setUint32(index * NUMBER_BYTES, value, true);
  return bytes;
}

/** A record by its parts. @property bytes - what its requests add to the history */
type Parts = {
  readonly count: number;
  readonly bytes: number;
  readonly requests: Uint8Array;
  readonly hashes: Uint8Array | undefined;
};

/** @throws IcError `STATE_RECORD_MALFORMED` */
function partsOf(record: Uint8Array): Parts {
  if (record.length < HEAD_BYTES) throw malformed();
  const view = viewOf(record);
  const count = view.getUint32(0, true);
  const end = HEAD_BYTES + view.getUint32(NUMBER_BYTES, true);
  const hashed = view.getUint32(2 * NUMBER_BYTES, true);
  const bytes = Number(view.getBigUint64(SUM_OFFSET, true));
  if (count === 0 || (hashed !== 0 && hashed !== count) || record.length !== end + hashed * DIGEST_BYTES || !Number.isSafeInteger(bytes))
    throw malformed();
  return { count, bytes, requests: record.subarray(HEAD_BYTES, end), hashes: hashed === 0 ? undefined : record.subarray(end) };
}

/** A request in a record: its id, and the canonical bytes of its status. */
type Described = { readonly id: Uint8Array; readonly content: Uint8Array };

/** @throws IcError `STATE_RECORD_MALFORMED` */
function* described(requests: Uint8Array): Generator<Described, void, undefined> {
  const view = viewOf(requests);
  for (let at = 0; at < requests.length;) {
    const idEnd = at + 1 + requests[at]!;
    const start = idEnd + NUMBER_BYTES;
    if (start > requests.length) throw malformed();
    const end = start + view.getUint32(idEnd, true);
    if (end > requests.length) throw malformed();
    yield { id: requests.subarray(at + 1, idEnd), content: requests.subarray(start, end) };
    at = end;
  }
}

/** A request of a record. @property hash - that of the canonical state tree, when it was taken */
export type DueRequest = { readonly requestId: string; readonly content: Uint8Array; readonly hash: Uint8Array | undefined };

/** @throws IcError `STATE_RECORD_MALFORMED` */
export function decodeDueRecord(record: Uint8Array): { readonly bytes: number; readonly requests: readonly DueRequest[] } {
  const { count, bytes, requests, hashes } = partsOf(record);
  const found = [...described(requests)].map(({ id, content }, index) => ({
    requestId: toHex(id),
    content,
    hash: hashes?.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES),
  }));
  if (found.length !== count) throw malformed();
  return { bytes, requests: found };
}

/** @throws IcError `STATE_RECORD_MALFORMED` unless it is a final status */
export function decodeDueStatus(content: Uint8Array): IngressStatus {
  const status = (decodeStateValue(content) ?? {}) as Readonly<Record<string, unknown>>;
  const isText = (...names: readonly string[]): boolean => names.every((name) => typeof status[name] === 'string');
  const isOutcome =
    status['status'] === 'done' ||
    (status['status'] === 'replied' && status['reply'] instanceof Uint8Array) ||
    (status['status'] === 'rejected' && Number.isSafeInteger(status['rejectCode']) && isText('rejectMessage', 'errorCode'));
  if (!isOutcome || !isText('sender', 'receiver') || typeof status['expiryNs'] !== 'bigint') throw malformed();
  return status as IngressStatus;
}

/** The records of requests that are pruned together; a status is made of them when somebody looks at it. */
export class DueRecords extends ValueAtRest<IngressStatus> {
  readonly records: readonly Uint8Array[];
  /** Whether each request has its hash. */
  readonly isHashed: boolean;

  constructor(records: readonly Uint8Array[]) {
    super();
    this.records = records;
    this.isHashed = records.every((record) => partsOf(record).hashes !== undefined);
  }

  load(requestId: string): IngressStatus {
    const wanted = fromHex(requestId);
    for (const record of this.records) {
      for (const { id, content } of described(partsOf(record).requests)) if (equalBytes(id, wanted)) return decodeDueStatus(content);
    }
    throw new IcError({ code: 'STATE_RECORD_MALFORMED' }, `the records of the state lack the request ${requestId}`);
  }

  requestIds(): string[] {
    return this.records.flatMap((record) => [...described(partsOf(record).requests)].map(({ id }) => toHex(id)));
  }

  /** Hash of the requests and their statuses. It does not depend on how they are divided into records, nor on whether these have hashes. */
  digest(time: string, bytes: number, hasher: Hasher): Uint8Array {
    return hasher.sha256(joinBytes([encodeStateValues(time, bytes), ...this.records.map((record) => partsOf(record).requests)]));
  }
}

/** A record whose requests are coming. */
class OpenRecord {
  readonly #requests: Uint8Array[] = [];
  readonly #hashes: Uint8Array[] = [];
  #count = 0;
  #bytes = 0;
  /** Of what describes the requests. */
  length = 0;

  add(requestId: string, status: IngressStatus, content: Uint8Array, hash: Uint8Array | undefined): void {
    const id = fromHex(requestId);
    this.#requests.push(Uint8Array.of(id.length), id, numbers(content.length), content);
    if (hash !== undefined) this.#hashes.push(hash);
    this.#count++;
    this.#bytes += ingressStatusBytes(status);
    this.length += 1 + id.length + NUMBER_BYTES + content.length;
  }

  finish(): Uint8Array {
    const hashes = this.#hashes.length === this.#count ? this.#hashes : [];
    const sum = new Uint8Array(HEAD_BYTES - SUM_OFFSET);
    viewOf(sum).setBigUint64(0, BigInt(this.#bytes), true);
    return joinBytes([numbers(this.#count, this.length, hashes.length), sum, ...this.#requests, ...hashes]);
  }
}

function encodeDue(due: DueEntries, entries: IngressHistory['entries']): DueRecords {
  const records: Uint8Array[] = [];
  let open = new OpenRecord();
  for (const requestId of dueRequestIds(due)) {
    const status = present(entries.get(requestId), 'a request that is to be pruned has a status');
    const content = encodeStateValue(status);
    if (open.length > 0 && open.length + content.length > RECORD_BYTES_MAX) {
      records.push(open.finish());
      open = new OpenRecord();
    }
    open.add(requestId, status, content, entries.hashOf(requestId));
  }
  records.push(open.finish());
  return new DueRecords(records);
}

/**
 * The records of requests that are pruned together, made once.
 * @param entries - of a state that is not changed any more.
 */
export function dueRecords(due: DueEntries, entries: IngressHistory['entries']): DueRecords {
  // Those that were made before their hashes were taken are made again.
  if (due.records?.isHashed === true) return due.records;
  due.records = encodeDue(due, entries);
  due.requestIds.length = 0;
  return due.records;
}

/**
 * Lets the statuses of requests that are pruned together rest in their records: a history of five minutes has a million of them, and as objects each is
 * a handful that the collector of garbage would walk through again and again. Requests whose hashes were not taken stay as they are.
 * @param entries - of a published state while no batch runs: what a batch has copied meanwhile would stay as it is.
 */
export function restDueRequests(due: DueEntries, entries: IngressHistory['entries']): void {
  // A copy: a group has no list of its own once there are records.
  const requestIds = [...dueRequestIds(due)];
  const [first] = requestIds;
  if (first === undefined || entries.hashOf(first) === undefined) return;
  const records = dueRecords(due, entries);
  for (const requestId of requestIds) entries.rest(requestId, records);
}
