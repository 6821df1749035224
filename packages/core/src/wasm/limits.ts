/**
 * Bounds of module reading and validation. Those of "engine" source lie at or below what V8 and wasmtime accept, so that a module
 * that passes here also compiles everywhere; those of "IC" source are the Internet Computer's own.
 * @module
 */

/** Uncompressed module, bytes. Source: IC, maximum uncompressed Wasm module size. */
export const MODULE_BYTES_MAX: number = 100 * 1024 * 1024;

/** Installed module (raw or gzip), bytes. Source: IC, maximum size of the chunk store, the largest way in. */
export const INSTALLED_BYTES_MAX: number = 100 * 1024 * 1024;

/** Code section content, bytes. Source: IC, embedders validation. */
export const CODE_SECTION_BYTES_MAX: number = 12 * 1024 * 1024;

/** One function body, bytes. Source: engine (V8 and wasmparser share the figure). */
export const FUNCTION_BODY_BYTES_MAX = 7_654_321;

/** Name of an import, an export or a custom section, bytes. Source: engine (V8 and wasmparser share the figure). */
export const NAME_BYTES_MAX = 100_000;

/** Sections of a module, custom ones included. Source: Myelin; a custom section takes three bytes, and what is kept of each takes a hundred. */
export const SECTIONS_MAX = 1_000;

/** Types of a module. Source: engine (1,000,000), less the second type that the instrumentation makes of each. */
export const TYPES_MAX = 400_000;

/** Parameters of a function type. Source: engine (1,000), less one that the instrumentation adds. */
export const PARAMETERS_MAX = 999;

/** Results of a function type. Source: engine (1,000), less one that the instrumentation adds. */
export const RESULTS_MAX = 999;

/** Imports of a module. Source: engine. */
export const IMPORTS_MAX = 100_000;

/** Exports of a module. Source: engine. */
export const EXPORTS_MAX = 100_000;

/** Functions, imported ones included. Source: engine. */
export const FUNCTIONS_MAX = 1_000_000;

/** Tables, imported ones included. Source: engine (wasmparser). */
export const TABLES_MAX = 100;

/** Globals, imported ones included. Source: engine. */
export const GLOBALS_MAX = 1_000_000;

/** Data segments. Source: engine. */
export const DATA_SEGMENTS_MAX = 100_000;

/** Element segments. Source: engine. */
export const ELEMENT_SEGMENTS_MAX = 100_000;

/** Items of one element segment. Source: engine (V8's largest table). */
export const ELEMENT_ITEMS_MAX = 10_000_000;

/** Initial elements of a table. Source: engine (V8's largest table). */
export const TABLE_ELEMENTS_MAX = 10_000_000;

/** Locals of a function, parameters included. Source: engine (50,000), less what the instrumentation adds. */
export const LOCALS_MAX = 49_900;

/** Targets of one br_table, the default not counted. Source: engine (V8). */
export const BR_TABLE_TARGETS_MAX = 65_520;

/** Open blocks within one another. Source: Myelin; the complexity bound of the Internet Computer allows 20,000. */
export const BLOCK_DEPTH_MAX = 50_000;

/** Largest size of a 32-bit memory in 64 KiB pages. Source: WebAssembly. */
export const MEMORY32_PAGES_MAX = 65_536n;

/** Largest declared maximum of a 64-bit memory in 64 KiB pages. Source: WebAssembly. */
export const MEMORY64_PAGES_MAX: bigint = 1n << 48n;

/** Largest initial size of a 64-bit memory in 64 KiB pages (16 GiB). Source: engine (V8). */
export const MEMORY64_INITIAL_PAGES_MAX = 262_144n;

/** Largest maximum of a 32-bit table. Source: WebAssembly. */
export const TABLE32_ELEMENTS_MAX = 0xffff_ffffn;

// What the Internet Computer allows a canister. Source of each: IC interface specification or dfinity/ic, embedders configuration.

/** Functions that the module defines. */
export const CANISTER_FUNCTIONS_MAX = 50_000;
/** Globals. */
export const CANISTER_GLOBALS_MAX = 1_000;
/** Tables. */
export const CANISTER_TABLES_MAX = 1;
/** Initial elements of a table. */
export const CANISTER_TABLE_ELEMENTS_MAX = 1_000_000n;
/** Initial pages of a 32-bit memory: 4 GiB less the one page that the instrumentation keeps unreachable. */
export const CANISTER_MEMORY32_PAGES_MAX = 65_535n;
/** Initial pages of a 64-bit memory: 6 GiB. */
export const CANISTER_MEMORY64_PAGES_MAX = 98_304n;
/** Exported update, query and composite query methods together. */
export const CANISTER_METHODS_MAX = 1_000;
/** UTF-8 bytes of the names of those methods together. */
export const CANISTER_METHOD_NAME_BYTES_MAX = 20_000;
/** Complexity of one function body. Each instruction counts at least one, so this bounds their number too. */
export const CANISTER_BODY_COMPLEXITY_MAX = 1_000_000;
/** Custom sections whose names begin with `icp:`. */
export const CANISTER_SECTIONS_MAX = 16;
/** Names and contents of those sections together, bytes. */
export const CANISTER_SECTION_BYTES_MAX = 1_048_576;

/**
 * Operands on the stack of one function while it is checked. Source: Myelin; a call of two bytes may push a thousand results, so the length
 * of the body alone would bound the stack at gigabytes.
 */
export const OPERANDS_MAX = 1_000_000;

/**
 * Operands moved by calls, blocks and branches while all bodies of a module are checked: half a second. Source: Myelin; the same reason, for
 * time. The largest code section that consists of calls with five parameters moves a third of it.
 */
export const OPERAND_MOVES_MAX = 50_000_000;
