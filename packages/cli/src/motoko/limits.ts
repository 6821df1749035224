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

/** Packages that a mops.toml may need, those of its packages included. */
export const MOPS_PACKAGES_MAX = 500;

/** Folders above the sources in which a mops.toml is looked for. */
export const MOPS_FOLDERS_UP_MAX = 32;

/** A comparison of stable types that takes longer hangs. */
export const COMPARISON_MS_MAX = 60_000;
