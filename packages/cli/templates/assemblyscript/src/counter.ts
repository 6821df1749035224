// The canister: a counter that outlives upgrades. `canister_update__x` is the method x, an update; see canister-transform.js.
import { readStable, readTextArgument, replyNat64, replyText, reserveStablePage, writeStable } from "./canister";

/** Where the number lies in stable memory. */
const COUNT: u64 = 0;

/** Runs once, when the canister is installed. */
export function canister_init(): void {
  reserveStablePage();
}

/** A query: one node answers at once, nothing is changed. */
export function canister_query__get(): void {
  replyNat64(readStable(COUNT));
}

/** An update: the network puts it in order, runs it and signs the answer. */
export function canister_update__increment(): void {
  const count = readStable(COUNT) + 1;
  writeStable(COUNT, count);
  replyNat64(count);
}

export function canister_query__greet(): void {
  replyText("Hello, " + readTextArgument() + "!");
}
