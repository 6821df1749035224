/**
 * Decoding at another type, against a model: the coercion relation written down value by value, with no plan, no wire and no quota.
 */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { checkSubtype, decodeArgs, encodeArgs, fieldIdOfProperty } from '@myelin/core/candid';
import type { TypeNode } from '@myelin/core/candid';
import { descriptionArbitrary, ownProperties, typeOf, valueArbitrary } from './arbitrary-types.ts';
import type { Description } from './arbitrary-types.ts';

const MISFIT = Symbol('misfit');

type Fields = readonly (readonly [id: number, name: string, type: Description])[];

function fieldsOf(description: Description): Fields {
  if (description.kind === 'tuple') return description.parts.map((type, id) => [id, String(id), type]);
  assert.ok(description.kind === 'record' || description.kind === 'variant');
  return description.fields.map(([name, type]) => [fieldIdOfProperty(name), name, type]);
}

const isOptional = ({ kind }: Description) => kind === 'opt' || kind === 'null' || kind === 'reserved';
const absent = ({ kind }: Description) => (kind === 'opt' ? [] : null);

function coerceRecord(value: unknown, from: Description, to: Description): unknown {
  const own = new Map(fieldsOf(from).map(([id, name, type]) => [id, { value: (value as Record<string, unknown>)[name], type }]));
  const entries: [string, unknown][] = [];
  for (const [id, name, type] of fieldsOf(to)) {
    const field = own.get(id);
    const item = field !== undefined ? coerce(field.value, field.type, type) : isOptional(type) ? absent(type) : MISFIT;
    if (item === MISFIT) return MISFIT;
    entries.push([name, item]);
  }
  return to.kind === 'tuple' ? entries.map(([, item]) => item) : ownProperties(entries);
}

/** What a value of type `from` is at type `to`. */
function coerce(value: unknown, from: Description, to: Description): unknown {
  if (to.kind === 'reserved') return null;
  if (to.kind === 'opt') {
    if (from.kind === 'null' || from.kind === 'reserved') return [];
    if (from.kind === 'opt' && (value as unknown[]).length === 0) return [];
    const inner = from.kind === 'opt' ? coerce((value as unknown[])[0], from.inner, to.inner) : coerce(value, from, to.inner);
    return inner === MISFIT ? [] : [inner];
  }
  if (from.kind === 'vec' && to.kind === 'vec') {
    const items = Array.from(value as unknown[], (item) => coerce(item, from.inner, to.inner));
    if (items.includes(MISFIT)) return MISFIT;
    return to.inner.kind === 'nat8' ? Uint8Array.from(items as number[]) : items;
  }
  const isRecord = ({ kind }: Description) => kind === 'record' || kind === 'tuple';
  if (isRecord(from) && isRecord(to)) return coerceRecord(value, from, to);
  if (from.kind === 'variant' && to.kind === 'variant') {
    const [name] = Object.keys(value as object) as [string];
    const tag = fieldsOf(from).find(([, tagName]) => tagName === name)!;
    const expected = fieldsOf(to).find(([id]) => id === tag[0]);
    if (expected === undefined) return MISFIT;
    const inner = coerce((value as Record<string, unknown>)[name], tag[2], expected[2]);
    return inner === MISFIT ? MISFIT : ownProperties([[expected[1], inner]]);
  }
  if ((from.kind === 'func' && to.kind === 'func') || (from.kind === 'service' && to.kind === 'service')) {
    return checkSubtype(typeOf(from), typeOf(to)).reason === undefined ? value : MISFIT;
  }
  if (from.kind === 'service' && to.kind === 'principal') return value;
  if (from.kind === 'nat' && to.kind === 'int') return value;
  return from.kind === to.kind ? value : MISFIT;
}

/** A type near the given one: parts replaced, fields added and dropped, `opt` put around and taken away. */
function near(description: Description): fc.Arbitrary<Description> {
  const any = descriptionArbitrary({ references: true });
  const same = fc.constant(description);
  const optional = near0(description).map((inner): Description => ({ kind: 'opt', inner }));
  return fc.oneof(
    { weight: 6, arbitrary: near0(description) },
    { weight: 2, arbitrary: optional },
    { weight: 3, arbitrary: same },
    { weight: 1, arbitrary: any },
  );
}

function near0(description: Description): fc.Arbitrary<Description> {
  switch (description.kind) {
    case 'opt':
      return fc.oneof(
        near(description.inner),
        near(description.inner).map((inner): Description => ({ kind: 'opt', inner })),
      );
    case 'vec':
      return near(description.inner).map((inner): Description => ({ kind: 'vec', inner }));
    case 'record':
    case 'variant': {
      const { kind } = description;
      const extra = fc.array(fc.tuple(fc.constantFrom('extra', 'a', 'b'), descriptionArbitrary({ references: false })), { maxLength: 1 });
      return fc
        .tuple(
          fc.tuple(...description.fields.map(([, type]) => near(type))),
          fc.array(fc.nat(9), { minLength: description.fields.length, maxLength: description.fields.length }),
          extra,
        )
        .map(([types, drops, added]): Description => {
          const kept = description.fields.map(([name], index) => [name, types[index]!] as const).filter((_, index) => drops[index] !== 0);
          const names = new Set(kept.map(([name]) => fieldIdOfProperty(name)));
          return { kind, fields: [...kept, ...added.filter(([name]) => !names.has(fieldIdOfProperty(name)))] };
        });
    }
    case 'tuple':
      return fc.tuple(...description.parts.map(near)).map((parts): Description => ({ kind: 'tuple', parts }));
    case 'nat':
      return fc.constantFrom<Description>({ kind: 'nat' }, { kind: 'int' });
    case 'service':
      return fc.constantFrom<Description>(description, { kind: 'principal' }, { kind: 'service', methods: [] });
    default:
      return fc.constant(description);
  }
}

const cases = descriptionArbitrary({ references: true }).chain((from) =>
  fc.record({ from: fc.constant(from), to: near(from), value: valueArbitrary(from) }),
);

function decodeOrMisfit(types: readonly TypeNode[], bytes: Uint8Array): unknown {
  try {
    return decodeArgs(types, bytes)[0];
  } catch (error) {
    assert.equal((error as { detail: { code: string } }).detail.code, 'CANDID_TYPE_MISMATCH');
    return MISFIT;
  }
}

it('decodes at another type as the model says', () => {
  let fits = 0;
  let misfits = 0;
  fc.assert(
    fc.property(cases, ({ from, to, value }) => {
      const expected = coerce(value, from, to);
      const seen = decodeOrMisfit([typeOf(to)], encodeArgs([typeOf(from)], [value]));
      if (expected === MISFIT) misfits++;
      else fits++;
      assert.deepStrictEqual(seen, expected);
    }),
    { numRuns: 2000 },
  );
  assert.ok(fits > 300 && misfits > 100, `${fits} fit, ${misfits} do not: both happen`);
});

it('a subtype always fits, and every type is a subtype of itself', () => {
  let subtypes = 0;
  fc.assert(
    fc.property(cases, ({ from, to, value }) => {
      assert.equal(checkSubtype(typeOf(from), typeOf(from)).reason, undefined);
      if (checkSubtype(typeOf(from), typeOf(to)).reason !== undefined) return;
      subtypes++;
      assert.notEqual(decodeOrMisfit([typeOf(to)], encodeArgs([typeOf(from)], [value])), MISFIT);
    }),
    { numRuns: 1500 },
  );
  assert.ok(subtypes > 150, `${subtypes} subtypes`);
});

it('is transitive', () => {
  const three = descriptionArbitrary({ references: true }).chain((a) => near(a).chain((b) => near(b).map((c) => [a, b, c] as const)));
  let chains = 0;
  fc.assert(
    fc.property(three, ([a, b, c]) => {
      const [ab, bc, ac] = [[a, b] as const, [b, c] as const, [a, c] as const].map(
        ([sub, sup]) => checkSubtype(typeOf(sub), typeOf(sup)).reason,
      );
      if (ab !== undefined || bc !== undefined) return;
      chains++;
      assert.equal(ac, undefined);
    }),
    { numRuns: 400 },
  );
  assert.ok(chains > 20, `${chains} chains`);
});
