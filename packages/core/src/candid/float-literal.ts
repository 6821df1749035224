/**
 * Floating point literals of Candid texts.
 * @module
 */

/** Beyond this exponent of two every result is zero or infinite. */
const BINARY_EXPONENT_MAX = 5000;

/** Value of an unsigned literal without underscores, decimal or hexadecimal (`0xDEAD.BEEFp-10`). */
export function parseFloatLiteral(digits: string): number {
  return digits.startsWith('0x') ? parseHexFloat(digits.slice(2)) : Number(digits);
}

function parseHexFloat(digits: string): number {
  const [mantissa = '', exponentText = '0'] = digits.split(/[pP]/);
  const [whole = '', fraction = ''] = mantissa.split('.');
  const given = Number(exponentText);
  let exponent = Math.max(-BINARY_EXPONENT_MAX, Math.min(BINARY_EXPONENT_MAX, given)) - 4 * fraction.length;
  // Conversion of the exact integer rounds once; the scaling is exact but for results below the smallest normal number.
  let value = Number(BigInt(`0x${whole}${fraction}`));
  for (; exponent > 0 && value !== 0 && value !== Infinity; exponent--) value *= 2;
  for (; exponent < 0 && value !== 0; exponent++) value /= 2;
  return value;
}
