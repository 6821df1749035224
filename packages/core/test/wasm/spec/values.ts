/**
 * Values of test scripts against what ran, bit by bit.
 * @module
 */
import type { LanePattern, Pattern, ReferenceValue } from '../text/script.ts';

/** A result as its bits, or as a reference. */
export type Result = { readonly bytes: readonly number[] } | { readonly reference: unknown };

/** A host value behind `ref.extern n`. */
export class HostValue {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
}

/** Whether a result is what the script demands. */
export function matches(pattern: Pattern, result: Result): boolean {
  switch (pattern.kind) {
    case 'either':
      return pattern.options.some((option) => matches(option, result));
    case 'reference':
      return 'reference' in result && matchesReference(pattern, result.reference);
    case 'lanes': {
      if (!('bytes' in result)) return false;
      let offset = 0;
      for (const lane of pattern.lanes) {
        const bytes = typeof lane === 'string' ? pattern.laneBytes : lane.length;
        if (!matchesLane(lane, result.bytes.slice(offset, offset + bytes))) return false;
        offset += bytes;
      }
      return offset === result.bytes.length;
    }
  }
}

function matchesReference(pattern: ReferenceValue, found: unknown): boolean {
  if (pattern.value === 'null') return found === null;
  if (found === null || found === undefined) return false;
  if (pattern.value === 'any') return pattern.heap !== 'func' || typeof found === 'function';
  return found instanceof HostValue && found.number === pattern.value;
}

function matchesLane(pattern: LanePattern, bytes: readonly number[]): boolean {
  if (typeof pattern !== 'string') return pattern.every((byte, index) => byte === bytes[index]);
  let bits = 0n;
  for (const [index, byte] of bytes.entries()) bits |= BigInt(byte) << BigInt(8 * index);
  const fraction = bytes.length === 4 ? 23n : 52n;
  const signless = BigInt.asUintN(8 * bytes.length - 1, bits);
  const infinity = ((1n << BigInt(8 * bytes.length - 1)) - 1n) ^ ((1n << fraction) - 1n);
  const canonical = infinity | (1n << (fraction - 1n));
  if (pattern === 'canonical') return signless === canonical;
  return (signless & canonical) === canonical;
}

/** Text of a result, for messages. */
export function resultText(result: Result): string {
  if ('reference' in result) return `reference ${String(result.reference)}`;
  return `0x${result.bytes
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .reverse()
    .join('')}`;
}
