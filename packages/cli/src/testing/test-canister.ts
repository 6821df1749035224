/**
 * A canister of a test: its methods called by name, with JavaScript values.
 * @module
 */
import { type PrincipalId, principalFromText, principalToText } from '@myelin/core/base';
import { decodeArgs, encodeArgs, type FuncNode, methodType, type ServiceNode } from '@myelin/core/candid';
import type { Network, SenderOption } from '@myelin/network';
import { commandFailure } from '../terminal/index.ts';

/** A canister on a network inside the process. Values are those of `@myelin/core/candid`: `bigint` for nat and int, `[]` or `[value]` for opt. */
export type TestCanister = {
  /** Its id as text. */
  readonly id: string;
  /** Candid text of its service. */
  readonly candid: string;
  /**
   * An update call.
   * @returns undefined, the result, or an array where the method has several.
   * @throws IcError `CALL_REJECTED` when the canister traps or rejects, `METHOD_UNKNOWN`, `CANDID_…` when a value does not fit its type
   */
  readonly call: (method: string, ...args: readonly unknown[]) => Promise<unknown>;
  /** A query call, as `call`. */
  readonly query: (method: string, ...args: readonly unknown[]) => Promise<unknown>;
  /**
   * Replaces its code by that of a file, as `deploy` takes it; its state is kept.
   * @throws IcError `CALL_REJECTED` when the state does not fit the new code
   */
  readonly upgrade: (file: string, ...args: readonly unknown[]) => Promise<void>;
  /** The same canister called by somebody else. @param sender - a principal as text. */
  readonly as: (sender: string) => TestCanister;
};

/** What the methods of a canister need to know. The interface changes when it is upgraded. */
export type CanisterParts = {
  readonly network: Network;
  readonly id: PrincipalId;
  readonly current: { candid: string; service: ServiceNode };
  readonly upgrade: (file: string, args: readonly unknown[], options: SenderOption) => Promise<void>;
};

function findType(service: ServiceNode, name: string): FuncNode {
  const method = service.methods.find((candidate) => candidate.name === name);
  if (method !== undefined) return methodType(method);
  const names = service.methods.map((candidate) => candidate.name).join(', ');
  throw commandFailure('METHOD_UNKNOWN', `the canister has no method '${name}'`, `it has: ${names}`);
}

/** Encodes exactly as many values as there are types. @throws IcError `ARGUMENTS_INVALID`, `CANDID_VALUE_INVALID` */
export function encodeExactly(types: FuncNode['args'], values: readonly unknown[], what: string): Uint8Array {
  if (values.length !== types.length) {
    throw commandFailure(
      'ARGUMENTS_INVALID',
      `${what} takes ${types.length} arguments, not ${values.length}`,
      'give one value per argument',
    );
  }
  return encodeArgs(types, values);
}

function readResults(type: FuncNode, reply: Uint8Array): unknown {
  const values = decodeArgs(type.results, reply);
  return values.length > 1 ? values : values[0];
}

/** Makes the methods of a canister that has been installed. */
export function testCanister(parts: CanisterParts, options: SenderOption = {}): TestCanister {
  const { network, id, current } = parts;
  const prepare = (method: string, args: readonly unknown[]): { readonly type: FuncNode; readonly arg: Uint8Array } => {
    const type = findType(current.service, method);
    return { type, arg: encodeExactly(type.args, args, method) };
  };
  return {
    id: principalToText(id),
    get candid() {
      return current.candid;
    },
    call: async (method, ...args) => {
      const { type, arg } = prepare(method, args);
      return readResults(type, await network.update(id, method, arg, options));
    },
    query: async (method, ...args) => {
      const { type, arg } = prepare(method, args);
      return await Promise.resolve(readResults(type, network.query(id, method, arg, options)));
    },
    upgrade: async (file, ...args) => await parts.upgrade(file, args, options),
    as: (sender) => testCanister(parts, { sender: principalFromText(sender) }),
  };
}
