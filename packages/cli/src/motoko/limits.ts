/**
 * Bounds of a compilation.
 * @module
 */

/** Source files of one canister, its packages included. */
export const SOURCE_FILES_MAX = 5_000;

/** Characters of all source files together. */
export const SOURCE_CHARACTERS_MAX = 50_000_000;

/** Heap of the compiler's process, in MiB; the largest canister tried so far needs a fifth of it. */
export const COMPILER_HEAP_MIB = 2_048;

/** A compilation that takes longer hangs. */
export const COMPILATION_MS_MAX = 300_000;
