/**
 * How often V8 collects garbage because of memory outside its heap.
 * @module
 */
import { setFlagsFromString } from 'node:v8';

/** First version of V8 that has the flag. */
const V8_MAJOR_MIN = 14;

/**
 * Lets the memory of canisters' instances count together with the heap, for the whole process. By default V8 marks the whole heap whenever
 * memory outside it has grown by 64 MiB, which is ten instances of a Motoko canister: creating 100,000 canisters then spends most of its
 * time on marking those that are there (Node 26, per canister: 16 ms of processor time, against 5 ms; twice as much with each doubling).
 */
export function settleCollector(): void {
  if (Number.parseInt(process.versions.v8, 10) >= V8_MAJOR_MIN) setFlagsFromString('--external-memory-accounted-in-global-limit');
}
