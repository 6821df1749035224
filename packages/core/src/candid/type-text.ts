/**
 * Types as text, in the syntax of `.did` files.
 * @module
 */
import type { Field, FuncNode, ServiceNode, TypeNode } from './types.ts';

const KEYWORDS: ReadonlySet<string> = new Set([
  'import',
  'service',
  'func',
  'type',
  'opt',
  'vec',
  'record',
  'variant',
  'blob',
  'principal',
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
  'query',
  'oneway',
  'composite_query',
  'true',
  'false',
]);

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
const UNNAMED = /^_[0-9]+_$/;

/** A name as an identifier if it can be one, else in quotes. */
export function nameToText(name: string): string {
  return IDENTIFIER.test(name) && !KEYWORDS.has(name) ? name : quoteText(name);
}

/** A label: its name, or its number when it has none. */
export function labelToText(field: { readonly id: number; readonly name: string }): string {
  return UNNAMED.test(field.name) ? String(field.id) : nameToText(field.name);
}

/** A text literal: control characters, quotes and backslashes are escaped. */
export function quoteText(text: string): string {
  let quoted = '"';
  for (const char of text) {
    const point = char.codePointAt(0)!;
    if (char === '"' || char === '\\') quoted += `\\${char}`;
    else if (char === '\n') quoted += '\\n';
    else if (char === '\r') quoted += '\\r';
    else if (char === '\t') quoted += '\\t';
    else if (point < 0x20 || point === 0x7f) quoted += `\\u{${point.toString(16)}}`;
    else quoted += char;
  }
  return `${quoted}"`;
}

/** Levels of a type from a message that are written out. */
const UNNAMED_DEPTH_MAX = 3;

/** Fields of a block that an abridged type shows. */
const ABRIDGED_FIELDS_MAX = 8;

/** How {@link typeToText} writes. */
export type TypeTextOptions = {
  /** Levels that are written out; deeper ones become `…`, and so do fields after the eighth. Default: everything. */
  readonly depthMax?: number;
};

/** A type on one line; named types by their names. */
export function typeToText(node: TypeNode, options: TypeTextOptions = {}): string {
  return writeType(node, options.depthMax ?? Infinity);
}

function writeType(node: TypeNode, depth: number): string {
  switch (node.kind) {
    case 'knot':
      if (node.name !== undefined) return node.name;
      // Types of a message have no names to stop at.
      return depth <= 0 || node.target === undefined ? '…' : writeType(node.target, Math.min(depth, UNNAMED_DEPTH_MAX));
    case 'opt':
      return `opt ${writeType(node.inner, depth - 1)}`;
    case 'vec':
      return node.inner.kind === 'nat8' ? 'blob' : `vec ${writeType(node.inner, depth - 1)}`;
    case 'record':
      return block('record', node.fields, depth, (field) =>
        node.tuple ? writeType(field.type, depth - 1) : `${labelToText(field)} : ${writeType(field.type, depth - 1)}`,
      );
    case 'variant':
      return block('variant', node.fields, depth, (field) =>
        field.type.kind === 'null' ? labelToText(field) : `${labelToText(field)} : ${writeType(field.type, depth - 1)}`,
      );
    case 'func':
      return depth <= 0 ? 'func …' : `func ${signatureToText(node, depth)}`;
    case 'service':
      return depth <= 0 ? 'service …' : `service ${methodsToText(node, depth)}`;
    case 'future':
      return 'a type of a later version of Candid';
    default:
      return node.kind;
  }
}

function block(keyword: string, fields: readonly Field[], depth: number, write: (field: Field) => string): string {
  if (fields.length === 0) return `${keyword} {}`;
  if (depth <= 0) return `${keyword} { … }`;
  const shown = depth === Infinity ? fields : fields.slice(0, ABRIDGED_FIELDS_MAX);
  return `${keyword} { ${shown.map(write).join('; ')}${shown.length < fields.length ? '; …' : ''} }`;
}

/** `(args) -> (results) annotations` */
export function signatureToText(node: FuncNode, depth: number = Infinity): string {
  const args = node.args.map((type, index) => {
    const name = node.argNames?.[index];
    return name === undefined ? writeType(type, depth - 1) : `${nameToText(name)} : ${writeType(type, depth - 1)}`;
  });
  const results = node.results.map((type) => writeType(type, depth - 1));
  return [`(${args.join(', ')}) -> (${results.join(', ')})`, ...node.annotations].join(' ');
}

function methodsToText(node: ServiceNode, depth: number): string {
  if (node.methods.length === 0) return '{}';
  const methods = node.methods.map(({ name, type }) => {
    const signature = type.kind === 'func' ? signatureToText(type, depth - 1) : writeType(type, depth - 1);
    return `${nameToText(name)} : ${signature.startsWith('func ') ? signature.slice(5) : signature}`;
  });
  return `{ ${methods.join('; ')} }`;
}
