/**
 * The clock of the machine.
 * @module
 */

/**
 * Nanoseconds since 1970, to the millisecond. Follows the machine through sleep and corrections; monotonic clocks stand still while a laptop is
 * closed. Replicated time never goes back: ordering sees to that.
 */
export function wallClockNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
