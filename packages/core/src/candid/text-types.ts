/**
 * Giving types to values as written: converting them to expected types, and inferring types for them.
 * @module
 */
import { decodeArgs, encodeArgs } from './args-codec.ts';
import { absentValue, NONE } from './decode-plan.ts';
import { candidError } from './errors.ts';
import type { CandidError } from './errors.ts';
import { TEXT_DEPTH_MAX } from './limits.ts';
import { checkSubtype, isOptional } from './subtype.ts';
import { parseArgsText } from './text-values.ts';
import type { TextField, TextValue } from './text-values.ts';
import { labelToText, typeToText } from './type-text.ts';
import type { Field, RecordNode, ResolvedNode, TypeNode, VariantNode } from './types.ts';
import { recordOfFields, resolveType } from './types.ts';

/** How {@link valuesOfText} reads. */
export type TextOptions = {
  /** Refuse fields and values that the types do not have, instead of dropping them as decoding does. A misspelt field shows this way. */
  readonly exact?: boolean;
};

type Conversion = { readonly exact: boolean; depth: number };

/**
 * The JavaScript values of values as written, for these types.
 * @throws IcError `CANDID_VALUE_INVALID` with the offset in the text
 */
export function valuesOfText(types: readonly TypeNode[], values: readonly TextValue[], options: TextOptions = {}): unknown[] {
  const conversion: Conversion = { exact: options.exact ?? false, depth: 0 };
  if (conversion.exact && values.length > types.length) {
    throw candidError('CANDID_VALUE_INVALID', `${types.length} values are expected, got ${values.length}`, values[types.length]!.offset);
  }
  return types.map((type, index) => {
    const value = values[index];
    if (value !== undefined) return convert(conversion, value, type);
    if (isOptional(type)) return absentValue(type);
    throw candidError(
      'CANDID_VALUE_INVALID',
      `${types.length} values are expected, got ${values.length}: value ${index + 1} is a ${typeToText(type, { depthMax: 2 })}`,
    );
  });
}

/** Encodes a text for these types. @throws IcError as `parseArgsText` and {@link valuesOfText} */
export function encodeArgsText(text: string, types: readonly TypeNode[], options: TextOptions = {}): Uint8Array<ArrayBuffer> {
  return encodeArgs(types, valuesOfText(types, parseArgsText(text), options));
}

/** Encodes a text with the types that its values suggest. @throws IcError as `parseArgsText` and {@link inferType} */
export function encodeArgsTextUntyped(text: string): Uint8Array<ArrayBuffer> {
  const values = parseArgsText(text);
  const types = values.map(inferType);
  return encodeArgs(types, valuesOfText(types, values));
}

function misfit(value: TextValue, type: TypeNode): CandidError {
  return candidError('CANDID_VALUE_INVALID', `${describe(value)} is not a ${typeToText(type, { depthMax: 2 })}`, value.offset);
}

function describe(value: TextValue): string {
  switch (value.kind) {
    case 'integer':
      return value.value.toString().length > 80 ? 'a huge number' : String(value.value);
    case 'float':
    case 'bool':
      return String(value.value);
    case 'text':
      return value.value.length > 40 ? 'a text' : `the text "${value.value}"`;
    case 'annotated':
      return `a ${typeToText(value.type, { depthMax: 2 })}`;
    case 'null':
      return 'null';
    default:
      return `a ${value.kind}`;
  }
}

function convert(conversion: Conversion, value: TextValue, typeNode: TypeNode): unknown {
  if (++conversion.depth > 2 * TEXT_DEPTH_MAX) {
    throw candidError('CANDID_LIMIT_EXCEEDED', `values are nested more than ${2 * TEXT_DEPTH_MAX} levels deep`, value.offset);
  }
  const converted = convertTo(conversion, value, resolveType(typeNode), typeNode);
  conversion.depth--;
  return converted;
}

function convertTo(conversion: Conversion, value: TextValue, type: ResolvedNode, shown: TypeNode): unknown {
  if (value.kind === 'annotated') return convertAnnotated(conversion, value, type);
  switch (type.kind) {
    case 'reserved':
      return null;
    case 'opt':
      if (value.kind === 'null') return NONE;
      return [convert(conversion, value.kind === 'opt' ? value.inner : value, type.inner)];
    case 'vec':
      return convertVec(conversion, value, type.inner, shown);
    case 'record':
      if (value.kind !== 'record') throw misfit(value, shown);
      return convertRecord(conversion, value, type);
    case 'variant':
      if (value.kind !== 'variant') throw misfit(value, shown);
      return convertVariant(conversion, value, type);
    case 'func':
      if (value.kind !== 'func') throw misfit(value, shown);
      return [value.id, value.method];
    case 'service':
      if (value.kind !== 'service') throw misfit(value, shown);
      return value.id;
    case 'principal':
      if (value.kind !== 'principal' && value.kind !== 'service') throw misfit(value, shown);
      return value.id;
    case 'float32':
    case 'float64':
      if (value.kind !== 'float' && value.kind !== 'integer') throw misfit(value, shown);
      return type.kind === 'float32' ? Math.fround(Number(value.value)) : Number(value.value);
    case 'null':
      if (value.kind !== 'null') throw misfit(value, shown);
      return null;
    case 'bool':
    case 'text':
      if (value.kind !== type.kind) throw misfit(value, shown);
      return value.value;
    default:
      return convertInteger(value, type, shown);
  }
}

/** The annotation decides what the value is; then it must fit the expected type as if it came in a message. */
function convertAnnotated(conversion: Conversion, value: TextValue & { readonly kind: 'annotated' }, type: ResolvedNode): unknown {
  const own = convert(conversion, value.value, value.type);
  const { reason, losses } = checkSubtype(value.type, type, { findLosses: true });
  if (reason !== undefined || losses.length > 0) throw misfit(value, type);
  return decodeArgs([type], encodeArgs([value.type], [own]))[0];
}

/** Least and greatest value of the integer types that have them. */
type IntegerRange = readonly [least: bigint | undefined, most: bigint | undefined];
const INTEGER_RANGES: ReadonlyMap<string, IntegerRange> = new Map<string, IntegerRange>([
  ['nat', [0n, undefined]],
  ['int', [undefined, undefined]],
  ...([8n, 16n, 32n, 64n] as const).flatMap((bits): [string, IntegerRange][] => [
    [`nat${bits}`, [0n, (1n << bits) - 1n]],
    [`int${bits}`, [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n]],
  ]),
]);

function convertInteger(value: TextValue, type: ResolvedNode, shown: TypeNode): bigint | number {
  const range = INTEGER_RANGES.get(type.kind);
  if (range === undefined || value.kind !== 'integer') throw misfit(value, shown);
  const [least, most] = range;
  if ((least !== undefined && value.value < least) || (most !== undefined && value.value > most)) throw misfit(value, shown);
  return most !== undefined && most < 1n << 32n ? Number(value.value) : value.value;
}

function convertVec(conversion: Conversion, value: TextValue, inner: TypeNode, shown: TypeNode): unknown {
  const ofBytes = resolveType(inner).kind === 'nat8';
  if (value.kind === 'blob') {
    if (ofBytes) return value.value;
    if (value.value.length === 0) return [];
  }
  if (value.kind !== 'vec') throw misfit(value, shown);
  const items = value.items.map((item) => convert(conversion, item, inner));
  return ofBytes ? Uint8Array.from(items as number[]) : items;
}

function convertRecord(conversion: Conversion, value: TextValue & { readonly kind: 'record' }, type: RecordNode): unknown {
  const given = new Map(value.fields.map((field) => [field.id, field]));
  const entries = type.fields.map((field): [string, unknown] => {
    const own = given.get(field.id);
    given.delete(field.id);
    if (own !== undefined) return [field.name, convert(conversion, own.value, field.type)];
    if (isOptional(field.type)) return [field.name, absentValue(field.type)];
    throw candidError(
      'CANDID_VALUE_INVALID',
      `the field ${labelToText(field)} : ${typeToText(field.type, { depthMax: 1 })} is missing`,
      value.offset,
    );
  });
  if (conversion.exact) {
    for (const extra of given.values()) throw unknownLabel(extra, type.fields, 'field');
  }
  return type.tuple ? entries.map(([, item]) => item) : Object.fromEntries(entries);
}

function convertVariant(conversion: Conversion, value: TextValue & { readonly kind: 'variant' }, type: VariantNode): unknown {
  const tag = type.fields.find((field) => field.id === value.field.id);
  if (tag === undefined) throw unknownLabel(value.field, type.fields, 'tag');
  return { [tag.name]: convert(conversion, value.field.value, tag.type) };
}

function unknownLabel(field: TextField, known: readonly Field[], what: string): CandidError {
  const names = known.slice(0, 20).map(labelToText).join(', ');
  return candidError(
    'CANDID_VALUE_INVALID',
    `there is no ${what} ${labelToText(field)}; there are: ${names || 'none'}`,
    field.value.offset,
  );
}

/**
 * The type that a value as written suggests: numbers are `int` or `float64` unless annotated; items of a vec must agree.
 * @throws IcError `CANDID_VALUE_INVALID` when they do not.
 */
export function inferType(value: TextValue): TypeNode {
  switch (value.kind) {
    case 'integer':
      return { kind: 'int' };
    case 'float':
      return { kind: 'float64' };
    case 'blob':
      return { kind: 'vec', inner: { kind: 'nat8' } };
    case 'opt':
      return { kind: 'opt', inner: inferType(value.inner) };
    case 'vec':
      return {
        kind: 'vec',
        inner: value.items.map((item) => ({ value: item, type: inferType(item) })).reduce(joinItems, { value, type: { kind: 'empty' } })
          .type,
      };
    case 'record':
      return recordOfFields(value.fields.map(({ id, name, value: inner }) => ({ id, name, type: inferType(inner) })));
    case 'variant':
      return { kind: 'variant', fields: [{ id: value.field.id, name: value.field.name, type: inferType(value.field.value) }] };
    case 'service':
      return { kind: 'service', methods: [] };
    case 'func':
      return { kind: 'func', args: [], results: [], annotations: [] };
    case 'annotated':
      return value.type;
    case 'bool':
    case 'null':
    case 'text':
    case 'principal':
      return { kind: value.kind };
  }
}

type Item = { readonly value: TextValue; readonly type: TypeNode };

function joinItems(before: Item, item: Item): Item {
  const type = joinTypes(before.type, item.type);
  if (type === undefined) {
    const [one, other] = [before.type, item.type].map((node) => typeToText(node, { depthMax: 2 }));
    throw candidError('CANDID_VALUE_INVALID', `the items of a vec have one type, this is ${other} after ${one}`, item.value.offset);
  }
  return { value: item.value, type };
}

/** A type that both kinds of values have, if there is a plain one. */
function joinTypes(aNode: TypeNode, bNode: TypeNode): TypeNode | undefined {
  const a = resolveType(aNode);
  const b = resolveType(bNode);
  if (a.kind === 'empty') return b;
  if (b.kind === 'empty') return a;
  if (a.kind === 'null' && b.kind === 'null') return a;
  if (a.kind === 'null' || b.kind === 'null') {
    const other = a.kind === 'null' ? b : a;
    return other.kind === 'opt' ? other : { kind: 'opt', inner: other };
  }
  if (a.kind === 'opt' && b.kind === 'opt') return wrap('opt', joinTypes(a.inner, b.inner));
  if (a.kind === 'vec' && b.kind === 'vec') return wrap('vec', joinTypes(a.inner, b.inner));
  if (a.kind === 'record' && b.kind === 'record') return joinRecords(a, b);
  if (a.kind === 'variant' && b.kind === 'variant') return joinVariants(a, b);
  if (checkSubtype(a, b).reason === undefined) return b;
  return checkSubtype(b, a).reason === undefined ? a : undefined;
}

function wrap(kind: 'opt' | 'vec', inner: TypeNode | undefined): TypeNode | undefined {
  return inner === undefined ? undefined : { kind, inner };
}

function joinRecords(a: RecordNode, b: RecordNode): TypeNode | undefined {
  if (a.fields.length !== b.fields.length) return undefined;
  const fields: Field[] = [];
  for (let index = 0; index < a.fields.length; index++) {
    const [one, other] = [a.fields[index]!, b.fields[index]!];
    const type = one.id === other.id ? joinTypes(one.type, other.type) : undefined;
    if (type === undefined) return undefined;
    fields.push({ ...one, type });
  }
  return { ...a, fields };
}

function joinVariants(a: VariantNode, b: VariantNode): TypeNode | undefined {
  const fields = new Map(a.fields.map((field) => [field.id, field]));
  for (const field of b.fields) {
    const own = fields.get(field.id);
    const type = own === undefined ? field.type : joinTypes(own.type, field.type);
    if (type === undefined) return undefined;
    fields.set(field.id, { ...field, type });
  }
  return { kind: 'variant', fields: [...fields.values()].toSorted((one, other) => one.id - other.id) };
}
