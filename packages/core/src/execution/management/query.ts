/**
 * The management canister's query methods.
 * Source: IC interface spec, "canister_status", "fetch_canister_logs", "list_canisters".
 * @module
 */
import { type PrincipalId, principalToText } from '../../base/index.ts';
import { managementCanister } from '../../candid/index.ts';
import { canisterForRead, type CanisterState, type ReplicatedState } from '../../state/index.ts';
import type { ExecutionConfig } from '../config.ts';
import { ErrorCode, type UserError, userError } from '../error-codes.ts';
import { QUERY_RESPONSE_BYTES_MAX } from '../limits.ts';
import { balanceAfterCharges } from '../resource-charges.ts';
import { type CallResult, failure } from '../responses.ts';
import { decodePayload } from './answer.ts';
import { canisterNotFound, logAccessError, statusAccessError } from './authorization.ts';
import { encodeCanisterLogs } from './logs.ts';
import { managementMethods } from './methods.ts';
import { encodeCanisterStatus } from './status.ts';

export type ManagementQuery = { readonly sender: PrincipalId; readonly methodName: string; readonly arg: Uint8Array };

type QueryMethod = {
  readonly args: typeof managementCanister.canister_status.args;
  readonly access: (canister: CanisterState, caller: PrincipalId) => UserError | undefined;
  readonly reply: (canister: CanisterState, config: ExecutionConfig) => Uint8Array;
};

const queryMethods: ReadonlyMap<string, QueryMethod> = new Map<string, QueryMethod>([
  [
    'canister_status',
    {
      args: managementCanister.canister_status.args,
      access: statusAccessError,
      reply: (canister, config) => encodeCanisterStatus(canister, config.fees),
    },
  ],
  [
    'fetch_canister_logs',
    {
      args: managementCanister.fetch_canister_logs.args,
      access: logAccessError,
      reply: (canister) => encodeCanisterLogs(canister, QUERY_RESPONSE_BYTES_MAX),
    },
  ],
]);

function noSuchQuery(sender: PrincipalId, methodName: string): UserError {
  if (methodName === 'list_canisters') {
    const message = `Caller ${principalToText(sender)} is not a subnet admin: this subnet has none`;
    return userError(ErrorCode.InvalidSubnetAdmin, message);
  }
  if (methodName === 'canister_metrics') {
    return userError(
      ErrorCode.UnknownManagementMessage,
      'The method canister_metrics of the management canister is not offered on this network',
    );
  }
  const isUpdate = managementMethods.has(methodName) ? ' It can be called with an update call.' : '';
  return userError(ErrorCode.CanisterMethodNotFound, `Management canister has no query method '${methodName}'.${isUpdate}`);
}

/** Executes a query call to the management canister on `state`. */
export function queryManagement(state: ReplicatedState, config: ExecutionConfig, query: ManagementQuery): CallResult {
  const method = queryMethods.get(query.methodName);
  if (method === undefined) return failure(noSuchQuery(query.sender, query.methodName));
  const args = decodePayload(method.args, query.arg);
  if (!args.ok) return failure(args.error);
  const canister = canisterForRead(state, args.value.canister_id);
  if (canister === undefined) return failure(canisterNotFound(args.value.canister_id));
  const error = method.access(canister, query.sender);
  if (error !== undefined) return failure(error);
  return { kind: 'reply', data: method.reply({ ...canister, balance: balanceAfterCharges(config, canister, state.timeNs) }, config) };
}
