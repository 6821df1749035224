/**
 * Whether a node can do its work: make batches, and keep them.
 * @module
 */
import type { ReplicaSnapshot } from '../../metrics/index.ts';

/** Less than two batches of the largest size. */
const DISK_BYTES_MIN: number = 32 * 1024 * 1024;
/** A batch gives each canister a slice and runs again: one that takes so long does not end any more, or its disk does not answer. */
const BATCH_SECONDS_MAX = 60;

export type Health = {
  readonly status: 'healthy' | 'unhealthy';
  /** Why not, each a sentence. */
  readonly reasons: readonly string[];
  readonly height: number | undefined;
};

/**
 * @param snapshot - undefined when the replica did not answer in time.
 * @param isClosing - the node finishes what it has begun.
 */
export function healthOf(snapshot: ReplicaSnapshot | undefined, isClosing: boolean): Health {
  const reasons: string[] = [];
  if (isClosing) reasons.push('The node stops.');
  if (snapshot === undefined) reasons.push('The replica does not answer.');
  else {
    const { fault, batches, log } = snapshot;
    if (fault !== undefined) reasons.push('No batch can be made any more: the log of the node says why.');
    else if (batches.runningSeconds > BATCH_SECONDS_MAX)
      reasons.push(`A batch has been running for ${Math.round(batches.runningSeconds)} seconds.`);
    if (log?.freeBytes !== undefined && log.freeBytes < DISK_BYTES_MIN) reasons.push('The disk of the input log is full.');
  }
  return { status: reasons.length === 0 ? 'healthy' : 'unhealthy', reasons, height: snapshot?.height };
}
