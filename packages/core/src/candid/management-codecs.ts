/**
 * The types of `management-types.ts` in Candid. The compiler holds both against each other.
 *
 * Source: interface specification 0.66.0, `ic.did`, with the additions that `management-types.ts` names.
 * @module
 */
import type * as Values from './management-types.ts';
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
  text,
  variant,
  vec,
} from './types.ts';
import type { CandidType } from './types.ts';

export const logVisibility: CandidType<Values.LogVisibility> = variant({
  controllers: nullType,
  public: nullType,
  allowed_viewers: vec(principal),
});

export const snapshotVisibility: CandidType<Values.SnapshotVisibility> = variant({
  controllers: nullType,
  public: nullType,
  allowed_viewers: vec(principal),
});

export const statusVisibility: CandidType<Values.StatusVisibility> = variant({
  controllers: nullType,
  public: nullType,
  allowed_viewers: vec(principal),
});

export const environmentVariable: CandidType<Values.EnvironmentVariable> = record({ name: text, value: text });

export const canisterSettings: CandidType<Values.CanisterSettings> = record({
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

export const definiteCanisterSettings: CandidType<Values.DefiniteCanisterSettings> = record({
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

export const changeOrigin: CandidType<Values.ChangeOrigin> = variant({
  from_user: record({ user_id: principal }),
  from_canister: record({ canister_id: principal, canister_version: opt(nat64) }),
});

export const changeDetails: CandidType<Values.ChangeDetails> = variant({
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

export const change: CandidType<Values.Change> = record({
  timestamp_nanos: nat64,
  canister_version: nat64,
  origin: changeOrigin,
  details: changeDetails,
});

export const chunkHash: CandidType<Values.ChunkHash> = record({ hash: blob });

export const httpHeader: CandidType<Values.HttpHeader> = record({ name: text, value: text });

export const httpRequestResult: CandidType<Values.HttpRequestResult> = record({ status: nat, headers: vec(httpHeader), body: blob });

export const ecdsaCurve: CandidType<Values.EcdsaCurve> = variant({ secp256k1: nullType });

export const vetkdCurve: CandidType<Values.VetkdCurve> = variant({ bls12_381_g2: nullType });

export const schnorrAlgorithm: CandidType<Values.SchnorrAlgorithm> = variant({ bip340secp256k1: nullType, ed25519: nullType });

export const bitcoinNetwork: CandidType<Values.BitcoinNetwork> = variant({ mainnet: nullType, testnet: nullType });

export const outpoint: CandidType<Values.Outpoint> = record({ txid: blob, vout: nat32 });

export const utxo: CandidType<Values.Utxo> = record({ outpoint, value: nat64, height: nat32 });

export const bitcoinGetUtxosArgs: CandidType<Values.BitcoinGetUtxosArgs> = record({
  address: text,
  network: bitcoinNetwork,
  filter: opt(variant({ min_confirmations: nat32, page: blob })),
});

export const bitcoinGetUtxosResult: CandidType<Values.BitcoinGetUtxosResult> = record({
  utxos: vec(utxo),
  tip_block_hash: blob,
  tip_height: nat32,
  next_page: opt(blob),
});

export const bitcoinGetBalanceArgs: CandidType<Values.BitcoinGetBalanceArgs> = record({
  address: text,
  network: bitcoinNetwork,
  min_confirmations: opt(nat32),
});

export const bitcoinGetCurrentFeePercentilesArgs: CandidType<Values.BitcoinGetCurrentFeePercentilesArgs> = record({
  network: bitcoinNetwork,
});

export const bitcoinGetCurrentFeePercentilesResult: CandidType<Values.BitcoinGetCurrentFeePercentilesResult> = vec(nat64);

export const bitcoinSendTransactionArgs: CandidType<Values.BitcoinSendTransactionArgs> = record({
  transaction: blob,
  network: bitcoinNetwork,
});

export const bitcoinGetBlockHeadersArgs: CandidType<Values.BitcoinGetBlockHeadersArgs> = record({
  start_height: nat32,
  end_height: opt(nat32),
  network: bitcoinNetwork,
});

export const bitcoinGetBlockHeadersResult: CandidType<Values.BitcoinGetBlockHeadersResult> = record({
  tip_height: nat32,
  block_headers: vec(blob),
});

export const nodeMetrics: CandidType<Values.NodeMetrics> = record({
  node_id: principal,
  num_blocks_proposed_total: nat64,
  num_block_failures_total: nat64,
});

export const createCanisterArgs: CandidType<Values.CreateCanisterArgs> = record({
  settings: opt(canisterSettings),
  sender_canister_version: opt(nat64),
});

export const createCanisterResult: CandidType<Values.CreateCanisterResult> = record({ canister_id: principal });

export const updateSettingsArgs: CandidType<Values.UpdateSettingsArgs> = record({
  canister_id: principal,
  settings: canisterSettings,
  sender_canister_version: opt(nat64),
});

export const uploadChunkArgs: CandidType<Values.UploadChunkArgs> = record({ canister_id: principal, chunk: blob });

export const clearChunkStoreArgs: CandidType<Values.ClearChunkStoreArgs> = record({ canister_id: principal });

export const storedChunksArgs: CandidType<Values.StoredChunksArgs> = record({ canister_id: principal });

export const canisterInstallMode: CandidType<Values.CanisterInstallMode> = variant({
  install: nullType,
  reinstall: nullType,
  upgrade: opt(record({ skip_pre_upgrade: opt(bool), wasm_memory_persistence: opt(variant({ keep: nullType, replace: nullType })) })),
});

export const installCodeArgs: CandidType<Values.InstallCodeArgs> = record({
  mode: canisterInstallMode,
  canister_id: principal,
  wasm_module: blob,
  arg: blob,
  sender_canister_version: opt(nat64),
});

export const installChunkedCodeArgs: CandidType<Values.InstallChunkedCodeArgs> = record({
  mode: canisterInstallMode,
  target_canister: principal,
  store_canister: opt(principal),
  chunk_hashes_list: vec(chunkHash),
  wasm_module_hash: blob,
  arg: blob,
  sender_canister_version: opt(nat64),
});

export const uninstallCodeArgs: CandidType<Values.UninstallCodeArgs> = record({
  canister_id: principal,
  sender_canister_version: opt(nat64),
});

export const startCanisterArgs: CandidType<Values.StartCanisterArgs> = record({ canister_id: principal });

export const stopCanisterArgs: CandidType<Values.StopCanisterArgs> = record({ canister_id: principal });

export const canisterStatusArgs: CandidType<Values.CanisterStatusArgs> = record({ canister_id: principal });

export const canisterStatusResult: CandidType<Values.CanisterStatusResult> = record({
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

export const canisterInfoArgs: CandidType<Values.CanisterInfoArgs> = record({ canister_id: principal, num_requested_changes: opt(nat64) });

export const canisterInfoResult: CandidType<Values.CanisterInfoResult> = record({
  total_num_changes: nat64,
  recent_changes: vec(change),
  module_hash: opt(blob),
  controllers: vec(principal),
});

export const canisterMetadataArgs: CandidType<Values.CanisterMetadataArgs> = record({ canister_id: principal, name: text });

export const canisterMetadataResult: CandidType<Values.CanisterMetadataResult> = record({ value: blob });

export const deleteCanisterArgs: CandidType<Values.DeleteCanisterArgs> = record({ canister_id: principal });

export const depositCyclesArgs: CandidType<Values.DepositCyclesArgs> = record({ canister_id: principal });

export const httpRequestArgs: CandidType<Values.HttpRequestArgs> = record({
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

export const ecdsaPublicKeyArgs: CandidType<Values.EcdsaPublicKeyArgs> = record({
  canister_id: opt(principal),
  derivation_path: vec(blob),
  key_id: record({ curve: ecdsaCurve, name: text }),
});

export const ecdsaPublicKeyResult: CandidType<Values.EcdsaPublicKeyResult> = record({ public_key: blob, chain_code: blob });

export const signWithEcdsaArgs: CandidType<Values.SignWithEcdsaArgs> = record({
  message_hash: blob,
  derivation_path: vec(blob),
  key_id: record({ curve: ecdsaCurve, name: text }),
});

export const signWithEcdsaResult: CandidType<Values.SignWithEcdsaResult> = record({ signature: blob });

export const schnorrPublicKeyArgs: CandidType<Values.SchnorrPublicKeyArgs> = record({
  canister_id: opt(principal),
  derivation_path: vec(blob),
  key_id: record({ algorithm: schnorrAlgorithm, name: text }),
});

export const schnorrPublicKeyResult: CandidType<Values.SchnorrPublicKeyResult> = record({ public_key: blob, chain_code: blob });

export const schnorrAux: CandidType<Values.SchnorrAux> = variant({ bip341: record({ merkle_root_hash: blob }) });

export const signWithSchnorrArgs: CandidType<Values.SignWithSchnorrArgs> = record({
  message: blob,
  derivation_path: vec(blob),
  key_id: record({ algorithm: schnorrAlgorithm, name: text }),
  aux: opt(schnorrAux),
});

export const signWithSchnorrResult: CandidType<Values.SignWithSchnorrResult> = record({ signature: blob });

export const vetkdPublicKeyArgs: CandidType<Values.VetkdPublicKeyArgs> = record({
  canister_id: opt(principal),
  context: blob,
  key_id: record({ curve: vetkdCurve, name: text }),
});

export const vetkdPublicKeyResult: CandidType<Values.VetkdPublicKeyResult> = record({ public_key: blob });

export const vetkdDeriveKeyArgs: CandidType<Values.VetkdDeriveKeyArgs> = record({
  input: blob,
  context: blob,
  transport_public_key: blob,
  key_id: record({ curve: vetkdCurve, name: text }),
});

export const vetkdDeriveKeyResult: CandidType<Values.VetkdDeriveKeyResult> = record({ encrypted_key: blob });

export const nodeMetricsHistoryArgs: CandidType<Values.NodeMetricsHistoryArgs> = record({
  subnet_id: principal,
  start_at_timestamp_nanos: nat64,
});

export const nodeMetricsHistoryResult: CandidType<Values.NodeMetricsHistoryResult> = vec(
  record({ timestamp_nanos: nat64, node_metrics: vec(nodeMetrics) }),
);

export const subnetInfoArgs: CandidType<Values.SubnetInfoArgs> = record({ subnet_id: principal });

export const subnetInfoResult: CandidType<Values.SubnetInfoResult> = record({ replica_version: text, registry_version: nat64 });

export const provisionalCreateCanisterWithCyclesArgs: CandidType<Values.ProvisionalCreateCanisterWithCyclesArgs> = record({
  amount: opt(nat),
  settings: opt(canisterSettings),
  specified_id: opt(principal),
  sender_canister_version: opt(nat64),
});

export const provisionalCreateCanisterWithCyclesResult: CandidType<Values.ProvisionalCreateCanisterWithCyclesResult> = record({
  canister_id: principal,
});

export const provisionalTopUpCanisterArgs: CandidType<Values.ProvisionalTopUpCanisterArgs> = record({
  canister_id: principal,
  amount: nat,
});

export const storedChunksResult: CandidType<Values.StoredChunksResult> = vec(chunkHash);

export const snapshot: CandidType<Values.Snapshot> = record({ id: blob, taken_at_timestamp: nat64, total_size: nat64 });

export const takeCanisterSnapshotArgs: CandidType<Values.TakeCanisterSnapshotArgs> = record({
  canister_id: principal,
  replace_snapshot: opt(blob),
  uninstall_code: opt(bool),
  sender_canister_version: opt(nat64),
});

export const loadCanisterSnapshotArgs: CandidType<Values.LoadCanisterSnapshotArgs> = record({
  canister_id: principal,
  snapshot_id: blob,
  sender_canister_version: opt(nat64),
});

export const listCanisterSnapshotsArgs: CandidType<Values.ListCanisterSnapshotsArgs> = record({ canister_id: principal });

export const listCanisterSnapshotsResult: CandidType<Values.ListCanisterSnapshotsResult> = vec(snapshot);

export const deleteCanisterSnapshotArgs: CandidType<Values.DeleteCanisterSnapshotArgs> = record({
  canister_id: principal,
  snapshot_id: blob,
});

export const fetchCanisterLogsArgs: CandidType<Values.FetchCanisterLogsArgs> = record({ canister_id: principal });

export const canisterLogRecord: CandidType<Values.CanisterLogRecord> = record({ idx: nat64, timestamp_nanos: nat64, content: blob });

export const fetchCanisterLogsResult: CandidType<Values.FetchCanisterLogsResult> = record({ canister_log_records: vec(canisterLogRecord) });

export const canisterIdRange: CandidType<Values.CanisterIdRange> = record({ start: principal, end: principal });

export const listCanistersResult: CandidType<Values.ListCanistersResult> = record({ canisters: vec(canisterIdRange) });

export const readCanisterSnapshotMetadataArgs: CandidType<Values.ReadCanisterSnapshotMetadataArgs> = record({
  canister_id: principal,
  snapshot_id: blob,
});

export const readCanisterSnapshotMetadataResponse: CandidType<Values.ReadCanisterSnapshotMetadataResponse> = record({
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

export const readCanisterSnapshotDataArgs: CandidType<Values.ReadCanisterSnapshotDataArgs> = record({
  canister_id: principal,
  snapshot_id: blob,
  kind: variant({
    wasm_module: record({ offset: nat64, size: nat64 }),
    wasm_memory: record({ offset: nat64, size: nat64 }),
    stable_memory: record({ offset: nat64, size: nat64 }),
    wasm_chunk: record({ hash: blob }),
  }),
});

export const readCanisterSnapshotDataResponse: CandidType<Values.ReadCanisterSnapshotDataResponse> = record({ chunk: blob });

export const uploadCanisterSnapshotMetadataArgs: CandidType<Values.UploadCanisterSnapshotMetadataArgs> = record({
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

export const uploadCanisterSnapshotMetadataResponse: CandidType<Values.UploadCanisterSnapshotMetadataResponse> = record({
  snapshot_id: blob,
});

export const uploadCanisterSnapshotDataArgs: CandidType<Values.UploadCanisterSnapshotDataArgs> = record({
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

export const cyclesConsumed: CandidType<Values.CyclesConsumed> = record({
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

export const canisterMetricsArgs: CandidType<Values.CanisterMetricsArgs> = record({ canister_id: principal });

export const canisterMetricsResult: CandidType<Values.CanisterMetricsResult> = record({ cycles_consumed: cyclesConsumed });
