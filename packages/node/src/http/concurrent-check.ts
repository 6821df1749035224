/**
 * Checks of envelopes whose signatures are verified on other threads, so that this one goes on with other requests.
 *
 * A request is checked as if its signatures were valid, while it is noted which ones were asked for; then those are verified. If one is
 * not, or the request fails anyhow, it is checked once more in the plain way, which says what is wrong. So a request is accepted exactly
 * when the plain way accepts it. Those of a query are verified by the thread that runs it, which is asked anyway.
 * @module
 */
import { availableParallelism } from 'node:os';
import { equalBytes, ok, type Result } from '@myelin/core/base';
import type { SignatureMemo, SignatureVerifier } from '@myelin/core/crypto';
import { checksOf, createCheckerState } from './envelope-check.ts';
import type { CheckedReadState, EnvelopeChecker, EnvelopeState, HttpCrypto } from './envelope-check.ts';
import type { HttpFailure } from './failure.ts';
import type { AnsweredQuery, IngressMessage, ReplicaPort, SignatureClaim } from './ports.ts';
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

/** Knows that of these claims the one at `invalid` does not hold, so that a bad signature is not verified twice. */
function knowing(verifier: SignatureVerifier, claims: readonly SignatureClaim[], invalid: number): SignatureVerifier {
  const bad = claims[invalid];
  return { verify: (...claim) => (bad === undefined || !isSameClaim(claim, bad)) && verifier.verify(...claim) };
}

/**
 * Checks with the keys and the clock of one replica.
 *
 * @param isBusy - whether there is other work than the request at hand; if not, handing signatures to another thread only costs time.
 * @param hereMax - so many signatures of a request are verified here however busy it is.
 */
export function createConcurrentChecker(
  replica: EnvelopeState,
  crypto: HttpCrypto,
  isBusy: () => boolean,
  hereMax: number = SIGNATURES_HERE_MAX,
): ConcurrentChecker {
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
  async function firstInvalid(claims: readonly SignatureClaim[], verify: NonNullable<HttpCrypto['verifyAside']>): Promise<number> {
    if (claims.length <= hereMax) return claims.findIndex((claim) => !crypto.verifier.verify(...claim));
    const verdicts = await Promise.all(claims.map((claim) => verify(...claim)));
    return verdicts.indexOf(false);
  }

  async function check<T>(run: (checker: EnvelopeChecker) => Result<T, HttpFailure>): Promise<Result<T, HttpFailure>> {
    if (verifyAside === undefined || !isBusy()) return run(plainly);
    const putOff = new PutOff(state.memo);
    const assumed = run(assuming(putOff));
    if (putOff.claims.length === 0) return assumed;
    if (!assumed.ok) return run(plainly);
    const invalid = await firstInvalid(putOff.claims, verifyAside);
    if (invalid >= 0) return run(refuting(putOff, invalid));
    putOff.remember();
    return assumed;
  }

  return {
    checkCall: (scope, body) => check((checker) => checker.checkCall(scope, body)),
    async runQuery(scope, body, run) {
      const putOff = new PutOff(state.memo);
      const assumed = assuming(putOff).checkQuery(scope, body);
      if (!assumed.ok) return putOff.claims.length === 0 ? assumed : await runPlainly(plainly);
      const answered = await run(assumed.value, putOff.claims);
      if ('unproven' in answered) return await runPlainly(refuting(putOff, answered.unproven));
      putOff.remember();
      return ok(answered);

      async function runPlainly(checker: EnvelopeChecker): Promise<Result<AnsweredQuery, HttpFailure>> {
        const checked = checker.checkQuery(scope, body);
        if (!checked.ok) return checked;
        const plain = await run(checked.value, []);
        if ('unproven' in plain) throw new Error('a query without claims can not be unproven');
        return ok(plain);
      }
    },
    checkReadState: (scope, body) => check((checker) => checker.checkReadState(scope, body)),
    signatures: state.signatures,
  };
}
