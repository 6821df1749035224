/**
 * Checks of envelopes whose signatures are verified on other threads, so that this one goes on with other requests.
 *
 * A request is checked as if its signatures were valid, while it is noted which ones were asked for; then those are verified. If one is
 * not, or the request fails anyhow, it is checked once more in the plain way, which says what is wrong. So a request is accepted exactly
 * when the plain way accepts it.
 * @module
 */
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

/** Stands for a verifier and a memo during one check, and puts off what they were asked. */
class PutOff implements SignatureVerifier, SignatureMemo {
  readonly #asked: Parameters<SignatureVerifier['verify']>[] = [];
  readonly #added: string[] = [];
  readonly #memo: SignatureMemo;

  constructor(memo: SignatureMemo) {
    this.#memo = memo;
  }

  /** Whether anything was assumed. */
  get isEmpty(): boolean {
    return this.#asked.length === 0;
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
    if (!verdicts.every(Boolean)) return false;
    for (const key of this.#added) this.#memo.add(key);
    return true;
  }
}

/**
 * Checks with the keys and the clock of one replica.
 *
 * @param isBusy - whether there is other work than the request at hand; if not, handing signatures to another thread only costs time.
 */
export function createConcurrentChecker(replica: EnvelopeState, crypto: HttpCrypto, isBusy: () => boolean): ConcurrentChecker {
  const state = createCheckerState(replica, crypto);
  const plainly = checksOf(state);
  const { verifyAside } = crypto;

  async function check<T>(run: (checker: EnvelopeChecker) => Result<T, HttpFailure>): Promise<Result<T, HttpFailure>> {
    if (verifyAside === undefined || !isBusy()) return run(plainly);
    const putOff = new PutOff(state.memo);
    const assumed = run(checksOf({ ...state, ports: { ...state.ports, verifier: putOff }, memo: putOff }));
    if (putOff.isEmpty) return assumed;
    return assumed.ok && (await putOff.settle(verifyAside)) ? assumed : run(plainly);
  }

  return {
    checkCall: (scope, body) => check((checker) => checker.checkCall(scope, body)),
    checkQuery: (scope, body) => check((checker) => checker.checkQuery(scope, body)),
    checkReadState: (scope, body) => check((checker) => checker.checkReadState(scope, body)),
    signatures: state.signatures,
  };
}
