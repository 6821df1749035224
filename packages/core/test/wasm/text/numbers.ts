/**
 * Numbers of the text format, exact to the bit.
 * @module
 */
import { TextError } from './tree.ts';

/** An integer literal. */
export function parseInteger(text: string): bigint {
  const plain = text.replaceAll('_', '');
  const negative = plain.startsWith('-');
  const digits = plain.replace(/^[+-]/, '');
  if (!/^(0x[0-9a-fA-F]+|[0-9]+)$/.test(digits)) throw new TextError(`not an integer: ${text}`);
  return negative ? -BigInt(digits) : BigInt(digits);
}

export type FloatFormat = { readonly bits: number; readonly fraction: number; readonly bias: number };
export const FLOAT32: FloatFormat = { bits: 32, fraction: 23, bias: 127 };
export const FLOAT64: FloatFormat = { bits: 64, fraction: 52, bias: 1023 };

/** Bits of a float literal, rounded to nearest, ties to even. */
export function parseFloatBits(text: string, format: FloatFormat): bigint {
  const plain = text.replaceAll('_', '');
  const sign = plain.startsWith('-') ? 1n << BigInt(format.bits - 1) : 0n;
  const body = plain.replace(/^[+-]/, '');
  const infinity = BigInt(2 * format.bias + 1) << BigInt(format.fraction);
  if (body === 'inf') return sign | infinity;
  if (body === 'nan') return sign | infinity | (1n << BigInt(format.fraction - 1));
  if (body.startsWith('nan:0x')) return sign | infinity | BigInt(body.slice(4));
  const { numerator, denominator } = body.startsWith('0x') ? hexRatio(body) : decimalRatio(body);
  const magnitude = roundRatio(numerator, denominator, format);
  if (magnitude >= infinity) throw new TextError(`float out of range: ${text}`);
  return sign | magnitude;
}

type Ratio = { readonly numerator: bigint; readonly denominator: bigint };

function decimalRatio(body: string): Ratio {
  const match = /^([0-9]+)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/.exec(body);
  if (match === null) throw new TextError(`not a float: ${body}`);
  const fraction = match[2] ?? '';
  const exponent = Number(match[3] ?? '0') - fraction.length;
  return scale(BigInt(match[1]! + fraction), 10n, exponent);
}

function hexRatio(body: string): Ratio {
  const match = /^0x([0-9a-fA-F]+)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?[0-9]+))?$/.exec(body);
  if (match === null) throw new TextError(`not a float: ${body}`);
  const fraction = match[2] ?? '';
  return scale(BigInt(`0x${match[1]!}${fraction}`), 2n, Number(match[3] ?? '0') - 4 * fraction.length);
}

function scale(digits: bigint, base: bigint, exponent: number): Ratio {
  const factor = base ** BigInt(Math.abs(exponent));
  return exponent < 0 ? { numerator: digits, denominator: factor } : { numerator: digits * factor, denominator: 1n };
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

function roundRatio(numerator: bigint, denominator: bigint, { fraction, bias }: FloatFormat): bigint {
  if (numerator === 0n) return 0n;
  // Exponent of the leading bit, then of the last bit that the format keeps.
  let exponent = bitLength(numerator) - bitLength(denominator);
  if (numerator * shift(-exponent) < denominator * shift(exponent)) exponent--;
  const last = Math.max(exponent, 1 - bias) - fraction;
  const top = numerator * shift(-last);
  const bottom = denominator * shift(last);
  let mantissa = top / bottom;
  const twice = 2n * (top % bottom);
  if (twice > bottom || (twice === bottom && (mantissa & 1n) === 1n)) mantissa++;
  // A mantissa with its leading bit carries into the exponent field by addition.
  return mantissa + (BigInt(Math.max(exponent, 1 - bias) + bias - 1) << BigInt(fraction));
}

function shift(exponent: number): bigint {
  return exponent > 0 ? 1n << BigInt(exponent) : 1n;
}

/** The low `bytes` bytes of a number, least significant first. */
export function littleEndian(value: bigint, bytes: number): number[] {
  const wrapped = BigInt.asUintN(8 * bytes, value);
  return Array.from({ length: bytes }, (_, index) => Number((wrapped >> BigInt(8 * index)) & 0xffn));
}

/** Unsigned LEB128. */
export function unsignedLeb(value: number | bigint): number[] {
  let rest = BigInt(value);
  const bytes: number[] = [];
  do {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? byte : byte | 0x80);
  } while (rest !== 0n);
  return bytes;
}

/** Signed LEB128. */
export function signedLeb(value: number | bigint): number[] {
  let rest = BigInt(value);
  const bytes: number[] = [];
  for (;;) {
    const byte = Number(rest & 0x7fn);
    rest >>= 7n;
    const finished = (rest === 0n && (byte & 0x40) === 0) || (rest === -1n && (byte & 0x40) !== 0);
    bytes.push(finished ? byte : byte | 0x80);
    if (finished) return bytes;
  }
}
