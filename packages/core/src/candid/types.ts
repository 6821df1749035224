/**
 * Candid types: the nodes that everything in this folder works on, and the constructors to write them down in TypeScript.
 *
 * | Candid | JavaScript |
 * |---|---|
 * | nat, int, nat64, int64 | `bigint` (a safe integer `number` is accepted for encoding) |
 * | nat8, nat16, nat32, int8, int16, int32, float32, float64 | `number` |
 * | text, bool, null | `string`, `boolean`, `null` |
 * | reserved | `null`; anything is accepted for encoding |
 * | opt t | `[]` or `[value]` |
 * | vec nat8 (blob) | `Uint8Array` |
 * | vec t | array |
 * | record | object; one whose labels are 0, 1, 2 … is an array |
 * | variant | object with exactly one property |
 * | principal, service | `PrincipalId` |
 * | func | `[PrincipalId, method name]` |
 *
 * Source: Candid specification, "Types".
 * @module
 */
import { assert } from '../base/index.ts';
import type { PrincipalId } from '../base/index.ts';
import { candidError } from './errors.ts';
import { fieldIdOfProperty } from './field-id.ts';

/** Kinds without parts. */
export type PrimitiveKind =
  | 'null'
  | 'bool'
  | 'nat'
  | 'int'
  | 'nat8'
  | 'nat16'
  | 'nat32'
  | 'nat64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float32'
  | 'float64'
  | 'text'
  | 'reserved'
  | 'empty'
  | 'principal';

export type PrimitiveNode = { readonly kind: PrimitiveKind };
export type OptNode = { readonly kind: 'opt'; readonly inner: TypeNode };
export type VecNode = { readonly kind: 'vec'; readonly inner: TypeNode };

/** A field of a record or a tag of a variant: its label, and the JavaScript property that carries it. */
export type Field = { readonly id: number; readonly name: string; readonly type: TypeNode };

/** Fields ascend by id. A tuple has the ids 0, 1, 2 …, at least one. */
export type RecordNode = { readonly kind: 'record'; readonly fields: readonly Field[]; readonly tuple: boolean };
/** Tags ascend by id. */
export type VariantNode = { readonly kind: 'variant'; readonly fields: readonly Field[] };

/** How a method may be called. */
export type Annotation = 'query' | 'oneway' | 'composite_query';

export type FuncNode = {
  readonly kind: 'func';
  readonly args: readonly TypeNode[];
  readonly results: readonly TypeNode[];
  /** In the order query, oneway, composite_query; without repetition. */
  readonly annotations: readonly Annotation[];
  /** Names of arguments in an interface text; they mean nothing to the protocol. */
  readonly argNames?: readonly (string | undefined)[];
};

/** The type of a method is a function type, possibly behind a name. */
export type Method = { readonly name: string; readonly type: TypeNode };

/** Methods ascend by the bytes of their names. */
export type ServiceNode = { readonly kind: 'service'; readonly methods: readonly Method[] };

/** A reference to a type by name or table index: what makes recursive types possible. Its target is set before the type is used. */
export type KnotNode = { readonly kind: 'knot'; readonly name: string | undefined; target: TypeNode | undefined };

/** A type of a later version of Candid, of which only the size of its values is known. Occurs on the wire only. */
export type FutureNode = { readonly kind: 'future' };

/** Any type. */
export type TypeNode = PrimitiveNode | OptNode | VecNode | RecordNode | VariantNode | FuncNode | ServiceNode | KnotNode | FutureNode;

declare const valueType: unique symbol;

/** A type whose values are `T` in JavaScript. The marker exists for the compiler only, and ties `T` in both directions. */
export type CandidType<T> = TypeNode & { readonly [valueType]?: (value: T) => T };

/** The JavaScript values of a type: `Decoded<typeof transferArgs>`; `unknown` when the compiler does not know the type. */
export type Decoded<C> = C extends { readonly [valueType]?: (value: infer T) => unknown } ? T : unknown;

/** The JavaScript values of a list of types. */
export type DecodedAll<C extends readonly TypeNode[]> = { -readonly [I in keyof C]: Decoded<C[I]> };

/** An optional value. */
export type Opt<T> = readonly [] | readonly [T];

type VariantValue<F> = { [K in keyof F]: { readonly [P in K]: Decoded<F[K]> } }[keyof F];

export const nullType: CandidType<null> = { kind: 'null' };
export const bool: CandidType<boolean> = { kind: 'bool' };
export const nat: CandidType<bigint> = { kind: 'nat' };
export const int: CandidType<bigint> = { kind: 'int' };
export const nat8: CandidType<number> & { readonly kind: 'nat8' } = { kind: 'nat8' };
export const nat16: CandidType<number> & { readonly kind: 'nat16' } = { kind: 'nat16' };
export const nat32: CandidType<number> & { readonly kind: 'nat32' } = { kind: 'nat32' };
export const nat64: CandidType<bigint> = { kind: 'nat64' };
export const int8: CandidType<number> & { readonly kind: 'int8' } = { kind: 'int8' };
export const int16: CandidType<number> & { readonly kind: 'int16' } = { kind: 'int16' };
export const int32: CandidType<number> & { readonly kind: 'int32' } = { kind: 'int32' };
export const int64: CandidType<bigint> = { kind: 'int64' };
export const float32: CandidType<number> & { readonly kind: 'float32' } = { kind: 'float32' };
export const float64: CandidType<number> & { readonly kind: 'float64' } = { kind: 'float64' };
export const text: CandidType<string> = { kind: 'text' };
export const reserved: CandidType<unknown> = { kind: 'reserved' };
export const empty: CandidType<never> = { kind: 'empty' };
export const principal: CandidType<PrincipalId> = { kind: 'principal' };
/** vec nat8. */
export const blob: CandidType<Uint8Array> = { kind: 'vec', inner: nat8 };

/** opt t */
export function opt<C extends TypeNode>(inner: C): CandidType<Opt<Decoded<C>>> {
  return { kind: 'opt', inner };
}

/** vec t; of nat8 it is a {@link blob}. */
export function vec(inner: typeof nat8): CandidType<Uint8Array>;
export function vec<C extends TypeNode>(inner: C): CandidType<readonly Decoded<C>[]>;
export function vec(inner: TypeNode): TypeNode {
  return { kind: 'vec', inner };
}

/**
 * record { … }; the properties are the labels, `_7_` is the label 7.
 * @throws IcError `CANDID_TYPE_INVALID` when two labels have the same hash.
 */
export function record<F extends { readonly [name: string]: TypeNode }>(fields: F): CandidType<{ readonly [K in keyof F]: Decoded<F[K]> }> {
  return { kind: 'record', fields: sortedFields(fieldsOfProperties(fields)), tuple: false };
}

/** record { 0 : t0; 1 : t1; … }: an array in JavaScript. */
export function tuple<C extends readonly TypeNode[]>(...parts: C): CandidType<Readonly<DecodedAll<C>>> {
  return recordOfFields(parts.map((type, id) => ({ id, name: `_${id}_`, type })));
}

/**
 * variant { … }; a tag without data has the type `nullType`.
 * @throws IcError `CANDID_TYPE_INVALID` when two tags have the same hash.
 */
export function variant<F extends { readonly [name: string]: TypeNode }>(tags: F): CandidType<VariantValue<F>> {
  return { kind: 'variant', fields: sortedFields(fieldsOfProperties(tags)) };
}

/** func (args) -> (results) annotations */
export function func(
  args: readonly TypeNode[],
  results: readonly TypeNode[],
  annotations: readonly Annotation[] = [],
): CandidType<readonly [PrincipalId, string]> & FuncNode {
  return { kind: 'func', args, results, annotations: ANNOTATIONS.filter((annotation) => annotations.includes(annotation)) };
}

/** service { name : func; … } */
export function service(methods: { readonly [name: string]: TypeNode }): CandidType<PrincipalId> & ServiceNode {
  return { kind: 'service', methods: sortedMethods(Object.entries(methods).map(([name, type]) => ({ name, type }))) };
}

/**
 * A type that contains itself: `recursive<List>('List', (list) => opt(record({ head: int, tail: list })))`.
 * @param build - called once, at once; must not look into `self`.
 */
export function recursive<T>(name: string, build: (self: CandidType<T>) => CandidType<T>): CandidType<T> {
  const knot: KnotNode = { kind: 'knot', name, target: undefined };
  knot.target = build(knot);
  return knot;
}

/** Every annotation, in the order of {@link FuncNode}. */
export const ANNOTATIONS: readonly Annotation[] = ['query', 'oneway', 'composite_query'];

function fieldsOfProperties(properties: { readonly [name: string]: TypeNode }): Field[] {
  return Object.entries(properties).map(([name, type]) => ({ id: fieldIdOfProperty(name), name, type }));
}

/** Fields by ascending id. @throws IcError `CANDID_TYPE_INVALID` when two have the same id. */
export function sortedFields(fields: readonly Field[]): readonly Field[] {
  const sorted = fields.toSorted((a, b) => a.id - b.id);
  for (let index = 1; index < sorted.length; index++) {
    const [before, field] = [sorted[index - 1]!, sorted[index]!];
    if (before.id === field.id)
      throw candidError(
        'CANDID_TYPE_INVALID',
        `the labels '${before.name}' and '${field.name}' are the same number ${field.id}: rename one`,
      );
  }
  return sorted;
}

/** The record with these fields; a tuple when the ids are 0, 1, 2 … @throws IcError as {@link sortedFields} */
export function recordOfFields(fields: readonly Field[]): RecordNode {
  const sorted = sortedFields(fields);
  return { kind: 'record', fields: sorted, tuple: sorted.length > 0 && sorted.every((field, index) => field.id === index) };
}

/** Methods by the bytes of their names. @throws IcError `CANDID_TYPE_INVALID` when two have the same name. */
export function sortedMethods(methods: readonly Method[]): readonly Method[] {
  const sorted = methods.toSorted((a, b) => compareText(a.name, b.name));
  for (let index = 1; index < sorted.length; index++) {
    if (sorted[index - 1]!.name === sorted[index]!.name) {
      throw candidError('CANDID_TYPE_INVALID', `the method '${sorted[index]!.name}' is declared twice`);
    }
  }
  return sorted;
}

/** Order of texts by code points, which is that of their UTF-8 bytes. */
export function compareText(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index++) {
    const unitA = a.charCodeAt(index);
    const unitB = b.charCodeAt(index);
    if (unitA === unitB) continue;
    // Surrogates stand for code points beyond those of every other unit.
    const rankA = unitA >= 0xd800 && unitA < 0xe000 ? unitA + 0x1_0000 : unitA;
    const rankB = unitB >= 0xd800 && unitB < 0xe000 ? unitB + 0x1_0000 : unitB;
    return rankA - rankB;
  }
  return a.length - b.length;
}

/** A type that is not a reference. */
export type ResolvedNode = Exclude<TypeNode, KnotNode>;

/** Follows references. */
export function resolveType(node: TypeNode): ResolvedNode {
  let current = node;
  for (let steps = 0; current.kind === 'knot'; steps++) {
    assert(current.target !== undefined, `the type '${current.name ?? '?'}' is defined before it is used`);
    assert(steps < 10_000, `the type '${current.name ?? '?'}' is more than a name for itself`);
    current = current.target;
  }
  return current;
}

/** The function type of a method. */
export function methodType(method: Method): FuncNode {
  const node = resolveType(method.type);
  assert(node.kind === 'func', `the type of method '${method.name}' is a function type`);
  return node;
}

/** The types that a type is made of. */
export function partsOf(node: TypeNode): readonly TypeNode[] {
  switch (node.kind) {
    case 'knot':
      return node.target === undefined ? [] : [node.target];
    case 'opt':
    case 'vec':
      return [node.inner];
    case 'record':
    case 'variant':
      return node.fields.map((field) => field.type);
    case 'func':
      return [...node.args, ...node.results];
    case 'service':
      return node.methods.map((method) => method.type);
    default:
      return [];
  }
}
