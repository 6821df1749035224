/**
 * The methods of the management canister: which are offered, who may call them, and on which canister they act.
 * Source: IC interface spec, "The IC management canister" and "API request submission".
 * @module
 */
import { ErrorCode, type UserError, userError } from '../error-codes.ts';

/** Which users may call a method with an update call. Canisters may call every method that is offered. */
export type UserAccess =
  | 'controllers'
  /** Those whom `status_visibility` names. */
  | 'status_viewers'
  /** Everybody, where provisional methods are offered at all. */
  | 'provisional'
  /** Only canisters. */
  | 'nobody';

export type ManagementMethod = {
  readonly users: UserAccess;
  /** Field of the payload that names the canister that the call acts on; undefined when it acts on none. */
  readonly target: 'canister_id' | 'target_canister' | undefined;
};

const CONTROLLED: ManagementMethod = { users: 'controllers', target: 'canister_id' };
const FOR_CANISTERS: ManagementMethod = { users: 'nobody', target: 'canister_id' };

/** Every method that is offered. */
export const managementMethods: ReadonlyMap<string, ManagementMethod> = new Map<string, ManagementMethod>([
  ['create_canister', { users: 'nobody', target: undefined }],
  ['update_settings', CONTROLLED],
  ['upload_chunk', CONTROLLED],
  ['clear_chunk_store', CONTROLLED],
  ['stored_chunks', CONTROLLED],
  ['install_code', CONTROLLED],
  ['install_chunked_code', { users: 'controllers', target: 'target_canister' }],
  ['uninstall_code', CONTROLLED],
  ['start_canister', CONTROLLED],
  ['stop_canister', CONTROLLED],
  ['delete_canister', CONTROLLED],
  ['canister_status', { users: 'status_viewers', target: 'canister_id' }],
  ['canister_info', FOR_CANISTERS],
  ['canister_metadata', FOR_CANISTERS],
  ['deposit_cycles', FOR_CANISTERS],
  ['raw_rand', { users: 'nobody', target: undefined }],
  ['subnet_info', { users: 'nobody', target: undefined }],
  ['fetch_canister_logs', FOR_CANISTERS],
  ['provisional_create_canister_with_cycles', { users: 'provisional', target: undefined }],
  ['provisional_top_up_canister', { users: 'provisional', target: 'canister_id' }],
]);

/** Methods of the interface that this network does not offer. */
const notOffered: ReadonlySet<string> = new Set([
  'canister_metrics',
  'http_request',
  'flexible_http_request',
  'ecdsa_public_key',
  'sign_with_ecdsa',
  'schnorr_public_key',
  'sign_with_schnorr',
  'vetkd_public_key',
  'vetkd_derive_key',
  'bitcoin_get_balance',
  'bitcoin_get_utxos',
  'bitcoin_send_transaction',
  'bitcoin_get_current_fee_percentiles',
  'bitcoin_get_block_headers',
  'node_metrics_history',
  'take_canister_snapshot',
  'load_canister_snapshot',
  'read_canister_snapshot_metadata',
  'read_canister_snapshot_data',
  'upload_canister_snapshot_metadata',
  'upload_canister_snapshot_data',
  'list_canister_snapshots',
  'delete_canister_snapshot',
]);

/** Offered as a query only. */
const QUERY_ONLY = 'list_canisters';

/** Why there is no such update method. */
export function unknownMethod(methodName: string): UserError {
  if (methodName === QUERY_ONLY)
    return userError(ErrorCode.CanisterRejectedMessage, `${QUERY_ONLY} API is not accessible in replicated mode`);
  if (notOffered.has(methodName)) {
    return userError(
      ErrorCode.UnknownManagementMessage,
      `The method ${methodName} of the management canister is not offered on this network`,
    );
  }
  return userError(ErrorCode.CanisterMethodNotFound, `Management canister has no method '${methodName}'`);
}

/** A user called what only canisters may call. */
export function onlyForCanisters(methodName: string): UserError {
  const message =
    methodName === 'fetch_canister_logs'
      ? 'fetch_canister_logs API is not accessible via ingress in replicated mode'
      : `Only canisters can call ic00 method ${methodName}`;
  return userError(ErrorCode.CanisterRejectedMessage, message);
}
