/**
 * The replica's figures for whoever asks: asked for once for all who ask at the same time, and not waited for without end.
 * @module
 */
import type { CanisterListing, ReplicaSnapshot } from '../../metrics/index.ts';
import type { ReplicaPort } from '../ports.ts';

/** A replica that does not answer for so long is in the middle of a large batch: what it said last is told meanwhile. */
const PATIENCE_MS = 2_000;
/** A batch that keeps it from answering for longer is not an ordinary one. */
const BUSY_MS = 15_000;
/** For so long figures are as good as new ones: clients may ask often. */
const FRESH_MS = 100;
/** All canisters are added up no more often than this. */
const LISTING_FRESH_MS = 2_000;

/** How an answer is wanted, in milliseconds. */
export type Wanted = {
  /** Age of figures that will do. */
  readonly freshMs?: number;
  /** Time that is waited for newer ones. */
  readonly patienceMs?: number;
};

export type SnapshotSource = {
  /** @returns the newest figures that there are in time, undefined when the replica does not answer any more. @throws what the replica throws */
  snapshot(wanted?: Wanted): Promise<ReplicaSnapshot | undefined>;
  /** @see snapshot */
  listing(wanted?: Wanted): Promise<CanisterListing | undefined>;
};

type Told<T> = { readonly value: T; readonly atMs: number };

function within<T>(work: Promise<T>, milliseconds: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), milliseconds);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Asks again when the last answer is older than what is wanted. */
function shared<T>(ask: () => Promise<T>, freshDefaultMs: number): (wanted?: Wanted) => Promise<T | undefined> {
  let last: Told<T> | undefined;
  let asked: { readonly answer: Promise<Told<T>>; readonly sinceMs: number } | undefined;
  return async ({ freshMs = freshDefaultMs, patienceMs = PATIENCE_MS } = {}) => {
    if (last !== undefined && performance.now() - last.atMs < freshMs) return last.value;
    if (asked === undefined) {
      const answer = ask().then((value) => (last = { value, atMs: performance.now() }));
      asked = { answer, sinceMs: performance.now() };
      const done = (): void => void (asked = undefined);
      answer.then(done, done);
    }
    const { answer, sinceMs } = asked;
    const told = await within(answer, patienceMs);
    if (told !== undefined) return told.value;
    return performance.now() - sinceMs < BUSY_MS ? last?.value : undefined;
  };
}

/** @param listedMax - canisters that are listed one by one. */
export function createSnapshotSource(replica: ReplicaPort, listedMax: number): SnapshotSource {
  const snapshot = shared(() => replica.snapshot(), FRESH_MS);
  // From now on there are figures to tell while the replica is busy.
  snapshot().catch(() => undefined);
  return { snapshot, listing: shared(() => replica.listCanisters(listedMax), LISTING_FRESH_MS) };
}
