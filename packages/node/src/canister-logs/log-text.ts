/**
 * Text of a line, from what a canister wrote.
 * @module
 */

/** Characters of a line. */
const LINE_CHARACTERS_MAX: number = 16 * 1024;

const decoder = new TextDecoder();

/** UTF-8 with replacements, cut where it is very long. */
export function logText(content: Uint8Array): string {
  // A character has at most four bytes: more of them are not looked at.
  const text = decoder.decode(content.subarray(0, LINE_CHARACTERS_MAX * 4));
  return text.length > LINE_CHARACTERS_MAX ? `${text.slice(0, LINE_CHARACTERS_MAX)}…` : text;
}
