/**
 * Hundreds of thousands of signed requests, made before the clock starts, each valid at the time when it will be sent.
 *
 * The requests of a sender differ in nonce, expiry and signature alone. So a request is kept as its signature, and written into a copy
 * of the sender's envelope when its turn comes. What is sent is byte for byte what {@link createRequestSigner} would encode.
 * Source: IC interface specification, "Authentication".
 * @module
 */
import { hash, randomBytes } from 'node:crypto';
import { concatBytes, principalFromText, principalToBytes, selfAuthenticatingPrincipal } from '@myelin/core/base';
import { encodeSelfDescribedCbor, encodeUleb128 } from '@myelin/core/codec';
import { REQUEST_SEPARATOR } from '@myelin/core/crypto';
import { createNodeEd25519Signer, nodeHasher } from '@myelin/node/crypto';

/** What all requests of a load have in common. */
export type SignedLoadOptions = {
  readonly kind: 'call' | 'query';
  /** In textual form. */
  readonly canisterId: string;
  readonly methodName: string;
  readonly arg: Uint8Array;
  /** Different Ed25519 identities; request `i` is of sender `i % senders`. */
  readonly senders: number;
  readonly count: number;
  /** When request 0 is about to be sent; milliseconds since 1970. */
  readonly startMs: number;
  readonly ratePerSecond: number;
  /** Validity beyond the planned time, milliseconds: requests may be sent this late. */
  readonly validMs?: number;
};

export type SignedLoad = {
  /** Head and body of a request; distinct memory for each, to be written once. */
  request(index: number): Buffer;
  /** Body of a request. */
  body(index: number): Buffer;
  requestId(index: number): Buffer;
};

const NONCE_BYTES = 16;
const SIGNATURE_BYTES = 64;
/** Nodes take up to five minutes, so requests may be sent this late or 100 s early. */
const VALID_MS = 200_000;
const NS_PER_MS = 1_000_000n;

type Sender = {
  readonly sign: (message: Uint8Array) => Uint8Array;
  /** Head and body, with zeros where requests differ. */
  readonly template: Buffer;
  readonly headBytes: number;
  readonly at: { readonly nonce: number; readonly expiry: number; readonly signature: number };
  /** Pairs of hashes of names and values, in order, and where those of the two fields that differ are. */
  readonly pairs: Buffer;
  readonly hashesAt: { readonly nonce: number; readonly expiry: number };
};

const sha256 = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');

function indexOfOnce(bytes: Buffer, part: Uint8Array): number {
  const at = bytes.indexOf(part);
  if (at < 0 || bytes.indexOf(part, at + 1) >= 0) throw new Error('a mark occurs not once in the template');
  return at;
}

/** Fields whose hashes are the same for all requests of a sender. */
function hashPairs(fields: Readonly<Record<string, Uint8Array>>): { pairs: Buffer; at: (name: string) => number } {
  const nameHashes = Object.keys(fields).map((name) => ({ name, hash: sha256(Buffer.from(name)) }));
  nameHashes.sort((a, b) => Buffer.compare(a.hash, b.hash));
  const pairs = Buffer.concat(nameHashes.flatMap(({ name, hash: ofName }) => [ofName, sha256(fields[name]!)]));
  return { pairs, at: (name) => nameHashes.findIndex((entry) => entry.name === name) * 64 + 32 };
}

function createSender(options: SignedLoadOptions, number: number): Sender {
  const seed = sha256(Buffer.from(`load sender ${number}`));
  const signer = createNodeEd25519Signer(seed);
  const sender = principalToBytes(selfAuthenticatingPrincipal(signer.publicKeyDer, nodeHasher));
  const canisterId = principalToBytes(principalFromText(options.canisterId));
  // Marks that occur nowhere else; an expiry of this century has eight bytes, as this one.
  const nonce = sha256(Buffer.from('nonce')).subarray(0, NONCE_BYTES);
  const expiry = sha256(Buffer.from('expiry')).readBigUInt64BE() | (1n << 60n);
  const expiryBytes = Buffer.alloc(8);
  expiryBytes.writeBigUInt64BE(expiry);
  const signature = Buffer.alloc(SIGNATURE_BYTES, 0xa7);
  const { kind, methodName, arg } = options;
  const fields = { request_type: kind, sender, canister_id: canisterId, method_name: methodName, arg, ingress_expiry: expiry, nonce };
  const body = Buffer.from(encodeSelfDescribedCbor({ content: fields, sender_pubkey: signer.publicKeyDer, sender_sig: signature }));
  const version = kind === 'call' ? 'v4' : 'v3';
  const head = Buffer.from(
    `POST /api/${version}/canister/${options.canisterId}/${kind} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/cbor\r\n` +
      `content-length: ${body.length}\r\n\r\n`,
  );
  const template = Buffer.concat([head, body]);
  const { pairs, at } = hashPairs({
    request_type: Buffer.from(kind),
    sender,
    canister_id: canisterId,
    method_name: Buffer.from(methodName),
    arg,
    ingress_expiry: expiryBytes,
    nonce,
  });
  return {
    sign: signer.sign,
    template,
    headBytes: head.length,
    at: {
      nonce: indexOfOnce(template, nonce),
      expiry: indexOfOnce(template, expiryBytes),
      signature: indexOfOnce(template, signature),
    },
    pairs,
    hashesAt: { nonce: at('nonce'), expiry: at('ingress_expiry') },
  };
}

/** Signs all requests; some 40 microseconds and 64 bytes for each. */
export function signLoad(options: SignedLoadOptions): SignedLoad {
  const { count, startMs, ratePerSecond, validMs = VALID_MS } = options;
  const senders = Array.from({ length: options.senders }, (_, number) => createSender(options, number));
  const signatures = Buffer.alloc(count * SIGNATURE_BYTES);
  const run = randomBytes(8);
  const senderOf = (index: number): Sender => senders[index % senders.length]!;
  const nonceOf = (index: number): Buffer => {
    const nonce = Buffer.alloc(NONCE_BYTES);
    run.copy(nonce);
    nonce.writeBigUInt64BE(BigInt(index), 8);
    return nonce;
  };
  const plannedMs = (index: number): number => (ratePerSecond === Infinity ? 0 : (index * 1_000) / ratePerSecond);
  const expiryOf = (index: number): bigint => BigInt(Math.round(startMs + plannedMs(index)) + validMs) * NS_PER_MS;
  const requestId = (index: number): Buffer => {
    const { pairs, hashesAt } = senderOf(index);
    sha256(nonceOf(index)).copy(pairs, hashesAt.nonce);
    sha256(encodeUleb128(expiryOf(index))).copy(pairs, hashesAt.expiry);
    return sha256(pairs);
  };
  for (let index = 0; index < count; index++) {
    const signature = senderOf(index).sign(concatBytes(REQUEST_SEPARATOR, requestId(index)));
    signatures.set(signature, index * SIGNATURE_BYTES);
  }
  const request = (index: number): Buffer => {
    const { template, at } = senderOf(index);
    const bytes = Buffer.from(template);
    nonceOf(index).copy(bytes, at.nonce);
    bytes.writeBigUInt64BE(expiryOf(index), at.expiry);
    signatures.copy(bytes, at.signature, index * SIGNATURE_BYTES, (index + 1) * SIGNATURE_BYTES);
    return bytes;
  };
  return { request, body: (index) => request(index).subarray(senderOf(index).headBytes), requestId };
}
