/**
 * Bounds of the engine.
 * @module
 */

/**
 * Instances kept at once, when the composition says nothing. V8 reserves address space for every memory (47 bits in all) and fails at
 * some thousands of instances. Long before, each one costs: 1,000 of a Motoko module take 85 MB of V8's heap, which every collection has to
 * mark; with 300, canisters are created in two thirds of the time. One that was dropped is made again in 2 ms.
 */
export const INSTANCES_DEFAULT = 300;

/**
 * Bytes of the memories of all instances, when the composition says nothing; the one that is needed next may go beyond. Pages that nobody touched
 * count too.
 */
export const INSTANCE_BYTES_DEFAULT: number = 4 * 1024 * 1024 * 1024;

/** Compiled modules kept without an instance, when the composition says nothing. */
export const MODULES_DEFAULT = 500;

/** When there are too many instances or modules, this part of them is dropped, the longest unused first. */
export const EVICTED_FRACTION = 0.125;

/** An undo log that grew beyond this many 64 KiB pages is given back to the system by making the instance anew. */
export const IDLE_UNDO_PAGES_MAX = 4_096;
