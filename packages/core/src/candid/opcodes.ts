/**
 * The numbers of types on the wire.
 * Source: Candid specification, "Binary Format: Types".
 * @module
 */
import type { PrimitiveKind, PrimitiveNode } from './types.ts';

/** The four bytes that every message begins with: "DIDL". */
export const MAGIC: readonly number[] = [0x44, 0x49, 0x44, 0x4c];

/** Codes of primitive types. */
export const PRIMITIVE_OPCODES: readonly (readonly [opcode: number, kind: PrimitiveKind])[] = [
  [-1, 'null'],
  [-2, 'bool'],
  [-3, 'nat'],
  [-4, 'int'],
  [-5, 'nat8'],
  [-6, 'nat16'],
  [-7, 'nat32'],
  [-8, 'nat64'],
  [-9, 'int8'],
  [-10, 'int16'],
  [-11, 'int32'],
  [-12, 'int64'],
  [-13, 'float32'],
  [-14, 'float64'],
  [-15, 'text'],
  [-16, 'reserved'],
  [-17, 'empty'],
  [-24, 'principal'],
];

export const OPT_OPCODE = -18;
export const VEC_OPCODE = -19;
export const RECORD_OPCODE = -20;
export const VARIANT_OPCODE = -21;
export const FUNC_OPCODE = -22;
export const SERVICE_OPCODE = -23;
/** Codes below this one are types of the future. */
export const LAST_OPCODE = -24;

/** Node of each primitive code, at its negated value. */
export const PRIMITIVE_BY_OPCODE: readonly (PrimitiveNode | undefined)[] = (() => {
  const nodes: (PrimitiveNode | undefined)[] = new Array(1 - LAST_OPCODE).fill(undefined);
  for (const [opcode, kind] of PRIMITIVE_OPCODES) nodes[-opcode] = { kind };
  return nodes;
})();

/** Code of each primitive kind. */
export const OPCODE_OF_PRIMITIVE: ReadonlyMap<string, number> = new Map(PRIMITIVE_OPCODES.map(([opcode, kind]) => [kind, opcode]));

/** Bytes of the annotations of function types; the name at index `n` has the byte `n`. */
export const ANNOTATION_BYTES: readonly ('' | 'query' | 'oneway' | 'composite_query')[] = ['', 'query', 'oneway', 'composite_query'];
