/**
 * Delegation chains: from the sender's key to the key that signed the request.
 *
 * Source: IC interface specification, "Authentication".
 * @module
 */
import { IcError, concatBytes, err, ok, principalToText, toHex } from '../base/index.ts';
import type { PrincipalId, Result } from '../base/index.ts';
import type { AuthenticationError } from './authentication-error.ts';
import { DELEGATION_SEPARATOR } from './domain-separators.ts';
import type { SignedDelegation } from './envelope.ts';
import { hashOfContent } from './hash-of-content.ts';
import { DELEGATIONS_MAX, DELEGATION_TARGETS_MAX } from './limits.ts';
import type { SignatureMemo } from './ports.ts';
import { publicKeyFromDer } from './public-key.ts';
import type { PublicKey } from './public-key.ts';
import { signatureMemoKey, verifySignature } from './verify-signature.ts';
import type { SignaturePorts } from './verify-signature.ts';

/** What a chain allows. */
export type DelegationScope = {
  /** Canisters that requests may be for, ascending; undefined: all. */
  readonly targets: readonly PrincipalId[] | undefined;
  /** Whether update calls are barred. */
  readonly queriesOnly: boolean;
};

type Failure = { readonly ok: false; readonly error: AuthenticationError };

function fail(code: AuthenticationError['code'], message: string): Failure {
  return err({ code, message });
}

/**
 * Checks all of a chain that needs no cryptography, and intersects what its links allow.
 * @param senderPubkey - the first key, DER-encoded.
 * @param now - nanoseconds since 1970.
 */
export function checkDelegationScope(
  senderPubkey: Uint8Array,
  chain: readonly SignedDelegation[],
  now: bigint,
): Result<DelegationScope, AuthenticationError> {
  if (chain.length > DELEGATIONS_MAX) {
    return fail('AUTH_DELEGATIONS_TOO_MANY', `the request has ${chain.length} delegations, at most ${DELEGATIONS_MAX} are allowed`);
  }
  const keys = new Set([toHex(senderPubkey)]);
  let targets: ReadonlySet<PrincipalId> | undefined;
  let queriesOnly = false;
  for (const [index, link] of chain.entries()) {
    const failure = checkLink(link, index, now);
    if (failure !== undefined) return failure;
    const key = toHex(link.pubkey);
    if (keys.has(key)) return fail('AUTH_DELEGATION_KEY_REPEATED', `delegation ${index} is to a key that occurs before it in the chain`);
    keys.add(key);
    if (link.permissions === 'queries') queriesOnly = true;
    if (link.targets !== undefined) {
      const allowedBefore = targets;
      targets = new Set(allowedBefore === undefined ? link.targets : link.targets.filter((target) => allowedBefore.has(target)));
    }
  }
  return ok({ targets: targets && [...targets].sort(), queriesOnly });
}

function checkLink(link: SignedDelegation, index: number, now: bigint): Failure | undefined {
  if (link.targets !== undefined && link.targets.length > DELEGATION_TARGETS_MAX) {
    return fail(
      'AUTH_DELEGATION_TARGETS_TOO_MANY',
      `delegation ${index} has ${link.targets.length} targets, at most ${DELEGATION_TARGETS_MAX} are allowed`,
    );
  }
  if (link.expiration < now) {
    return fail('AUTH_DELEGATION_EXPIRED', `delegation ${index} expired at ${link.expiration} ns, the time is ${now} ns; log in again`);
  }
  if (link.permissions !== undefined && link.permissions !== 'queries' && link.permissions !== 'all') {
    return fail(
      'AUTH_DELEGATION_PERMISSIONS_UNKNOWN',
      `delegation ${index} has permissions "${link.permissions.slice(0, 40)}"; only "queries" and "all" are known`,
    );
  }
  return undefined;
}

/** Whether a request for this canister is among the targets. */
export function checkTarget(scope: DelegationScope, canisterId: PrincipalId): Failure | undefined {
  if (scope.targets === undefined || scope.targets.includes(canisterId)) return undefined;
  return fail('AUTH_DELEGATION_TARGET_EXCLUDED', `the delegations do not allow requests to canister ${principalToText(canisterId)}`);
}

/** Parses a DER-encoded key. @param whose - names the key in the error. */
export function parseKey(der: Uint8Array, whose: string): Result<PublicKey, AuthenticationError> {
  try {
    return ok(publicKeyFromDer(der));
  } catch (error) {
    if (error instanceof IcError) return fail('AUTH_KEY_INVALID', `${whose}: ${error.message}`);
    throw error;
  }
}

/** A link with the keys on both of its sides. */
export type ParsedLink = { readonly signerDer: Uint8Array; readonly signer: PublicKey; readonly link: SignedDelegation };

/** Checks the signature of every link, and remembers the valid ones. */
export function verifyDelegations(
  links: readonly ParsedLink[],
  ports: SignaturePorts,
  memo: SignatureMemo | undefined,
): Failure | undefined {
  for (const [index, { signerDer, signer, link }] of links.entries()) {
    const payload = concatBytes(DELEGATION_SEPARATOR, hashOfContent(link.map, ports.hasher));
    // A canister signature is valid under one root key only, so that key belongs to what is remembered.
    const context = signer.kind === 'canister' ? concatBytes(ports.rootKeyDer, payload) : payload;
    const memoKey = memo && signatureMemoKey('delegation', signerDer, context, link.signature, ports.hasher);
    if (memoKey !== undefined && memo!.has(memoKey)) continue;
    const verified = verifySignature(signer, payload, link.signature, ports);
    if (!verified.ok)
      return fail('AUTH_DELEGATION_SIGNATURE_INVALID', `delegation ${index} is not signed by the key before it: ${verified.error}`);
    if (memoKey !== undefined) memo!.add(memoKey);
  }
  return undefined;
}
