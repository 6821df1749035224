/**
 * Large numbers as people read them.
 * @module
 */

const CYCLE_UNITS: readonly (readonly [bigint, string])[] = [
  [1_000_000_000_000n, 'T'],
  [1_000_000_000n, 'G'],
  [1_000_000n, 'M'],
];

const BYTE_UNITS: readonly (readonly [bigint, string])[] = [
  [1n << 40n, 'TiB'],
  [1n << 30n, 'GiB'],
  [1n << 20n, 'MiB'],
  [1n << 10n, 'KiB'],
];

/** The number in the largest unit that it reaches, with two decimals, rounded down. */
function inUnits(amount: bigint, units: readonly (readonly [bigint, string])[], plain: string): string {
  for (const [size, name] of units) {
    if (amount < size) continue;
    const hundredths = (amount * 100n) / size;
    return `${hundredths / 100n}.${String(hundredths % 100n).padStart(2, '0')} ${name}`;
  }
  return `${amount} ${plain}`.trim();
}

/** `3.10 T cycles`, T being 10^12. */
export function amountOfCycles(cycles: bigint): string {
  return `${inUnits(cycles, CYCLE_UNITS, '')} cycles`;
}

/** `1.81 MiB` */
export function amountOfBytes(bytes: bigint): string {
  return inUnits(bytes, BYTE_UNITS, 'bytes');
}
