/**
 * Values as people write them: `(42, "a", record { x = 1 : nat })`.
 *
 * A text is parsed without knowing its types; types are given to it afterwards, expected ones or inferred ones.
 * Source: Candid specification, "Textual values".
 * @module
 */
import { fromUtf8, principalFromText } from '../base/index.ts';
import type { PrincipalId } from '../base/index.ts';
import { candidError } from './errors.ts';
import { parseFloatLiteral } from './float-literal.ts';
import { FIELD_ID_MAX, propertyOfFieldId } from './field-id.ts';
import { TEXT_DEPTH_MAX } from './limits.ts';
import { TokenStream } from './text-tokens.ts';
import type { Token } from './text-tokens.ts';
import { checkScope, labelOfToken, nameOfToken, parseType } from './type-parse.ts';
import type { TypeParser } from './type-parse.ts';
import { checkMethods } from './type-parse.ts';
import type { TypeNode } from './types.ts';

/** A field of a record or the tag of a variant, as written. */
export type TextField = { readonly id: number; readonly name: string; readonly value: TextValue };

/** A value as written; `offset` is where it begins in the text. */
export type TextValue = { readonly offset: number } & (
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'null' }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'blob'; readonly value: Uint8Array }
  | { readonly kind: 'opt'; readonly inner: TextValue }
  | { readonly kind: 'vec'; readonly items: readonly TextValue[] }
  | { readonly kind: 'record'; readonly fields: readonly TextField[] }
  | { readonly kind: 'variant'; readonly field: TextField }
  | { readonly kind: 'principal' | 'service'; readonly id: PrincipalId }
  | { readonly kind: 'func'; readonly id: PrincipalId; readonly method: string }
  | { readonly kind: 'annotated'; readonly value: TextValue; readonly type: TypeNode }
);

type ValueParser = { readonly tokens: TokenStream; depth: number };

/**
 * Parses `(value, …)`; a single value may stand without parentheses.
 * @throws IcError `CANDID_TEXT_INVALID`, `CANDID_TYPE_INVALID`, `CANDID_LIMIT_EXCEEDED`
 */
export function parseArgsText(text: string): readonly TextValue[] {
  const parser: ValueParser = { tokens: new TokenStream(text), depth: 0 };
  const { tokens } = parser;
  const values: TextValue[] = [];
  if (tokens.accept('(')) {
    while (!tokens.accept(')')) {
      values.push(parseAnnotated(parser));
      if (!tokens.accept(',') && !tokens.isMark(')')) throw tokens.unexpected("',' or ')'");
    }
  } else {
    values.push(parseAnnotated(parser));
  }
  if (tokens.peek().kind !== 'end') throw tokens.unexpected('the end');
  return values;
}

/** `value : type` */
function parseAnnotated(parser: ValueParser): TextValue {
  const { tokens } = parser;
  const value = parseValue(parser);
  if (!tokens.accept(':')) return value;
  const typeParser: TypeParser = { tokens, scope: new Map(), depth: parser.depth };
  const type = parseType(typeParser);
  checkScope(typeParser);
  checkMethods(type);
  return { kind: 'annotated', value, type, offset: value.offset };
}

function parseValue(parser: ValueParser): TextValue {
  const token = parser.tokens.next();
  if (++parser.depth > TEXT_DEPTH_MAX) {
    throw candidError('CANDID_LIMIT_EXCEEDED', `values are nested more than ${TEXT_DEPTH_MAX} levels deep`, token.offset);
  }
  const value = parseValueAfter(parser, token);
  parser.depth--;
  return value;
}

function parseValueAfter(parser: ValueParser, token: Token): TextValue {
  const { tokens } = parser;
  const { offset } = token;
  switch (token.kind) {
    case 'number':
      return numberOf(token, 1);
    case 'quoted':
      return { kind: 'text', value: textOf(tokens, token), offset };
    case 'name':
      return parseNamed(parser, token);
    case 'mark':
      if (token.mark === '(') {
        const inner = parseAnnotated(parser);
        tokens.expect(')');
        return inner;
      }
      if (token.mark === '-' || token.mark === '+') {
        const digits = tokens.next();
        if (digits.kind === 'name' && digits.name === 'inf')
          return { kind: 'float', value: token.mark === '-' ? -Infinity : Infinity, offset };
        if (digits.kind !== 'number') throw tokens.invalid('a number is expected', digits.offset);
        return numberOf({ ...digits, offset }, token.mark === '-' ? -1 : 1);
      }
      break;
    case 'end':
      break;
  }
  throw tokens.invalid('a value is expected', offset);
}

function numberOf(token: Token & { readonly kind: 'number' }, sign: 1 | -1): TextValue {
  const { offset, digits } = token;
  if (token.isFloat) return { kind: 'float', value: sign * parseFloatLiteral(digits), offset };
  return { kind: 'integer', value: BigInt(sign) * BigInt(digits), offset };
}

function textOf(tokens: TokenStream, token: Token): string {
  if (token.kind !== 'quoted') throw tokens.invalid('a text is expected', token.offset);
  const text = fromUtf8(token.bytes);
  if (text === undefined) throw tokens.invalid('the text is not UTF-8: write blob in front of it if it is meant as bytes', token.offset);
  return text;
}

function parseNamed(parser: ValueParser, token: Token & { readonly kind: 'name' }): TextValue {
  const { tokens } = parser;
  const { offset } = token;
  switch (token.name) {
    case 'true':
    case 'false':
      return { kind: 'bool', value: token.name === 'true', offset };
    case 'null':
      return { kind: 'null', offset };
    // Not in the grammar, but such values exist and are printed.
    case 'inf':
    case 'NaN':
      return { kind: 'float', value: token.name === 'NaN' ? NaN : Infinity, offset };
    case 'opt':
      return { kind: 'opt', inner: parseValue(parser), offset };
    case 'blob': {
      const literal = tokens.next();
      if (literal.kind !== 'quoted') throw tokens.invalid('a text is expected', literal.offset);
      return { kind: 'blob', value: literal.bytes, offset };
    }
    case 'vec':
      return { kind: 'vec', items: parseItems(parser), offset };
    case 'record':
      return { kind: 'record', fields: parseFieldValues(parser, false), offset };
    case 'variant': {
      const fields = parseFieldValues(parser, true);
      if (fields.length !== 1) throw tokens.invalid('a variant has exactly one tag', offset);
      return { kind: 'variant', field: fields[0]!, offset };
    }
    case 'principal':
    case 'service':
      tokens.accept(':');
      return { kind: token.name, id: parsePrincipal(tokens), offset };
    case 'func': {
      const id = parsePrincipal(tokens);
      tokens.expect('.');
      return { kind: 'func', id, method: nameOfToken(tokens, tokens.next()), offset };
    }
    default:
      throw tokens.invalid(`'${token.name}' is not a value (a text stands in quotes)`, offset);
  }
}

function parsePrincipal(tokens: TokenStream): PrincipalId {
  const token = tokens.next();
  const text = textOf(tokens, token);
  try {
    return principalFromText(text);
  } catch (error) {
    throw tokens.invalid((error as Error).message, token.offset);
  }
}

function parseItems(parser: ValueParser): readonly TextValue[] {
  const { tokens } = parser;
  const items: TextValue[] = [];
  tokens.expect('{');
  while (!tokens.accept('}')) {
    items.push(parseAnnotated(parser));
    if (!tokens.accept(';') && !tokens.isMark('}')) throw tokens.unexpected("';' or '}'");
  }
  return items;
}

function parseFieldValues(parser: ValueParser, isVariant: boolean): TextField[] {
  const { tokens } = parser;
  const fields: TextField[] = [];
  const ids = new Set<number>();
  let nextId = 0;
  tokens.expect('{');
  while (!tokens.accept('}')) {
    const { offset } = tokens.peek();
    let label = { id: nextId, name: propertyOfFieldId(nextId) };
    let value: TextValue = { kind: 'null', offset };
    if (tokens.isMark('=', 1)) {
      label = labelOfToken(tokens, tokens.next());
      tokens.expect('=');
      value = parseAnnotated(parser);
    } else if (isVariant) {
      label = labelOfToken(tokens, tokens.next());
    } else {
      value = parseAnnotated(parser);
    }
    if (label.id > FIELD_ID_MAX) throw tokens.invalid('there is no label after the greatest one', offset);
    if (ids.has(label.id)) throw tokens.invalid('this label occurs twice', offset);
    ids.add(label.id);
    fields.push({ ...label, value });
    nextId = label.id + 1;
    if (!tokens.accept(';') && !tokens.isMark('}')) throw tokens.unexpected("';' or '}'");
  }
  return fields;
}
