/**
 * Constant expressions: initialisers of globals, offsets of active segments, items of element segments.
 *
 * With arithmetic in constant expressions off, a valid one is exactly one instruction before its `end`.
 * @module
 */
import { ByteReader } from './byte-reader.ts';
import { refuse } from './rules.ts';
import { readHeapType } from './type-reader.ts';
import type { ParsedModule, Span, ValueType } from './types.ts';
import { F32, F64, FUNCREF, I32, I64, V128, valueTypeName } from './value-types.ts';

/** The one instruction of a constant expression. */
export type ConstantInstruction = {
  readonly kind: 'constant' | 'global' | 'function';
  readonly type: ValueType;
  /** Index of the global or function that it names. */
  readonly index: number;
};

/**
 * Checks a constant expression and returns its instruction.
 *
 * @param visibleGlobals - globals below this index may be read.
 * @throws IcError a refusal.
 */
export function checkConstantExpression(
  module: ParsedModule,
  expression: Span,
  expected: ValueType,
  visibleGlobals: number,
): ConstantInstruction {
  const reader = new ByteReader(module.bytes, expression.start, expression.end);
  const instruction = readConstantInstruction(module, reader, visibleGlobals);
  if (instruction === undefined) return refuse('WASM_TYPE_MISMATCH', 'type mismatch: a constant expression is empty', expression.start);
  const next = readConstantInstruction(module, reader, visibleGlobals);
  if (next !== undefined)
    return refuse('WASM_TYPE_MISMATCH', 'type mismatch: a constant expression leaves more than one value', expression.start);
  if (instruction.type !== expected)
    refuse(
      'WASM_TYPE_MISMATCH',
      `type mismatch: expected ${valueTypeName(expected)}, found ${valueTypeName(instruction.type)}`,
      expression.start,
    );
  return instruction;
}

const CONSTANT = 'constant' as const;

/** The next instruction, or undefined at `end`. The parser has admitted only those of constant expressions. */
function readConstantInstruction(module: ParsedModule, reader: ByteReader, visibleGlobals: number): ConstantInstruction | undefined {
  const offset = reader.position;
  switch (reader.u8()) {
    case 0x0b:
      return undefined;
    case 0x41:
      reader.skipS32();
      return { kind: CONSTANT, type: I32, index: 0 };
    case 0x42:
      reader.skipS64();
      return { kind: CONSTANT, type: I64, index: 0 };
    case 0x43:
      reader.skip(4);
      return { kind: CONSTANT, type: F32, index: 0 };
    case 0x44:
      reader.skip(8);
      return { kind: CONSTANT, type: F64, index: 0 };
    case 0xfd:
      reader.u32();
      reader.skip(16);
      return { kind: CONSTANT, type: V128, index: 0 };
    case 0xd0:
      return { kind: CONSTANT, type: readHeapType(reader), index: 0 };
    case 0xd2: {
      const index = reader.u32();
      if (index >= module.functionTypes.length) refuse('WASM_UNKNOWN_FUNCTION', `unknown function ${index}`, offset);
      return { kind: 'function', type: FUNCREF, index };
    }
    case 0x23: {
      const index = reader.u32();
      const global = module.globals[index];
      if (global === undefined || index >= visibleGlobals) return refuse('WASM_UNKNOWN_GLOBAL', `unknown global ${index}`, offset);
      if (global.mutable) refuse('WASM_CONSTANT_EXPRESSION', `constant expression required: global ${index} is mutable`, offset);
      return { kind: 'global', type: global.type, index };
    }
    default:
      return refuse('WASM_CONSTANT_EXPRESSION', 'constant expression required', offset);
  }
}
