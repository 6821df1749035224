/**
 * Checks of envelopes whose signatures are verified on other threads, so that this one goes on with other requests.
 *
 * A request is checked as if its signatures were valid, while it is noted which ones were asked for: its claims. Then those are verified.
 * If one does not hold, the request is checked once more with what is known of them, which says what is wrong. So a request is accepted
 * exactly when the plain way accepts it. The single claim of a usual query is verified by the thread that runs it, which is asked anyway.
 * @module
 */
import { availableParallelism } from 'node:os';
import { equalBytes, ok, type Result } from '@myelin/core/base';
import type { SignatureMemo, SignatureVerifier } from '@myelin/core/crypto';
import { VerificationShare, watchUtilization } from '../crypto/index.ts';
import { checksOf, createCheckerState } from './envelope-check.ts';
import type { CheckedReadState, EnvelopeChecker, EnvelopeState, HttpCrypto } from './envelope-check.ts';
import type { HttpFailure } from './failure.ts';
import type { AnsweredQuery, IngressMessage, QueryCall, ReplicaPort, SignatureClaim } from './ports.ts';
import type { Scope } from './routing.ts';

/** As {@link EnvelopeChecker}, with answers that may take a while. `body` must not change until then, nor afterwards. */
export type ConcurrentChecker = {
  checkCall(scope: Scope, body: Uint8Array): Promise<Result<IngressMessage, HttpFailure>>;
  /** Checks a query and runs it. */
  runQuery(scope: Scope, body: Uint8Array, run: ReplicaPort['queryIfProven']): Promise<Result<AnsweredQuery, HttpFailure>>;
  checkReadState(scope: Scope, body: Uint8Array): Promise<Result<CheckedReadState, HttpFailure>>;
  /** How often a signature of a delegation was known to be valid. */
  readonly signatures: { readonly hits: number; readonly misses: number };
};

/**
 * With two cores, this thread and that of the replica or of the queries keep them busy: to verify a signature on a third one only costs
 * the way there and back, a tenth of the processor time of a request (measured). A request with more of them holds this thread up for too long.
 */
const SIGNATURES_HERE_MAX = availableParallelism() > 2 ? 0 : 1;
/** From then on this thread is the one that others wait for, and hands signatures over all the same. */
const BUSY = 0.7;

/** Stands for a verifier and a memo during one check, and puts off what they were asked. */
class PutOff implements SignatureVerifier, SignatureMemo {
  readonly claims: SignatureClaim[] = [];
  readonly #added: string[] = [];
  readonly #memo: SignatureMemo;

  constructor(memo: SignatureMemo) {
    this.#memo = memo;
  }

  verify(...claim: SignatureClaim): boolean {
    this.claims.push(claim);
    return true;
  }

  has(key: string): boolean {
    return this.#memo.has(key);
  }

  add(key: string): void {
    this.#added.push(key);
  }

  /** All claims hold: what follows from them is remembered. */
  remember(): void {
    for (const key of this.#added) this.#memo.add(key);
  }
}

function isSameClaim([scheme, ...parts]: SignatureClaim, [otherScheme, ...others]: SignatureClaim): boolean {
  return scheme === otherScheme && parts.every((part, index) => equalBytes(part, others[index]!));
}

/** Knows of these claims that the one at `invalid` is the first that does not hold, so that nothing is verified twice. */
function knowing(verifier: SignatureVerifier, claims: readonly SignatureClaim[], invalid: number): SignatureVerifier {
  return {
    verify(...claim) {
      const known = claims.slice(0, invalid + 1).findIndex((other) => isSameClaim(other, claim));
      return known < 0 ? verifier.verify(...claim) : known < invalid;
    },
  };
}

/** Whether a query may be handed over with these claims: others would hold up the thread that verifies them. */
function isLight(claims: readonly SignatureClaim[]): boolean {
  return claims.length <= 1 && claims.every(([scheme]) => scheme !== 'rsa-pkcs1-sha256');
}

/**
 * Checks with the keys and the clock of one replica.
 *
 * @param isBusy - whether there is other work than the request at hand; if not, handing signatures to another thread only costs time.
 * @param hereMax - so many signatures of a request are verified here, unless this thread has no time left.
 */
export function createConcurrentChecker(
  replica: EnvelopeState,
  crypto: HttpCrypto,
  isBusy: () => boolean,
  hereMax: number = SIGNATURES_HERE_MAX,
): ConcurrentChecker {
  const utilization = watchUtilization();
  const overflow = new VerificationShare(
    () => ({ own: BUSY, other: utilization() }),
    () => performance.now(),
  );
  type Check<T> = (checker: EnvelopeChecker) => Result<T, HttpFailure>;
  const state = createCheckerState(replica, crypto);
  const plainly = checksOf(state);
  const { verifyAside } = crypto;

  /** The checks as if every signature were valid. */
  function assuming(putOff: PutOff): EnvelopeChecker {
    return checksOf({ ...state, ports: { ...state.ports, verifier: putOff }, memo: putOff });
  }

  /** The plain checks when one of the claims was found not to hold. */
  function refuting({ claims }: PutOff, invalid: number): EnvelopeChecker {
    return checksOf({ ...state, ports: { ...state.ports, verifier: knowing(crypto.verifier, claims, invalid) } });
  }

  /** The first claim that does not hold, or -1. */
  async function firstInvalid(claims: readonly SignatureClaim[]): Promise<number> {
    if (verifyAside === undefined || !isBusy() || (claims.length <= hereMax && !overflow.isOwn()))
      return claims.findIndex((claim) => !crypto.verifier.verify(...claim));
    const verdicts = await Promise.all(claims.map((claim) => verifyAside(...claim)));
    return verdicts.indexOf(false);
  }

  /** What the plain check says, given what the check says that assumed its claims: they come before anything that it refused for. */
  async function settle<T>(putOff: PutOff, assumed: Result<T, HttpFailure>, run: Check<T>): Promise<Result<T, HttpFailure>> {
    const invalid = await firstInvalid(putOff.claims);
    if (invalid >= 0) return run(refuting(putOff, invalid));
    putOff.remember();
    return assumed;
  }

  async function check<T>(run: Check<T>): Promise<Result<T, HttpFailure>> {
    if (verifyAside === undefined || !isBusy()) return run(plainly);
    const putOff = new PutOff(state.memo);
    return await settle(putOff, run(assuming(putOff)), run);
  }

  return {
    checkCall: (scope, body) => check((checker) => checker.checkCall(scope, body)),
    async runQuery(scope, body, run) {
      const checkQuery: Check<QueryCall> = (checker) => checker.checkQuery(scope, body);
      const putOff = new PutOff(state.memo);
      const assumed = checkQuery(assuming(putOff));
      let checked: Result<QueryCall, HttpFailure>;
      if (assumed.ok && isLight(putOff.claims)) {
        const answered = await run(assumed.value, putOff.claims[0]);
        if (answered !== 'unproven') {
          putOff.remember();
          return ok(answered);
        }
        checked = checkQuery(refuting(putOff, 0));
      } else {
        checked = await settle(putOff, assumed, checkQuery);
      }
      if (!checked.ok) return checked;
      const answered = await run(checked.value, undefined);
      if (answered === 'unproven') throw new Error('a query that claims nothing can not be unproven');
      return ok(answered);
    },
    checkReadState: (scope, body) => check((checker) => checker.checkReadState(scope, body)),
    signatures: state.signatures,
  };
}
