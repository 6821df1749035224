/**
 * Labels of record fields and variant tags.
 *
 * On the wire a label is a 32-bit number: the hash of its name, or the number itself for an unnamed one. In JavaScript an unnamed
 * label `n` is the property `_n_`.
 * Source: Candid specification, "Field labels".
 * @module
 */

/** The largest label. */
export const FIELD_ID_MAX = 0xffff_ffff;

const NUMBERED = /^_(0|[1-9][0-9]{0,9})_$/;

/** The hash of a name: its UTF-8 bytes as the digits of a number to base 223, modulo 2^32. */
export function hashFieldName(name: string): number {
  let hash = 0;
  for (const char of name) {
    const point = char.codePointAt(0)!;
    // The UTF-8 bytes of the code point, without a call to an encoder.
    if (point < 0x80) {
      hash = (Math.imul(hash, 223) + point) | 0;
      continue;
    }
    if (point < 0x800) {
      hash = (Math.imul(hash, 223) + (0xc0 | (point >> 6))) | 0;
    } else {
      if (point < 0x1_0000) {
        hash = (Math.imul(hash, 223) + (0xe0 | (point >> 12))) | 0;
      } else {
        hash = (Math.imul(hash, 223) + (0xf0 | (point >> 18))) | 0;
        hash = (Math.imul(hash, 223) + (0x80 | ((point >> 12) & 63))) | 0;
      }
      hash = (Math.imul(hash, 223) + (0x80 | ((point >> 6) & 63))) | 0;
    }
    hash = (Math.imul(hash, 223) + (0x80 | (point & 63))) | 0;
  }
  return hash >>> 0;
}

/** The label that a JavaScript property stands for: `_7_` is 7, everything else is hashed. */
export function fieldIdOfProperty(property: string): number {
  const match = NUMBERED.exec(property);
  const id = match === null ? undefined : Number(match[1]);
  return id !== undefined && id <= FIELD_ID_MAX ? id : hashFieldName(property);
}

/** The JavaScript property of an unnamed label. */
export function propertyOfFieldId(id: number): string {
  return `_${id}_`;
}
