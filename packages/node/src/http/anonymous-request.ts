/**
 * Requests that the node makes itself, as the anonymous user: the gateway's queries and update calls.
 * @module
 */
import { ANONYMOUS_PRINCIPAL, type Hasher, type PrincipalId, principalToBytes } from '@myelin/core/base';
import { INGRESS_TTL_MAX_NS, requestIdOf } from '@myelin/core/crypto';
import type { IngressMessage, QueryCall } from './ports.ts';

/** Part of the longest time to live that the node asks for, so that its clock may be a little ahead of the network's. */
const TTL_NS = (INGRESS_TTL_MAX_NS * 4n) / 5n;

function contentOf(requestType: 'call' | 'query', call: AnonymousRequest): Record<string, Uint8Array | string | bigint> {
  return {
    request_type: requestType,
    canister_id: principalToBytes(call.canisterId),
    method_name: call.methodName,
    arg: call.arg,
    sender: principalToBytes(ANONYMOUS_PRINCIPAL),
    ingress_expiry: call.wallTimeNs + TTL_NS,
    nonce: call.nonce,
  };
}

export type AnonymousRequest = {
  readonly canisterId: PrincipalId;
  readonly methodName: string;
  readonly arg: Uint8Array;
  readonly wallTimeNs: bigint;
  /** At most 32 bytes, different for each request. */
  readonly nonce: Uint8Array;
};

/** A query of the anonymous user. */
export function anonymousQuery(request: AnonymousRequest, hasher: Hasher): QueryCall {
  const { canisterId, methodName, arg } = request;
  return { requestId: requestIdOf(contentOf('query', request), hasher), sender: ANONYMOUS_PRINCIPAL, canisterId, methodName, arg };
}

/** An update call of the anonymous user. */
export function anonymousCall(request: AnonymousRequest, hasher: Hasher): IngressMessage {
  const { canisterId, methodName, arg, wallTimeNs } = request;
  const content = contentOf('call', request);
  return {
    requestId: requestIdOf(content, hasher),
    sender: ANONYMOUS_PRINCIPAL,
    canisterId,
    effectiveCanisterId: canisterId,
    methodName,
    arg,
    ingressExpiry: wallTimeNs + TTL_NS,
  };
}
