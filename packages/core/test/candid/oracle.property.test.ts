/** Our codec against @icp-sdk/core, both ways, on random types and values. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import fc from 'fast-check';
import { fromHex } from '@myelin/core/base';
import { decodeArgs, encodeArgs } from '@myelin/core/candid';
import type { PrimitiveKind } from '@myelin/core/candid';
import { ownProperties, typeOf, typedValue } from './arbitrary-types.ts';
import type { Description } from './arbitrary-types.ts';

const PRIMITIVES: { readonly [K in PrimitiveKind]: IDL.Type } = {
  null: IDL.Null,
  bool: IDL.Bool,
  nat: IDL.Nat,
  int: IDL.Int,
  nat8: IDL.Nat8,
  nat16: IDL.Nat16,
  nat32: IDL.Nat32,
  nat64: IDL.Nat64,
  int8: IDL.Int8,
  int16: IDL.Int16,
  int32: IDL.Int32,
  int64: IDL.Int64,
  float32: IDL.Float32,
  float64: IDL.Float64,
  text: IDL.Text,
  reserved: IDL.Reserved,
  empty: IDL.Empty,
  principal: IDL.Principal,
};

function oracleType(description: Description): IDL.Type {
  switch (description.kind) {
    case 'opt':
      return IDL.Opt(oracleType(description.inner));
    case 'vec':
      return IDL.Vec(oracleType(description.inner));
    case 'record':
      return IDL.Record(Object.fromEntries(description.fields.map(([name, type]) => [name, oracleType(type)])));
    case 'variant':
      return IDL.Variant(Object.fromEntries(description.fields.map(([name, type]) => [name, oracleType(type)])));
    case 'tuple':
      return IDL.Tuple(...description.parts.map(oracleType));
    case 'func':
      return IDL.Func(
        description.args.map(oracleType) as never,
        description.results.map(oracleType) as never,
        description.annotation === '' ? [] : [description.annotation],
      );
    case 'service':
      return IDL.Service(Object.fromEntries(description.methods.map(([name, type]) => [name, oracleType(type) as IDL.FuncClass])));
    default:
      return PRIMITIVES[description.kind];
  }
}

/** One of our values as the oracle represents it. */
function toOracle(description: Description, value: unknown): unknown {
  switch (description.kind) {
    case 'opt':
      return (value as unknown[]).map((inner) => toOracle(description.inner, inner));
    case 'vec':
      return value instanceof Uint8Array ? value : (value as unknown[]).map((item) => toOracle(description.inner, item));
    case 'record':
      return ownProperties(description.fields.map(([name, type]) => [name, toOracle(type, (value as Record<string, unknown>)[name])]));
    case 'variant': {
      const [[name, inner]] = Object.entries(value as object) as [[string, unknown]];
      return { [name]: toOracle(description.fields.find(([tag]) => tag === name)![1], inner) };
    }
    case 'tuple':
      return description.parts.map((part, index) => toOracle(part, (value as unknown[])[index]));
    case 'func':
      return [Principal.fromUint8Array(fromHex((value as string[])[0]!)), (value as string[])[1]];
    case 'principal':
    case 'service':
      return Principal.fromUint8Array(fromHex(value as string));
    default:
      return value;
  }
}

/** One of the oracle's values as we represent it. */
function fromOracle(description: Description, value: unknown): unknown {
  switch (description.kind) {
    case 'opt':
      return (value as unknown[]).map((inner) => fromOracle(description.inner, inner));
    case 'vec':
      return description.inner.kind === 'nat8'
        ? Uint8Array.from(value as Uint8Array)
        : Array.from(value as unknown[], (item) => fromOracle(description.inner, item));
    case 'record':
      return ownProperties(description.fields.map(([name, type]) => [name, fromOracle(type, (value as Record<string, unknown>)[name])]));
    case 'variant': {
      const [[name, inner]] = Object.entries(value as object) as [[string, unknown]];
      return { [name]: fromOracle(description.fields.find(([tag]) => tag === name)![1], inner) };
    }
    case 'tuple':
      return description.parts.map((part, index) => fromOracle(part, (value as unknown[])[index]));
    case 'func':
      return [(value as [Principal, string])[0].toHex().toLowerCase(), (value as [Principal, string])[1]];
    case 'principal':
    case 'service':
      return (value as Principal).toHex().toLowerCase();
    default:
      return value;
  }
}

/** What the oracle cannot do: `__proto__` as a label, and a tuple inside its own idea of a record with numbered labels. */
function withinOracle(description: Description): boolean {
  switch (description.kind) {
    case 'opt':
    case 'vec':
      return withinOracle(description.inner);
    case 'record':
    case 'variant':
      return description.fields.every(([name, type]) => name !== '__proto__' && withinOracle(type));
    case 'tuple':
      return description.parts.every(withinOracle);
    case 'func':
      return [...description.args, ...description.results].every(withinOracle);
    case 'service':
      return description.methods.every(([, type]) => withinOracle(type));
    default:
      return true;
  }
}

const cases = typedValue({ references: true }).filter(({ description }) => withinOracle(description));

it('the oracle reads what we write, and we read what it writes', () => {
  fc.assert(
    fc.property(cases, ({ description, value }) => {
      const ours = encodeArgs([typeOf(description)], [value]);
      const [seen] = IDL.decode([oracleType(description)], ours);
      assert.deepEqual(fromOracle(description, seen), value);
      const theirs = IDL.encode([oracleType(description)], [toOracle(description, value)]);
      assert.deepStrictEqual(decodeArgs([typeOf(description)], theirs), [value]);
    }),
    { numRuns: 1500 },
  );
});

it('decodes what it encodes, with every label', () => {
  fc.assert(
    fc.property(typedValue({ references: true }), ({ description, value }) => {
      const types = [typeOf(description)];
      assert.deepStrictEqual(decodeArgs(types, encodeArgs(types, [value])), [value]);
    }),
    { numRuns: 1500 },
  );
});
