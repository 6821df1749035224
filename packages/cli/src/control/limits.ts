/**
 * Bounds of the control interface of a running network.
 * @module
 */

/** Connections at once: commands of one person. */
export const CONNECTIONS_MAX = 16;

/** Bytes of the headers of a request, which has no body. */
export const HEADER_BYTES_MAX = 4_096;

/** Time for a request to arrive, in milliseconds. */
export const REQUEST_MS_MAX = 5_000;

/** Characters of an answer that are read. */
export const ANSWER_CHARACTERS_MAX = 65_536;

/** How long a node may take to answer: it does so between two slices of its work. */
export const ANSWER_MS_MAX = 10_000;

/** How long a process that has just taken the lock may take to say how it is reached, in milliseconds. */
export const APPEAR_MS_MAX = 2_000;

/** How often something that will change soon is looked at, in milliseconds. */
export const POLL_MS = 50;

/** How long a process that has let its network go is waited for, in milliseconds. */
export const LINGER_MS_MAX = 2_000;
