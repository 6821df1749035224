/**
 * Changes bytes of a module. Half of the changes keep the lengths of sections and bodies right, so that they reach the validator.
 * @module
 */
import type { Random } from './random.ts';

const INTERESTING: readonly number[] = [
  0x00, 0x01, 0x0b, 0x05, 0x40, 0x60, 0x6f, 0x70, 0x7b, 0x7c, 0x7d, 0x7e, 0x7f, 0x80, 0xff, 0xfc, 0xfd, 0x63, 0x64, 0x1b, 0x1c, 0x20, 0x41,
  0x0d, 0x0e, 0xd0, 0xd2,
];

/** A changed copy of `bytes`. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  let mutated: Uint8Array = bytes.slice();
  for (let changes = 1 + random.below(3); changes > 0; changes--)
    mutated = random.oneIn(2) ? overwrite(mutated, random) : reshape(mutated, random);
  return mutated;
}

function overwrite(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length <= 8) return bytes;
  const at = 8 + random.below(bytes.length - 8);
  const kind = random.below(4);
  if (kind === 0) bytes[at] = random.below(256);
  else if (kind === 1) bytes[at] = random.pick(INTERESTING);
  else if (kind === 2) bytes[at]! ^= 1 << random.below(8);
  else {
    const from = 8 + random.below(bytes.length - 8);
    bytes.copyWithin(at, from, from + 1 + random.below(16));
  }
  return bytes;
}

function reshape(bytes: Uint8Array, random: Random): Uint8Array {
  const at = random.below(bytes.length + 1);
  const length = random.below(Math.min(16, bytes.length - at) + 1);
  const rest = bytes.subarray(at + length);
  const kind = random.below(3);
  const inserted =
    kind === 0
      ? new Uint8Array(0)
      : kind === 1
        ? Uint8Array.from({ length: 1 + random.below(4) }, () => random.pick(INTERESTING))
        : bytes.slice(at, at + length + random.below(32));
  const result = new Uint8Array(at + inserted.length + rest.length);
  result.set(bytes.subarray(0, at));
  result.set(inserted, at);
  result.set(rest, at + inserted.length);
  return result;
}

/** Random bytes, mostly behind a valid header and section frame. */
export function randomBytes(random: Random): Uint8Array {
  const content = Uint8Array.from({ length: random.below(200) }, () => (random.oneIn(2) ? random.below(256) : random.pick(INTERESTING)));
  if (random.oneIn(4)) return content;
  const framed = random.oneIn(2) ? [random.below(14), content.length & 0x7f, ...content.subarray(0, content.length & 0x7f)] : [...content];
  return Uint8Array.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...framed]);
}
