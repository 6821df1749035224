/**
 * Reads types: value types, function types, sizes of tables and memories, and passes over constant expressions.
 *
 * Encodings of features that are off are told apart from unknown encodings, so that the refusal names the feature.
 * @module
 */
import type { ByteReader } from './byte-reader.ts';
import { PARAMETERS_MAX, RESULTS_MAX } from './limits.ts';
import { refuse } from './rules.ts';
import type { FunctionType, GlobalType, Limits, Span, TableType, ValueType } from './types.ts';
import { EXTERNREF, FUNCREF, isReferenceType, isValueType } from './value-types.ts';

/** Leaves reading because of a type encoding that is not supported: by its feature if it has one. */
export function refuseType(byte: number, offset: number): never {
  switch (byte) {
    case 0x63:
    case 0x64:
      return refuse('WASM_FEATURE_FUNCTION_REFERENCES', 'typed references are not enabled', offset);
    case 0x69:
    case 0x74:
      return refuse('WASM_FEATURE_EXCEPTIONS', 'exception handling is not enabled', offset);
    case 0x6a:
    case 0x6b:
    case 0x6c:
    case 0x6d:
    case 0x6e:
    case 0x71:
    case 0x72:
    case 0x73:
    case 0x77:
    case 0x78:
    case 0x4e:
    case 0x4f:
    case 0x50:
    case 0x5e:
    case 0x5f:
      return refuse('WASM_FEATURE_GC', 'the GC types are not enabled', offset);
    default:
      return refuse('WASM_TYPE_ENCODING', `malformed type 0x${byte.toString(16)}`, offset);
  }
}

/** A value type. */
export function readValueType(reader: ByteReader): ValueType {
  const offset = reader.position;
  const byte = reader.u8();
  return isValueType(byte) ? byte : refuseType(byte, offset);
}

/** A reference type. */
export function readReferenceType(reader: ByteReader): ValueType {
  const offset = reader.position;
  const byte = reader.u8();
  return isReferenceType(byte) ? byte : refuseType(byte, offset);
}

/** The heap type of `ref.null`, as the reference type of the value. */
export function readHeapType(reader: ByteReader): ValueType {
  const offset = reader.position;
  const type = reader.s33();
  if (type >= 0) return refuse('WASM_FEATURE_FUNCTION_REFERENCES', 'typed references are not enabled', offset);
  const byte = type + 0x80;
  return byte === FUNCREF || byte === EXTERNREF ? byte : refuseType(byte & 0x7f, offset);
}

const NO_TYPES: Uint8Array = new Uint8Array(0);

function readValueTypes(reader: ByteReader, what: string, max: number): Uint8Array {
  const count = reader.count(what, max);
  if (count === 0) return NO_TYPES;
  const types = new Uint8Array(count);
  for (let index = 0; index < count; index++) types[index] = readValueType(reader);
  return types;
}

/** An item of the type section. */
export function readFunctionType(reader: ByteReader): FunctionType {
  const offset = reader.position;
  const form = reader.u8();
  if (form !== 0x60) refuseType(form, offset);
  const params = readValueTypes(reader, 'parameters', PARAMETERS_MAX);
  const results = readValueTypes(reader, 'results', RESULTS_MAX);
  return { params, results };
}

const HAS_MAXIMUM = 1;
const SHARED = 2;
const IS_64 = 4;
const HAS_PAGE_SIZE = 8;

function readLimits(reader: ByteReader): Limits {
  const offset = reader.position;
  const flags = reader.u8();
  if (flags >= 2 * HAS_PAGE_SIZE) refuse('WASM_LIMITS_ENCODING', `malformed limits flags 0x${flags.toString(16)}`, offset);
  if ((flags & HAS_PAGE_SIZE) !== 0) refuse('WASM_FEATURE_CUSTOM_PAGE_SIZES', 'custom page sizes are not enabled', offset);
  if ((flags & SHARED) !== 0) refuse('WASM_FEATURE_THREADS', 'shared memories and tables are not enabled', offset);
  const is64 = (flags & IS_64) !== 0;
  const min = is64 ? reader.u64() : BigInt(reader.u32());
  const hasMaximum = (flags & HAS_MAXIMUM) !== 0;
  const max = hasMaximum ? (is64 ? reader.u64() : BigInt(reader.u32())) : undefined;
  return { min, max, is64, shared: false };
}

/** A memory type. */
export function readMemoryType(reader: ByteReader): Limits {
  return readLimits(reader);
}

/** A table type. A table with an initialiser begins with 0x40. */
export function readTableType(reader: ByteReader): TableType {
  if (reader.peek() === 0x40) refuse('WASM_FEATURE_FUNCTION_REFERENCES', 'table initialisers are not enabled', reader.position);
  const element = readReferenceType(reader);
  return { element, limits: readLimits(reader) };
}

/** A global type. */
export function readGlobalType(reader: ByteReader): GlobalType {
  const type = readValueType(reader);
  const offset = reader.position;
  const mutability = reader.u8();
  if (mutability > 1) refuse('WASM_MUTABILITY', `malformed mutability 0x${mutability.toString(16)}`, offset);
  return { type, mutable: mutability === 1 };
}

/**
 * Passes over a constant expression: instructions that may occur in one, up to and with `end`. Whether it yields one value of the right
 * type is for the validator.
 */
export function readConstantExpression(reader: ByteReader): Span {
  const start = reader.position;
  while (skipConstantInstruction(reader)) continue;
  return { start, end: reader.position };
}

/** Whether more follows. */
function skipConstantInstruction(reader: ByteReader): boolean {
  const offset = reader.position;
  const opcode = reader.u8();
  switch (opcode) {
    case 0x0b:
      return false;
    case 0x23:
    case 0xd2:
      reader.u32();
      return true;
    case 0x41:
      reader.skipS32();
      return true;
    case 0x42:
      reader.skipS64();
      return true;
    case 0x43:
      reader.skip(4);
      return true;
    case 0x44:
      reader.skip(8);
      return true;
    case 0xd0:
      readHeapType(reader);
      return true;
    case 0xfd:
      if (reader.u32() !== 0x0c) refuse('WASM_CONSTANT_EXPRESSION', 'constant expression required', offset);
      reader.skip(16);
      return true;
    case 0xfb:
      return refuse('WASM_FEATURE_GC', 'the GC instructions are not enabled', offset);
    case 0x6a:
    case 0x6b:
    case 0x6c:
    case 0x7c:
    case 0x7d:
    case 0x7e:
      return refuse('WASM_FEATURE_EXTENDED_CONST', 'arithmetic in constant expressions is not enabled', offset);
    default:
      return refuse('WASM_CONSTANT_EXPRESSION', `constant expression required, found instruction 0x${opcode.toString(16)}`, offset);
  }
}
