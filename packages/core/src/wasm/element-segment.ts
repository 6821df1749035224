/**
 * Reads element segments. Their items stay in the module's bytes and are visited on demand.
 * @module
 */
import { ByteReader } from './byte-reader.ts';
import { ELEMENT_ITEMS_MAX } from './limits.ts';
import { refuse } from './rules.ts';
import { readConstantExpression, readReferenceType } from './type-reader.ts';
import type { ElementSegment, Span, ValueType } from './types.ts';
import { FUNCREF } from './value-types.ts';

const NOT_ACTIVE = 1;
const EXPLICIT = 2;
const EXPRESSIONS = 4;

/** One element segment. Source: WebAssembly core specification, "Modules / Element section". */
export function readElementSegment(reader: ByteReader): ElementSegment {
  const start = reader.position;
  const flags = reader.u32();
  if (flags > 7) refuse('WASM_SEGMENT_FLAGS', `malformed element segment flags ${flags}`, start);
  const active = (flags & NOT_ACTIVE) === 0;
  const explicit = (flags & EXPLICIT) !== 0;
  const form = (flags & EXPRESSIONS) === 0 ? 'functions' : 'expressions';
  const tableIndex = active && explicit ? reader.u32() : 0;
  const offset = active ? readConstantExpression(reader) : undefined;
  const element = active && !explicit ? FUNCREF : readElementType(reader, form);
  const count = reader.count('elements', ELEMENT_ITEMS_MAX);
  const items = readItems(reader, form, count);
  return { mode: active ? 'active' : explicit ? 'declarative' : 'passive', tableIndex, offset, element, form, count, items };
}

function readElementType(reader: ByteReader, form: ElementSegment['form']): ValueType {
  if (form === 'expressions') return readReferenceType(reader);
  const offset = reader.position;
  const kind = reader.u8();
  if (kind !== 0) refuse('WASM_SEGMENT_FLAGS', `malformed element kind 0x${kind.toString(16)}`, offset);
  return FUNCREF;
}

function readItems(reader: ByteReader, form: ElementSegment['form'], count: number): Span {
  const start = reader.position;
  if (form === 'functions') for (let index = 0; index < count; index++) reader.u32();
  else for (let index = 0; index < count; index++) readConstantExpression(reader);
  return { start, end: reader.position };
}

/** Visits the function indexes of a segment in the form `functions`, with their byte offsets. */
export function visitElementFunctions(bytes: Uint8Array, segment: ElementSegment, visit: (index: number, offset: number) => void): void {
  const reader = new ByteReader(bytes, segment.items.start, segment.items.end);
  for (let item = 0; item < segment.count; item++) {
    const offset = reader.position;
    visit(reader.u32(), offset);
  }
}

/** Visits the constant expressions of a segment in the form `expressions`. */
export function visitElementExpressions(bytes: Uint8Array, segment: ElementSegment, visit: (expression: Span) => void): void {
  const reader = new ByteReader(bytes, segment.items.start, segment.items.end);
  for (let item = 0; item < segment.count; item++) visit(readConstantExpression(reader));
}
