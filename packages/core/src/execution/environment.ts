/**
 * Everything that the parts of execution hand to one another.
 * @module
 */
import type { Hasher } from '../base/index.ts';
import type { ReplicatedState } from '../state/index.ts';
import type { ExecutionConfig } from './config.ts';
import type { ModuleCache } from './module-cache.ts';
import type { HostAnswer, HostRequest, WasmEngine } from './ports.ts';

/** A computation that asks its host to run Wasm and goes on with the outcome. */
export type Running<T> = Generator<HostRequest, T, HostAnswer>;

export type ExecutionEnvironment = {
  readonly state: ReplicatedState;
  readonly config: ExecutionConfig;
  readonly engine: WasmEngine;
  readonly hasher: Hasher;
  /** Validated and rewritten modules by hash of their bytes. A cache: its content never changes an outcome. */
  readonly modules: ModuleCache;
  /** Stacks of paused messages by canister. A cache: a missing one is built again. */
  readonly stacks: Map<string, Running<{ readonly instructions: bigint; readonly overhead: bigint }>>;
  /** 4 KiB pages that messages have written so far, each as often as it was kept: for who decides when they go to disk. Changes no outcome. */
  readonly written: { pages: number };
};
