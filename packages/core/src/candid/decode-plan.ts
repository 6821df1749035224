/**
 * Decoders for pairs of a wire type and an expected type.
 *
 * A decoder always consumes exactly one value of the wire type, and checks all of it. It answers the value, or `MISMATCH` when the
 * value does not fit the expected type: an `opt` around it turns that into null, everything else passes it on. So nothing is read
 * twice, and the cost is linear however deep mismatches nest. Decoders are built when a pair is first met, and kept in the plan.
 *
 * Source: Candid specification, "Deserialisation" (the coercion relation).
 * @module
 */
import { assert } from '../base/index.ts';
import {
  charge,
  enter,
  malformed,
  readBlob,
  readBool,
  readByte,
  readFunc,
  readInt,
  readLength,
  readNat,
  readPrincipal,
  readText,
  take,
} from './reader.ts';
import type { Reader } from './reader.ts';
import { refuseEmpty, skipperOf } from './skip.ts';
import type { Skipper } from './skip.ts';
import { checkSubtype, isOptional } from './subtype.ts';
import { labelToText, typeToText } from './type-text.ts';
import type { Field, FuncNode, RecordNode, ResolvedNode, ServiceNode, TypeNode, VariantNode } from './types.ts';
import { resolveType } from './types.ts';

/** The answer of a decoder whose value does not fit. */
export const MISMATCH: unique symbol = Symbol('mismatch');

/** Consumes one value. @throws IcError `CANDID_MALFORMED`, `CANDID_LIMIT_EXCEEDED` */
export type Decoder = (reader: Reader) => unknown;

/** What is built for one type table. Holds nothing of any message. */
export type DecodePlan = {
  readonly decoders: Map<ResolvedNode, Map<ResolvedNode, Decoder>>;
  readonly skippers: Map<ResolvedNode, Skipper>;
};

export function createDecodePlan(): DecodePlan {
  return { decoders: new Map(), skippers: new Map() };
}

/** The null of every `opt`. Shared and frozen: it is in every record with fields left out. */
export const NONE: readonly [] = Object.freeze([]) as readonly [];

/** The decoder of a pair; the plan keeps it. */
export function decoderOf(plan: DecodePlan, wireNode: TypeNode, expectedNode: TypeNode): Decoder {
  const wire = resolveType(wireNode);
  const expected = resolveType(expectedNode);
  let ofWire = plan.decoders.get(wire);
  if (ofWire === undefined) plan.decoders.set(wire, (ofWire = new Map()));
  let decoder = ofWire.get(expected);
  if (decoder === undefined) ofWire.set(expected, (decoder = buildDecoder(plan, wire, expected)));
  return decoder;
}

/** The value of a field or argument that the sender left out. The caller has made sure that it is optional. */
export function absentValue(node: TypeNode): unknown {
  return resolveType(node).kind === 'opt' ? NONE : null;
}

function buildDecoder(plan: DecodePlan, wire: ResolvedNode, expected: ResolvedNode): Decoder {
  if (wire.kind === 'empty') return refuseEmpty;
  if (expected.kind === 'reserved' || (expected === wire && wire.kind === 'future')) return ignoring(plan, wire);
  if (expected.kind === 'opt') return optDecoder(plan, wire, expected.inner);
  if (expected.kind === 'vec' && wire.kind === 'vec') return vecDecoder(plan, wire.inner, expected.inner);
  if (expected.kind === 'record' && wire.kind === 'record') return recordDecoder(plan, wire, expected);
  if (expected.kind === 'variant' && wire.kind === 'variant') return variantDecoder(plan, wire, expected);
  if (expected.kind === 'func' && wire.kind === 'func') return referenceDecoder(plan, wire, expected, readFunc);
  if (expected.kind === 'service' && wire.kind === 'service') return referenceDecoder(plan, wire, expected, readPrincipal);
  if (expected.kind === 'principal' && wire.kind === 'service') return readPrincipal;
  if (expected.kind === 'int' && wire.kind === 'nat') return readNat;
  const primitive = wire.kind === expected.kind ? PRIMITIVE_DECODERS.get(wire.kind) : undefined;
  return (
    primitive ?? mismatching(plan, wire, `${typeToText(wire, { depthMax: 1 })} where ${typeToText(expected, { depthMax: 1 })} is expected`)
  );
}

const PRIMITIVE_DECODERS: ReadonlyMap<string, Decoder> = new Map<string, Decoder>([
  ['null', () => null],
  ['bool', readBool],
  ['nat', readNat],
  ['int', readInt],
  ['nat8', readByte],
  ['nat16', (reader) => reader.view.getUint16(take(reader, 2), true)],
  ['nat32', (reader) => reader.view.getUint32(take(reader, 4), true)],
  ['nat64', (reader) => reader.view.getBigUint64(take(reader, 8), true)],
  ['int8', (reader) => (readByte(reader) << 24) >> 24],
  ['int16', (reader) => reader.view.getInt16(take(reader, 2), true)],
  ['int32', (reader) => reader.view.getInt32(take(reader, 4), true)],
  ['int64', (reader) => reader.view.getBigInt64(take(reader, 8), true)],
  ['float32', (reader) => reader.view.getFloat32(take(reader, 4), true)],
  ['float64', (reader) => reader.view.getFloat64(take(reader, 8), true)],
  ['text', readText],
  ['principal', readPrincipal],
]);

function ignoring(plan: DecodePlan, wire: ResolvedNode): Decoder {
  const skip = skipperOf(plan, wire);
  return (reader) => {
    skip(reader);
    return null;
  };
}

function mismatching(plan: DecodePlan, wire: ResolvedNode, why: string): Decoder {
  const skip = skipperOf(plan, wire);
  return (reader) => {
    skip(reader);
    reader.why = why;
    reader.path = '';
    return MISMATCH;
  };
}

function optDecoder(plan: DecodePlan, wire: ResolvedNode, inner: TypeNode): Decoder {
  if (wire.kind === 'null' || wire.kind === 'reserved') return () => NONE;
  const present = wire.kind === 'opt' ? wire.inner : wire;
  const tagged = wire.kind === 'opt';
  let decode: Decoder | undefined;
  return (reader) => {
    if (tagged && !readBool(reader)) return NONE;
    charge(reader, 1);
    // The level also ends the search for a value of an expected type that is `opt` without end.
    enter(reader);
    decode ??= decoderOf(plan, present, inner);
    const value = decode(reader);
    reader.depth--;
    return value === MISMATCH ? NONE : [value];
  };
}

function vecDecoder(plan: DecodePlan, wire: TypeNode, expected: TypeNode): Decoder {
  if (resolveType(wire).kind === 'nat8' && resolveType(expected).kind === 'nat8') return readBlob;
  const emptyBytes = resolveType(expected).kind === 'nat8';
  let decode: Decoder | undefined;
  return (reader) => {
    const count = readLength(reader);
    // Refuses at once a count that the message cannot pay for.
    charge(reader, count);
    if (count === 0) return emptyBytes ? new Uint8Array() : [];
    enter(reader);
    decode ??= decoderOf(plan, wire, expected);
    const items: unknown[] = [];
    let mismatch: Misfit | undefined;
    for (let index = 0; index < count; index++) {
      const item = decode(reader);
      if (item === MISMATCH) mismatch ??= misfit(reader, `[${index}]`);
      else items.push(item);
    }
    reader.depth--;
    return mismatch === undefined ? items : pass(reader, mismatch);
  };
}

/** A mismatch below the current value, kept while the rest of the value is read. */
type Misfit = { readonly why: string; readonly path: string };

function misfit(reader: Reader, step: string): Misfit {
  return { why: reader.why, path: step + reader.path };
}

function pass(reader: Reader, mismatch: Misfit): typeof MISMATCH {
  reader.why = mismatch.why;
  reader.path = mismatch.path;
  return MISMATCH;
}

/** What to do with one field of the wire: keep it under a key, or skip it. */
type FieldStep = { readonly wire: TypeNode; readonly expected: Field | undefined; readonly key: string | number };

function recordDecoder(plan: DecodePlan, wire: RecordNode, expected: RecordNode): Decoder {
  const fieldsById = new Map(expected.fields.map((field) => [field.id, field]));
  const steps: FieldStep[] = wire.fields.map((field) => {
    const own = fieldsById.get(field.id);
    fieldsById.delete(field.id);
    return { wire: field.type, expected: own, key: own === undefined ? '' : expected.tuple ? own.id : own.name };
  });
  const absent = [...fieldsById.values()];
  const required = absent.find((field) => !isOptional(field.type));
  if (required !== undefined) return mismatching(plan, wire, `the field ${labelToText(required)} is missing`);
  const cost = steps.length + absent.length;
  const createRecord = recordFactory(expected);
  const decoders: (Decoder | Skipper | undefined)[] = steps.map(() => undefined);
  return (reader) => {
    charge(reader, cost);
    enter(reader);
    const record = createRecord();
    let mismatch: Misfit | undefined;
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index]!;
      if (step.expected === undefined) {
        const skip = (decoders[index] ??= skipperOf(plan, step.wire));
        skip(reader);
        continue;
      }
      const decode = (decoders[index] ??= decoderOf(plan, step.wire, step.expected.type));
      const value = decode(reader);
      if (value === MISMATCH) mismatch ??= misfit(reader, `.${labelToText(step.expected)}`);
      else record[step.key] = value;
    }
    reader.depth--;
    return mismatch === undefined ? record : pass(reader, mismatch);
  };
}

/** Makes records that have every property already, in order of ids, optional ones with their absent value: one shape for the engine. */
function recordFactory(expected: RecordNode): () => { [key: string | number]: unknown } {
  if (expected.tuple) {
    const values = expected.fields.map((field) => (isOptional(field.type) ? absentValue(field.type) : undefined));
    return () => [...values] as unknown as { [key: number]: unknown };
  }
  const template: { [key: string]: unknown } = {};
  for (const { name, type } of expected.fields) {
    // Defined, not assigned: the name may be `__proto__`.
    const value = isOptional(type) ? absentValue(type) : undefined;
    Object.defineProperty(template, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return () => ({ ...template });
}

function variantDecoder(plan: DecodePlan, wire: VariantNode, expected: VariantNode): Decoder {
  const tagsById = new Map(expected.fields.map((tag) => [tag.id, tag]));
  const tags = wire.fields.map((tag) => tagsById.get(tag.id));
  const decoders: (Decoder | undefined)[] = tags.map(() => undefined);
  return (reader) => {
    const index = readLength(reader);
    if (index >= tags.length) throw malformed(reader, `a variant has the tag number ${index} of ${tags.length}`);
    charge(reader, 1);
    enter(reader);
    const tag = tags[index];
    const wireTag = wire.fields[index]!;
    const decode = (decoders[index] ??=
      tag === undefined
        ? mismatching(plan, resolveType(wireTag.type), `the tag ${labelToText(wireTag)} is not expected`)
        : decoderOf(plan, wireTag.type, tag.type));
    const value = decode(reader);
    reader.depth--;
    if (value !== MISMATCH) return { [tag!.name]: value };
    return pass(reader, misfit(reader, tag === undefined ? '' : `.${labelToText(tag)}`));
  };
}

function referenceDecoder(plan: DecodePlan, wire: FuncNode | ServiceNode, expected: FuncNode | ServiceNode, read: Decoder): Decoder {
  const { reason, steps } = checkSubtype(wire, expected);
  assert(steps > 0, 'a check takes at least a step');
  const decode = reason === undefined ? read : mismatching(plan, wire, `a reference of another type (${reason})`);
  return (reader) => {
    // Each use pays, so that the cost of a message does not depend on what was decoded before.
    charge(reader, steps);
    return decode(reader);
  };
}
