/**
 * Authentication of requests: does this envelope really come from its sender, now, for this canister?
 *
 * Source: IC interface specification, "Authentication"; abstract behaviour, "Envelope Authentication". Checks run from cheap to
 * expensive: everything that needs no cryptography, then the signature of the request (one check whatever the chain), then the chain,
 * then the sender information.
 * @module
 */
import { ANONYMOUS_PRINCIPAL, concatBytes, err, ok, principalToText, selfAuthenticatingPrincipal } from '../base/index.ts';
import type { PrincipalId, Result } from '../base/index.ts';
import type { AuthenticationError } from './authentication-error.ts';
import { checkDelegationScope, checkTarget, parseKey, verifyDelegations } from './delegation-chain.ts';
import type { DelegationScope, ParsedLink } from './delegation-chain.ts';
import { REQUEST_SEPARATOR, SENDER_INFO_SEPARATOR } from './domain-separators.ts';
import type { Envelope, SenderInfo } from './envelope.ts';
import { INGRESS_EXPIRY_DRIFT_NS, INGRESS_TTL_MAX_NS } from './limits.ts';
import type { SignatureMemo } from './ports.ts';
import type { PublicKey } from './public-key.ts';
import { verifySignature } from './verify-signature.ts';
import type { SignaturePorts } from './verify-signature.ts';

export type AuthenticateOptions = SignaturePorts & {
  readonly envelope: Envelope;
  /** Hash of the envelope's content map, 32 bytes. */
  readonly requestId: Uint8Array;
  /** Nanoseconds since 1970. */
  readonly now: bigint;
  /** How far ahead of `now` a request may expire, nanoseconds; 5 minutes and 30 seconds of drift unless given. */
  readonly expiryAheadMaxNs?: bigint;
  /** Remembers valid signatures of delegations, which repeat with every request of a session. */
  readonly memo?: SignatureMemo;
};

/** A request whose sender is known. */
export type Authentication = {
  readonly sender: PrincipalId;
  /** Canisters that the sender's delegations allow; undefined: all. A call or query is for one of them; read_state is the caller's to check. */
  readonly targets: readonly PrincipalId[] | undefined;
  /** Verified sender information. */
  readonly senderInfo?: { readonly info: Uint8Array; readonly signer: PrincipalId };
};

type Failure = { readonly ok: false; readonly error: AuthenticationError };

function fail(code: AuthenticationError['code'], message: string): Failure {
  return err({ code, message });
}

/** Checks who sent a request. Anonymous queries and reads are accepted whatever their expiry. */
export function authenticateEnvelope(options: AuthenticateOptions): Result<Authentication, AuthenticationError> {
  const { envelope } = options;
  const { content, senderPubkey, senderSig } = envelope;
  if (content.sender === ANONYMOUS_PRINCIPAL) return authenticateAnonymous(options);
  const expired = checkExpiry(options);
  if (expired !== undefined) return expired;
  if (senderPubkey === undefined)
    return fail('AUTH_SIGNATURE_MISSING', 'the sender is not anonymous, but the request has no sender_pubkey');
  if (senderSig === undefined) return fail('AUTH_SIGNATURE_MISSING', 'the sender is not anonymous, but the request has no sender_sig');
  if (selfAuthenticatingPrincipal(senderPubkey, options.hasher) !== content.sender) {
    return fail('AUTH_SENDER_MISMATCH', `sender_pubkey is not the key of the sender ${principalToText(content.sender)}`);
  }
  const scope = checkDelegationScope(senderPubkey, envelope.senderDelegation ?? [], options.now);
  if (!scope.ok) return scope;
  const refused = checkScope(envelope, scope.value);
  if (refused !== undefined) return refused;
  return authenticateSigned(options, { senderPubkey, senderSig, scope: scope.value });
}

function authenticateAnonymous(options: AuthenticateOptions): Result<Authentication, AuthenticationError> {
  const { content, senderPubkey, senderSig, senderDelegation } = options.envelope;
  if (senderPubkey !== undefined || senderSig !== undefined || senderDelegation !== undefined) {
    return fail('AUTH_ANONYMOUS_SIGNED', 'the sender is anonymous, so sender_pubkey, sender_sig and sender_delegation must be left out');
  }
  if (content.requestType !== 'read_state' && content.senderInfo !== undefined) {
    return fail('AUTH_ANONYMOUS_SIGNED', 'the sender is anonymous, so sender_info must be left out');
  }
  const expired = content.requestType === 'call' ? checkExpiry(options) : undefined;
  return expired ?? ok({ sender: ANONYMOUS_PRINCIPAL, targets: undefined });
}

function checkExpiry(options: AuthenticateOptions): Failure | undefined {
  const { now, expiryAheadMaxNs = INGRESS_TTL_MAX_NS + INGRESS_EXPIRY_DRIFT_NS } = options;
  const { ingressExpiry } = options.envelope.content;
  if (ingressExpiry < now) {
    return fail('AUTH_REQUEST_EXPIRED', `the request expired: ingress_expiry is ${ingressExpiry} ns, the time is ${now} ns`);
  }
  if (ingressExpiry > now + expiryAheadMaxNs) {
    return fail(
      'AUTH_EXPIRY_TOO_FAR',
      `the request expires too late: ingress_expiry is ${ingressExpiry} ns, at most ${now + expiryAheadMaxNs} ns is accepted; check the client's clock`,
    );
  }
  return undefined;
}

function checkScope({ content }: Envelope, scope: DelegationScope): Failure | undefined {
  if (content.requestType === 'call' && scope.queriesOnly) {
    return fail('AUTH_DELEGATION_QUERIES_ONLY', 'a delegation permits only queries and reads, so update calls are not accepted');
  }
  return content.requestType === 'read_state' ? undefined : checkTarget(scope, content.canisterId);
}

type SignedParts = { readonly senderPubkey: Uint8Array; readonly senderSig: Uint8Array; readonly scope: DelegationScope };

function authenticateSigned(options: AuthenticateOptions, parts: SignedParts): Result<Authentication, AuthenticationError> {
  const { content, senderDelegation = [] } = options.envelope;
  const senderKey = parseKey(parts.senderPubkey, 'sender_pubkey');
  if (!senderKey.ok) return senderKey;
  const links: ParsedLink[] = [];
  let last: PublicKey = senderKey.value;
  let lastDer = parts.senderPubkey;
  for (const [index, link] of senderDelegation.entries()) {
    links.push({ signerDer: lastDer, signer: last, link });
    const key = parseKey(link.pubkey, `the key of delegation ${index}`);
    if (!key.ok) return key;
    last = key.value;
    lastDer = link.pubkey;
  }
  const senderInfo = content.requestType === 'read_state' ? undefined : content.senderInfo;
  const unfit = senderInfo && checkSenderInfo(senderInfo, senderKey.value);
  if (unfit !== undefined) return unfit;
  const signed = verifySignature(last, concatBytes(REQUEST_SEPARATOR, options.requestId), parts.senderSig, options);
  if (!signed.ok) return fail('AUTH_SIGNATURE_INVALID', `sender_sig is not valid: ${signed.error}`);
  const broken = verifyDelegations(links, options, options.memo);
  if (broken !== undefined) return broken;
  const forged = senderInfo && verifySenderInfo(senderInfo, senderKey.value, options);
  if (forged !== undefined) return forged;
  return ok({
    sender: content.sender,
    targets: parts.scope.targets,
    ...(senderInfo && { senderInfo: { info: senderInfo.info, signer: senderInfo.signer } }),
  });
}

function checkSenderInfo({ signer }: SenderInfo, senderKey: PublicKey): Failure | undefined {
  if (senderKey.kind !== 'canister') {
    return fail('AUTH_SENDER_INFO_INVALID', 'sender_info is allowed only when sender_pubkey is the key of a canister signature');
  }
  if (senderKey.canisterId !== signer) {
    return fail(
      'AUTH_SENDER_INFO_INVALID',
      `sender_info names the signer ${principalToText(signer)}, but sender_pubkey is a key of ${principalToText(senderKey.canisterId)}`,
    );
  }
  return undefined;
}

function verifySenderInfo({ info, sig }: SenderInfo, senderKey: PublicKey, ports: SignaturePorts): Failure | undefined {
  const verified = verifySignature(senderKey, concatBytes(SENDER_INFO_SEPARATOR, info), sig, ports);
  return verified.ok ? undefined : fail('AUTH_SENDER_INFO_INVALID', `the signature of sender_info is not valid: ${verified.error}`);
}
