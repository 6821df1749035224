/**
 * The ordering port: something decides which batches there are and in which order. It knows nothing of their contents.
 *
 * Rules: each batch is delivered once and in order; after a crash batches may be delivered again from the last durable state; nothing
 * that depends on a batch leaves the node before `deliver` was told that the batch is durable.
 * @module
 */
import type { Batch } from '@myelin/core/execution';
import type { IngressMessage } from '@myelin/core/state';

/** Why a message was not taken into the pool. */
export type PoolRefusal = { readonly kind: 'full' } | { readonly kind: 'duplicate' };

/** What waits for a batch. */
export type PooledMessages = { readonly messages: number; readonly bytes: number };

/** What ordering asks of the replica that it serves. */
export type OrderingClient = {
  /**
   * Executes a batch.
   * @param durable - resolves when the batch can not be lost any more; what depends on the batch leaves after that.
   * @returns when both have happened.
   */
  readonly deliver: (batch: Batch, durable: Promise<void>) => Promise<void>;
  /** Whether the state has work that needs no new input. */
  readonly hasPendingWork: () => boolean;
  /** When the state wants a batch at the latest, in nanoseconds of replicated time. */
  readonly nextWakeNs: () => bigint | undefined;
  readonly wantsHeartbeat: () => boolean;
  /** Height and time of the newest state. */
  readonly position: () => { readonly height: bigint; readonly timeNs: bigint };
};

export interface OrderingEngine {
  /** Starts to deliver batches. */
  start(client: OrderingClient): void;
  /** Offers a message for a later batch; undefined when it was taken. */
  submit(message: IngressMessage): PoolRefusal | undefined;
  /** What waits for a batch now. */
  readonly pooled: PooledMessages;
  /** Makes a batch even if nothing waits: a certificate must be fresh. Resolves after its delivery. */
  seal(): Promise<void>;
  /** Finishes the running batch and stops. */
  stop(): Promise<void>;
}

/** Where batches are kept before anyone is told of them. */
export interface InputLog {
  /** Appends a batch. @returns when it is durable */
  append(batch: Batch): Promise<void>;
}

/** Forgets everything: for networks that live and die with their process. */
export const memoryInputLog: InputLog = { append: () => Promise.resolve() };
