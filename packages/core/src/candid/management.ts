/**
 * The Candid interface of the management canister, as codecs.
 *
 * Source: interface specification 0.66.0, `ic.did`, with the additions that `management-types.ts` names.
 * @module
 */
import { argsCodec } from './args-codec.ts';
import type { ArgsCodec } from './args-codec.ts';
import type {
  BitcoinGetBalanceArgs,
  BitcoinGetBlockHeadersArgs,
  BitcoinGetBlockHeadersResult,
  BitcoinGetCurrentFeePercentilesArgs,
  BitcoinGetCurrentFeePercentilesResult,
  BitcoinGetUtxosArgs,
  BitcoinGetUtxosResult,
  BitcoinNetwork,
  BitcoinSendTransactionArgs,
  CanisterIdRange,
  CanisterInfoArgs,
  CanisterInfoResult,
  CanisterInstallMode,
  CanisterLogRecord,
  CanisterMetadataArgs,
  CanisterMetadataResult,
  CanisterMetricsArgs,
  CanisterMetricsResult,
  CanisterSettings,
  CanisterStatusArgs,
  CanisterStatusResult,
  Change,
  ChangeDetails,
  ChangeOrigin,
  ChunkHash,
  ClearChunkStoreArgs,
  CreateCanisterArgs,
  CreateCanisterResult,
  CyclesConsumed,
  DefiniteCanisterSettings,
  DeleteCanisterArgs,
  DeleteCanisterSnapshotArgs,
  DepositCyclesArgs,
  EcdsaCurve,
  EcdsaPublicKeyArgs,
  EcdsaPublicKeyResult,
  EnvironmentVariable,
  FetchCanisterLogsArgs,
  FetchCanisterLogsResult,
  HttpHeader,
  HttpRequestArgs,
  HttpRequestResult,
  InstallChunkedCodeArgs,
  InstallCodeArgs,
  ListCanisterSnapshotsArgs,
  ListCanisterSnapshotsResult,
  ListCanistersResult,
  LoadCanisterSnapshotArgs,
  LogVisibility,
  NodeMetrics,
  NodeMetricsHistoryArgs,
  NodeMetricsHistoryResult,
  Outpoint,
  ProvisionalCreateCanisterWithCyclesArgs,
  ProvisionalCreateCanisterWithCyclesResult,
  ProvisionalTopUpCanisterArgs,
  ReadCanisterSnapshotDataArgs,
  ReadCanisterSnapshotDataResponse,
  ReadCanisterSnapshotMetadataArgs,
  ReadCanisterSnapshotMetadataResponse,
  SchnorrAlgorithm,
  SchnorrAux,
  SchnorrPublicKeyArgs,
  SchnorrPublicKeyResult,
  SignWithEcdsaArgs,
  SignWithEcdsaResult,
  SignWithSchnorrArgs,
  SignWithSchnorrResult,
  Snapshot,
  SnapshotVisibility,
  StartCanisterArgs,
  StatusVisibility,
  StopCanisterArgs,
  StoredChunksArgs,
  StoredChunksResult,
  SubnetInfoArgs,
  SubnetInfoResult,
  TakeCanisterSnapshotArgs,
  UninstallCodeArgs,
  UpdateSettingsArgs,
  UploadCanisterSnapshotDataArgs,
  UploadCanisterSnapshotMetadataArgs,
  UploadCanisterSnapshotMetadataResponse,
  UploadChunkArgs,
  Utxo,
  VetkdCurve,
  VetkdDeriveKeyArgs,
  VetkdDeriveKeyResult,
  VetkdPublicKeyArgs,
  VetkdPublicKeyResult,
} from './management-types.ts';
import {
  blob,
  bool,
  float32,
  float64,
  func,
  int32,
  int64,
  nat,
  nat32,
  nat64,
  nullType,
  opt,
  principal,
  record,
  reserved,
  service,
  text,
  variant,
  vec,
} from './types.ts';
import type { Annotation, CandidType, DecodedAll, FuncNode, ServiceNode, TypeNode } from './types.ts';

const logVisibility: CandidType<LogVisibility> = variant({ controllers: nullType, public: nullType, allowed_viewers: vec(principal) });

const snapshotVisibility: CandidType<SnapshotVisibility> = variant({
  controllers: nullType,
  public: nullType,
  allowed_viewers: vec(principal),
});

const statusVisibility: CandidType<StatusVisibility> = variant({
  controllers: nullType,
  public: nullType,
  allowed_viewers: vec(principal),
});

const environmentVariable: CandidType<EnvironmentVariable> = record({ name: text, value: text });

const canisterSettings: CandidType<CanisterSettings> = record({
  controllers: opt(vec(principal)),
  compute_allocation: opt(nat),
  memory_allocation: opt(nat),
  freezing_threshold: opt(nat),
  reserved_cycles_limit: opt(nat),
  minimum_incoming_canister_call_cycles: opt(nat),
  log_visibility: opt(logVisibility),
  log_memory_limit: opt(nat),
  snapshot_visibility: opt(snapshotVisibility),
  status_visibility: opt(statusVisibility),
  wasm_memory_limit: opt(nat),
  wasm_memory_threshold: opt(nat),
  environment_variables: opt(vec(environmentVariable)),
});

const definiteCanisterSettings: CandidType<DefiniteCanisterSettings> = record({
  controllers: vec(principal),
  compute_allocation: nat,
  memory_allocation: nat,
  freezing_threshold: nat,
  reserved_cycles_limit: nat,
  minimum_incoming_canister_call_cycles: nat,
  log_visibility: logVisibility,
  log_memory_limit: nat,
  snapshot_visibility: snapshotVisibility,
  status_visibility: statusVisibility,
  wasm_memory_limit: nat,
  wasm_memory_threshold: nat,
  environment_variables: vec(environmentVariable),
});

const changeOrigin: CandidType<ChangeOrigin> = variant({
  from_user: record({ user_id: principal }),
  from_canister: record({ canister_id: principal, canister_version: opt(nat64) }),
});

const changeDetails: CandidType<ChangeDetails> = variant({
  creation: record({ controllers: vec(principal), environment_variables_hash: opt(blob) }),
  code_uninstall: nullType,
  code_deployment: record({ mode: variant({ install: nullType, reinstall: nullType, upgrade: nullType }), module_hash: blob }),
  load_snapshot: record({
    from_canister_id: opt(principal),
    snapshot_id: blob,
    canister_version: nat64,
    taken_at_timestamp: nat64,
    source: variant({ taken_from_canister: reserved, metadata_upload: reserved }),
  }),
  controllers_change: record({ controllers: vec(principal) }),
  rename_canister: record({
    canister_id: principal,
    total_num_changes: nat64,
    rename_to: record({ canister_id: principal, version: nat64, total_num_changes: nat64 }),
    requested_by: principal,
  }),
});

const change: CandidType<Change> = record({
  timestamp_nanos: nat64,
  canister_version: nat64,
  origin: changeOrigin,
  details: changeDetails,
});

const chunkHash: CandidType<ChunkHash> = record({ hash: blob });

const httpHeader: CandidType<HttpHeader> = record({ name: text, value: text });

const httpRequestResult: CandidType<HttpRequestResult> = record({ status: nat, headers: vec(httpHeader), body: blob });

const ecdsaCurve: CandidType<EcdsaCurve> = variant({ secp256k1: nullType });

const vetkdCurve: CandidType<VetkdCurve> = variant({ bls12_381_g2: nullType });

const schnorrAlgorithm: CandidType<SchnorrAlgorithm> = variant({ bip340secp256k1: nullType, ed25519: nullType });

const bitcoinNetwork: CandidType<BitcoinNetwork> = variant({ mainnet: nullType, testnet: nullType });

const outpoint: CandidType<Outpoint> = record({ txid: blob, vout: nat32 });

const utxo: CandidType<Utxo> = record({ outpoint, value: nat64, height: nat32 });

const bitcoinGetUtxosArgs: CandidType<BitcoinGetUtxosArgs> = record({
  address: text,
  network: bitcoinNetwork,
  filter: opt(variant({ min_confirmations: nat32, page: blob })),
});

const bitcoinGetUtxosResult: CandidType<BitcoinGetUtxosResult> = record({
  utxos: vec(utxo),
  tip_block_hash: blob,
  tip_height: nat32,
  next_page: opt(blob),
});

const bitcoinGetBalanceArgs: CandidType<BitcoinGetBalanceArgs> = record({
  address: text,
  network: bitcoinNetwork,
  min_confirmations: opt(nat32),
});

const bitcoinGetCurrentFeePercentilesArgs: CandidType<BitcoinGetCurrentFeePercentilesArgs> = record({ network: bitcoinNetwork });

const bitcoinGetCurrentFeePercentilesResult: CandidType<BitcoinGetCurrentFeePercentilesResult> = vec(nat64);

const bitcoinSendTransactionArgs: CandidType<BitcoinSendTransactionArgs> = record({ transaction: blob, network: bitcoinNetwork });

const bitcoinGetBlockHeadersArgs: CandidType<BitcoinGetBlockHeadersArgs> = record({
  start_height: nat32,
  end_height: opt(nat32),
  network: bitcoinNetwork,
});

const bitcoinGetBlockHeadersResult: CandidType<BitcoinGetBlockHeadersResult> = record({ tip_height: nat32, block_headers: vec(blob) });

const nodeMetrics: CandidType<NodeMetrics> = record({
  node_id: principal,
  num_blocks_proposed_total: nat64,
  num_block_failures_total: nat64,
});

const createCanisterArgs: CandidType<CreateCanisterArgs> = record({ settings: opt(canisterSettings), sender_canister_version: opt(nat64) });

const createCanisterResult: CandidType<CreateCanisterResult> = record({ canister_id: principal });

const updateSettingsArgs: CandidType<UpdateSettingsArgs> = record({
  canister_id: principal,
  settings: canisterSettings,
  sender_canister_version: opt(nat64),
});

const uploadChunkArgs: CandidType<UploadChunkArgs> = record({ canister_id: principal, chunk: blob });

const clearChunkStoreArgs: CandidType<ClearChunkStoreArgs> = record({ canister_id: principal });

const storedChunksArgs: CandidType<StoredChunksArgs> = record({ canister_id: principal });

const canisterInstallMode: CandidType<CanisterInstallMode> = variant({
  install: nullType,
  reinstall: nullType,
  upgrade: opt(record({ skip_pre_upgrade: opt(bool), wasm_memory_persistence: opt(variant({ keep: nullType, replace: nullType })) })),
});

const installCodeArgs: CandidType<InstallCodeArgs> = record({
  mode: canisterInstallMode,
  canister_id: principal,
  wasm_module: blob,
  arg: blob,
  sender_canister_version: opt(nat64),
});

const installChunkedCodeArgs: CandidType<InstallChunkedCodeArgs> = record({
  mode: canisterInstallMode,
  target_canister: principal,
  store_canister: opt(principal),
  chunk_hashes_list: vec(chunkHash),
  wasm_module_hash: blob,
  arg: blob,
  sender_canister_version: opt(nat64),
});

const uninstallCodeArgs: CandidType<UninstallCodeArgs> = record({ canister_id: principal, sender_canister_version: opt(nat64) });

const startCanisterArgs: CandidType<StartCanisterArgs> = record({ canister_id: principal });

const stopCanisterArgs: CandidType<StopCanisterArgs> = record({ canister_id: principal });

const canisterStatusArgs: CandidType<CanisterStatusArgs> = record({ canister_id: principal });

const canisterStatusResult: CandidType<CanisterStatusResult> = record({
  status: variant({ running: nullType, stopping: nullType, stopped: nullType }),
  ready_for_migration: bool,
  version: nat64,
  settings: definiteCanisterSettings,
  module_hash: opt(blob),
  memory_size: nat,
  memory_metrics: record({
    wasm_memory_size: nat,
    stable_memory_size: nat,
    global_memory_size: nat,
    wasm_binary_size: nat,
    custom_sections_size: nat,
    canister_history_size: nat,
    wasm_chunk_store_size: nat,
    snapshots_size: nat,
    log_memory_store_size: nat,
  }),
  cycles: nat,
  reserved_cycles: nat,
  idle_cycles_burned_per_day: nat,
  query_stats: record({
    num_calls_total: nat,
    num_instructions_total: nat,
    request_payload_bytes_total: nat,
    response_payload_bytes_total: nat,
  }),
});

const canisterInfoArgs: CandidType<CanisterInfoArgs> = record({ canister_id: principal, num_requested_changes: opt(nat64) });

const canisterInfoResult: CandidType<CanisterInfoResult> = record({
  total_num_changes: nat64,
  recent_changes: vec(change),
  module_hash: opt(blob),
  controllers: vec(principal),
});

const canisterMetadataArgs: CandidType<CanisterMetadataArgs> = record({ canister_id: principal, name: text });

const canisterMetadataResult: CandidType<CanisterMetadataResult> = record({ value: blob });

const deleteCanisterArgs: CandidType<DeleteCanisterArgs> = record({ canister_id: principal });

const depositCyclesArgs: CandidType<DepositCyclesArgs> = record({ canister_id: principal });

const httpRequestArgs: CandidType<HttpRequestArgs> = record({
  url: text,
  max_response_bytes: opt(nat64),
  method: variant({ get: nullType, head: nullType, post: nullType, put: nullType, delete: nullType, patch: nullType }),
  headers: vec(httpHeader),
  body: opt(blob),
  transform: opt(
    record({ function: func([record({ response: httpRequestResult, context: blob })], [httpRequestResult], ['query']), context: blob }),
  ),
  is_replicated: opt(bool),
});

const ecdsaPublicKeyArgs: CandidType<EcdsaPublicKeyArgs> = record({
  canister_id: opt(principal),
  derivation_path: vec(blob),
  key_id: record({ curve: ecdsaCurve, name: text }),
});

const ecdsaPublicKeyResult: CandidType<EcdsaPublicKeyResult> = record({ public_key: blob, chain_code: blob });

const signWithEcdsaArgs: CandidType<SignWithEcdsaArgs> = record({
  message_hash: blob,
  derivation_path: vec(blob),
  key_id: record({ curve: ecdsaCurve, name: text }),
});

const signWithEcdsaResult: CandidType<SignWithEcdsaResult> = record({ signature: blob });

const schnorrPublicKeyArgs: CandidType<SchnorrPublicKeyArgs> = record({
  canister_id: opt(principal),
  derivation_path: vec(blob),
  key_id: record({ algorithm: schnorrAlgorithm, name: text }),
});

const schnorrPublicKeyResult: CandidType<SchnorrPublicKeyResult> = record({ public_key: blob, chain_code: blob });

const schnorrAux: CandidType<SchnorrAux> = variant({ bip341: record({ merkle_root_hash: blob }) });

const signWithSchnorrArgs: CandidType<SignWithSchnorrArgs> = record({
  message: blob,
  derivation_path: vec(blob),
  key_id: record({ algorithm: schnorrAlgorithm, name: text }),
  aux: opt(schnorrAux),
});

const signWithSchnorrResult: CandidType<SignWithSchnorrResult> = record({ signature: blob });

const vetkdPublicKeyArgs: CandidType<VetkdPublicKeyArgs> = record({
  canister_id: opt(principal),
  context: blob,
  key_id: record({ curve: vetkdCurve, name: text }),
});

const vetkdPublicKeyResult: CandidType<VetkdPublicKeyResult> = record({ public_key: blob });

const vetkdDeriveKeyArgs: CandidType<VetkdDeriveKeyArgs> = record({
  input: blob,
  context: blob,
  transport_public_key: blob,
  key_id: record({ curve: vetkdCurve, name: text }),
});

const vetkdDeriveKeyResult: CandidType<VetkdDeriveKeyResult> = record({ encrypted_key: blob });

const nodeMetricsHistoryArgs: CandidType<NodeMetricsHistoryArgs> = record({ subnet_id: principal, start_at_timestamp_nanos: nat64 });

const nodeMetricsHistoryResult: CandidType<NodeMetricsHistoryResult> = vec(
  record({ timestamp_nanos: nat64, node_metrics: vec(nodeMetrics) }),
);

const subnetInfoArgs: CandidType<SubnetInfoArgs> = record({ subnet_id: principal });

const subnetInfoResult: CandidType<SubnetInfoResult> = record({ replica_version: text, registry_version: nat64 });

const provisionalCreateCanisterWithCyclesArgs: CandidType<ProvisionalCreateCanisterWithCyclesArgs> = record({
  amount: opt(nat),
  settings: opt(canisterSettings),
  specified_id: opt(principal),
  sender_canister_version: opt(nat64),
});

const provisionalCreateCanisterWithCyclesResult: CandidType<ProvisionalCreateCanisterWithCyclesResult> = record({ canister_id: principal });

const provisionalTopUpCanisterArgs: CandidType<ProvisionalTopUpCanisterArgs> = record({ canister_id: principal, amount: nat });

const storedChunksResult: CandidType<StoredChunksResult> = vec(chunkHash);

const snapshot: CandidType<Snapshot> = record({ id: blob, taken_at_timestamp: nat64, total_size: nat64 });

const takeCanisterSnapshotArgs: CandidType<TakeCanisterSnapshotArgs> = record({
  canister_id: principal,
  replace_snapshot: opt(blob),
  uninstall_code: opt(bool),
  sender_canister_version: opt(nat64),
});

const loadCanisterSnapshotArgs: CandidType<LoadCanisterSnapshotArgs> = record({
  canister_id: principal,
  snapshot_id: blob,
  sender_canister_version: opt(nat64),
});

const listCanisterSnapshotsArgs: CandidType<ListCanisterSnapshotsArgs> = record({ canister_id: principal });

const listCanisterSnapshotsResult: CandidType<ListCanisterSnapshotsResult> = vec(snapshot);

const deleteCanisterSnapshotArgs: CandidType<DeleteCanisterSnapshotArgs> = record({ canister_id: principal, snapshot_id: blob });

const fetchCanisterLogsArgs: CandidType<FetchCanisterLogsArgs> = record({ canister_id: principal });

const canisterLogRecord: CandidType<CanisterLogRecord> = record({ idx: nat64, timestamp_nanos: nat64, content: blob });

const fetchCanisterLogsResult: CandidType<FetchCanisterLogsResult> = record({ canister_log_records: vec(canisterLogRecord) });

const canisterIdRange: CandidType<CanisterIdRange> = record({ start: principal, end: principal });

const listCanistersResult: CandidType<ListCanistersResult> = record({ canisters: vec(canisterIdRange) });

const readCanisterSnapshotMetadataArgs: CandidType<ReadCanisterSnapshotMetadataArgs> = record({
  canister_id: principal,
  snapshot_id: blob,
});

const readCanisterSnapshotMetadataResponse: CandidType<ReadCanisterSnapshotMetadataResponse> = record({
  source: variant({ taken_from_canister: reserved, metadata_upload: reserved }),
  taken_at_timestamp: nat64,
  wasm_module_size: nat64,
  globals: vec(variant({ i32: int32, i64: int64, f32: float32, f64: float64, v128: nat })),
  wasm_memory_size: nat64,
  stable_memory_size: nat64,
  wasm_chunk_store: vec(record({ hash: blob })),
  canister_version: nat64,
  certified_data: blob,
  global_timer: opt(variant({ inactive: nullType, active: nat64 })),
  on_low_wasm_memory_hook_status: opt(variant({ condition_not_satisfied: nullType, ready: nullType, executed: nullType })),
});

const readCanisterSnapshotDataArgs: CandidType<ReadCanisterSnapshotDataArgs> = record({
  canister_id: principal,
  snapshot_id: blob,
  kind: variant({
    wasm_module: record({ offset: nat64, size: nat64 }),
    wasm_memory: record({ offset: nat64, size: nat64 }),
    stable_memory: record({ offset: nat64, size: nat64 }),
    wasm_chunk: record({ hash: blob }),
  }),
});

const readCanisterSnapshotDataResponse: CandidType<ReadCanisterSnapshotDataResponse> = record({ chunk: blob });

const uploadCanisterSnapshotMetadataArgs: CandidType<UploadCanisterSnapshotMetadataArgs> = record({
  canister_id: principal,
  replace_snapshot: opt(blob),
  wasm_module_size: nat64,
  globals: vec(variant({ i32: int32, i64: int64, f32: float32, f64: float64, v128: nat })),
  wasm_memory_size: nat64,
  stable_memory_size: nat64,
  certified_data: blob,
  global_timer: opt(variant({ inactive: nullType, active: nat64 })),
  on_low_wasm_memory_hook_status: opt(variant({ condition_not_satisfied: nullType, ready: nullType, executed: nullType })),
});

const uploadCanisterSnapshotMetadataResponse: CandidType<UploadCanisterSnapshotMetadataResponse> = record({ snapshot_id: blob });

const uploadCanisterSnapshotDataArgs: CandidType<UploadCanisterSnapshotDataArgs> = record({
  canister_id: principal,
  snapshot_id: blob,
  kind: variant({
    wasm_module: record({ offset: nat64 }),
    wasm_memory: record({ offset: nat64 }),
    stable_memory: record({ offset: nat64 }),
    wasm_chunk: nullType,
  }),
  chunk: blob,
});

const cyclesConsumed: CandidType<CyclesConsumed> = record({
  memory: nat,
  compute_allocation: nat,
  ingress_induction: nat,
  instructions: nat,
  request_and_response_transmission: nat,
  uninstall: nat,
  canister_creation: nat,
  http_outcalls: nat,
  burned_cycles: nat,
});

const canisterMetricsArgs: CandidType<CanisterMetricsArgs> = record({ canister_id: principal });

const canisterMetricsResult: CandidType<CanisterMetricsResult> = record({ cycles_consumed: cyclesConsumed });

/** A method: codecs of its argument list and of its result list. */
export type ManagementMethod<A extends readonly unknown[], R extends readonly unknown[]> = {
  readonly args: ArgsCodec<A>;
  readonly result: ArgsCodec<R>;
  readonly type: FuncNode;
};

/** Every method of the management canister. */
export type ManagementCanister = {
  readonly create_canister: ManagementMethod<[CreateCanisterArgs], [CreateCanisterResult]>;
  readonly update_settings: ManagementMethod<[UpdateSettingsArgs], []>;
  readonly upload_chunk: ManagementMethod<[UploadChunkArgs], [ChunkHash]>;
  readonly clear_chunk_store: ManagementMethod<[ClearChunkStoreArgs], []>;
  readonly stored_chunks: ManagementMethod<[StoredChunksArgs], [StoredChunksResult]>;
  readonly install_code: ManagementMethod<[InstallCodeArgs], []>;
  readonly install_chunked_code: ManagementMethod<[InstallChunkedCodeArgs], []>;
  readonly uninstall_code: ManagementMethod<[UninstallCodeArgs], []>;
  readonly start_canister: ManagementMethod<[StartCanisterArgs], []>;
  readonly stop_canister: ManagementMethod<[StopCanisterArgs], []>;
  readonly canister_status: ManagementMethod<[CanisterStatusArgs], [CanisterStatusResult]>;
  readonly canister_metrics: ManagementMethod<[CanisterMetricsArgs], [CanisterMetricsResult]>;
  readonly delete_canister: ManagementMethod<[DeleteCanisterArgs], []>;
  readonly deposit_cycles: ManagementMethod<[DepositCyclesArgs], []>;
  readonly raw_rand: ManagementMethod<[], [Uint8Array]>;
  readonly http_request: ManagementMethod<[HttpRequestArgs], [HttpRequestResult]>;
  readonly canister_info: ManagementMethod<[CanisterInfoArgs], [CanisterInfoResult]>;
  readonly canister_metadata: ManagementMethod<[CanisterMetadataArgs], [CanisterMetadataResult]>;
  readonly ecdsa_public_key: ManagementMethod<[EcdsaPublicKeyArgs], [EcdsaPublicKeyResult]>;
  readonly sign_with_ecdsa: ManagementMethod<[SignWithEcdsaArgs], [SignWithEcdsaResult]>;
  readonly schnorr_public_key: ManagementMethod<[SchnorrPublicKeyArgs], [SchnorrPublicKeyResult]>;
  readonly sign_with_schnorr: ManagementMethod<[SignWithSchnorrArgs], [SignWithSchnorrResult]>;
  readonly vetkd_public_key: ManagementMethod<[VetkdPublicKeyArgs], [VetkdPublicKeyResult]>;
  readonly vetkd_derive_key: ManagementMethod<[VetkdDeriveKeyArgs], [VetkdDeriveKeyResult]>;
  readonly bitcoin_get_balance: ManagementMethod<[BitcoinGetBalanceArgs], [bigint]>;
  readonly bitcoin_get_utxos: ManagementMethod<[BitcoinGetUtxosArgs], [BitcoinGetUtxosResult]>;
  readonly bitcoin_send_transaction: ManagementMethod<[BitcoinSendTransactionArgs], []>;
  readonly bitcoin_get_current_fee_percentiles: ManagementMethod<
    [BitcoinGetCurrentFeePercentilesArgs],
    [BitcoinGetCurrentFeePercentilesResult]
  >;
  readonly bitcoin_get_block_headers: ManagementMethod<[BitcoinGetBlockHeadersArgs], [BitcoinGetBlockHeadersResult]>;
  readonly node_metrics_history: ManagementMethod<[NodeMetricsHistoryArgs], [NodeMetricsHistoryResult]>;
  readonly subnet_info: ManagementMethod<[SubnetInfoArgs], [SubnetInfoResult]>;
  readonly provisional_create_canister_with_cycles: ManagementMethod<
    [ProvisionalCreateCanisterWithCyclesArgs],
    [ProvisionalCreateCanisterWithCyclesResult]
  >;
  readonly provisional_top_up_canister: ManagementMethod<[ProvisionalTopUpCanisterArgs], []>;
  readonly take_canister_snapshot: ManagementMethod<[TakeCanisterSnapshotArgs], [Snapshot]>;
  readonly load_canister_snapshot: ManagementMethod<[LoadCanisterSnapshotArgs], []>;
  readonly read_canister_snapshot_metadata: ManagementMethod<[ReadCanisterSnapshotMetadataArgs], [ReadCanisterSnapshotMetadataResponse]>;
  readonly read_canister_snapshot_data: ManagementMethod<[ReadCanisterSnapshotDataArgs], [ReadCanisterSnapshotDataResponse]>;
  readonly upload_canister_snapshot_metadata: ManagementMethod<
    [UploadCanisterSnapshotMetadataArgs],
    [UploadCanisterSnapshotMetadataResponse]
  >;
  readonly upload_canister_snapshot_data: ManagementMethod<[UploadCanisterSnapshotDataArgs], []>;
  readonly list_canister_snapshots: ManagementMethod<[ListCanisterSnapshotsArgs], [ListCanisterSnapshotsResult]>;
  readonly delete_canister_snapshot: ManagementMethod<[DeleteCanisterSnapshotArgs], []>;
  readonly fetch_canister_logs: ManagementMethod<[FetchCanisterLogsArgs], [FetchCanisterLogsResult]>;
  readonly list_canisters: ManagementMethod<[], [ListCanistersResult]>;
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
  create_canister: method([createCanisterArgs], [createCanisterResult]),
  update_settings: method([updateSettingsArgs], []),
  upload_chunk: method([uploadChunkArgs], [chunkHash]),
  clear_chunk_store: method([clearChunkStoreArgs], []),
  stored_chunks: method([storedChunksArgs], [storedChunksResult]),
  install_code: method([installCodeArgs], []),
  install_chunked_code: method([installChunkedCodeArgs], []),
  uninstall_code: method([uninstallCodeArgs], []),
  start_canister: method([startCanisterArgs], []),
  stop_canister: method([stopCanisterArgs], []),
  canister_status: method([canisterStatusArgs], [canisterStatusResult], ['query']),
  canister_metrics: method([canisterMetricsArgs], [canisterMetricsResult], ['query']),
  delete_canister: method([deleteCanisterArgs], []),
  deposit_cycles: method([depositCyclesArgs], []),
  raw_rand: method([], [blob]),
  http_request: method([httpRequestArgs], [httpRequestResult]),
  canister_info: method([canisterInfoArgs], [canisterInfoResult]),
  canister_metadata: method([canisterMetadataArgs], [canisterMetadataResult]),
  ecdsa_public_key: method([ecdsaPublicKeyArgs], [ecdsaPublicKeyResult]),
  sign_with_ecdsa: method([signWithEcdsaArgs], [signWithEcdsaResult]),
  schnorr_public_key: method([schnorrPublicKeyArgs], [schnorrPublicKeyResult]),
  sign_with_schnorr: method([signWithSchnorrArgs], [signWithSchnorrResult]),
  vetkd_public_key: method([vetkdPublicKeyArgs], [vetkdPublicKeyResult]),
  vetkd_derive_key: method([vetkdDeriveKeyArgs], [vetkdDeriveKeyResult]),
  bitcoin_get_balance: method([bitcoinGetBalanceArgs], [nat64]),
  bitcoin_get_utxos: method([bitcoinGetUtxosArgs], [bitcoinGetUtxosResult]),
  bitcoin_send_transaction: method([bitcoinSendTransactionArgs], []),
  bitcoin_get_current_fee_percentiles: method([bitcoinGetCurrentFeePercentilesArgs], [bitcoinGetCurrentFeePercentilesResult]),
  bitcoin_get_block_headers: method([bitcoinGetBlockHeadersArgs], [bitcoinGetBlockHeadersResult]),
  node_metrics_history: method([nodeMetricsHistoryArgs], [nodeMetricsHistoryResult]),
  subnet_info: method([subnetInfoArgs], [subnetInfoResult]),
  provisional_create_canister_with_cycles: method([provisionalCreateCanisterWithCyclesArgs], [provisionalCreateCanisterWithCyclesResult]),
  provisional_top_up_canister: method([provisionalTopUpCanisterArgs], []),
  take_canister_snapshot: method([takeCanisterSnapshotArgs], [snapshot]),
  load_canister_snapshot: method([loadCanisterSnapshotArgs], []),
  read_canister_snapshot_metadata: method([readCanisterSnapshotMetadataArgs], [readCanisterSnapshotMetadataResponse]),
  read_canister_snapshot_data: method([readCanisterSnapshotDataArgs], [readCanisterSnapshotDataResponse]),
  upload_canister_snapshot_metadata: method([uploadCanisterSnapshotMetadataArgs], [uploadCanisterSnapshotMetadataResponse]),
  upload_canister_snapshot_data: method([uploadCanisterSnapshotDataArgs], []),
  list_canister_snapshots: method([listCanisterSnapshotsArgs], [listCanisterSnapshotsResult]),
  delete_canister_snapshot: method([deleteCanisterSnapshotArgs], []),
  fetch_canister_logs: method([fetchCanisterLogsArgs], [fetchCanisterLogsResult], ['query']),
  list_canisters: method([], [listCanistersResult], ['query']),
};

/** The type of the management canister as a service. */
export const managementService: ServiceNode = service(
  Object.fromEntries(Object.entries(managementCanister).map(([name, { type }]) => [name, type])),
);
