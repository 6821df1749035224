/**
 * An installed module and the Wasm state it works on.
 * @module
 */
import type { CanisterModuleInfo, InstrumentedModule } from '../wasm/index.ts';
import type { PageMap } from './page-map.ts';

/** An installed module: immutable, shared by all canisters that run it. */
export type CanisterModule = {
  /** Lower-case hex of the SHA-256 of the bytes as they were installed, gzip included. */
  readonly hash: string;
  /** The bytes as they were installed. */
  readonly source: Uint8Array;
  readonly info: CanisterModuleInfo;
  readonly instrumented: InstrumentedModule;
};

/** The Wasm state of a canister between messages. The truth: an instance is a cache of it. */
export type HeapImage = {
  /** 4 KiB pages of the main memory; an absent page is all zero. */
  readonly pages: PageMap;
  /** Logical size of the main memory in 64 KiB pages. */
  readonly wasmPages: number;
  /** Values of the mutable globals, in the layout of the instrumented module. */
  readonly globals: Uint8Array;
};
