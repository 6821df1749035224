/**
 * The head of a message to send: its type table and the types of its arguments.
 *
 * Equal types share an entry, as far as they do not contain themselves: those have an entry per name.
 * @module
 */
import { assert } from '../base/index.ts';
import {
  ANNOTATION_BYTES,
  FUNC_OPCODE,
  MAGIC,
  OPCODE_OF_PRIMITIVE,
  OPT_OPCODE,
  RECORD_OPCODE,
  SERVICE_OPCODE,
  VARIANT_OPCODE,
  VEC_OPCODE,
} from './opcodes.ts';
import type { Field, ResolvedNode, TypeNode } from './types.ts';
import { resolveType } from './types.ts';
import { Writer } from './writer.ts';

type Table = {
  /** Entries, in order; undefined while one is being written. */
  readonly entries: (Uint8Array | undefined)[];
  readonly indexOfNode: Map<ResolvedNode, number>;
  /** Index of an entry by its bytes. */
  readonly indexOfEntry: Map<string, number>;
  /** Nodes on the way down, with their index if something inside refers to them. */
  readonly open: Map<ResolvedNode, { index: number | undefined }>;
};

/** The bytes before the first value. */
export function encodeHeader(types: readonly TypeNode[]): Uint8Array<ArrayBuffer> {
  const table: Table = { entries: [], indexOfNode: new Map(), indexOfEntry: new Map(), open: new Map() };
  const codes = types.map((type) => codeOf(table, type));
  const writer = new Writer(256);
  writer.append(Uint8Array.from(MAGIC));
  writer.uleb(table.entries.length);
  for (const entry of table.entries) {
    assert(entry !== undefined, 'every entry of a type table is written');
    writer.append(entry);
  }
  writer.uleb(codes.length);
  for (const code of codes) writer.int(code);
  return writer.finish();
}

/** How a type is referred to: a negative code or a table index. */
function codeOf(table: Table, node: TypeNode): number {
  const type = resolveType(node);
  const primitive = OPCODE_OF_PRIMITIVE.get(type.kind);
  if (primitive !== undefined) return primitive;
  const known = table.indexOfNode.get(type);
  if (known !== undefined) return known;
  const open = table.open.get(type);
  // Something refers back to a type that is not finished: it needs its index now.
  if (open !== undefined) return (open.index ??= table.entries.push(undefined) - 1);
  const state: { index: number | undefined } = { index: undefined };
  table.open.set(type, state);
  const entry = entryOf(table, type);
  table.open.delete(type);
  const index = addEntry(table, entry, state.index);
  table.indexOfNode.set(type, index);
  return index;
}

function addEntry(table: Table, entry: Uint8Array, reserved: number | undefined): number {
  if (reserved !== undefined) {
    table.entries[reserved] = entry;
    return reserved;
  }
  const key = entry.join();
  const same = table.indexOfEntry.get(key);
  if (same !== undefined) return same;
  const index = table.entries.push(entry) - 1;
  table.indexOfEntry.set(key, index);
  return index;
}

function entryOf(table: Table, type: ResolvedNode): Uint8Array {
  const writer = new Writer(64);
  switch (type.kind) {
    case 'opt':
    case 'vec': {
      const inner = codeOf(table, type.inner);
      writer.int(type.kind === 'opt' ? OPT_OPCODE : VEC_OPCODE);
      writer.int(inner);
      break;
    }
    case 'record':
      writeFields(table, writer, RECORD_OPCODE, type.fields);
      break;
    case 'variant':
      writeFields(table, writer, VARIANT_OPCODE, type.fields);
      break;
    case 'func':
      writer.int(FUNC_OPCODE);
      writeTypes(table, writer, type.args);
      writeTypes(table, writer, type.results);
      writer.uleb(type.annotations.length);
      for (const annotation of type.annotations) writer.byte(ANNOTATION_BYTES.indexOf(annotation));
      break;
    case 'service':
      writer.int(SERVICE_OPCODE);
      writer.uleb(type.methods.length);
      for (const method of type.methods) {
        writer.text(method.name);
        writer.int(codeOf(table, method.type));
      }
      break;
    default:
      assert(false, `values of type ${type.kind} cannot be encoded`);
  }
  return writer.finish();
}

function writeTypes(table: Table, writer: Writer, types: readonly TypeNode[]): void {
  writer.uleb(types.length);
  for (const type of types) writer.int(codeOf(table, type));
}

function writeFields(table: Table, writer: Writer, opcode: number, fields: readonly Field[]): void {
  writer.int(opcode);
  writer.uleb(fields.length);
  for (const field of fields) {
    writer.uleb(field.id);
    writer.int(codeOf(table, field.type));
  }
}
