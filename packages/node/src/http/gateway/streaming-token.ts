/**
 * Streaming strategies and their tokens: values of a type that only the canister knows, handed back as they came.
 *
 * The typed decoder of a response cannot name the token's type, so the message's own types are used. Labels are found by the
 * numbers that Candid gives them.
 * Source: HTTP gateway protocol specification, "Response Body Streaming".
 * @module
 */
import { IcError } from '@myelin/core/base';
import type { PrincipalId } from '@myelin/core/base';
import { decodeUntyped, encodeArgs, hashFieldName, propertyOfFieldId } from '@myelin/core/candid';
import type { TypeNode } from '@myelin/core/candid';

/** How the rest of a body is got: a query method of the canister, and its first argument: the token alone. */
export type StreamingStrategy = { readonly canisterId: PrincipalId; readonly methodName: string; readonly arg: Uint8Array };

/** One further piece of a body, and the argument for the next one; without it the piece is the last. */
export type StreamedBody = { readonly body: Uint8Array; readonly arg: Uint8Array | undefined };

/** A value and the type it was sent with. */
type Typed = { readonly type: TypeNode; readonly value: unknown };

function invalid(what: string): IcError {
  return new IcError({ code: 'HTTP_RESPONSE_INVALID' }, `the response does not follow the HTTP gateway protocol: ${what}`);
}

function resolved({ type, value }: Typed): Typed {
  let node = type;
  while (node.kind === 'knot' && node.target !== undefined) node = node.target;
  return { type: node, value };
}

function first(bytes: Uint8Array): Typed {
  const { types, values } = decodeUntyped(bytes);
  if (types[0] === undefined) throw invalid('it has no value');
  return resolved({ type: types[0], value: values[0] });
}

/** What is inside an `opt`, any number of them; undefined when it is null. */
function unwrapped(whole: Typed): Typed | undefined {
  let current = resolved(whole);
  while (current.type.kind === 'opt') {
    const inner = current.value as readonly unknown[];
    if (inner.length === 0) return undefined;
    current = resolved({ type: current.type.inner, value: inner[0] });
  }
  return current.type.kind === 'null' || current.type.kind === 'reserved' ? undefined : current;
}

/** A field of a record or the data of a variant's tag; undefined when it is not there. */
function part(whole: Typed | undefined, kind: 'record' | 'variant', name: string): Typed | undefined {
  if (whole === undefined || whole.type.kind !== kind) return undefined;
  const id = hashFieldName(name);
  const field = whole.type.fields.find((candidate) => candidate.id === id);
  const values = whole.value as Readonly<Record<string, unknown>>;
  const property = propertyOfFieldId(id);
  if (field === undefined || !Object.hasOwn(values, property)) return undefined;
  return resolved({ type: field.type, value: values[property] });
}

/** A value as the only argument of a message, in the type that the canister gave it. */
function encodeToken(token: Typed): Uint8Array {
  return encodeArgs([token.type], [token.value as never]);
}

/**
 * The streaming strategy of a response that has one.
 * @throws IcError `HTTP_RESPONSE_INVALID` when it is not `opt variant { Callback : record { callback : func; token } }`, or a Candid code.
 */
export function decodeStrategy(bytes: Uint8Array): StreamingStrategy {
  const field = part(first(bytes), 'record', 'streaming_strategy');
  const callback = part(field && unwrapped(field), 'variant', 'Callback');
  const method = part(callback, 'record', 'callback');
  const token = part(callback, 'record', 'token');
  if (method?.type.kind !== 'func' || token === undefined) {
    throw invalid('its streaming strategy is not a Callback with a function `callback` and a `token`');
  }
  const [canisterId, methodName] = method.value as readonly [PrincipalId, string];
  return { canisterId, methodName, arg: encodeToken(token) };
}

/**
 * The answer of a streaming callback.
 * @throws IcError `HTTP_RESPONSE_INVALID` when it is not a record with a blob `body`, or a Candid code.
 */
export function decodeStreamedBody(bytes: Uint8Array): StreamedBody {
  const answer = unwrapped(first(bytes));
  const body = part(answer, 'record', 'body');
  if (!(body?.value instanceof Uint8Array)) throw invalid('the answer of its streaming callback is not a record with a blob `body`');
  const field = part(answer, 'record', 'token');
  const token = field && unwrapped(field);
  return { body: body.value, arg: token && encodeToken(token) };
}
