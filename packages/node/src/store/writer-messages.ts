/**
 * What a node and its checkpoint writer say to each other.
 * @module
 */
import type { MessagePort } from 'node:worker_threads';
import type { CheckpointMark } from './checkpoint.ts';

export type WriterData = {
  /** Where the database lies. */
  readonly folder: string;
  readonly port: MessagePort;
  /** Raised by one and notified after each message: the writer sleeps on it. */
  readonly bell: Int32Array<SharedArrayBuffer>;
};

export type ToWriter =
  | { readonly kind: 'begin' }
  | { readonly kind: 'records'; readonly buffer: ArrayBuffer }
  /** All records of the checkpoint were sent. */
  | { readonly kind: 'mark'; readonly mark: CheckpointMark }
  /** No more records come: the checkpoint is given up. */
  | { readonly kind: 'abandon' }
  | { readonly kind: 'close' };

export type WriterAnswer =
  /** A buffer of records was written: another one may be sent. */
  { readonly kind: 'taken' } | { readonly kind: 'written' } | { readonly kind: 'abandoned' } | { readonly kind: 'closed' };
