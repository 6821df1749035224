/**
 * Arguments of a program in one text, as project files write those of the Motoko compiler.
 * @module
 */

/** Splits at spaces, but not within quotes, as shells do: `-W M0223 --actor-idl "my folder"`. */
export function splitArguments(text: string): string[] {
  const words = text.match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replaceAll(/"([^"]*)"|'([^']*)'/g, (_match, double?: string, single?: string) => double ?? single ?? ''));
}
