/**
 * Bounds of watching.
 * @module
 */

/** Quiet time after a change before it is taken up: editors write a file in several steps. */
export const QUIET_MS = 100;

/** A change is taken up at the latest after this time, however many follow. */
export const QUIET_MS_MAX = 1_000;

/** How often files are looked at where the system does not tell of changes. */
export const POLL_MS = 1_000;

/** Files that are watched. */
export const WATCHED_FILES_MAX = 20_000;

/** Depth of folders that are watched. */
export const WATCHED_DEPTH_MAX = 24;
