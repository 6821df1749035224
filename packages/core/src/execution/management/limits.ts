/**
 * Bounds and charges of the management canister that nothing else needs.
 * @module
 */

/** Calls that act on no canister of this subnet and wait for their turn. */
export const SUBNET_MANAGEMENT_QUEUE_MAX = 10_000;

/** Calls of `stop_canister` that wait for one canister to stop. */
export const STOP_REQUESTS_MAX = 500;

/** Calls of `raw_rand` that wait for the randomness of the next batch. */
export const RANDOMNESS_REQUESTS_MAX = 10_000;

/** Charged for each Wasm instruction of a module that is installed. Source: dfinity/ic, embedders.rs. */
export const COMPILE_INSTRUCTIONS = 6_000n;

/**
 * What compiling a module that a canister has already counts in the budget of a batch, as a part of the whole: a host may have forgotten what it
 * compiled when there are very many modules.
 */
export const KNOWN_MODULE_SHARE = 64n;

/**
 * Charged for a module that is refused: what unpacking and validating the largest one costs, for how far it was read depends on
 * what is wrong with it.
 */
export const REFUSED_MODULE_INSTRUCTIONS = 500_000_000n;

/**
 * What each byte of a module, unpacked, counts in the budget of a batch: joining, hashing, unpacking and reading it takes some nanoseconds
 * a byte, and compiling is charged by the instruction, of which a large module may have few. Nobody is charged cycles for it.
 */
export const MODULE_BYTE_BATCH_INSTRUCTIONS = 5n;

/** Charged to the canister whose store receives a chunk. Source: dfinity/ic, subnet_config.rs. */
export const UPLOAD_CHUNK_INSTRUCTIONS = 200_000_000n;

/** What a chunk counts in the budget of a batch: four of the largest fit, as in the payload of a block. */
export const UPLOAD_CHUNK_BATCH_INSTRUCTIONS = 50_000_000n;

/** Work of `fetch_canister_logs` as a replicated call. Source: dfinity/ic, canister_logs. */
export const FETCH_LOGS_INSTRUCTIONS = 150_000n;
export const FETCH_LOGS_RECORD_INSTRUCTIONS = 900n;
export const FETCH_LOGS_BYTE_INSTRUCTIONS = 1n;

/** What each byte of a reply counts in the budget of a batch: what a canister is charged for a byte of its own. */
export const REPLY_BYTE_BATCH_INSTRUCTIONS = 50n;

/** Largest values of settings. Source: IC interface spec, "create_canister". */
export const U64_MAX: bigint = (1n << 64n) - 1n;
export const WASM_MEMORY_SETTING_MAX: bigint = 1n << 48n;
export const COMPUTE_ALLOCATION_MAX = 100n;
