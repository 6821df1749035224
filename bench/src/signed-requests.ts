/**
 * Requests of one Ed25519 identity, signed before the clock starts.
 *
 * Source: IC interface specification, "Authentication".
 * @module
 */
import { concatBytes, principalToBytes, selfAuthenticatingPrincipal, type PrincipalId } from '@myelin/core/base';
import { encodeSelfDescribedCbor } from '@myelin/core/codec';
import { REQUEST_SEPARATOR, requestIdOf } from '@myelin/core/crypto';
import { createNodeEd25519Signer, nodeHasher } from '@myelin/node/crypto';

/** How long requests are valid; the longest that a node takes is five minutes. */
const VALID_MS = 240_000;

export type RequestSigner = {
  /** Body of a request; no two are the same. */
  sign(kind: 'call' | 'query', canisterId: PrincipalId, methodName: string, arg: Uint8Array): Uint8Array;
};

/** @param seed - the identity's; one byte, repeated. */
export function createRequestSigner(seed: number): RequestSigner {
  const signer = createNodeEd25519Signer(new Uint8Array(32).fill(seed));
  const sender = principalToBytes(selfAuthenticatingPrincipal(signer.publicKeyDer, nodeHasher));
  const nonce = new Uint8Array(16);
  let count = 0;
  return {
    sign(kind, canisterId, methodName, arg) {
      new DataView(nonce.buffer).setUint32(0, count++);
      const content = {
        request_type: kind,
        sender,
        canister_id: principalToBytes(canisterId),
        method_name: methodName,
        arg,
        ingress_expiry: BigInt(Date.now() + VALID_MS) * 1_000_000n,
        nonce: nonce.slice(),
      };
      const signature = signer.sign(concatBytes(REQUEST_SEPARATOR, requestIdOf(content, nodeHasher)));
      return encodeSelfDescribedCbor({ content, sender_pubkey: signer.publicKeyDer, sender_sig: signature });
    },
  };
}
