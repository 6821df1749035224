/**
 * The time of a network: the clock of the machine, whatever somebody does to it, made to never go back.
 *
 * The machine's clock is asked each time, so that a laptop that slept knows the time again. Where it was set back, the network's time goes on at half
 * speed until the clock has caught up: timers and heartbeats go on meanwhile, and after a while the two agree again.
 * @module
 */

export type ClockParts = {
  /** Clock of the machine, nanoseconds since 1970. It may jump. */
  readonly wallNs: () => bigint;
  /** A clock that only goes forward, nanoseconds since whenever. */
  readonly steadyNs: () => bigint;
};

/** Nanoseconds of network time for each two that pass, while the machine's clock is behind. */
const CATCH_UP_DIVISOR = 2n;
const NS_PER_MS = 1_000_000n;

const machine: ClockParts = {
  wallNs: () => BigInt(Date.now()) * NS_PER_MS,
  steadyNs: () => process.hrtime.bigint(),
};

/**
 * Begins to tell the time.
 * @param fromNs - time of the newest batch: no time before it is told.
 * @returns the time, nanoseconds since 1970; never less than what was told before.
 */
export function createNetworkClock(fromNs: bigint, { wallNs, steadyNs }: ClockParts = machine): () => bigint {
  let told = fromNs;
  let toldAt = steadyNs();
  return () => {
    const wall = wallNs();
    const steady = steadyNs();
    const crawled = told + (steady - toldAt) / CATCH_UP_DIVISOR;
    told = wall > crawled ? wall : crawled;
    toldAt = steady;
    return told;
  };
}
