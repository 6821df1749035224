/**
 * How V8 collects garbage in a process that has instances of canisters, and no more cores than it needs.
 * @module
 */
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';

/** First version of V8 that has the flags. */
const V8_MAJOR_MIN = 14;

/**
 * Sets for the whole process:
 *
 * - The memory of canisters' instances counts together with the heap. By default V8 marks the whole heap whenever memory outside it has
 *   grown by 64 MiB, which is ten instances of a Motoko canister: creating 100,000 canisters then spends most of its time on marking those
 *   that are there (Node 26, per canister: 16 ms of processor time, against 5 ms; twice as much with each doubling).
 * - With no more than two cores, the space of new objects is collected by its own thread alone: helpers that the system does not let run make it
 *   wait, with two busy cores up to 0.2 s where it takes 7 ms itself.
 * - Marking takes half of the cores, not all: on two cores, four threads of V8 that mark kept requests waiting for a quarter of a second.
 */
export function settleCollector(): void {
  if (Number.parseInt(process.versions.v8, 10) < V8_MAJOR_MIN) return;
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  if (availableParallelism() <= 2) setFlagsFromString('--no-parallel-scavenge');
  setFlagsFromString(`--concurrent-marking-max-worker-num=${Math.max(1, Math.floor(availableParallelism() / 2))}`);
}
