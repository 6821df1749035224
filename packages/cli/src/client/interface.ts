/**
 * The interface that a canister shows, and arguments and results written by it.
 * @module
 */
import { IcError, MANAGEMENT_CANISTER_ID, type PrincipalId } from '@myelin/core/base';
import {
  decodeArgs,
  decodeUntyped,
  encodeArgsText,
  encodeArgsTextUntyped,
  type FuncNode,
  managementService,
  methodType,
  parseDid,
  printArgs,
  type ServiceNode,
  type TypeNode,
  typeToText,
} from '@myelin/core/candid';
import { nearestWord } from '../command-line/index.ts';
import { commandFailure, type JsonValue, type Terminal } from '../terminal/index.ts';
import type { Connection } from './connection.ts';
import { readMetadata } from './requests.ts';
import { valueToJson } from './value-json.ts';

/** The service of a canister; undefined when it shows none. An interface that cannot be read is told and ignored. */
export async function readService(connection: Connection, canister: PrincipalId, terminal: Terminal): Promise<ServiceNode | undefined> {
  if (canister === MANAGEMENT_CANISTER_ID) return managementService;
  const text = await readMetadata(connection, canister, 'candid:service');
  if (text === undefined) return undefined;
  try {
    return parseDid(text).service;
  } catch (error) {
    if (!(error instanceof IcError)) throw error;
    terminal.warn(`the canister's interface cannot be read, so that arguments and results are taken as they are: ${error.message}`);
    return undefined;
  }
}

/** `transfer : (record { … }) -> (nat)`, one line per method. */
export function methodLines(service: ServiceNode): string[] {
  return service.methods.map((method) => `${method.name} : ${typeToText(methodType(method)).replace(/^func /, '')}`);
}

/** The type of a method; undefined when the service is unknown. @throws IcError `METHOD_UNKNOWN` */
export function findMethod(service: ServiceNode | undefined, name: string): FuncNode | undefined {
  if (service === undefined) return undefined;
  const method = service.methods.find((candidate) => candidate.name === name);
  if (method !== undefined) return methodType(method);
  const meant = nearestWord(
    name,
    service.methods.map((candidate) => candidate.name),
  );
  throw commandFailure(
    'METHOD_UNKNOWN',
    `the canister has no method '${name}'`,
    meant === undefined ? 'it has those above' : `did you mean '${meant}'?`,
    {
      lines: methodLines(service).map((line) => `  ${line}`),
    },
  );
}

/** The text with a mark under the place that an error names. */
function markedText(text: string, offset: number): string[] {
  const start = text.lastIndexOf('\n', offset - 1) + 1;
  const end = text.indexOf('\n', offset);
  return [`  ${text.slice(start, end < 0 ? undefined : end)}`, `  ${' '.repeat(offset - start)}^`];
}

/**
 * Encodes arguments as written.
 *
 * @param types - undefined when nothing says them: then the values say them.
 * @throws IcError `ARGUMENTS_INVALID`
 */
export function encodeArguments(text: string, types: readonly TypeNode[] | undefined): Uint8Array {
  try {
    return types === undefined ? encodeArgsTextUntyped(text) : encodeArgsText(text, types, { exact: true });
  } catch (error) {
    if (!(error instanceof IcError)) throw error;
    const { offset } = error.detail as { readonly offset?: number };
    const expected = types === undefined ? undefined : `write (${types.map((type) => typeToText(type)).join(', ')})`;
    throw commandFailure('ARGUMENTS_INVALID', `the arguments are not right: ${error.message}`, expected, {
      cause: error,
      lines: offset === undefined ? [] : markedText(text, offset),
    });
  }
}

/** A reply for people and for programs. */
export type ReadableReply = { readonly text: string; readonly values: readonly JsonValue[] };

function readTyped(bytes: Uint8Array, types: readonly TypeNode[]): ReadableReply {
  const values = decodeArgs(types, bytes);
  return { text: printArgs(types, values), values: types.map((type, index) => valueToJson(type, values[index])) };
}

/** Reads a reply by its types, or by the types that it carries itself. Undefined when it is not Candid. */
export function readReply(bytes: Uint8Array, types: readonly TypeNode[] | undefined, terminal: Terminal): ReadableReply | undefined {
  if (types !== undefined) {
    try {
      return readTyped(bytes, types);
    } catch (error) {
      if (!(error instanceof IcError)) throw error;
      terminal.warn(`the reply is not what the interface says: ${error.message}`);
    }
  }
  try {
    const untyped = decodeUntyped(bytes);
    return {
      text: printArgs(untyped.types, untyped.values),
      values: untyped.types.map((type, index) => valueToJson(type, untyped.values[index])),
    };
  } catch (error) {
    if (error instanceof IcError) return undefined;
    throw error;
  }
}
