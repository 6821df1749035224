/**
 * Requests to canisters and to the management canister. Answers of updates and reads of the state are certified and checked; answers
 * of queries carry the signature of one node, which is checked.
 * @module
 */
import { type KnownPath, StatePaths } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { MANAGEMENT_CANISTER_ID, type PrincipalId, principalFromBytes, principalToBytes } from '@myelin/core/base';
import { type ManagementCanister, managementCanister, type ManagementMethod } from '@myelin/core/candid';
import type { Connection } from './connection.ts';
import { explainRequestFailure, rejection } from './request-failure.ts';

export function toPrincipal(id: PrincipalId): Principal {
  return Principal.fromUint8Array(principalToBytes(id));
}

async function explained<T>({ url, isLocal }: Connection, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw explainRequestFailure(error, url, isLocal);
  }
}

/** Calls a method; answers the certified reply. @throws IcError `CALL_REJECTED`, `NETWORK_…`, `ANSWER_UNTRUSTED`, `CALL_UNANSWERED` */
export async function callCanister(
  connection: Connection,
  canister: PrincipalId,
  methodName: string,
  arg: Uint8Array,
  effectiveCanister: PrincipalId = canister,
): Promise<Uint8Array> {
  const fields = { methodName, arg, effectiveTarget: { canisterId: toPrincipal(effectiveCanister) } };
  const { reply } = await explained(connection, connection.agent.update(toPrincipal(canister), fields));
  return Uint8Array.from(reply);
}

/** Queries a method; answers what one node says. @throws IcError as {@link callCanister} */
export async function queryCanister(
  connection: Connection,
  canister: PrincipalId,
  methodName: string,
  arg: Uint8Array,
): Promise<Uint8Array> {
  const answer = await explained(connection, connection.agent.query(toPrincipal(canister), { methodName, arg }));
  if ('reply' in answer) return Uint8Array.from(answer.reply.arg);
  throw rejection(answer.reject_code, answer.reject_message, answer.error_code);
}

type Args<M extends keyof ManagementCanister> = ManagementCanister[M] extends ManagementMethod<infer A, infer _R> ? A : never;
type Results<M extends keyof ManagementCanister> = ManagementCanister[M] extends ManagementMethod<infer _A, infer R> ? R : never;

/**
 * Calls the management canister.
 *
 * @param effectiveCanister - the canister that the call is about; the management canister itself when it is about none yet.
 */
export async function callManagement<M extends keyof ManagementCanister>(
  connection: Connection,
  method: M,
  args: Args<M>,
  effectiveCanister: PrincipalId,
): Promise<Results<M>> {
  const codec = managementCanister[method] as unknown as ManagementMethod<Args<M>, Results<M>>;
  const reply = await callCanister(connection, MANAGEMENT_CANISTER_ID, method, codec.args.encode(args), effectiveCanister);
  return codec.result.decode(reply);
}

/** What anybody may know of a canister. */
export type CanisterFacts = {
  /** Undefined when there is no such canister. */
  readonly controllers: readonly PrincipalId[] | undefined;
  /** Undefined when it is empty. */
  readonly moduleHash: Uint8Array | undefined;
};

/** Reads the certified state of a canister. */
export async function readCanister(connection: Connection, canister: PrincipalId): Promise<CanisterFacts> {
  const principal = toPrincipal(canister);
  const controllers = StatePaths.canisterControllers(principal);
  const moduleHash = StatePaths.canisterModuleHash(principal);
  const state = await explained(connection, connection.agent.readState({ canisterId: principal }, { paths: [controllers, moduleHash] }));
  return {
    controllers: state.values.get(controllers)?.map((id) => principalFromBytes(id.toUint8Array())),
    moduleHash: state.values.get(moduleHash) ?? undefined,
  };
}

/** Reads a text that a canister shows in its metadata; undefined when it shows none, or not to this caller. */
export async function readMetadata(connection: Connection, canister: PrincipalId, name: string): Promise<string | undefined> {
  const principal = toPrincipal(canister);
  const path: KnownPath<string> = StatePaths.canisterMetadataString(principal, name);
  try {
    const state = await explained(connection, connection.agent.readState({ canisterId: principal }, { paths: [path] }));
    return state.values.get(path) ?? undefined;
  } catch (error) {
    // Private metadata is refused as a whole request.
    if ((error as { readonly detail?: { readonly code?: string } }).detail?.code === 'NETWORK_REFUSED') return undefined;
    throw error;
  }
}
