/**
 * Reads instructions of function bodies and their immediates; tells opcodes of features that are off from unknown ones.
 * @module
 */
import type { ByteReader } from './byte-reader.ts';
import { PREFIX_FC, PREFIX_FD, instructionName } from './instructions.ts';
import { refuse } from './rules.ts';
import { refuseType } from './type-reader.ts';
import { NO_TYPES } from './type-stacks.ts';
import type { FunctionType } from './types.ts';
import { isValueType } from './value-types.ts';

/** Number of the next instruction; prefixes included. */
export function readInstruction(reader: ByteReader): number {
  const offset = reader.position;
  const opcode = reader.u8();
  return opcode < 0xfb ? opcode : readPrefixed(reader, opcode, offset);
}

function readPrefixed(reader: ByteReader, opcode: number, offset: number): number {
  if (opcode === 0xfb) return refuse('WASM_FEATURE_GC', 'the GC instructions are not enabled', offset);
  if (opcode === 0xfe) return refuse('WASM_FEATURE_THREADS', 'atomic instructions are not enabled', offset);
  if (opcode === 0xff) return refuse('WASM_OPCODE', 'illegal opcode 0xff', offset);
  const number = reader.u32();
  if (opcode === 0xfd && number >= 0x100 && number <= 0x113)
    return refuse('WASM_FEATURE_RELAXED_SIMD', 'relaxed SIMD instructions are not enabled', offset);
  if (number > 0xff) return refuse('WASM_OPCODE', `illegal opcode 0x${opcode.toString(16)} 0x${number.toString(16)}`, offset);
  return (opcode === 0xfc ? PREFIX_FC : PREFIX_FD) + number;
}

/** Leaves validation because of an opcode without meaning here: by its feature if it has one. */
export function refuseInstruction(number: number, offset: number): never {
  switch (number) {
    case 0x06:
    case 0x07:
    case 0x08:
    case 0x09:
    case 0x0a:
    case 0x18:
    case 0x19:
    case 0x1f:
      return refuse('WASM_FEATURE_EXCEPTIONS', 'exception instructions are not enabled', offset);
    case 0x14:
    case 0x15:
    case 0xd4:
    case 0xd5:
    case 0xd6:
      return refuse('WASM_FEATURE_FUNCTION_REFERENCES', 'instructions on typed references are not enabled', offset);
    case 0xd3:
      return refuse('WASM_FEATURE_GC', 'the GC instructions are not enabled', offset);
    default:
      return refuse('WASM_OPCODE', `illegal opcode ${instructionName(number)}`, offset);
  }
}

/** A lane index. */
export function readLane(reader: ByteReader, lanes: number): void {
  const offset = reader.position;
  const lane = reader.u8();
  if (lane >= lanes) refuse('WASM_LANE', `invalid lane index ${lane}`, offset);
}

/** The offset of an instruction on a 32-bit memory. */
export function readOffset32(reader: ByteReader): void {
  const start = reader.position;
  if (reader.u8() < 0x80) return;
  reader.position = start;
  if (reader.u64() > 0xffff_ffffn) refuse('WASM_MEMORY_OFFSET', 'offset out of range: a 32-bit memory has 32-bit offsets', start);
  reader.position = start;
  reader.u32();
}

const NONE: FunctionType = { params: NO_TYPES, results: NO_TYPES };
const OF_ONE_RESULT: readonly FunctionType[] = Array.from({ length: 256 }, (_, type) => ({
  params: NO_TYPES,
  results: Uint8Array.of(type),
}));

/** The type of a block: empty, one result, or a type of the module. */
export function readBlockType(reader: ByteReader, types: readonly FunctionType[]): FunctionType {
  const offset = reader.position;
  const type = reader.s33();
  if (type >= 0) return types[type] ?? refuse('WASM_UNKNOWN_TYPE', `unknown type ${type}`, offset);
  // Negative numbers are one byte: 0x40 for no result, or a value type.
  const byte = type + 0x80;
  if (reader.position !== offset + 1) return refuseType(byte & 0x7f, offset);
  if (byte === 0x40) return NONE;
  return isValueType(byte) ? OF_ONE_RESULT[byte]! : refuseType(byte, offset);
}
