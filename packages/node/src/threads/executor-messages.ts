/**
 * What the front of a node and the thread of its replica say to each other.
 * @module
 */
import type { MessagePort } from 'node:worker_threads';
import type { StateUpdate } from '@myelin/network';
import type { PrintedLines } from '../canister-logs/index.ts';
import type { NodeIdentity, Position, ReplicaCore, ReplicaEvent, ReplicaOptions } from '../replica/index.ts';
import type { Fault } from './faults.ts';

export type ExecutorData = {
  readonly options: ReplicaOptions;
  /** Calls of the front. */
  readonly calls: MessagePort;
};

/** What the thread says of itself. */
export type ExecutorNews =
  | { readonly kind: 'ready'; readonly identity: NodeIdentity; readonly position: Position; readonly replayed: number }
  /** It could not start. */
  | { readonly kind: 'failed'; readonly fault: Fault }
  /** Something for the log of the node. */
  | { readonly kind: 'event'; readonly event: ReplicaEvent }
  /** It has to stop. */
  | { readonly kind: 'fault'; readonly fault: Fault };

/** What the front may call. */
export interface ExecutorCalls extends ReplicaCore {
  /** Takes a last checkpoint and closes the files. */
  close(): Promise<void>;
}

/** A port of a thread that runs queries: it is told of certified states from now on. */
export type FeedRequest = { readonly feed: MessagePort };

/** What a follower says. */
export type FollowerWord =
  | { readonly follow: string; readonly since: number }
  | { readonly unfollow: string }
  /** It has taken in an update that asks. */
  | { readonly heard: true }
  /** Its queries have printed something; nothing more of it comes before this was taken. */
  | { readonly printed: PrintedLines };

/** What a follower is told. */
export type FollowerNews =
  | StateUpdate
  /** What its queries printed was taken. */
  | { readonly taken: true };
