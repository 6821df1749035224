/**
 * Amounts as project files write them: memory, time, cycles.
 * Source: icp-cli, "Canister Settings Reference"; dfx.json takes the same words in other cases and with spaces.
 * @module
 */
import type { ManifestValue } from './document.ts';

const MEMORY: Readonly<Record<string, bigint>> = {
  '': 1n,
  b: 1n,
  byte: 1n,
  bytes: 1n,
  kb: 1_000n,
  kib: 1n << 10n,
  mb: 1_000_000n,
  mib: 1n << 20n,
  gb: 1_000_000_000n,
  gib: 1n << 30n,
};

const CYCLES: Readonly<Record<string, bigint>> = { '': 1n, k: 1_000n, m: 10n ** 6n, b: 10n ** 9n, t: 10n ** 12n };

const SECONDS: Readonly<Record<string, bigint>> = {
  '': 1n,
  s: 1n,
  sec: 1n,
  secs: 1n,
  second: 1n,
  seconds: 1n,
  m: 60n,
  min: 60n,
  mins: 60n,
  minute: 60n,
  minutes: 60n,
  h: 3_600n,
  hr: 3_600n,
  hour: 3_600n,
  hours: 3_600n,
  d: 86_400n,
  day: 86_400n,
  days: 86_400n,
  w: 604_800n,
  week: 604_800n,
  weeks: 604_800n,
};

/** Largest of all: amounts are numbers of 128 bits at most. */
const AMOUNT_MAX: bigint = 1n << 128n;

function parseAmount(text: string, units: Readonly<Record<string, bigint>>): bigint | undefined {
  const [, digits, decimals = '', unit = ''] = /^([0-9][0-9_]{0,50})(?:\.([0-9]{1,20}))?\s*([a-z]*)$/i.exec(text.trim()) ?? [];
  const size = units[unit.toLowerCase()];
  if (digits === undefined || size === undefined) return undefined;
  const scale = 10n ** BigInt(decimals.length);
  const amount = (BigInt(digits.replaceAll('_', '') + decimals) * size) / scale;
  return amount < AMOUNT_MAX ? amount : undefined;
}

function readAmount(value: ManifestValue, units: Readonly<Record<string, bigint>>, example: string): bigint {
  const amount = parseAmount(value.word(), units);
  if (amount === undefined) throw value.refuse(`is not an amount: ${value.word()}`, `write digits and a unit, such as ${example}`);
  return amount;
}

/** Bytes as they are written; undefined when they are none: `4gib`, `2.5 GiB`, `1_000_000`. */
export function parseBytes(text: string): bigint | undefined {
  return parseAmount(text, MEMORY);
}

/** Seconds as they are written; undefined when they are none: `90d`, `2_592_000`, or several after each other: `15days 2min`. */
export function parseSeconds(text: string): bigint | undefined {
  const parts = text.match(/[0-9][0-9_.]*\s*[a-z]*/gi) ?? [];
  if (parts.length === 0 || parts.join('').replaceAll(/\s/g, '') !== text.replaceAll(/\s/g, '')) return undefined;
  let sum = 0n;
  for (const part of parts) {
    const seconds = parseAmount(part, SECONDS);
    if (seconds === undefined) return undefined;
    sum += seconds;
  }
  return sum;
}

/** Bytes, as {@link parseBytes} takes them. */
export function readBytes(value: ManifestValue): bigint {
  return readAmount(value, MEMORY, '4gib');
}

/** Cycles: `1.5t`, `500_000`. */
export function readCycles(value: ManifestValue): bigint {
  return readAmount(value, CYCLES, '1.5t');
}

/** Seconds, as {@link parseSeconds} takes them. */
export function readSeconds(value: ManifestValue): bigint {
  const seconds = parseSeconds(value.word());
  if (seconds === undefined) throw value.refuse(`is not a time: ${value.word()}`, 'write digits and a unit, such as 30d');
  return seconds;
}

/** A whole number up to `max`. */
export function readNumber(value: ManifestValue, max: bigint): bigint {
  const text = value.word().replaceAll('_', '');
  const number = /^[0-9]{1,40}$/.test(text) ? BigInt(text) : undefined;
  if (number === undefined || number > max) throw value.refuse(`is not a number from 0 to ${max}`);
  return number;
}
