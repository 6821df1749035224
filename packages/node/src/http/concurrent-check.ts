/**
 * Checks of envelopes whose signatures are verified on other threads, so that this one goes on with other requests.
 *
 * A request is checked as if its signatures were valid, while it is noted which ones were asked for; then those are verified. If one is
 * not, or the request fails anyhow, it is checked once more in the plain way, which says what is wrong. So a request is accepted exactly
 * when the plain way accepts it.
 * @module
 */
import { availableParallelism } from 'node:os';
import type { Result } from '@myelin/core/base';
import type { SignatureMemo, SignatureVerifier } from '@myelin/core/crypto';
import { checksOf, createCheckerState } from './envelope-check.ts';
import type { CheckedReadState, EnvelopeChecker, EnvelopeState, HttpCrypto } from './envelope-check.ts';
import type { HttpFailure } from './failure.ts';
import type { IngressMessage, QueryCall } from './ports.ts';
import type { Scope } from './routing.ts';

/** As {@link EnvelopeChecker}, with answers that may take a while. `body` must not change until then, nor afterwards. */
export type ConcurrentChecker = {
  checkCall(scope: Scope, body: Uint8Array): Promise<Result<IngressMessage, HttpFailure>>;
  checkQuery(scope: Scope, body: Uint8Array): Promise<Result<QueryCall, HttpFailure>>;
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
  readonly #asked: Parameters<SignatureVerifier['verify']>[] = [];
  readonly #added: string[] = [];
  readonly #memo: SignatureMemo;

  constructor(memo: SignatureMemo) {
    this.#memo = memo;
  }

  /** How many signatures were assumed to be valid. */
  get count(): number {
    return this.#asked.length;
  }

  verify(...asked: Parameters<SignatureVerifier['verify']>): boolean {
    this.#asked.push(asked);
    return true;
  }

  has(key: string): boolean {
    return this.#memo.has(key);
  }

  add(key: string): void {
    this.#added.push(key);
  }

  /** Verifies what was assumed, and remembers it if all of it holds. */
  async settle(verify: NonNullable<HttpCrypto['verifyAside']>): Promise<boolean> {
    const verdicts = await Promise.all(this.#asked.map((asked) => verify(...asked)));
    return this.#remember(verdicts.every(Boolean));
  }

  /** The same on this thread. */
  settleHere(verifier: SignatureVerifier): boolean {
    return this.#remember(this.#asked.every((asked) => verifier.verify(...asked)));
  }

  #remember(isValid: boolean): boolean {
    if (isValid) for (const key of this.#added) this.#memo.add(key);
    return isValid;
  }
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

  async function check<T>(run: (checker: EnvelopeChecker) => Result<T, HttpFailure>): Promise<Result<T, HttpFailure>> {
    if (verifyAside === undefined || !isBusy()) return run(plainly);
    const putOff = new PutOff(state.memo);
    const assumed = run(checksOf({ ...state, ports: { ...state.ports, verifier: putOff }, memo: putOff }));
    if (putOff.count === 0) return assumed;
    if (!assumed.ok) return run(plainly);
    const isValid = putOff.count <= hereMax ? putOff.settleHere(crypto.verifier) : await putOff.settle(verifyAside);
    return isValid ? assumed : run(plainly);
  }

  return {
    checkCall: (scope, body) => check((checker) => checker.checkCall(scope, body)),
    checkQuery: (scope, body) => check((checker) => checker.checkQuery(scope, body)),
    checkReadState: (scope, body) => check((checker) => checker.checkReadState(scope, body)),
    signatures: state.signatures,
  };
}
