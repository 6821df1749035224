/**
 * Canisters with an interface, called with arguments and replies as Candid texts.
 */
import { type PrincipalId, principalToBytes, principalToText } from '@myelin/core/base';
import { decodeArgs, encodeArgsText, type FuncNode, parseDid, printArgs, resolveType } from '@myelin/core/candid';
import type { CallResult } from '@myelin/core/execution';
import type { CreateCanisterOptions, Network, SenderOption } from '@myelin/network';
import { textOf } from './universal-network.ts';

export type Actor = {
  readonly id: PrincipalId;
  readonly bytes: Uint8Array;
  /** Text of the id, for arguments. */
  readonly text: string;
  /** Encodes arguments as a method takes them. */
  readonly encode: (method: string, args?: string) => Uint8Array;
  /** The reply as text, or how the call was rejected. */
  readonly show: (method: string, result: CallResult) => string;
  /** An update call. `(…)` for a reply, `reject …` for a reject. */
  readonly update: (method: string, args?: string, options?: SenderOption) => Promise<string>;
  readonly query: (method: string, args?: string, options?: SenderOption) => string;
  /** What a query replies, decoded. @throws Error when it was rejected */
  readonly queryValues: (method: string, args?: string) => readonly unknown[];
};

/** The text as it is printed when the line is long enough. */
function onOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replace(/^\( /, '(').replace(/, \)$/, ')').replaceAll('; }', ' }');
}

/** A canister that exists already. */
export function actor(network: Network, id: PrincipalId, candid: string): Actor {
  const service = parseDid(candid).service;
  const type = (method: string): FuncNode => {
    const found = service?.methods.find(({ name }) => name === method);
    const node = found === undefined ? undefined : resolveType(found.type);
    if (node?.kind !== 'func') throw new Error(`the interface has no method ${method}`);
    return node;
  };
  const encode = (method: string, args = '()'): Uint8Array => encodeArgsText(args, type(method).args);
  const show = (method: string, result: CallResult): string => {
    if (result.kind === 'reject') return textOf(result);
    const { results } = type(method);
    return onOneLine(printArgs(results, decodeArgs(results, result.data)));
  };
  return {
    id,
    bytes: principalToBytes(id),
    text: principalToText(id),
    encode,
    show,
    update: async (method, args, options) => show(method, await network.updateResult(id, method, encode(method, args), options)),
    query: (method, args, options) => show(method, network.queryResult(id, method, encode(method, args), options)),
    queryValues: (method, args) => decodeArgs(type(method).results, network.query(id, method, encode(method, args))),
  };
}

export async function deployActor(
  network: Network,
  canister: { readonly wasm: Uint8Array; readonly candid: string },
  options: CreateCanisterOptions = {},
): Promise<Actor> {
  return actor(network, await network.deploy(canister.wasm, options), canister.candid);
}
