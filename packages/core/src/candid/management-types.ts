/**
 * The values that the methods of the management canister take and answer, named as in the interface specification: its chapter
 * "The IC management canister" says what every field means. Beyond version 0.66.0 there are `log_memory_limit` in the settings and
 * `log_memory_store_size` in the memory metrics, which the network has and its clients send and decode.
 * @module
 */
import type { PrincipalId } from '../base/index.ts';
import type { Opt } from './types.ts';

export type LogVisibility =
  | { readonly controllers: null }
  | { readonly public: null }
  | { readonly allowed_viewers: readonly PrincipalId[] };

export type SnapshotVisibility =
  | { readonly controllers: null }
  | { readonly public: null }
  | { readonly allowed_viewers: readonly PrincipalId[] };

export type StatusVisibility =
  | { readonly controllers: null }
  | { readonly public: null }
  | { readonly allowed_viewers: readonly PrincipalId[] };

export type EnvironmentVariable = { readonly name: string; readonly value: string };

export type CanisterSettings = {
  readonly controllers: Opt<readonly PrincipalId[]>;
  readonly compute_allocation: Opt<bigint>;
  readonly memory_allocation: Opt<bigint>;
  readonly freezing_threshold: Opt<bigint>;
  readonly reserved_cycles_limit: Opt<bigint>;
  readonly minimum_incoming_canister_call_cycles: Opt<bigint>;
  readonly log_visibility: Opt<LogVisibility>;
  readonly log_memory_limit: Opt<bigint>;
  readonly snapshot_visibility: Opt<SnapshotVisibility>;
  readonly status_visibility: Opt<StatusVisibility>;
  readonly wasm_memory_limit: Opt<bigint>;
  readonly wasm_memory_threshold: Opt<bigint>;
  readonly environment_variables: Opt<readonly EnvironmentVariable[]>;
};

export type DefiniteCanisterSettings = {
  readonly controllers: readonly PrincipalId[];
  readonly compute_allocation: bigint;
  readonly memory_allocation: bigint;
  readonly freezing_threshold: bigint;
  readonly reserved_cycles_limit: bigint;
  readonly minimum_incoming_canister_call_cycles: bigint;
  readonly log_visibility: LogVisibility;
  readonly log_memory_limit: bigint;
  readonly snapshot_visibility: SnapshotVisibility;
  readonly status_visibility: StatusVisibility;
  readonly wasm_memory_limit: bigint;
  readonly wasm_memory_threshold: bigint;
  readonly environment_variables: readonly EnvironmentVariable[];
};

export type ChangeOrigin =
  | { readonly from_user: { readonly user_id: PrincipalId } }
  | { readonly from_canister: { readonly canister_id: PrincipalId; readonly canister_version: Opt<bigint> } };

export type ChangeDetails =
  | { readonly creation: { readonly controllers: readonly PrincipalId[]; readonly environment_variables_hash: Opt<Uint8Array> } }
  | { readonly code_uninstall: null }
  | {
      readonly code_deployment: {
        readonly mode: { readonly install: null } | { readonly reinstall: null } | { readonly upgrade: null };
        readonly module_hash: Uint8Array;
      };
    }
  | {
      readonly load_snapshot: {
        readonly from_canister_id: Opt<PrincipalId>;
        readonly snapshot_id: Uint8Array;
        readonly canister_version: bigint;
        readonly taken_at_timestamp: bigint;
        readonly source: { readonly taken_from_canister: unknown } | { readonly metadata_upload: unknown };
      };
    }
  | { readonly controllers_change: { readonly controllers: readonly PrincipalId[] } }
  | {
      readonly rename_canister: {
        readonly canister_id: PrincipalId;
        readonly total_num_changes: bigint;
        readonly rename_to: { readonly canister_id: PrincipalId; readonly version: bigint; readonly total_num_changes: bigint };
        readonly requested_by: PrincipalId;
      };
    };

export type Change = {
  readonly timestamp_nanos: bigint;
  readonly canister_version: bigint;
  readonly origin: ChangeOrigin;
  readonly details: ChangeDetails;
};

export type ChunkHash = { readonly hash: Uint8Array };

export type HttpHeader = { readonly name: string; readonly value: string };

export type HttpRequestResult = { readonly status: bigint; readonly headers: readonly HttpHeader[]; readonly body: Uint8Array };

export type EcdsaCurve = { readonly secp256k1: null };

export type VetkdCurve = { readonly bls12_381_g2: null };

export type SchnorrAlgorithm = { readonly bip340secp256k1: null } | { readonly ed25519: null };

export type BitcoinNetwork = { readonly mainnet: null } | { readonly testnet: null };

export type Outpoint = { readonly txid: Uint8Array; readonly vout: number };

export type Utxo = { readonly outpoint: Outpoint; readonly value: bigint; readonly height: number };

export type BitcoinGetUtxosArgs = {
  readonly address: string;
  readonly network: BitcoinNetwork;
  readonly filter: Opt<{ readonly min_confirmations: number } | { readonly page: Uint8Array }>;
};

export type BitcoinGetUtxosResult = {
  readonly utxos: readonly Utxo[];
  readonly tip_block_hash: Uint8Array;
  readonly tip_height: number;
  readonly next_page: Opt<Uint8Array>;
};

export type BitcoinGetBalanceArgs = { readonly address: string; readonly network: BitcoinNetwork; readonly min_confirmations: Opt<number> };

export type BitcoinGetCurrentFeePercentilesArgs = { readonly network: BitcoinNetwork };

export type BitcoinGetCurrentFeePercentilesResult = readonly bigint[];

export type BitcoinSendTransactionArgs = { readonly transaction: Uint8Array; readonly network: BitcoinNetwork };

export type BitcoinGetBlockHeadersArgs = {
  readonly start_height: number;
  readonly end_height: Opt<number>;
  readonly network: BitcoinNetwork;
};

export type BitcoinGetBlockHeadersResult = { readonly tip_height: number; readonly block_headers: readonly Uint8Array[] };

export type NodeMetrics = {
  readonly node_id: PrincipalId;
  readonly num_blocks_proposed_total: bigint;
  readonly num_block_failures_total: bigint;
};

export type CreateCanisterArgs = { readonly settings: Opt<CanisterSettings>; readonly sender_canister_version: Opt<bigint> };

export type CreateCanisterResult = { readonly canister_id: PrincipalId };

export type UpdateSettingsArgs = {
  readonly canister_id: PrincipalId;
  readonly settings: CanisterSettings;
  readonly sender_canister_version: Opt<bigint>;
};

export type UploadChunkArgs = { readonly canister_id: PrincipalId; readonly chunk: Uint8Array };

export type ClearChunkStoreArgs = { readonly canister_id: PrincipalId };

export type StoredChunksArgs = { readonly canister_id: PrincipalId };

export type CanisterInstallMode =
  | { readonly install: null }
  | { readonly reinstall: null }
  | {
      readonly upgrade: Opt<{
        readonly skip_pre_upgrade: Opt<boolean>;
        readonly wasm_memory_persistence: Opt<{ readonly keep: null } | { readonly replace: null }>;
      }>;
    };

export type InstallCodeArgs = {
  readonly mode: CanisterInstallMode;
  readonly canister_id: PrincipalId;
  readonly wasm_module: Uint8Array;
  readonly arg: Uint8Array;
  readonly sender_canister_version: Opt<bigint>;
};

export type InstallChunkedCodeArgs = {
  readonly mode: CanisterInstallMode;
  readonly target_canister: PrincipalId;
  readonly store_canister: Opt<PrincipalId>;
  readonly chunk_hashes_list: readonly ChunkHash[];
  readonly wasm_module_hash: Uint8Array;
  readonly arg: Uint8Array;
  readonly sender_canister_version: Opt<bigint>;
};

export type UninstallCodeArgs = { readonly canister_id: PrincipalId; readonly sender_canister_version: Opt<bigint> };

export type StartCanisterArgs = { readonly canister_id: PrincipalId };

export type StopCanisterArgs = { readonly canister_id: PrincipalId };

export type CanisterStatusArgs = { readonly canister_id: PrincipalId };

export type CanisterStatusResult = {
  readonly status: { readonly running: null } | { readonly stopping: null } | { readonly stopped: null };
  readonly ready_for_migration: boolean;
  readonly version: bigint;
  readonly settings: DefiniteCanisterSettings;
  readonly module_hash: Opt<Uint8Array>;
  readonly memory_size: bigint;
  readonly memory_metrics: {
    readonly wasm_memory_size: bigint;
    readonly stable_memory_size: bigint;
    readonly global_memory_size: bigint;
    readonly wasm_binary_size: bigint;
    readonly custom_sections_size: bigint;
    readonly canister_history_size: bigint;
    readonly wasm_chunk_store_size: bigint;
    readonly snapshots_size: bigint;
    readonly log_memory_store_size: bigint;
  };
  readonly cycles: bigint;
  readonly reserved_cycles: bigint;
  readonly idle_cycles_burned_per_day: bigint;
  readonly query_stats: {
    readonly num_calls_total: bigint;
    readonly num_instructions_total: bigint;
    readonly request_payload_bytes_total: bigint;
    readonly response_payload_bytes_total: bigint;
  };
};

export type CanisterInfoArgs = { readonly canister_id: PrincipalId; readonly num_requested_changes: Opt<bigint> };

export type CanisterInfoResult = {
  readonly total_num_changes: bigint;
  readonly recent_changes: readonly Change[];
  readonly module_hash: Opt<Uint8Array>;
  readonly controllers: readonly PrincipalId[];
};

export type CanisterMetadataArgs = { readonly canister_id: PrincipalId; readonly name: string };

export type CanisterMetadataResult = { readonly value: Uint8Array };

export type DeleteCanisterArgs = { readonly canister_id: PrincipalId };

export type DepositCyclesArgs = { readonly canister_id: PrincipalId };

export type HttpRequestArgs = {
  readonly url: string;
  readonly max_response_bytes: Opt<bigint>;
  readonly method:
    | { readonly get: null }
    | { readonly head: null }
    | { readonly post: null }
    | { readonly put: null }
    | { readonly delete: null }
    | { readonly patch: null };
  readonly headers: readonly HttpHeader[];
  readonly body: Opt<Uint8Array>;
  readonly transform: Opt<{ readonly function: readonly [PrincipalId, string]; readonly context: Uint8Array }>;
  readonly is_replicated: Opt<boolean>;
};

export type EcdsaPublicKeyArgs = {
  readonly canister_id: Opt<PrincipalId>;
  readonly derivation_path: readonly Uint8Array[];
  readonly key_id: { readonly curve: EcdsaCurve; readonly name: string };
};

export type EcdsaPublicKeyResult = { readonly public_key: Uint8Array; readonly chain_code: Uint8Array };

export type SignWithEcdsaArgs = {
  readonly message_hash: Uint8Array;
  readonly derivation_path: readonly Uint8Array[];
  readonly key_id: { readonly curve: EcdsaCurve; readonly name: string };
};

export type SignWithEcdsaResult = { readonly signature: Uint8Array };

export type SchnorrPublicKeyArgs = {
  readonly canister_id: Opt<PrincipalId>;
  readonly derivation_path: readonly Uint8Array[];
  readonly key_id: { readonly algorithm: SchnorrAlgorithm; readonly name: string };
};

export type SchnorrPublicKeyResult = { readonly public_key: Uint8Array; readonly chain_code: Uint8Array };

export type SchnorrAux = { readonly bip341: { readonly merkle_root_hash: Uint8Array } };

export type SignWithSchnorrArgs = {
  readonly message: Uint8Array;
  readonly derivation_path: readonly Uint8Array[];
  readonly key_id: { readonly algorithm: SchnorrAlgorithm; readonly name: string };
  readonly aux: Opt<SchnorrAux>;
};

export type SignWithSchnorrResult = { readonly signature: Uint8Array };

export type VetkdPublicKeyArgs = {
  readonly canister_id: Opt<PrincipalId>;
  readonly context: Uint8Array;
  readonly key_id: { readonly curve: VetkdCurve; readonly name: string };
};

export type VetkdPublicKeyResult = { readonly public_key: Uint8Array };

export type VetkdDeriveKeyArgs = {
  readonly input: Uint8Array;
  readonly context: Uint8Array;
  readonly transport_public_key: Uint8Array;
  readonly key_id: { readonly curve: VetkdCurve; readonly name: string };
};

export type VetkdDeriveKeyResult = { readonly encrypted_key: Uint8Array };

export type NodeMetricsHistoryArgs = { readonly subnet_id: PrincipalId; readonly start_at_timestamp_nanos: bigint };

export type NodeMetricsHistoryResult = readonly { readonly timestamp_nanos: bigint; readonly node_metrics: readonly NodeMetrics[] }[];

export type SubnetInfoArgs = { readonly subnet_id: PrincipalId };

export type SubnetInfoResult = { readonly replica_version: string; readonly registry_version: bigint };

export type ProvisionalCreateCanisterWithCyclesArgs = {
  readonly amount: Opt<bigint>;
  readonly settings: Opt<CanisterSettings>;
  readonly specified_id: Opt<PrincipalId>;
  readonly sender_canister_version: Opt<bigint>;
};

export type ProvisionalCreateCanisterWithCyclesResult = { readonly canister_id: PrincipalId };

export type ProvisionalTopUpCanisterArgs = { readonly canister_id: PrincipalId; readonly amount: bigint };

export type StoredChunksResult = readonly ChunkHash[];

export type Snapshot = { readonly id: Uint8Array; readonly taken_at_timestamp: bigint; readonly total_size: bigint };

export type TakeCanisterSnapshotArgs = {
  readonly canister_id: PrincipalId;
  readonly replace_snapshot: Opt<Uint8Array>;
  readonly uninstall_code: Opt<boolean>;
  readonly sender_canister_version: Opt<bigint>;
};

export type LoadCanisterSnapshotArgs = {
  readonly canister_id: PrincipalId;
  readonly snapshot_id: Uint8Array;
  readonly sender_canister_version: Opt<bigint>;
};

export type ListCanisterSnapshotsArgs = { readonly canister_id: PrincipalId };

export type ListCanisterSnapshotsResult = readonly Snapshot[];

export type DeleteCanisterSnapshotArgs = { readonly canister_id: PrincipalId; readonly snapshot_id: Uint8Array };

export type FetchCanisterLogsArgs = { readonly canister_id: PrincipalId };

export type CanisterLogRecord = { readonly idx: bigint; readonly timestamp_nanos: bigint; readonly content: Uint8Array };

export type FetchCanisterLogsResult = { readonly canister_log_records: readonly CanisterLogRecord[] };

export type CanisterIdRange = { readonly start: PrincipalId; readonly end: PrincipalId };

export type ListCanistersResult = { readonly canisters: readonly CanisterIdRange[] };

export type ReadCanisterSnapshotMetadataArgs = { readonly canister_id: PrincipalId; readonly snapshot_id: Uint8Array };

export type ReadCanisterSnapshotMetadataResponse = {
  readonly source: { readonly taken_from_canister: unknown } | { readonly metadata_upload: unknown };
  readonly taken_at_timestamp: bigint;
  readonly wasm_module_size: bigint;
  readonly globals: readonly (
    | { readonly i32: number }
    | { readonly i64: bigint }
    | { readonly f32: number }
    | { readonly f64: number }
    | { readonly v128: bigint }
  )[];
  readonly wasm_memory_size: bigint;
  readonly stable_memory_size: bigint;
  readonly wasm_chunk_store: readonly { readonly hash: Uint8Array }[];
  readonly canister_version: bigint;
  readonly certified_data: Uint8Array;
  readonly global_timer: Opt<{ readonly inactive: null } | { readonly active: bigint }>;
  readonly on_low_wasm_memory_hook_status: Opt<
    { readonly condition_not_satisfied: null } | { readonly ready: null } | { readonly executed: null }
  >;
};

export type ReadCanisterSnapshotDataArgs = {
  readonly canister_id: PrincipalId;
  readonly snapshot_id: Uint8Array;
  readonly kind:
    | { readonly wasm_module: { readonly offset: bigint; readonly size: bigint } }
    | { readonly wasm_memory: { readonly offset: bigint; readonly size: bigint } }
    | { readonly stable_memory: { readonly offset: bigint; readonly size: bigint } }
    | { readonly wasm_chunk: { readonly hash: Uint8Array } };
};

export type ReadCanisterSnapshotDataResponse = { readonly chunk: Uint8Array };

export type UploadCanisterSnapshotMetadataArgs = {
  readonly canister_id: PrincipalId;
  readonly replace_snapshot: Opt<Uint8Array>;
  readonly wasm_module_size: bigint;
  readonly globals: readonly (
    | { readonly i32: number }
    | { readonly i64: bigint }
    | { readonly f32: number }
    | { readonly f64: number }
    | { readonly v128: bigint }
  )[];
  readonly wasm_memory_size: bigint;
  readonly stable_memory_size: bigint;
  readonly certified_data: Uint8Array;
  readonly global_timer: Opt<{ readonly inactive: null } | { readonly active: bigint }>;
  readonly on_low_wasm_memory_hook_status: Opt<
    { readonly condition_not_satisfied: null } | { readonly ready: null } | { readonly executed: null }
  >;
};

export type UploadCanisterSnapshotMetadataResponse = { readonly snapshot_id: Uint8Array };

export type UploadCanisterSnapshotDataArgs = {
  readonly canister_id: PrincipalId;
  readonly snapshot_id: Uint8Array;
  readonly kind:
    | { readonly wasm_module: { readonly offset: bigint } }
    | { readonly wasm_memory: { readonly offset: bigint } }
    | { readonly stable_memory: { readonly offset: bigint } }
    | { readonly wasm_chunk: null };
  readonly chunk: Uint8Array;
};

export type CyclesConsumed = {
  readonly memory: bigint;
  readonly compute_allocation: bigint;
  readonly ingress_induction: bigint;
  readonly instructions: bigint;
  readonly request_and_response_transmission: bigint;
  readonly uninstall: bigint;
  readonly canister_creation: bigint;
  readonly http_outcalls: bigint;
  readonly burned_cycles: bigint;
};

export type CanisterMetricsArgs = { readonly canister_id: PrincipalId };

export type CanisterMetricsResult = { readonly cycles_consumed: CyclesConsumed };
