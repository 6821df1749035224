/**
 * Encoders: each writes the values of one type, and checks that they are ones.
 *
 * An encoder is built once per type. A value that does not fit is reported with the place where it stands.
 * @module
 */
import { IcError, assert } from '../base/index.ts';
import type { PrincipalId } from '../base/index.ts';
import { candidError } from './errors.ts';
import type { CandidError, CandidErrorDetail } from './errors.ts';
import { ENCODE_DEPTH_MAX } from './limits.ts';
import type { Field, RecordNode, ResolvedNode, TypeNode } from './types.ts';
import { resolveType } from './types.ts';
import type { Writer } from './writer.ts';

/** Writes one value. @throws IcError `CANDID_VALUE_INVALID` */
export type Encoder = (writer: Writer, value: unknown) => void;

/** Encoders by type. Holds nothing of any value. */
export type EncodePlan = Map<ResolvedNode, Encoder>;

/** The encoder of a type; the plan keeps it. */
export function encoderOf(plan: EncodePlan, node: TypeNode): Encoder {
  const type = resolveType(node);
  let encoder = plan.get(type);
  if (encoder === undefined) plan.set(type, (encoder = buildEncoder(plan, type)));
  return encoder;
}

function buildEncoder(plan: EncodePlan, type: ResolvedNode): Encoder {
  switch (type.kind) {
    case 'opt':
      return optEncoder(plan, type.inner);
    case 'vec':
      return resolveType(type.inner).kind === 'nat8' ? encodeBlob : vecEncoder(plan, type.inner);
    case 'record':
      return recordEncoder(plan, type);
    case 'variant':
      return variantEncoder(plan, type.fields);
    case 'func':
      return encodeFunc;
    case 'service':
      return (writer, value) => writer.principal(checkPrincipal(value));
    default: {
      const encoder = PRIMITIVE_ENCODERS.get(type.kind);
      assert(encoder !== undefined, `values of type ${type.kind} cannot be encoded`);
      return encoder;
    }
  }
}

/** The value is not one of the type. */
function invalid(expected: string, value: unknown): CandidError {
  return candidError('CANDID_VALUE_INVALID', `${expected} is expected, got ${describe(value)}`);
}

/** The same error, one level further out. */
function within(error: unknown, step: string): unknown {
  if (!(error instanceof IcError) || (error.detail as CandidErrorDetail).code !== 'CANDID_VALUE_INVALID') return error;
  const separator = error.message.startsWith('.') || error.message.startsWith('[') ? '' : ': ';
  return candidError('CANDID_VALUE_INVALID', `${step}${separator}${error.message}`);
}

function describe(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return String(value);
  if (typeof value === 'bigint') return value > 1n << 200n || value < -(1n << 200n) ? 'a huge bigint' : `${value}n`;
  if (typeof value === 'string') return `'${value.length > 40 ? `${value.slice(0, 40)}…` : value}'`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== 'object') return `a ${typeof value}`;
  const keys = Object.keys(value);
  return `an object with ${keys.length === 0 ? 'no properties' : `the properties ${keys.slice(0, 8).join(', ')}${keys.length > 8 ? ', …' : ''}`}`;
}

function enter(writer: Writer): void {
  if (++writer.depth > ENCODE_DEPTH_MAX)
    throw candidError('CANDID_VALUE_INVALID', `the value is nested more than ${ENCODE_DEPTH_MAX} levels deep`);
}

function toBigint(value: unknown, expected: string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  throw invalid(expected, value);
}

/** Encoder of a fixed number of bytes whose values are integers in a range. */
function fixedInteger(
  kind: string,
  size: number,
  least: number,
  most: number,
  set: (view: DataView, offset: number, value: number) => void,
): Encoder {
  return (writer, value) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > most)
      throw invalid(`a ${kind} (a number)`, value);
    const offset = writer.reserve(size);
    set(writer.view, offset, value);
  };
}

const NAT64_MAX = (1n << 64n) - 1n;
const INT64_LIMIT = 1n << 63n;

/** NaN has many patterns of bits, and the engine may choose any: write one. */
function encodeFloat32(writer: Writer, value: unknown): void {
  if (typeof value !== 'number') throw invalid('a float32 (a number)', value);
  const offset = writer.reserve(4);
  if (Number.isNaN(value)) writer.view.setUint32(offset, 0x7fc0_0000, true);
  else writer.view.setFloat32(offset, value, true);
}

function encodeFloat64(writer: Writer, value: unknown): void {
  if (typeof value !== 'number') throw invalid('a float64 (a number)', value);
  const offset = writer.reserve(8);
  if (Number.isNaN(value)) writer.view.setBigUint64(offset, 0x7ff8_0000_0000_0000n, true);
  else writer.view.setFloat64(offset, value, true);
}

const PRIMITIVE_ENCODERS: ReadonlyMap<string, Encoder> = new Map<string, Encoder>([
  [
    'null',
    (_writer, value) => {
      if (value !== null) throw invalid('null', value);
    },
  ],
  ['reserved', () => {}],
  [
    'empty',
    (_writer, value) => {
      throw invalid('nothing, as the type empty has no values,', value);
    },
  ],
  [
    'bool',
    (writer, value) => {
      if (typeof value !== 'boolean') throw invalid('a bool', value);
      writer.byte(value ? 1 : 0);
    },
  ],
  [
    'nat',
    (writer, value) => {
      const number = toBigint(value, 'a nat (a bigint)');
      if (number < 0n) throw invalid('a nat (a bigint that is not negative)', value);
      writer.nat(number);
    },
  ],
  ['int', (writer, value) => writer.int(toBigint(value, 'an int (a bigint)'))],
  ['nat8', fixedInteger('nat8', 1, 0, 0xff, (view, offset, value) => view.setUint8(offset, value))],
  ['nat16', fixedInteger('nat16', 2, 0, 0xffff, (view, offset, value) => view.setUint16(offset, value, true))],
  ['nat32', fixedInteger('nat32', 4, 0, 0xffff_ffff, (view, offset, value) => view.setUint32(offset, value, true))],
  ['int8', fixedInteger('int8', 1, -0x80, 0x7f, (view, offset, value) => view.setInt8(offset, value))],
  ['int16', fixedInteger('int16', 2, -0x8000, 0x7fff, (view, offset, value) => view.setInt16(offset, value, true))],
  ['int32', fixedInteger('int32', 4, -0x8000_0000, 0x7fff_ffff, (view, offset, value) => view.setInt32(offset, value, true))],
  [
    'nat64',
    (writer, value) => {
      const number = toBigint(value, 'a nat64 (a bigint)');
      if (number < 0n || number > NAT64_MAX) throw invalid('a nat64 (a bigint from 0 to 2^64 - 1)', value);
      const offset = writer.reserve(8);
      writer.view.setBigUint64(offset, number, true);
    },
  ],
  [
    'int64',
    (writer, value) => {
      const number = toBigint(value, 'an int64 (a bigint)');
      if (number < -INT64_LIMIT || number >= INT64_LIMIT) throw invalid('an int64 (a bigint from -2^63 to 2^63 - 1)', value);
      const offset = writer.reserve(8);
      writer.view.setBigInt64(offset, number, true);
    },
  ],
  ['float32', encodeFloat32],
  ['float64', encodeFloat64],
  [
    'text',
    (writer, value) => {
      if (typeof value !== 'string') throw invalid('a text', value);
      if (!value.isWellFormed()) throw invalid('a text without lone surrogates', value);
      writer.text(value);
    },
  ],
  ['principal', (writer, value) => writer.principal(checkPrincipal(value))],
]);

const PRINCIPAL_HEX = /^(?:[0-9a-f]{2}){0,29}$/;

function checkPrincipal(value: unknown): PrincipalId {
  if (typeof value !== 'string' || !PRINCIPAL_HEX.test(value)) throw invalid('a principal (the lower-case hex of its bytes)', value);
  return value as PrincipalId;
}

function encodeFunc(writer: Writer, value: unknown): void {
  if (!Array.isArray(value) || value.length !== 2 || typeof value[1] !== 'string' || !value[1].isWellFormed()) {
    throw invalid('a function (a pair of principal and method name)', value);
  }
  const id = checkPrincipal(value[0]);
  writer.byte(1);
  writer.principal(id);
  writer.text(value[1]);
}

function encodeBlob(writer: Writer, value: unknown): void {
  if (value instanceof Uint8Array) return writer.blob(value);
  if (!Array.isArray(value) || value.some((byte) => !Number.isInteger(byte) || byte < 0 || byte > 255)) {
    throw invalid('a blob (a Uint8Array)', value);
  }
  writer.blob(Uint8Array.from(value as number[]));
}

function optEncoder(plan: EncodePlan, inner: TypeNode): Encoder {
  let encode: Encoder | undefined;
  return (writer, value) => {
    if (!Array.isArray(value) || value.length > 1) throw invalid('an opt ([] or [value])', value);
    if (value.length === 0) return writer.byte(0);
    writer.byte(1);
    enter(writer);
    encode ??= encoderOf(plan, inner);
    encode(writer, value[0]);
    writer.depth--;
  };
}

function vecEncoder(plan: EncodePlan, inner: TypeNode): Encoder {
  let encode: Encoder | undefined;
  return (writer, value) => {
    if (!isArrayLike(value)) throw invalid('a vec (an array)', value);
    writer.uleb(value.length);
    enter(writer);
    encode ??= encoderOf(plan, inner);
    let index = 0;
    try {
      for (; index < value.length; index++) encode(writer, value[index]);
    } catch (error) {
      throw within(error, `[${index}]`);
    }
    writer.depth--;
  };
}

function isArrayLike(value: unknown): value is { readonly length: number; readonly [index: number]: unknown } {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function recordEncoder(plan: EncodePlan, type: RecordNode): Encoder {
  const { fields, tuple } = type;
  const encoders: (Encoder | undefined)[] = fields.map(() => undefined);
  // These are found in every object, whether or not it has such a field.
  const inherited = fields.map((field) => !tuple && field.name in Object.prototype);
  return (writer, value) => {
    if (typeof value !== 'object' || value === null || (tuple && (!Array.isArray(value) || value.length !== fields.length))) {
      throw invalid(tuple ? `a tuple (an array of ${fields.length})` : 'a record (an object)', value);
    }
    const record = value as { readonly [key: string | number]: unknown };
    enter(writer);
    let index = 0;
    try {
      for (; index < fields.length; index++) {
        const field = fields[index]!;
        const encode = (encoders[index] ??= encoderOf(plan, field.type));
        encode(writer, inherited[index] && !Object.hasOwn(record, field.name) ? undefined : record[tuple ? index : field.name]);
      }
    } catch (error) {
      throw within(error, `.${fields[index]!.name}`);
    }
    writer.depth--;
  };
}

function variantEncoder(plan: EncodePlan, tags: readonly Field[]): Encoder {
  const encoders: (Encoder | undefined)[] = tags.map(() => undefined);
  const indexOf = new Map(tags.map((tag, index) => [tag.name, index]));
  return (writer, value) => {
    if (typeof value !== 'object' || value === null) throw invalid('a variant (an object with one property)', value);
    const keys = Object.keys(value);
    const index = keys.length === 1 ? indexOf.get(keys[0]!) : undefined;
    if (index === undefined) {
      throw invalid(
        `a variant (an object with one property of ${tags
          .map((tag) => tag.name)
          .slice(0, 20)
          .join(', ')})`,
        value,
      );
    }
    const tag = tags[index]!;
    writer.uleb(index);
    enter(writer);
    const encode = (encoders[index] ??= encoderOf(plan, tag.type));
    try {
      encode(writer, (value as { readonly [key: string]: unknown })[tag.name]);
    } catch (error) {
      throw within(error, `.${tag.name}`);
    }
    writer.depth--;
  };
}
