/**
 * Random Candid types, with random values of them, for the property tests.
 */
import fc from 'fast-check';
import * as c from '@myelin/core/candid';
import { hashFieldName } from '@myelin/core/candid';
import type { PrincipalId } from '@myelin/core/base';
import { toHex } from '@myelin/core/base';

/** A type as data: the same description builds ours, the oracle's and values. */
export type Description =
  | { readonly kind: c.PrimitiveKind }
  | { readonly kind: 'opt' | 'vec'; readonly inner: Description }
  | { readonly kind: 'record' | 'variant'; readonly fields: readonly (readonly [name: string, type: Description])[] }
  | { readonly kind: 'tuple'; readonly parts: readonly Description[] }
  | {
      readonly kind: 'func';
      readonly args: readonly Description[];
      readonly results: readonly Description[];
      readonly annotation: 'query' | 'oneway' | '';
    }
  | { readonly kind: 'service'; readonly methods: readonly (readonly [name: string, type: Description])[] };

const PRIMITIVES: readonly c.PrimitiveKind[] = [
  'null',
  'bool',
  'nat',
  'int',
  'nat8',
  'nat16',
  'nat32',
  'nat64',
  'int8',
  'int16',
  'int32',
  'int64',
  'float32',
  'float64',
  'text',
  'reserved',
  'principal',
];

const fieldName = fc.oneof(
  fc.constantFrom('a', 'b', 'name', 'owner', 'id', '__proto__', 'constructor', 'toString', '_5_', '_7_', 'ü', '☃', '🐂', 'with space'),
  fc.string({ minLength: 1, maxLength: 8 }),
);
const uniqueFields = (type: fc.Arbitrary<Description>, minLength: number) =>
  fc.uniqueArray(fc.tuple(fieldName, type), { minLength, maxLength: 5, selector: ([name]) => c.fieldIdOfProperty(name) });

/** Types whose values exist; `references` also has functions and services. */
export const descriptionArbitrary = (options: { references: boolean }): fc.Arbitrary<Description> =>
  fc.letrec<{ type: Description }>((tie) => {
    const primitive = fc.constantFrom(...PRIMITIVES).map((kind): Description => ({ kind }));
    const few = fc.array(tie('type'), { maxLength: 2 });
    const func = fc
      .tuple(few, few, fc.constantFrom('query' as const, '' as const))
      .map(([args, results, annotation]): Description => ({ kind: 'func', args, results, annotation }));
    return {
      type: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        { weight: 3, arbitrary: primitive },
        { weight: 2, arbitrary: tie('type').map((inner): Description => ({ kind: 'opt', inner })) },
        { weight: 2, arbitrary: tie('type').map((inner): Description => ({ kind: 'vec', inner })) },
        { weight: 3, arbitrary: uniqueFields(tie('type'), 0).map((fields): Description => ({ kind: 'record', fields })) },
        { weight: 2, arbitrary: uniqueFields(tie('type'), 1).map((fields): Description => ({ kind: 'variant', fields })) },
        {
          weight: 1,
          arbitrary: fc.array(tie('type'), { minLength: 1, maxLength: 3 }).map((parts): Description => ({ kind: 'tuple', parts })),
        },
        ...(options.references
          ? [
              { weight: 1, arbitrary: func },
              {
                weight: 1,
                arbitrary: fc
                  .uniqueArray(fc.tuple(fc.constantFrom('get', 'set', 'a'), func), { maxLength: 2, selector: ([name]) => name })
                  .map((methods): Description => ({ kind: 'service', methods })),
              },
            ]
          : []),
      ),
    };
  }).type;

export function typeOf(description: Description): c.TypeNode {
  switch (description.kind) {
    case 'opt':
      return c.opt(typeOf(description.inner));
    case 'vec':
      return { kind: 'vec', inner: typeOf(description.inner) };
    case 'record': {
      const type = c.record(
        Object.fromEntries(description.fields.filter(([name]) => name !== '__proto__').map(([name, field]) => [name, typeOf(field)])),
      );
      const proto = description.fields.find(([name]) => name === '__proto__');
      // An object literal cannot have this property: write the node.
      const fields = [
        ...(type as c.RecordNode).fields,
        ...(proto === undefined ? [] : [{ id: hashFieldName('__proto__'), name: '__proto__', type: typeOf(proto[1]) }]),
      ];
      return { kind: 'record', fields: fields.sort((a, b) => a.id - b.id), tuple: false };
    }
    case 'variant': {
      const fields = description.fields.map(([name, field]) => ({ id: c.fieldIdOfProperty(name), name, type: typeOf(field) }));
      return { kind: 'variant', fields: fields.sort((a, b) => a.id - b.id) };
    }
    case 'tuple':
      return c.tuple(...description.parts.map(typeOf));
    case 'func':
      return c.func(
        description.args.map(typeOf),
        description.results.map(typeOf),
        description.annotation === '' ? [] : [description.annotation],
      );
    case 'service':
      return c.service(Object.fromEntries(description.methods.map(([name, type]) => [name, typeOf(type)])));
    default:
      return { kind: description.kind };
  }
}

const principalArbitrary = fc.uint8Array({ maxLength: 29 }).map((bytes) => toHex(bytes) as PrincipalId);
const integer = (bits: bigint, signed: boolean) =>
  fc.bigInt({ min: signed ? -(1n << (bits - 1n)) : 0n, max: signed ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n });
const small = (bits: number, signed: boolean) => integer(BigInt(bits), signed).map(Number);

const PRIMITIVE_VALUES: { readonly [K in c.PrimitiveKind]: fc.Arbitrary<unknown> } = {
  null: fc.constant(null),
  bool: fc.boolean(),
  nat: fc.oneof(integer(7n, false), integer(64n, false), integer(400n, false)),
  int: fc.oneof(integer(7n, true), integer(64n, true), integer(400n, true)),
  nat8: small(8, false),
  nat16: small(16, false),
  nat32: small(32, false),
  nat64: integer(64n, false),
  int8: small(8, true),
  int16: small(16, true),
  int32: small(32, true),
  int64: integer(64n, true),
  float32: fc.float(),
  float64: fc.double(),
  text: fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), fc.string({ maxLength: 10 })),
  reserved: fc.constant(null),
  empty: fc.constant(undefined),
  principal: principalArbitrary,
};

/** Values of a type, as we represent them. */
export function valueArbitrary(description: Description): fc.Arbitrary<unknown> {
  switch (description.kind) {
    case 'opt':
      return fc.oneof(
        fc.constant([]),
        valueArbitrary(description.inner).map((value) => [value]),
      );
    case 'vec':
      return description.inner.kind === 'nat8'
        ? fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.from(bytes))
        : fc.array(valueArbitrary(description.inner), { maxLength: 4 });
    case 'record':
      return fc
        .tuple(...description.fields.map(([, type]) => valueArbitrary(type)))
        .map((values) => ownProperties(description.fields.map(([name], index) => [name, values[index]])));
    case 'variant':
      return fc.oneof(...description.fields.map(([name, type]) => valueArbitrary(type).map((value) => ownProperties([[name, value]]))));
    case 'tuple':
      return fc.tuple(...description.parts.map(valueArbitrary));
    case 'func':
      return fc.tuple(principalArbitrary, fc.string({ maxLength: 10 }));
    case 'service':
      return principalArbitrary;
    default:
      return PRIMITIVE_VALUES[description.kind];
  }
}

/** An object with these properties, `__proto__` included. */
export function ownProperties(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const object = {};
  for (const [name, value] of entries) Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
  return object;
}

/** A description with one value of it. */
export const typedValue = (options: { references: boolean }): fc.Arbitrary<{ description: Description; value: unknown }> =>
  descriptionArbitrary(options).chain((description) => valueArbitrary(description).map((value) => ({ description, value })));
