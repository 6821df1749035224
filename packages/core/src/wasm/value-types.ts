/**
 * Binary encodings of value types. Source: WebAssembly core specification, "Binary format / Types".
 * @module
 */
import type { ValueType } from './types.ts';

export const I32: ValueType = 0x7f;
export const I64: ValueType = 0x7e;
export const F32: ValueType = 0x7d;
export const F64: ValueType = 0x7c;
export const V128: ValueType = 0x7b;
export const FUNCREF: ValueType = 0x70;
export const EXTERNREF: ValueType = 0x6f;

/** Whether the byte encodes a value type of the supported features. */
export function isValueType(byte: number): boolean {
  return (byte >= V128 && byte <= I32) || byte === FUNCREF || byte === EXTERNREF;
}

/** Whether the value type is a reference type. */
export function isReferenceType(type: ValueType): boolean {
  return type === FUNCREF || type === EXTERNREF;
}

/** Text name of a value type, as the WebAssembly text format spells it. */
export function valueTypeName(type: ValueType): string {
  switch (type) {
    case I32:
      return 'i32';
    case I64:
      return 'i64';
    case F32:
      return 'f32';
    case F64:
      return 'f64';
    case V128:
      return 'v128';
    case FUNCREF:
      return 'funcref';
    case EXTERNREF:
      return 'externref';
    default:
      return `0x${type.toString(16)}`;
  }
}
