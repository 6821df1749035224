/**
 * Update calls that are made inside the process: no envelope, no signature, the same request id as a client would compute.
 * @module
 */
import { principalToBytes, toHex, utf8, type Hasher, type PrincipalId } from '@myelin/core/base';
import { requestIdOf } from '@myelin/core/crypto';
import type { IngressMessage } from '@myelin/core/state';

export type CallOptions = {
  readonly sender: PrincipalId;
  readonly receiver: PrincipalId;
  /** By default the receiver. */
  readonly effectiveCanisterId?: PrincipalId;
  readonly methodName: string;
  readonly arg: Uint8Array;
  readonly expiryNs: bigint;
  /** Makes the request id unique. */
  readonly nonce: bigint;
};

export function createIngressMessage(options: CallOptions, hasher: Hasher): IngressMessage {
  const requestId = requestIdOf(
    {
      request_type: 'call',
      canister_id: principalToBytes(options.receiver),
      method_name: options.methodName,
      arg: options.arg,
      sender: principalToBytes(options.sender),
      ingress_expiry: options.expiryNs,
      nonce: utf8(options.nonce.toString(16).padStart(16, '0')),
    },
    hasher,
  );
  return {
    kind: 'ingress',
    requestId: toHex(requestId),
    sender: options.sender,
    receiver: options.receiver,
    effectiveCanisterId: options.effectiveCanisterId ?? options.receiver,
    methodName: options.methodName,
    arg: options.arg,
    expiryNs: options.expiryNs,
  };
}
