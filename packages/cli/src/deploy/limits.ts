/**
 * Bounds of an installation.
 * @module
 */

/** Largest module and argument that go in one message; networks take messages of 2 MiB, signatures and names included. */
export const SINGLE_MESSAGE_BYTES_MAX = 1_800_000;

/** Size of a chunk; networks take 1 MiB. */
export const CHUNK_BYTES: number = 1024 * 1024;

/** Chunks that are on their way at the same time. */
export const CHUNKS_AT_ONCE = 4;
