/**
 * Candid values for programs: JSON in which nothing is lost.
 *
 * Integers of 64 bits and more are texts of digits; options are null or a list of one; blobs are hex; variants are objects of one
 * field.
 * @module
 */
import { type PrincipalId, principalToText, toHex } from '@myelin/core/base';
import { resolveType, type TypeNode } from '@myelin/core/candid';
import type { JsonValue } from '../terminal/index.ts';

/** A decoded value as JSON. */
export function valueToJson(node: TypeNode, value: unknown): JsonValue {
  const type = resolveType(node);
  switch (type.kind) {
    case 'opt': {
      const [inner] = value as readonly unknown[];
      return (value as readonly unknown[]).length === 0 ? null : [valueToJson(type.inner, inner)];
    }
    case 'vec':
      if (value instanceof Uint8Array) return toHex(value);
      return (value as readonly unknown[]).map((item) => valueToJson(type.inner, item));
    case 'record': {
      if (type.tuple) return type.fields.map((field, index) => valueToJson(field.type, (value as readonly unknown[])[index]));
      const fields = value as { readonly [name: string]: unknown };
      return Object.fromEntries(type.fields.map((field) => [field.name, valueToJson(field.type, fields[field.name])]));
    }
    case 'variant': {
      const [name = '', inner] = Object.entries(value as object)[0] ?? [];
      const tag = type.fields.find((field) => field.name === name);
      return { [name]: tag === undefined ? null : valueToJson(tag.type, inner) };
    }
    case 'principal':
    case 'service':
      return principalToText(value as PrincipalId);
    case 'func': {
      const [id, method] = value as readonly [PrincipalId, string];
      return [principalToText(id), method];
    }
    default:
      return leafToJson(value);
  }
}

function leafToJson(value: unknown): JsonValue {
  switch (typeof value) {
    case 'bigint':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'string':
    case 'boolean':
      return value;
    default:
      return null;
  }
}
