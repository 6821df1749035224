/**
 * What is asked of the thread that rewrites modules.
 * @module
 */
import type { MessagePort } from 'node:worker_threads';
import type { CanisterModule } from '@myelin/core/state';

export type BuilderData = { readonly calls: MessagePort };

export interface BuilderCalls {
  /** The module of these bytes, compiled once so that V8 has its code at hand; undefined when they are refused. */
  build(source: Uint8Array, hash: string): Promise<CanisterModule | undefined>;
}
