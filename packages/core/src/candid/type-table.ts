/**
 * The head of a message: its type table and the types of its arguments.
 *
 * Everything in it is checked here, used or not, so that later steps trust the nodes. References between entries become knots.
 * Source: Candid specification, "Binary Format: Types".
 * @module
 */
import { candidError } from './errors.ts';
import { FIELD_ID_MAX, propertyOfFieldId } from './field-id.ts';
import {
  ANNOTATION_BYTES,
  FUNC_OPCODE,
  LAST_OPCODE,
  MAGIC,
  OPT_OPCODE,
  PRIMITIVE_BY_OPCODE,
  RECORD_OPCODE,
  SERVICE_OPCODE,
  VARIANT_OPCODE,
  VEC_OPCODE,
} from './opcodes.ts';
import { malformed, readByte, readLength, readText, readTypeCode, take } from './reader.ts';
import type { Reader } from './reader.ts';
import { ANNOTATIONS, compareText } from './types.ts';
import type { Annotation, Field, KnotNode, Method, TypeNode } from './types.ts';

type TableState = { readonly reader: Reader; readonly knots: readonly KnotNode[]; itemsLeft: number };

/**
 * Reads the head; the reader then stands at the first value.
 * @throws IcError `CANDID_MALFORMED`, `CANDID_LIMIT_EXCEEDED`
 */
export function readHeader(reader: Reader): readonly TypeNode[] {
  for (const byte of MAGIC) {
    if (reader.bytes[reader.offset++] !== byte) {
      throw candidError('CANDID_MALFORMED', 'not a Candid message: it does not begin with the bytes DIDL', 0);
    }
  }
  const state: TableState = { reader, knots: [], itemsLeft: reader.limits.typeTableItemsMax };
  const count = readCount(state, 2);
  const knots: KnotNode[] = [];
  for (let index = 0; index < count; index++) knots.push({ kind: 'knot', name: undefined, target: undefined });
  const table: TableState = { ...state, knots };
  for (const knot of knots) knot.target = readEntry(table);
  for (const knot of knots) checkMethods(table, knot.target!);
  return readTypes(table);
}

/** A count of things that take at least `bytesEach` bytes each. */
function readCount(state: TableState, bytesEach: number): number {
  const { reader } = state;
  const count = readLength(reader);
  if (count * bytesEach > reader.bytes.length - reader.offset) throw malformed(reader, 'a count is more than what is left');
  state.itemsLeft -= count;
  if (state.itemsLeft < 0) {
    throw candidError(
      'CANDID_LIMIT_EXCEEDED',
      `the message declares more than ${reader.limits.typeTableItemsMax} types and fields`,
      reader.offset,
    );
  }
  return count;
}

function readEntry(state: TableState): TypeNode {
  const { reader } = state;
  const code = readTypeCode(reader);
  switch (code) {
    case OPT_OPCODE:
      return { kind: 'opt', inner: readType(state) };
    case VEC_OPCODE:
      return { kind: 'vec', inner: readType(state) };
    case RECORD_OPCODE: {
      const fields = readFields(state);
      return { kind: 'record', fields, tuple: fields.length > 0 && fields[fields.length - 1]!.id === fields.length - 1 };
    }
    case VARIANT_OPCODE:
      return { kind: 'variant', fields: readFields(state) };
    case FUNC_OPCODE: {
      const args = readTypes(state);
      const results = readTypes(state);
      return { kind: 'func', args, results, annotations: readAnnotations(state) };
    }
    case SERVICE_OPCODE:
      return { kind: 'service', methods: readMethods(state) };
    default:
      if (code >= LAST_OPCODE) throw malformed(reader, `the type table has an entry of code ${code}`);
      take(reader, readLength(reader));
      return { kind: 'future' };
  }
}

/** A type as a part of another: a primitive or a table index. */
function readType(state: TableState): TypeNode {
  const code = readTypeCode(state.reader);
  const node = code >= 0 ? state.knots[code] : PRIMITIVE_BY_OPCODE[-code];
  if (node === undefined) throw malformed(state.reader, `there is no type of number ${code}`);
  return node;
}

function readTypes(state: TableState): readonly TypeNode[] {
  const count = readCount(state, 1);
  const types: TypeNode[] = [];
  for (let index = 0; index < count; index++) types.push(readType(state));
  return types;
}

function readFields(state: TableState): readonly Field[] {
  const { reader } = state;
  const count = readCount(state, 2);
  const fields: Field[] = [];
  let least = 0;
  for (let index = 0; index < count; index++) {
    const id = readLength(reader);
    if (id < least) throw malformed(reader, 'labels are not in ascending order');
    if (id > FIELD_ID_MAX) throw malformed(reader, 'a label has more than 32 bits');
    least = id + 1;
    fields.push({ id, name: propertyOfFieldId(id), type: readType(state) });
  }
  return fields;
}

function readAnnotations(state: TableState): readonly Annotation[] {
  const found: string[] = [];
  for (let left = readCount(state, 1); left > 0; left--) {
    const byte = readByte(state.reader);
    const annotation = ANNOTATION_BYTES[byte];
    if (!annotation) throw malformed(state.reader, `there is no function annotation ${byte}`);
    found.push(annotation);
  }
  return found.length === 0 ? [] : ANNOTATIONS.filter((annotation) => found.includes(annotation));
}

function readMethods(state: TableState): readonly Method[] {
  const methods: Method[] = [];
  for (let left = readCount(state, 2); left > 0; left--) {
    const name = readText(state.reader);
    const before = methods.at(-1);
    if (before !== undefined && compareText(before.name, name) >= 0) throw malformed(state.reader, 'methods are not in ascending order');
    methods.push({ name, type: readType(state) });
  }
  return methods;
}

function checkMethods(state: TableState, node: TypeNode): void {
  if (node.kind !== 'service') return;
  for (const { name, type } of node.methods) {
    const target = type.kind === 'knot' ? type.target! : type;
    if (target.kind !== 'func') throw malformed(state.reader, `the type of method '${name}' is not a function`);
  }
}
