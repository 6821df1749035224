/**
 * From the body of a request to a request whose sender is known, or the reason why not.
 *
 * Checks run from cheap to expensive, signatures last: shape, effective id, expiry, then authentication.
 * Source: IC interface specification, "Authentication", "Effective canister id", "Effective subnet id".
 * @module
 */
import { ANONYMOUS_PRINCIPAL, err, IcError, ok, type PrincipalId, type Result, toHex } from '@myelin/core/base';
import {
  authenticateEnvelope,
  type Authentication,
  type AuthenticationError,
  decodeEnvelope,
  type Envelope,
  memoiseBlsVerifier,
  requestIdOf,
  type RequestKind,
  type SignatureMemo,
  type SignaturePorts,
  type SignatureVerifier,
} from '@myelin/core/crypto';
import { createSignatureMemo } from '../crypto/index.ts';
import { checkEffectiveId, checkHosted } from './effective-id.ts';
import { checkExpiry } from './expiry.ts';
import { type HttpFailure, refuse } from './failure.ts';
import { CONTENT_VALUES_MAX, REMEMBERED_SIGNATURES_MAX } from './limits.ts';
import type { IngressMessage, QueryCall, ReplicaPort, StatePath } from './ports.ts';
import type { Scope } from './routing.ts';

/** Hashes and signature checks; the root key comes from the replica. */
export type HttpCrypto = Omit<SignaturePorts, 'rootKeyDer'> & {
  /** As `verifier.verify`, with the same answers, on another thread. */
  readonly verifyAside?: (...asked: Parameters<SignatureVerifier['verify']>) => Promise<boolean>;
};

/** A read_state request whose sender is known; access to the paths is not checked yet. */
export type CheckedReadState = {
  readonly sender: PrincipalId;
  readonly paths: readonly StatePath[];
  readonly targets: ReadonlySet<PrincipalId> | undefined;
};

/** Checks the requests of the three endpoints. `body` must not change afterwards: results hold views into it. */
export type EnvelopeChecker = {
  checkCall(scope: Scope, body: Uint8Array): Result<IngressMessage, HttpFailure>;
  checkQuery(scope: Scope, body: Uint8Array): Result<QueryCall, HttpFailure>;
  checkReadState(scope: Scope, body: Uint8Array): Result<CheckedReadState, HttpFailure>;
};

/** What a refusal begins with: clients match these words. */
const PREFIX: Readonly<Record<AuthenticationError['code'], string>> = {
  AUTH_ANONYMOUS_SIGNED: 'Signature is not allowed for the anonymous user',
  AUTH_REQUEST_EXPIRED: 'Invalid request expiry',
  AUTH_EXPIRY_TOO_FAR: 'Invalid request expiry',
  AUTH_SIGNATURE_MISSING: 'Missing signature from user',
  AUTH_SENDER_MISMATCH: 'The user id does not match the public key',
  AUTH_KEY_INVALID: 'Invalid signature: Invalid public key',
  AUTH_SIGNATURE_INVALID: 'Invalid signature',
  AUTH_DELEGATIONS_TOO_MANY: 'Invalid delegation',
  AUTH_DELEGATION_TARGETS_TOO_MANY: 'Invalid delegation',
  AUTH_DELEGATION_KEY_REPEATED: 'Invalid delegation',
  AUTH_DELEGATION_EXPIRED: 'Invalid delegation expiry: Specified sender delegation has expired',
  AUTH_DELEGATION_PERMISSIONS_UNKNOWN: 'Invalid delegation',
  AUTH_DELEGATION_QUERIES_ONLY: 'Invalid delegation',
  AUTH_DELEGATION_TARGET_EXCLUDED: 'Canister is not one of the delegation targets',
  AUTH_DELEGATION_SIGNATURE_INVALID: 'Invalid delegation',
  AUTH_SENDER_INFO_INVALID: 'Invalid sender info',
};

type Authenticated = { readonly requestId: Uint8Array; readonly authentication: Authentication };

function decode<Kind extends RequestKind>(body: Uint8Array, kind: Kind): Result<Envelope<Kind>, HttpFailure> {
  try {
    return ok(decodeEnvelope(body, kind));
  } catch (error) {
    if (error instanceof IcError) return refuse(400, `Could not parse body as ${kind} message: ${error.message}`);
    throw error;
  }
}

/** Counts the values in a list or map down from `left`; stops below zero. */
function countValues(value: unknown, left: number): number {
  if (Array.isArray(value) || value instanceof Map) {
    for (const item of value.values()) {
      left = countValues(item, left - 1);
      if (left < 0) return left;
    }
  }
  return left;
}

function requestIdFor(envelope: Envelope, crypto: HttpCrypto): Result<Uint8Array, HttpFailure> {
  if (countValues(envelope.contentMap, CONTENT_VALUES_MAX) < 0) {
    return refuse(400, `Malformed request: the content has more than ${CONTENT_VALUES_MAX} values.`);
  }
  try {
    return ok(requestIdOf(envelope.contentMap, crypto.hasher));
  } catch (error) {
    if (error instanceof IcError) return refuse(400, `Malformed request: ${error.message}`);
    throw error;
  }
}

/** What is asked of the replica. */
export type EnvelopeState = Pick<ReplicaPort, 'subnetId' | 'hostsCanisterId' | 'rootKeyDer' | 'wallTimeNs'>;

/** What the checks of one replica share. */
export type CheckerState = {
  readonly replica: EnvelopeState;
  readonly ports: SignaturePorts;
  readonly memo: SignatureMemo;
  /** How often a signature of a delegation was known to be valid. */
  readonly signatures: { readonly hits: number; readonly misses: number };
};

function authenticate(state: CheckerState, envelope: Envelope): Result<Authenticated, HttpFailure> {
  const { content } = envelope;
  const now = state.replica.wallTimeNs();
  const exempt = content.sender === ANONYMOUS_PRINCIPAL && content.requestType !== 'call';
  const timely = checkExpiry(content.ingressExpiry, now, exempt);
  if (!timely.ok) return timely;
  const requestId = requestIdFor(envelope, state.ports);
  if (!requestId.ok) return requestId;
  const authentication = authenticateEnvelope({ ...state.ports, envelope, requestId: requestId.value, now, memo: state.memo });
  if (authentication.ok) return ok({ requestId: requestId.value, authentication: authentication.value });
  const { code, message } = authentication.error;
  return refuse(400, `${PREFIX[code]}: ${message}. Request id: ${toHex(requestId.value)}`);
}

type CheckedMethod = { readonly ingressExpiry: bigint; readonly call: QueryCall };

function checkMethod(state: CheckerState, scope: Scope, body: Uint8Array, kind: 'call' | 'query'): Result<CheckedMethod, HttpFailure> {
  const decoded = decode(body, kind);
  if (!decoded.ok) return decoded;
  const { content } = decoded.value;
  const addressed = checkEffectiveId(state.replica, scope, content);
  if (!addressed.ok) return addressed;
  const authenticated = authenticate(state, { ...decoded.value });
  if (!authenticated.ok) return authenticated;
  const { requestId, authentication } = authenticated.value;
  const { canisterId, methodName, arg, ingressExpiry } = content;
  const { sender, senderInfo } = authentication;
  const call = { requestId, sender, canisterId, methodName, arg };
  return ok({ ingressExpiry, call: senderInfo === undefined ? call : { ...call, senderInfo } });
}

/** The keys and the clock of one replica, and signatures that were found valid. */
export function createCheckerState(replica: EnvelopeState, crypto: HttpCrypto): CheckerState {
  const { hasher, verifier } = crypto;
  const memo = createSignatureMemo(REMEMBERED_SIGNATURES_MAX);
  const certificates = createSignatureMemo(REMEMBERED_SIGNATURES_MAX);
  const bls = memoiseBlsVerifier(crypto.bls, certificates, hasher);
  return { replica, ports: { hasher, verifier, bls, rootKeyDer: replica.rootKeyDer }, memo, signatures: memo.counters };
}

/** Checks with the keys and the clock of one replica. */
export function createEnvelopeChecker(replica: EnvelopeState, crypto: HttpCrypto): EnvelopeChecker {
  return checksOf(createCheckerState(replica, crypto));
}

/** The checks on a state. */
export function checksOf(state: CheckerState): EnvelopeChecker {
  const { replica } = state;
  return {
    checkCall(scope, body) {
      const checked = checkMethod(state, scope, body, 'call');
      if (!checked.ok) return checked;
      const { call, ingressExpiry } = checked.value;
      return ok({ ...call, effectiveCanisterId: scope.id, ingressExpiry });
    },
    checkQuery(scope, body) {
      const checked = checkMethod(state, scope, body, 'query');
      return checked.ok ? ok(checked.value.call) : checked;
    },
    checkReadState(scope, body) {
      const decoded = decode(body, 'read_state');
      if (!decoded.ok) return decoded;
      const hosted = checkHosted(replica, scope);
      if (!hosted.ok) return err(hosted.error);
      const authenticated = authenticate(state, { ...decoded.value });
      if (!authenticated.ok) return authenticated;
      const { targets } = authenticated.value.authentication;
      const { sender, paths } = decoded.value.content;
      return ok({ sender, paths, targets: targets === undefined ? undefined : new Set(targets) });
    },
  };
}
