/**
 * Numbers of cycles as they are typed.
 * @module
 */
import { usageFailure } from '../terminal/index.ts';

/** Amounts are numbers of 128 bits. */
const CYCLES_MAX = 1n << 128n;

/**
 * `5T`, `100_000`: digits, which may be grouped by underscores, and T, G or M for 10^12, 10^9 or 10^6.
 * @param example - how the amount stands in the command line, for the message.
 * @throws IcError `USAGE_OPTION_VALUE`
 */
export function parseCycles(text: string, example: string): bigint {
  const [, digits = '', unit = ''] = /^([0-9][0-9_]{0,60})([TGM]?)$/.exec(text) ?? [];
  const cycles = digits === '' ? CYCLES_MAX : BigInt(digits.replaceAll('_', '')) * 10n ** BigInt({ T: 12, G: 9, M: 6 }[unit] ?? 0);
  if (cycles < CYCLES_MAX) return cycles;
  throw usageFailure(
    'USAGE_OPTION_VALUE',
    `'${text}' is not a number of cycles`,
    `write digits, and T, G or M for 10^12, 10^9 or 10^6: ${example}`,
  );
}
