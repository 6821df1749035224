/**
 * Tokens of Candid's texts: of values, of types and of interfaces.
 * Source: Candid specification, "Core Grammar", "Textual values".
 * @module
 */
import { fromUtf8, utf8 } from '../base/index.ts';
import { candidError } from './errors.ts';
import type { CandidError } from './errors.ts';
import { TEXT_LENGTH_MAX } from './limits.ts';

/** A token and where it begins, in UTF-16 units. */
export type Token =
  | { readonly kind: 'name'; readonly name: string; readonly offset: number }
  /** A literal in quotes: its bytes, which are not always UTF-8. */
  | { readonly kind: 'quoted'; readonly bytes: Uint8Array; readonly offset: number }
  /** A number without a sign, as it is written but for underscores. */
  | { readonly kind: 'number'; readonly digits: string; readonly isFloat: boolean; readonly offset: number }
  | { readonly kind: 'mark'; readonly mark: string; readonly offset: number }
  | { readonly kind: 'end'; readonly offset: number };

const SPACE = /[ \t\r\n]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const DIGITS = '[0-9]+(?:_[0-9]+)*';
const HEX_DIGITS = '[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*';
const NUMBER = new RegExp(
  `0x${HEX_DIGITS}(?:\\.(?:${HEX_DIGITS})?)?(?:[pP][+-]?${DIGITS})?|${DIGITS}(?:\\.(?:${DIGITS})?)?(?:[eE][+-]?${DIGITS})?`,
  'y',
);

/** Reads the tokens of a text, looking ahead as far as is asked. */
export class TokenStream {
  readonly source: string;
  private position: number = 0;
  private readonly ahead: Token[] = [];

  /** @throws IcError `CANDID_LIMIT_EXCEEDED` for a text that is too long. */
  constructor(source: string) {
    if (source.length > TEXT_LENGTH_MAX) {
      throw candidError('CANDID_LIMIT_EXCEEDED', `the text has ${source.length} characters, at most ${TEXT_LENGTH_MAX} are accepted`);
    }
    this.source = source;
  }

  /** The token `distance` after the next one. */
  peek(distance: number = 0): Token {
    while (this.ahead.length <= distance) this.ahead.push(this.scan());
    return this.ahead[distance]!;
  }

  next(): Token {
    return this.ahead.shift() ?? this.scan();
  }

  /** Whether the token `distance` after the next one is this mark. */
  isMark(mark: string, distance: number = 0): boolean {
    const token = this.peek(distance);
    return token.kind === 'mark' && token.mark === mark;
  }

  /** Whether the next token is this name. */
  isName(name: string): boolean {
    const token = this.peek();
    return token.kind === 'name' && token.name === name;
  }

  /** Steps over the next token if it is this mark. */
  accept(mark: string): boolean {
    if (!this.isMark(mark)) return false;
    this.next();
    return true;
  }

  /** Steps over the next token, which must be this mark. */
  expect(mark: string): void {
    if (!this.accept(mark)) throw this.unexpected(`'${mark}'`);
  }

  /** The next token is not what should be there. */
  unexpected(wanted: string): CandidError {
    const token = this.peek();
    return this.invalid(`${wanted} is expected, found ${tokenToText(token)}`, token.offset);
  }

  /** The text is wrong at `offset`. */
  invalid(what: string, offset: number): CandidError {
    const before = this.source.slice(0, offset);
    const line = before.split('\n').length;
    return candidError('CANDID_TEXT_INVALID', `line ${line}, column ${offset - before.lastIndexOf('\n')}: ${what}`, offset);
  }

  private match(pattern: RegExp): string {
    pattern.lastIndex = this.position;
    return pattern.exec(this.source)?.[0] ?? '';
  }

  private skipSpace(): void {
    for (;;) {
      this.position += this.match(SPACE).length;
      if (this.source.startsWith('//', this.position)) {
        const end = this.source.indexOf('\n', this.position);
        this.position = end < 0 ? this.source.length : end;
      } else if (this.source.startsWith('/*', this.position)) {
        this.skipBlockComment();
      } else {
        return;
      }
    }
  }

  /** Comments nest. */
  private skipBlockComment(): void {
    const start = this.position;
    let depth = 0;
    do {
      if (this.source.startsWith('/*', this.position)) {
        depth++;
        this.position += 2;
      } else if (this.source.startsWith('*/', this.position)) {
        depth--;
        this.position += 2;
      } else if (this.position++ >= this.source.length) {
        throw this.invalid('the comment that begins here has no end', start);
      }
    } while (depth > 0);
  }

  private scan(): Token {
    this.skipSpace();
    const offset = this.position;
    const char = this.source[offset];
    if (char === undefined) return { kind: 'end', offset };
    if (char === '"') return this.scanQuoted(offset);
    const name = this.match(NAME);
    if (name !== '') {
      this.position += name.length;
      return { kind: 'name', name, offset };
    }
    const number = this.match(NUMBER);
    if (number !== '') {
      this.position += number.length;
      const digits = number.replaceAll('_', '');
      return { kind: 'number', digits, isFloat: digits.startsWith('0x') ? /[.pP]/.test(digits) : /[.eE]/.test(digits), offset };
    }
    const mark = this.source.startsWith('->', offset) ? '->' : char;
    if (!'(){};:=,.+-'.includes(char) && mark !== '->') throw this.invalid(`the character '${char}' cannot stand here`, offset);
    this.position += mark.length;
    return { kind: 'mark', mark, offset };
  }

  /** A literal may be a module of megabytes: one pass over its characters, without a string or an array for each piece. */
  private scanQuoted(offset: number): Token {
    const { source } = this;
    let bytes = new Uint8Array(64);
    let length = 0;
    let position = offset + 1;
    const append = (part: Uint8Array): void => {
      if (length + part.length > bytes.length) {
        const grown = new Uint8Array(Math.max(2 * bytes.length, length + part.length));
        grown.set(bytes);
        bytes = grown;
      }
      bytes.set(part, length);
      length += part.length;
    };
    const one = new Uint8Array(1);
    for (;;) {
      const unit = source.charCodeAt(position);
      if (unit === QUOTE) break;
      if (Number.isNaN(unit)) throw this.invalid('the text that begins here has no end', offset);
      if (unit === BACKSLASH) {
        const byte = hexByte(source, position + 1);
        if (byte < 0) {
          this.position = position;
          append(this.scanEscape());
          position = this.position;
          continue;
        }
        one[0] = byte;
        position += 3;
      } else if (unit < 0x80) {
        one[0] = unit;
        position++;
      } else {
        NOT_ASCII.lastIndex = position;
        const run = NOT_ASCII.exec(source)![0];
        if (!run.isWellFormed()) throw this.invalid('the text has a lone surrogate', position);
        append(utf8(run));
        position += run.length;
        continue;
      }
      if (length < bytes.length) bytes[length++] = one[0]!;
      else append(one);
    }
    this.position = position + 1;
    return { kind: 'quoted', bytes: bytes.slice(0, length), offset };
  }

  /** An escape other than that of a byte. */
  private scanEscape(): Uint8Array {
    const start = this.position;
    const simple = SIMPLE_ESCAPES.get(this.source[start + 1] ?? '');
    if (simple !== undefined) {
      this.position = start + 2;
      return simple;
    }
    ESCAPE_POINT.lastIndex = start;
    const point = ESCAPE_POINT.exec(this.source);
    const code = point === null ? NaN : parseInt(point[1]!.replaceAll('_', ''), 16);
    if (!(code <= 0x10_ffff) || (code >= 0xd800 && code < 0xe000)) throw this.invalid('this is not an escape sequence', start);
    this.position = start + point![0].length;
    return utf8(String.fromCodePoint(code));
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Control characters are not in the grammar, but people paste texts of several lines: everything may stand in quotes. */
const NOT_ASCII = /[\u0080-\uffff]+/y;
const SIMPLE_ESCAPES: ReadonlyMap<string, Uint8Array> = new Map(
  Object.entries({ n: '\n', r: '\r', t: '\t', '\\': '\\', '"': '"', "'": "'" }).map(([char, text]) => [char, utf8(text)]),
);
const ESCAPE_POINT = /\\u\{([0-9a-fA-F]{1,8}(?:_[0-9a-fA-F]{1,8}){0,8})\}/y;

/** The byte that two hex digits at `position` write, or -1. */
function hexByte(source: string, position: number): number {
  const high = hexDigit(source.charCodeAt(position));
  const low = hexDigit(source.charCodeAt(position + 1));
  return high < 0 || low < 0 ? -1 : (high << 4) | low;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  if (code >= 97 && code <= 102) return code - 87;
  return code >= 65 && code <= 70 ? code - 55 : -1;
}

function tokenToText(token: Token): string {
  switch (token.kind) {
    case 'name':
      return `'${token.name}'`;
    case 'quoted': {
      const text = fromUtf8(token.bytes);
      return text === undefined || text.length > 40 ? 'a text' : `the text "${text}"`;
    }
    case 'number':
      return token.digits;
    case 'mark':
      return `'${token.mark}'`;
    case 'end':
      return 'the end';
  }
}
