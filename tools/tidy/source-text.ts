/**
 * A reading of TypeScript that knows comments, strings and imports, and nothing else: enough for rules about words.
 * @module
 */

/** What a stretch of source is. */
type Kind = 'code' | 'comment' | 'string';

/** After one of these a slash starts a regular expression; after anything else it divides. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|\b(?:return|typeof|case|in|of|do|else|void|throw|yield|await))\s*$/;

function endOfQuoted(text: string, start: number, quote: string): number {
  let index = start + 1;
  while (index < text.length && text[index] !== quote && text[index] !== '\n') index += text[index] === '\\' ? 2 : 1;
  return Math.min(index + 1, text.length);
}

function endOfRegex(text: string, start: number): number {
  let inClass = false;
  let index = start + 1;
  while (index < text.length && text[index] !== '\n') {
    const char = text[index];
    if (char === '\\') index += 1;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return index + 1;
    index += 1;
  }
  return index;
}

/** End of a template literal; `${…}` inside it counts as part of the string, nested templates included. */
function endOfTemplate(text: string, start: number): number {
  let index = start + 1;
  let depth = 0;
  while (index < text.length) {
    const char = text[index];
    if (char === '\\') index += 1;
    else if (depth === 0 && char === '`') return index + 1;
    else if (char === '$' && text[index + 1] === '{') depth += 1;
    else if (depth > 0 && char === '}') depth -= 1;
    else if (depth > 0 && char === '`') index = endOfTemplate(text, index) - 1;
    index += 1;
  }
  return index;
}

function endOfToken(text: string, start: number): { readonly end: number; readonly kind: Kind } {
  const char = text[start];
  const pair = text.slice(start, start + 2);
  if (pair === '//') {
    const end = text.indexOf('\n', start);
    return { end: end < 0 ? text.length : end, kind: 'comment' };
  }
  if (pair === '/*') {
    const end = text.indexOf('*/', start + 2);
    return { end: end < 0 ? text.length : end + 2, kind: 'comment' };
  }
  if (char === "'" || char === '"') return { end: endOfQuoted(text, start, char), kind: 'string' };
  if (char === '`') return { end: endOfTemplate(text, start), kind: 'string' };
  if (char === '/' && BEFORE_REGEX.test(text.slice(Math.max(0, start - 80), start)))
    return { end: endOfRegex(text, start), kind: 'string' };
  return { end: start + 1, kind: 'code' };
}

/** The source with everything blanked but the wanted kinds; line breaks stay, so that line numbers do. */
export function keepOnly(text: string, wanted: readonly Kind[]): string {
  let kept = '';
  let index = 0;
  while (index < text.length) {
    const { end, kind } = endOfToken(text, index);
    const piece = text.slice(index, end);
    kept += wanted.includes(kind) ? piece : piece.replaceAll(/[^\n]/g, ' ');
    index = end;
  }
  return kept;
}

/** One import or re-export. */
export type ImportedModule = { readonly specifier: string; readonly line: number };

/** Every module that the source imports or re-exports from, dynamic imports of a literal included. */
export function importsOf(text: string): ImportedModule[] {
  const code = keepOnly(text, ['code', 'string']);
  const bare = keepOnly(text, ['code']);
  const imports: ImportedModule[] = [];
  for (const match of code.matchAll(/\b(?:import|export)\b[^;'"`()=]*?\bfrom\s*'([^']+)'|\bimport\s*\(?\s*'([^']+)'/g)) {
    // The keyword must be code: `import` may also be the end of a text.
    if (bare[match.index] !== ' ') imports.push({ specifier: match[1] ?? match[2] ?? '', line: lineOf(code, match.index) });
  }
  return imports;
}

/** 1-based line of an offset. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let index = text.indexOf('\n'); index >= 0 && index < offset; index = text.indexOf('\n', index + 1)) line += 1;
  return line;
}
