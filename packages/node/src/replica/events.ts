/**
 * What a replica tells of its work, for the log of the node. Plain data: it may live in another thread.
 * @module
 */
import type { SlowBatch } from '../metrics/index.ts';

export type ReplicaEvent =
  /** It stands where it stood. Times in milliseconds. */
  | {
      readonly kind: 'recovered';
      readonly height: number;
      readonly checkpointHeight: number;
      readonly replayed: number;
      readonly tookMs: number;
    }
  /** What an import has replaced could not be removed. */
  | { readonly kind: 'leftover'; readonly why: string }
  | { readonly kind: 'checkpoint'; readonly height: number; readonly tookMs: number }
  | { readonly kind: 'slow-batch'; readonly batch: SlowBatch };
