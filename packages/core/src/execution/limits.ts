/**
 * Bounds of execution. Names carry the unit; sources are the interface spec's resource limits and dfinity/ic
 * (subnet_config.rs, execution_environment.rs, limits) unless said otherwise.
 * @module
 */

/** What a message may cost, per kind of subnet. */
export type InstructionLimits = {
  readonly update: bigint;
  readonly query: bigint;
  readonly install: bigint;
  readonly inspect: bigint;
};

export const APPLICATION_INSTRUCTIONS: InstructionLimits = {
  update: 40_000_000_000n,
  query: 5_000_000_000n,
  install: 300_000_000_000n,
  inspect: 200_000_000n,
};

export const SYSTEM_INSTRUCTIONS: InstructionLimits = {
  update: 50_000_000_000n,
  query: 50_000_000_000n,
  install: 1_000_000_000_000n,
  inspect: 200_000_000n,
};

/**
 * Instructions of one slice. Protocol constant: a paused message is replicated as its number of slices. Small, so that others wait
 * tens of milliseconds at most (docs/determinism.md).
 */
export const SLICE_INSTRUCTIONS: bigint = 30_000_000n;

/** Instructions after which a batch starts no further message. Protocol constant. */
export const BATCH_INSTRUCTIONS: bigint = 200_000_000n;

/** Instructions that a message counts for at least when the batch's budget is drawn: its overhead. */
export const MESSAGE_OVERHEAD_INSTRUCTIONS: bigint = 20_000n;

/**
 * What the first message of a canister counts for in a batch beside its instructions: its instance may have to be made first, which takes
 * a host about a millisecond. Counted whether or not it has to be, for that depends on the host.
 */
export const FIRST_MESSAGE_INSTRUCTIONS: bigint = 200_000n;

/**
 * The same for a message after which the instance has to be made anew, per 4 KiB page of the heap: it undid a growth, or dropped segments.
 * Copying a page takes up to a microsecond.
 */
export const RENEWED_PAGE_INSTRUCTIONS: bigint = 1_000n;

/** Messages that one canister may run in a row before the next canister has its turn. */
export const MESSAGES_PER_TURN = 64;

/**
 * Canisters whose heap is in an instance only, before it is captured within the batch. Bounds what a host must hold at once: V8 fails at
 * some thousands of instances. When a heap is captured changes no outcome.
 */
export const UNCAPTURED_CANISTERS_MAX = 64;

/** Messages that may be paused at the same time on one subnet. */
export const PAUSED_MESSAGES_MAX = 4;

/** Calls without response between one caller and one callee. */
export const OUTSTANDING_CALLS_PER_PAIR_MAX = 500;

/** Calls that one message may make. Source: Myelin; each takes memory long before it costs anything. */
export const CALLS_PER_MESSAGE_MAX = 10_000;

/** Ingress messages that wait in one canister's queue. */
export const INGRESS_QUEUE_MAX = 10_000;

/**
 * Bytes of all messages in queues from which on no new call is made and no message of a user is taken in; responses are always delivered.
 * Source: Myelin; the public network sets aside 20 GiB.
 */
export const QUEUED_BYTES_MAX: number = 2 * 1024 * 1024 * 1024;

/** Calls to the management canister that wait for one target. */
export const MANAGEMENT_QUEUE_MAX = 500;

export const METHOD_NAME_BYTES_MAX = 20_000;
export const INGRESS_BYTES_MAX: number = 2 * 1024 * 1024;
export const INTER_CANISTER_PAYLOAD_BYTES_MAX: number = 10 * 1024 * 1024;
/** What the response to an inter-canister call may carry and what is prepaid for it. */
export const RESPONSE_BYTES_MAX: number = 2 * 1024 * 1024;
export const QUERY_RESPONSE_BYTES_MAX: number = 3 * 1024 * 1024;

export const CERTIFIED_DATA_BYTES_MAX = 32;

export const WASM_PAGE_BYTES = 65_536;
/** Pages of 64 KiB. */
export const WASM32_PAGES_MAX = 65_535;
export const WASM64_PAGES_MAX = 98_304;
/** 500 GiB in pages of 64 KiB. */
export const STABLE_PAGES_MAX = 8_192_000;
/** 4 GiB in pages of 64 KiB. */
export const STABLE_PAGES_MAX_32BIT = 65_536;

/** Pages of 4 KiB that one message may write to in stable memory. */
export const STABLE_DIRTY_PAGES_MESSAGE_MAX = 524_288;
export const STABLE_DIRTY_PAGES_INSTALL_MAX = 2_097_152;
export const STABLE_DIRTY_PAGES_QUERY_MAX = 262_144;
export const STABLE_DIRTY_PAGE_INSTRUCTIONS = 1_000;

/** Memory of all canisters of a subnet, in bytes. Below the threshold at which storage is reserved. */
export const SUBNET_MEMORY_BYTES_MAX: bigint = 750n * 1024n * 1024n * 1024n;
export const SUBNET_CANISTERS_MAX = 120_000;
/** Percent of compute that canisters may reserve in total: half of the executor. */
export const COMPUTE_ALLOCATION_TOTAL_MAX = 50;

export const CONTROLLERS_MAX = 10;
export const ALLOWED_VIEWERS_MAX = 10;
export const ENVIRONMENT_VARIABLES_MAX = 32;
export const ENVIRONMENT_VARIABLE_BYTES_MAX = 128;
export const CANISTER_HISTORY_MAX = 20;

export const CHUNK_BYTES_MAX: number = 1024 * 1024;
export const CHUNKS_MAX = 100;
export const WASM_MODULE_BYTES_MAX: number = 100 * 1024 * 1024;

export const LOG_BYTES_DEFAULT = 4096;
export const LOG_BYTES_MIN = 4096;
export const LOG_BYTES_MAX: number = 2 * 1024 * 1024;
/** Bytes counted for a record besides its text. */
export const LOG_RECORD_OVERHEAD_BYTES = 20;

const SECOND_NS = 1_000_000_000n;
/** How long before its expiry an ingress message may be offered. */
export const INGRESS_TTL_NS: bigint = 300n * SECOND_NS;
/** How long the status of a finished request is kept. */
export const INGRESS_STATUS_KEPT_NS: bigint = 300n * SECOND_NS;
/** Clock difference that the validator of ingress messages allows. */
export const INGRESS_DRIFT_NS: bigint = 60n * SECOND_NS;
export const STOP_CANISTER_TIMEOUT_NS: bigint = 300n * SECOND_NS;
export const BEST_EFFORT_TIMEOUT_SECONDS_MAX = 300;
/** Storage and compute are charged at most so often. */
export const RESOURCE_CHARGE_INTERVAL_NS: bigint = 10n * SECOND_NS;
/** A canister of which no message runs is charged once in this time, sooner when its cycles will not last. */
export const IDLE_CHARGE_INTERVAL_NS: bigint = 3_600n * SECOND_NS;
/** Canisters that one batch charges because it is time; the others follow in the next ones, and before they run. Takes some 20 ms. */
export const CHARGES_PER_BATCH_MAX = 200;

export const CONTROLLER_COUNT_MIN = 0;
export const FREEZING_THRESHOLD_DEFAULT_SECONDS = 2_592_000n;
export const RESERVED_CYCLES_LIMIT_DEFAULT = 5_000_000_000_000n;
export const WASM_MEMORY_LIMIT_DEFAULT_BYTES: bigint = 3n * 1024n * 1024n * 1024n;
export const PROVISIONAL_BALANCE_DEFAULT = 100_000_000_000_000n;

export const COMPOSITE_QUERY_DEPTH_MAX = 6;
/** Charged for each query call inside a composite query. */
export const COMPOSITE_QUERY_CALL_INSTRUCTIONS = 50_000_000n;

/** Cycles are 128-bit. */
export const CYCLES_MAX: bigint = (1n << 128n) - 1n;
