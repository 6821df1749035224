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

/** Types of a module. Source: engine. */
export const TYPES_MAX = 1_000_000;

/** Parameters of a function type. Source: engine. */
export const PARAMETERS_MAX = 1_000;

/** Results of a function type. Source: engine. */
export const RESULTS_MAX = 1_000;

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

/** Locals of a function, parameters included. Source: engine. */
export const LOCALS_MAX = 50_000;

/** Targets of one br_table, the default not counted. Source: engine (V8). */
export const BR_TABLE_TARGETS_MAX = 65_520;

/** Largest size of a 32-bit memory in 64 KiB pages. Source: WebAssembly. */
export const MEMORY32_PAGES_MAX = 65_536n;

/** Largest size of a 64-bit memory in 64 KiB pages. Source: WebAssembly. */
export const MEMORY64_PAGES_MAX: bigint = 1n << 48n;
