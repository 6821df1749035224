/**
 * The Candid interface of the management canister, as codecs.
 *
 * Source: interface specification 0.66.0, `ic.did`, with the additions that `management-types.ts` names.
 * @module
 */
import { argsCodec } from './args-codec.ts';
import type { ArgsCodec } from './args-codec.ts';
import * as codecs from './management-codecs.ts';
import type * as Values from './management-types.ts';
import { blob, func, nat64, service } from './types.ts';
import type { Annotation, DecodedAll, FuncNode, ServiceNode, TypeNode } from './types.ts';

/** A method: codecs of its argument list and of its result list. */
export type ManagementMethod<A extends readonly unknown[], R extends readonly unknown[]> = {
  readonly args: ArgsCodec<A>;
  readonly result: ArgsCodec<R>;
  readonly type: FuncNode;
};

/** Every method of the management canister. */
export type ManagementCanister = {
  readonly create_canister: ManagementMethod<[Values.CreateCanisterArgs], [Values.CreateCanisterResult]>;
  readonly update_settings: ManagementMethod<[Values.UpdateSettingsArgs], []>;
  readonly upload_chunk: ManagementMethod<[Values.UploadChunkArgs], [Values.ChunkHash]>;
  readonly clear_chunk_store: ManagementMethod<[Values.ClearChunkStoreArgs], []>;
  readonly stored_chunks: ManagementMethod<[Values.StoredChunksArgs], [Values.StoredChunksResult]>;
  readonly install_code: ManagementMethod<[Values.InstallCodeArgs], []>;
  readonly install_chunked_code: ManagementMethod<[Values.InstallChunkedCodeArgs], []>;
  readonly uninstall_code: ManagementMethod<[Values.UninstallCodeArgs], []>;
  readonly start_canister: ManagementMethod<[Values.StartCanisterArgs], []>;
  readonly stop_canister: ManagementMethod<[Values.StopCanisterArgs], []>;
  readonly canister_status: ManagementMethod<[Values.CanisterStatusArgs], [Values.CanisterStatusResult]>;
  readonly canister_metrics: ManagementMethod<[Values.CanisterMetricsArgs], [Values.CanisterMetricsResult]>;
  readonly delete_canister: ManagementMethod<[Values.DeleteCanisterArgs], []>;
  readonly deposit_cycles: ManagementMethod<[Values.DepositCyclesArgs], []>;
  readonly raw_rand: ManagementMethod<[], [Uint8Array]>;
  readonly http_request: ManagementMethod<[Values.HttpRequestArgs], [Values.HttpRequestResult]>;
  readonly canister_info: ManagementMethod<[Values.CanisterInfoArgs], [Values.CanisterInfoResult]>;
  readonly canister_metadata: ManagementMethod<[Values.CanisterMetadataArgs], [Values.CanisterMetadataResult]>;
  readonly ecdsa_public_key: ManagementMethod<[Values.EcdsaPublicKeyArgs], [Values.EcdsaPublicKeyResult]>;
  readonly sign_with_ecdsa: ManagementMethod<[Values.SignWithEcdsaArgs], [Values.SignWithEcdsaResult]>;
  readonly schnorr_public_key: ManagementMethod<[Values.SchnorrPublicKeyArgs], [Values.SchnorrPublicKeyResult]>;
  readonly sign_with_schnorr: ManagementMethod<[Values.SignWithSchnorrArgs], [Values.SignWithSchnorrResult]>;
  readonly vetkd_public_key: ManagementMethod<[Values.VetkdPublicKeyArgs], [Values.VetkdPublicKeyResult]>;
  readonly vetkd_derive_key: ManagementMethod<[Values.VetkdDeriveKeyArgs], [Values.VetkdDeriveKeyResult]>;
  readonly bitcoin_get_balance: ManagementMethod<[Values.BitcoinGetBalanceArgs], [bigint]>;
  readonly bitcoin_get_utxos: ManagementMethod<[Values.BitcoinGetUtxosArgs], [Values.BitcoinGetUtxosResult]>;
  readonly bitcoin_send_transaction: ManagementMethod<[Values.BitcoinSendTransactionArgs], []>;
  readonly bitcoin_get_current_fee_percentiles: ManagementMethod<
    [Values.BitcoinGetCurrentFeePercentilesArgs],
    [Values.BitcoinGetCurrentFeePercentilesResult]
  >;
  readonly bitcoin_get_block_headers: ManagementMethod<[Values.BitcoinGetBlockHeadersArgs], [Values.BitcoinGetBlockHeadersResult]>;
  readonly node_metrics_history: ManagementMethod<[Values.NodeMetricsHistoryArgs], [Values.NodeMetricsHistoryResult]>;
  readonly subnet_info: ManagementMethod<[Values.SubnetInfoArgs], [Values.SubnetInfoResult]>;
  readonly provisional_create_canister_with_cycles: ManagementMethod<
    [Values.ProvisionalCreateCanisterWithCyclesArgs],
    [Values.ProvisionalCreateCanisterWithCyclesResult]
  >;
  readonly provisional_top_up_canister: ManagementMethod<[Values.ProvisionalTopUpCanisterArgs], []>;
  readonly take_canister_snapshot: ManagementMethod<[Values.TakeCanisterSnapshotArgs], [Values.Snapshot]>;
  readonly load_canister_snapshot: ManagementMethod<[Values.LoadCanisterSnapshotArgs], []>;
  readonly read_canister_snapshot_metadata: ManagementMethod<
    [Values.ReadCanisterSnapshotMetadataArgs],
    [Values.ReadCanisterSnapshotMetadataResponse]
  >;
  readonly read_canister_snapshot_data: ManagementMethod<[Values.ReadCanisterSnapshotDataArgs], [Values.ReadCanisterSnapshotDataResponse]>;
  readonly upload_canister_snapshot_metadata: ManagementMethod<
    [Values.UploadCanisterSnapshotMetadataArgs],
    [Values.UploadCanisterSnapshotMetadataResponse]
  >;
  readonly upload_canister_snapshot_data: ManagementMethod<[Values.UploadCanisterSnapshotDataArgs], []>;
  readonly list_canister_snapshots: ManagementMethod<[Values.ListCanisterSnapshotsArgs], [Values.ListCanisterSnapshotsResult]>;
  readonly delete_canister_snapshot: ManagementMethod<[Values.DeleteCanisterSnapshotArgs], []>;
  readonly fetch_canister_logs: ManagementMethod<[Values.FetchCanisterLogsArgs], [Values.FetchCanisterLogsResult]>;
  readonly list_canisters: ManagementMethod<[], [Values.ListCanistersResult]>;
};

function method<const A extends readonly TypeNode[], const R extends readonly TypeNode[]>(
  args: A,
  results: R,
  annotations: readonly Annotation[] = [],
): ManagementMethod<DecodedAll<A>, DecodedAll<R>> {
  return { args: argsCodec(args), result: argsCodec(results), type: func(args, results, annotations) };
}

/**
 * Codecs of every method.
 * @example const [{ canister_id }] = managementCanister.start_canister.args.decode(bytes);
 */
export const managementCanister: ManagementCanister = {
  create_canister: method([codecs.createCanisterArgs], [codecs.createCanisterResult]),
  update_settings: method([codecs.updateSettingsArgs], []),
  upload_chunk: method([codecs.uploadChunkArgs], [codecs.chunkHash]),
  clear_chunk_store: method([codecs.clearChunkStoreArgs], []),
  stored_chunks: method([codecs.storedChunksArgs], [codecs.storedChunksResult]),
  install_code: method([codecs.installCodeArgs], []),
  install_chunked_code: method([codecs.installChunkedCodeArgs], []),
  uninstall_code: method([codecs.uninstallCodeArgs], []),
  start_canister: method([codecs.startCanisterArgs], []),
  stop_canister: method([codecs.stopCanisterArgs], []),
  canister_status: method([codecs.canisterStatusArgs], [codecs.canisterStatusResult], ['query']),
  canister_metrics: method([codecs.canisterMetricsArgs], [codecs.canisterMetricsResult], ['query']),
  delete_canister: method([codecs.deleteCanisterArgs], []),
  deposit_cycles: method([codecs.depositCyclesArgs], []),
  raw_rand: method([], [blob]),
  http_request: method([codecs.httpRequestArgs], [codecs.httpRequestResult]),
  canister_info: method([codecs.canisterInfoArgs], [codecs.canisterInfoResult]),
  canister_metadata: method([codecs.canisterMetadataArgs], [codecs.canisterMetadataResult]),
  ecdsa_public_key: method([codecs.ecdsaPublicKeyArgs], [codecs.ecdsaPublicKeyResult]),
  sign_with_ecdsa: method([codecs.signWithEcdsaArgs], [codecs.signWithEcdsaResult]),
  schnorr_public_key: method([codecs.schnorrPublicKeyArgs], [codecs.schnorrPublicKeyResult]),
  sign_with_schnorr: method([codecs.signWithSchnorrArgs], [codecs.signWithSchnorrResult]),
  vetkd_public_key: method([codecs.vetkdPublicKeyArgs], [codecs.vetkdPublicKeyResult]),
  vetkd_derive_key: method([codecs.vetkdDeriveKeyArgs], [codecs.vetkdDeriveKeyResult]),
  bitcoin_get_balance: method([codecs.bitcoinGetBalanceArgs], [nat64]),
  bitcoin_get_utxos: method([codecs.bitcoinGetUtxosArgs], [codecs.bitcoinGetUtxosResult]),
  bitcoin_send_transaction: method([codecs.bitcoinSendTransactionArgs], []),
  bitcoin_get_current_fee_percentiles: method([codecs.bitcoinGetCurrentFeePercentilesArgs], [codecs.bitcoinGetCurrentFeePercentilesResult]),
  bitcoin_get_block_headers: method([codecs.bitcoinGetBlockHeadersArgs], [codecs.bitcoinGetBlockHeadersResult]),
  node_metrics_history: method([codecs.nodeMetricsHistoryArgs], [codecs.nodeMetricsHistoryResult]),
  subnet_info: method([codecs.subnetInfoArgs], [codecs.subnetInfoResult]),
  provisional_create_canister_with_cycles: method(
    [codecs.provisionalCreateCanisterWithCyclesArgs],
    [codecs.provisionalCreateCanisterWithCyclesResult],
  ),
  provisional_top_up_canister: method([codecs.provisionalTopUpCanisterArgs], []),
  take_canister_snapshot: method([codecs.takeCanisterSnapshotArgs], [codecs.snapshot]),
  load_canister_snapshot: method([codecs.loadCanisterSnapshotArgs], []),
  read_canister_snapshot_metadata: method([codecs.readCanisterSnapshotMetadataArgs], [codecs.readCanisterSnapshotMetadataResponse]),
  read_canister_snapshot_data: method([codecs.readCanisterSnapshotDataArgs], [codecs.readCanisterSnapshotDataResponse]),
  upload_canister_snapshot_metadata: method([codecs.uploadCanisterSnapshotMetadataArgs], [codecs.uploadCanisterSnapshotMetadataResponse]),
  upload_canister_snapshot_data: method([codecs.uploadCanisterSnapshotDataArgs], []),
  list_canister_snapshots: method([codecs.listCanisterSnapshotsArgs], [codecs.listCanisterSnapshotsResult]),
  delete_canister_snapshot: method([codecs.deleteCanisterSnapshotArgs], []),
  fetch_canister_logs: method([codecs.fetchCanisterLogsArgs], [codecs.fetchCanisterLogsResult], ['query']),
  list_canisters: method([], [codecs.listCanistersResult], ['query']),
};

/** The type of the management canister as a service. */
export const managementService: ServiceNode = service(
  Object.fromEntries(Object.entries(managementCanister).map(([name, { type }]) => [name, type])),
);
