/**
 * Bounds of builds.
 * @module
 */

/** A build command that takes longer hangs. */
export const COMMAND_MS_MAX = 1_800_000;

/** The end of what a command said, which is shown when it fails. */
export const OUTPUT_LINES_SHOWN = 40;
export const OUTPUT_CHARACTERS_KEPT = 20_000;

/** Largest download. Networks take modules of 100 MiB. */
export const DOWNLOAD_BYTES_MAX: number = 100 * 1024 * 1024;
export const DOWNLOAD_MS_MAX = 300_000;

/** Compiled canisters that a process keeps: a project's, a few times over. */
export const COMPILATIONS_KEPT = 64;

/** Longest interface that is read out of a module. */
export const INTERFACE_BYTES_MAX: number = 1024 * 1024;
