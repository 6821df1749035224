/**
 * Envelopes: a request and what authenticates it, as they arrive at the HTTPS endpoints.
 *
 * Source: IC interface specification, "HTTPS interface", "Authentication".
 * @module
 */
import type { PrincipalId } from '../base/index.ts';
import type { LabelPath } from '../certification/index.ts';
import type { CborMap } from '../codec/index.ts';

/** Which endpoint a request is for; also the value of its `request_type`. */
export type RequestKind = 'call' | 'query' | 'read_state';

/** Information about the sender that a canister vouches for. */
export type SenderInfo = { readonly info: Uint8Array; readonly signer: PrincipalId; readonly sig: Uint8Array };

type CommonContent = {
  readonly sender: PrincipalId;
  /** Nanoseconds since 1970. */
  readonly ingressExpiry: bigint;
  /** At most 32 bytes. */
  readonly nonce?: Uint8Array;
};

/** Content of a call of a canister method. */
export type MethodContent<Kind extends 'call' | 'query'> = CommonContent & {
  readonly requestType: Kind;
  readonly canisterId: PrincipalId;
  readonly methodName: string;
  readonly arg: Uint8Array;
  readonly senderInfo?: SenderInfo;
};

export type CallContent = MethodContent<'call'>;
export type QueryContent = MethodContent<'query'>;
export type ReadStateContent = CommonContent & { readonly requestType: 'read_state'; readonly paths: readonly LabelPath[] };

type Contents = { readonly call: CallContent; readonly query: QueryContent; readonly read_state: ReadStateContent };

/** The content that belongs to a kind of request. */
export type ContentOf<Kind extends RequestKind> = Contents[Kind];

export type RequestContent = ContentOf<RequestKind>;

/** One link of a chain from `sender_pubkey` to the key that signed the request. */
export type SignedDelegation = {
  /** DER-encoded key that may sign from here on. */
  readonly pubkey: Uint8Array;
  /** Nanoseconds since 1970. */
  readonly expiration: bigint;
  /** Canisters that requests may be for; absent: all. */
  readonly targets?: readonly PrincipalId[];
  /** `queries` or `all` when valid. */
  readonly permissions?: string;
  /** By the previous key. */
  readonly signature: Uint8Array;
  /** The map that is signed, as it arrived. */
  readonly map: CborMap;
};

/** A decoded envelope. Byte strings are views into the bytes it was decoded from. */
export type Envelope<Kind extends RequestKind = RequestKind> = {
  readonly content: ContentOf<Kind>;
  /** The content map as it arrived, fields that we do not know included: what the request id is the hash of. */
  readonly contentMap: CborMap;
  readonly senderPubkey?: Uint8Array;
  readonly senderSig?: Uint8Array;
  readonly senderDelegation?: readonly SignedDelegation[];
};
