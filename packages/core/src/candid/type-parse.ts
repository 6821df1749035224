/**
 * Parser of types, as they stand in interfaces and in annotations of values.
 * @module
 */
import { fromUtf8 } from '../base/index.ts';
import { candidError } from './errors.ts';
import { FIELD_ID_MAX, hashFieldName, propertyOfFieldId } from './field-id.ts';
import { TEXT_DEPTH_MAX } from './limits.ts';
import type { Token, TokenStream } from './text-tokens.ts';
import { ANNOTATIONS, partsOf, recordOfFields, resolveType, sortedFields, sortedMethods } from './types.ts';
import type { Annotation, Field, FuncNode, KnotNode, Method, ServiceNode, TypeNode } from './types.ts';

/** Named types; a name is known from its first use, its target from its definition. */
export type TypeScope = Map<string, KnotNode & { readonly offset: number }>;

export type TypeParser = { readonly tokens: TokenStream; readonly scope: TypeScope; depth: number };

const PRIMITIVES: ReadonlyMap<string, TypeNode> = new Map(
  (
    [
      'null',
      'bool',
      'nat',
      'int',
      'nat8',
      'nat16',
      'nat32',
      'nat64',
      'int8',
      'int16',
      'int32',
      'int64',
      'float32',
      'float64',
      'text',
      'reserved',
      'empty',
      'principal',
    ] as const
  ).map((kind) => [kind, { kind }]),
);

const NUMBERED = /^_[0-9]+_$/;

/** Parses one type. @throws IcError `CANDID_TEXT_INVALID`, `CANDID_TYPE_INVALID`, `CANDID_LIMIT_EXCEEDED` */
export function parseType(parser: TypeParser): TypeNode {
  const token = parser.tokens.next();
  if (token.kind !== 'name') throw parser.tokens.invalid('a type is expected', token.offset);
  if (++parser.depth > TEXT_DEPTH_MAX) {
    throw candidError('CANDID_LIMIT_EXCEEDED', `types are nested more than ${TEXT_DEPTH_MAX} levels deep`, token.offset);
  }
  const node = parseTypeAfter(parser, token);
  parser.depth--;
  return node;
}

function parseTypeAfter(parser: TypeParser, token: Token & { readonly kind: 'name' }): TypeNode {
  switch (token.name) {
    case 'opt':
      return { kind: 'opt', inner: parseType(parser) };
    case 'vec':
      return { kind: 'vec', inner: parseType(parser) };
    case 'blob':
      return { kind: 'vec', inner: { kind: 'nat8' } };
    case 'record':
      return recordOfFields(parseFields(parser, false));
    case 'variant':
      return { kind: 'variant', fields: sortedFields(parseFields(parser, true)) };
    case 'func':
      return parseSignature(parser);
    case 'service':
      parser.tokens.accept(':');
      return parseMethods(parser);
    default:
      return PRIMITIVES.get(token.name) ?? namedType(parser, token);
  }
}

/** The type that a name stands for, now or later. */
export function namedType(parser: TypeParser, token: Token & { readonly kind: 'name' }): KnotNode {
  let knot = parser.scope.get(token.name);
  if (knot === undefined)
    parser.scope.set(token.name, (knot = { kind: 'knot', name: token.name, target: undefined, offset: token.offset }));
  return knot;
}

/** The name that a token can be, in quotes or not. */
export function nameOfToken(tokens: TokenStream, token: Token): string {
  if (token.kind === 'name') return token.name;
  const text = token.kind === 'quoted' ? fromUtf8(token.bytes) : undefined;
  if (text === undefined) throw tokens.invalid('a name is expected', token.offset);
  return text;
}

/** A label of a name or of a number. */
export function labelOfToken(tokens: TokenStream, token: Token): { readonly id: number; readonly name: string } {
  if (token.kind === 'number') {
    const id = Number(token.digits);
    if (token.isFloat || id > FIELD_ID_MAX) throw tokens.invalid('a label is a number of at most 32 bits', token.offset);
    return { id, name: propertyOfFieldId(id) };
  }
  const name = nameOfToken(tokens, token);
  const id = hashFieldName(name);
  // As a property, this name would mean the number in it.
  return { id, name: NUMBERED.test(name) ? propertyOfFieldId(id) : name };
}

function parseFields(parser: TypeParser, isVariant: boolean): Field[] {
  const { tokens } = parser;
  const fields: Field[] = [];
  let nextId = 0;
  tokens.expect('{');
  while (!tokens.accept('}')) {
    const start = tokens.peek();
    const labelled = tokens.isMark(':', 1) && start.kind !== 'mark' && start.kind !== 'end';
    let label = { id: nextId, name: propertyOfFieldId(nextId) };
    let type: TypeNode = { kind: 'null' };
    if (labelled || isVariant) {
      label = labelOfToken(tokens, tokens.next());
      if (labelled) tokens.expect(':');
    }
    if (labelled || !isVariant) type = parseType(parser);
    if (label.id > FIELD_ID_MAX) throw tokens.invalid('there is no label after the greatest one', start.offset);
    fields.push({ ...label, type });
    nextId = label.id + 1;
    if (!tokens.accept(';') && !tokens.isMark('}')) throw tokens.unexpected("';' or '}'");
  }
  return fields;
}

/** `(args) -> (results) annotations` */
export function parseSignature(parser: TypeParser): FuncNode {
  const { tokens } = parser;
  const { types: args, names } = parseTypeTuple(parser);
  tokens.expect('->');
  const { types: results } = parseTypeTuple(parser);
  const found: Annotation[] = [];
  for (let token = tokens.peek(); token.kind === 'name'; token = tokens.peek()) {
    const { name } = token;
    const annotation = ANNOTATIONS.find((candidate) => candidate === name);
    if (annotation === undefined) break;
    found.push(annotation);
    tokens.next();
  }
  const annotations = ANNOTATIONS.filter((annotation) => found.includes(annotation));
  return { kind: 'func', args, results, annotations, ...(names.some((name) => name !== undefined) ? { argNames: names } : {}) };
}

/** `(type, name : type, …)` */
export function parseTypeTuple(parser: TypeParser): {
  readonly types: readonly TypeNode[];
  readonly names: readonly (string | undefined)[];
} {
  const { tokens } = parser;
  const types: TypeNode[] = [];
  const names: (string | undefined)[] = [];
  tokens.expect('(');
  while (!tokens.accept(')')) {
    let name: string | undefined;
    if (tokens.isMark(':', 1)) {
      name = nameOfToken(tokens, tokens.next());
      tokens.expect(':');
    }
    names.push(name);
    types.push(parseType(parser));
    if (!tokens.accept(',') && !tokens.isMark(')')) throw tokens.unexpected("',' or ')'");
  }
  return { types, names };
}

/** `{ name : signature; … }` */
export function parseMethods(parser: TypeParser): ServiceNode {
  const { tokens } = parser;
  const methods: Method[] = [];
  tokens.expect('{');
  while (!tokens.accept('}')) {
    const name = nameOfToken(tokens, tokens.next());
    tokens.expect(':');
    const token = tokens.peek();
    if (token.kind === 'name') {
      tokens.next();
      methods.push({ name, type: token.name === 'func' ? parseSignature(parser) : namedType(parser, token) });
    } else {
      methods.push({ name, type: parseSignature(parser) });
    }
    if (!tokens.accept(';') && !tokens.isMark('}')) throw tokens.unexpected("';' or '}'");
  }
  return { kind: 'service', methods: sortedMethods(methods) };
}

/**
 * Checks that every name that was used is defined, and is more than a name for itself; and that methods are functions.
 * @throws IcError `CANDID_TEXT_INVALID`, `CANDID_TYPE_INVALID`
 */
export function checkScope(parser: TypeParser): void {
  for (const knot of parser.scope.values()) {
    if (knot.target === undefined) throw parser.tokens.invalid(`the type '${knot.name}' is not defined`, knot.offset);
  }
  for (const knot of parser.scope.values()) {
    const seen = new Set<TypeNode>();
    for (let node: TypeNode = knot; node.kind === 'knot'; node = node.target!) {
      if (seen.has(node)) throw candidError('CANDID_TYPE_INVALID', `the type '${knot.name}' is only a name for itself`, knot.offset);
      if (seen.size >= TEXT_DEPTH_MAX) {
        throw candidError('CANDID_LIMIT_EXCEEDED', `more than ${TEXT_DEPTH_MAX} types in a row are only names for another`, knot.offset);
      }
      seen.add(node);
    }
  }
  const visited = new Set<TypeNode>();
  for (const knot of parser.scope.values()) checkMethods(knot, visited);
}

/** Checks that the methods of every service in a type are functions. */
export function checkMethods(node: TypeNode, visited: Set<TypeNode> = new Set()): void {
  const pending: TypeNode[] = [node];
  for (let current = pending.pop(); current !== undefined; current = pending.pop()) {
    if (visited.has(current)) continue;
    visited.add(current);
    for (const { name, type } of current.kind === 'service' ? current.methods : []) {
      if (resolveType(type).kind !== 'func') throw candidError('CANDID_TYPE_INVALID', `the type of method '${name}' is not a function`);
    }
    for (const part of partsOf(current)) pending.push(part);
  }
}
