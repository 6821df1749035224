/**
 * Bounds of generated bindings.
 * @module
 */

/** Characters of an interface. That of the governance canister, one of the largest, has 50,000. */
export const INTERFACE_CHARACTERS_MAX = 1_000_000;

/** Canisters of one run. */
export const CANISTERS_MAX = 200;

/** Characters of a file name. */
export const NAME_LENGTH_MAX = 100;
