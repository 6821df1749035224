/**
 * Reading values that nobody wants: everything is checked as if it were kept.
 *
 * A skipper is built once per type of a plan. Like a decoder it consumes exactly one value.
 * @module
 */
import type { DecodePlan } from './decode-plan.ts';
import { charge, enter, malformed, readBool, readLength, readText, skipFuture, skipLeb, skipPrincipal, take } from './reader.ts';
import type { Reader } from './reader.ts';
import type { Field, ResolvedNode, TypeNode } from './types.ts';
import { resolveType } from './types.ts';

/** Consumes one value. @throws IcError `CANDID_MALFORMED`, `CANDID_LIMIT_EXCEEDED` */
export type Skipper = (reader: Reader) => void;

/** Bytes of the types whose values all have the same size and are valid whatever the bytes. */
const FIXED_SIZES: ReadonlyMap<string, number> = new Map([
  ['nat8', 1],
  ['int8', 1],
  ['nat16', 2],
  ['int16', 2],
  ['nat32', 4],
  ['int32', 4],
  ['float32', 4],
  ['nat64', 8],
  ['int64', 8],
  ['float64', 8],
]);

/** The skipper of a type; the plan keeps it. */
export function skipperOf(plan: DecodePlan, node: TypeNode): Skipper {
  const wire = resolveType(node);
  const known = plan.skippers.get(wire);
  if (known !== undefined) return known;
  const skipper = buildSkipper(plan, wire);
  plan.skippers.set(wire, skipper);
  return skipper;
}

function buildSkipper(plan: DecodePlan, wire: ResolvedNode): Skipper {
  switch (wire.kind) {
    case 'opt':
      return optSkipper(plan, wire.inner);
    case 'vec':
      return vecSkipper(plan, wire.inner);
    case 'record':
      return recordSkipper(plan, wire.fields);
    case 'variant':
      return variantSkipper(plan, wire.fields);
    case 'func':
      return skipFunc;
    case 'service':
    case 'principal':
      return skipPrincipal;
    case 'future':
      return skipFuture;
    case 'null':
    case 'reserved':
      return skipNothing;
    case 'empty':
      return refuseEmpty;
    case 'bool':
      return readBool;
    case 'text':
      return readText;
    case 'nat':
    case 'int':
      return skipLeb;
    default: {
      const size = FIXED_SIZES.get(wire.kind)!;
      return (reader) => void take(reader, size);
    }
  }
}

function skipNothing(): void {}

/** A value of type `empty` cannot exist. */
export function refuseEmpty(reader: Reader): never {
  throw malformed(reader, 'there is a value of type empty');
}

function skipFunc(reader: Reader): void {
  if (readBool(reader) !== true) throw malformed(reader, 'a reference is opaque');
  skipPrincipal(reader);
  readText(reader);
}

function optSkipper(plan: DecodePlan, inner: TypeNode): Skipper {
  let skipInner: Skipper | undefined;
  return (reader) => {
    if (!readBool(reader)) return;
    charge(reader, 1);
    enter(reader);
    skipInner ??= skipperOf(plan, inner);
    skipInner(reader);
    reader.depth--;
  };
}

function vecSkipper(plan: DecodePlan, inner: TypeNode): Skipper {
  const size = FIXED_SIZES.get(resolveType(inner).kind);
  if (size !== undefined) return (reader) => void take(reader, readLength(reader) * size);
  let skipInner: Skipper | undefined;
  return (reader) => {
    const count = readLength(reader);
    charge(reader, count);
    if (count === 0) return;
    enter(reader);
    skipInner ??= skipperOf(plan, inner);
    for (let index = 0; index < count; index++) skipInner(reader);
    reader.depth--;
  };
}

function recordSkipper(plan: DecodePlan, fields: readonly Field[]): Skipper {
  const skippers: (Skipper | undefined)[] = fields.map(() => undefined);
  return (reader) => {
    charge(reader, fields.length);
    enter(reader);
    for (let index = 0; index < fields.length; index++) {
      const skip = (skippers[index] ??= skipperOf(plan, fields[index]!.type));
      skip(reader);
    }
    reader.depth--;
  };
}

function variantSkipper(plan: DecodePlan, tags: readonly Field[]): Skipper {
  const skippers: (Skipper | undefined)[] = tags.map(() => undefined);
  return (reader) => {
    const index = readLength(reader);
    if (index >= tags.length) throw malformed(reader, `a variant has the tag number ${index} of ${tags.length}`);
    charge(reader, 1);
    enter(reader);
    const skip = (skippers[index] ??= skipperOf(plan, tags[index]!.type));
    skip(reader);
    reader.depth--;
  };
}
