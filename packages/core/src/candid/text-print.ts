/**
 * Values as text: what `parseArgsText` reads.
 * @module
 */
import { principalToText } from '../base/index.ts';
import type { PrincipalId } from '../base/index.ts';
import { labelToText, nameToText, quoteText } from './type-text.ts';
import type { Field, ResolvedNode, TypeNode } from './types.ts';
import { resolveType } from './types.ts';

/** How {@link printArgs} writes. */
export type PrintOptions = {
  /** Names of labels that the types know only as numbers, by their hashes. */
  readonly names?: ReadonlyMap<number, string>;
  /** Longest line before a block is broken up; default 80. */
  readonly lineLength?: number;
  /** Write `: nat64` and the like behind numbers, so that the text alone says the types. Default true. */
  readonly annotate?: boolean;
};

type Printer = { readonly names: ReadonlyMap<number, string>; readonly lineLength: number; readonly annotate: boolean };

/** A printed value: what is on one line, or a block with parts. */
type Piece = string | { readonly open: string; readonly parts: readonly Piece[]; readonly separator: string; readonly close: string };

/** The values of a message, in parentheses. Values are as the codec gives them for these types. */
export function printArgs(types: readonly TypeNode[], values: readonly unknown[], options: PrintOptions = {}): string {
  const printer = printerOf(options);
  const parts = types.map((type, index) => pieceOf(printer, type, values[index]));
  return layOut(printer, { open: '(', parts, separator: ',', close: ')' }, '', 0);
}

/** One value. */
export function printValue(type: TypeNode, value: unknown, options: PrintOptions = {}): string {
  const printer = printerOf(options);
  return layOut(printer, pieceOf(printer, type, value), '', 0);
}

function printerOf(options: PrintOptions): Printer {
  return { names: options.names ?? new Map(), lineLength: options.lineLength ?? 80, annotate: options.annotate ?? true };
}

function pieceOf(printer: Printer, node: TypeNode, value: unknown): Piece {
  const type = resolveType(node);
  switch (type.kind) {
    case 'opt': {
      const [inner] = value as readonly unknown[];
      return (value as readonly unknown[]).length === 0 ? 'null' : prefixed('opt ', parenthesised(pieceOf(printer, type.inner, inner)));
    }
    case 'vec':
      if (value instanceof Uint8Array) return `blob ${quoteBytes(value)}`;
      return block(
        'vec',
        (value as readonly unknown[]).map((item) => pieceOf(printer, type.inner, item)),
      );
    case 'record':
      return block(
        'record',
        type.fields.map((field, index) =>
          type.tuple
            ? pieceOf(printer, field.type, (value as readonly unknown[])[index])
            : prefixed(
                `${labelOf(printer, field)} = `,
                pieceOf(printer, field.type, (value as { readonly [name: string]: unknown })[field.name]),
              ),
        ),
      );
    case 'variant': {
      const [name, inner] = Object.entries(value as object)[0]!;
      const tag = type.fields.find((field) => field.name === name)!;
      const label = labelOf(printer, tag);
      return block('variant', [resolveType(tag.type).kind === 'null' ? label : prefixed(`${label} = `, pieceOf(printer, tag.type, inner))]);
    }
    default:
      return leafOf(printer, type, value);
  }
}

function leafOf(printer: Printer, type: ResolvedNode, value: unknown): string {
  switch (type.kind) {
    case 'null':
      return 'null';
    case 'bool':
      return String(value);
    case 'text':
      return quoteText(value as string);
    case 'principal':
    case 'service':
      return `${type.kind} "${principalToText(value as PrincipalId)}"`;
    case 'func': {
      const [id, method] = value as readonly [PrincipalId, string];
      return `func "${principalToText(id)}".${nameToText(method)}`;
    }
    case 'float32':
    case 'float64':
      return annotated(printer, floatToText(value as number), type.kind);
    case 'reserved':
    case 'future':
    case 'empty':
      return annotated(printer, 'null', 'reserved');
    default:
      return annotated(printer, groupDigits(String(value)), type.kind);
  }
}

function annotated(printer: Printer, text: string, kind: string): string {
  return printer.annotate ? `${text} : ${kind}` : text;
}

/** What follows `opt` must be one value: an annotation would belong to the whole. */
function parenthesised(piece: Piece): Piece {
  return typeof piece === 'string' && / : [a-z0-9]+$/.test(piece) ? `(${piece})` : piece;
}

function prefixed(prefix: string, piece: Piece): Piece {
  return typeof piece === 'string' ? prefix + piece : { ...piece, open: prefix + piece.open };
}

function block(keyword: string, parts: readonly Piece[]): Piece {
  return parts.length === 0 ? `${keyword} {}` : { open: `${keyword} {`, parts, separator: ';', close: '}' };
}

function labelOf(printer: Printer, field: Field): string {
  const label = labelToText(field);
  if (label.charCodeAt(0) > 57 || label.startsWith('"')) return label;
  const name = printer.names.get(field.id);
  return name === undefined ? groupDigits(label) : nameToText(name);
}

/** Puts a piece on one line if it fits behind what stands there already, else its parts on lines of their own. */
function layOut(printer: Printer, piece: Piece, indent: string, used: number): string {
  const room = printer.lineLength - used;
  const line = oneLine(piece, room);
  if (line !== undefined || typeof piece === 'string') return line ?? (piece as string);
  const deeper = `${indent}  `;
  const parts = piece.parts.map((part) => `${deeper}${layOut(printer, part, deeper, deeper.length + 1)}${piece.separator}\n`);
  return `${piece.open}\n${parts.join('')}${indent}${piece.close}`;
}

/** The piece on one line of at most `room` characters, else undefined. A text alone may be as long as it is. */
function oneLine(piece: Piece, room: number): string | undefined {
  if (typeof piece === 'string') return piece.length <= room ? piece : undefined;
  const inner = piece.open === '(' ? '' : ' ';
  let text = piece.open + inner;
  for (let index = 0; index < piece.parts.length; index++) {
    const part = oneLine(piece.parts[index]!, room - text.length);
    if (part === undefined) return undefined;
    text += index === 0 ? part : `${piece.separator} ${part}`;
    if (text.length > room) return undefined;
  }
  text += inner + piece.close;
  return text.length <= room ? text : undefined;
}

/** `1_000_000`; a sign stays in front. */
function groupDigits(digits: string): string {
  return digits.replace(/\B(?=(?:[0-9]{3})+$)/g, '_');
}

function floatToText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'inf' : '-inf';
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /[.e]/.test(text) ? text.replace('e+', 'e') : `${text}.0`;
}

/** A literal of bytes: printable ASCII as it is, everything else escaped. */
function quoteBytes(bytes: Uint8Array): string {
  let text = '"';
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\${byte.toString(16).padStart(2, '0')}`;
  }
  return `${text}"`;
}
