/**
 * What execution needs from its host, and how they talk.
 *
 * The round runner is a generator: it yields `HostRequest`s and is resumed with `HostAnswer`s, so that no `async` lives in the
 * core and nothing depends on the order of the host's event loop (docs/determinism.md).
 * @module
 */
import type { PrincipalId } from '../base/index.ts';
import type { CanisterModule, HeapImage } from '../state/index.ts';

export type { CanisterModule, HeapImage } from '../state/index.ts';

/** What a canister's memory and globals are now, as the difference to the last image. */
export type HeapDelta = {
  /** Pages whose bytes changed, ascending by index, each 4,096 bytes, owned by the receiver. */
  readonly pages: readonly (readonly [index: number, bytes: Uint8Array])[];
  readonly wasmPages: number;
  readonly globals: Uint8Array;
};

/** Which function of the module runs. */
export type EntryPoint =
  /** An exported function `() -> ()`, by its export name; `start` is the module's start function. */
  | { readonly kind: 'export'; readonly name: string }
  | { readonly kind: 'start' }
  /** A table function `(env) -> ()`: a reply, reject or cleanup callback. */
  | { readonly kind: 'callback'; readonly fun: number; readonly env: bigint };

/** Why Wasm stopped by itself; the texts are ours, never the engine's. */
export type WasmTrapKind =
  | 'unreachable'
  | 'heap-out-of-bounds'
  | 'table-out-of-bounds'
  | 'null-function'
  | 'signature-mismatch'
  | 'integer-overflow'
  | 'integer-divide-by-zero'
  | 'invalid-conversion'
  | 'stack-overflow'
  | 'instruction-limit'
  /** A callback index that names no function of type `(env) -> ()`. */
  | 'no-such-callback';

/** A trap decided by a System API call or by a limit: protocol-visible code and text. */
export type HostTrapDetail = { readonly code: number; readonly message: string };

/** Thrown by a System API call to end the message. Instrumented modules cannot catch it. */
export class HostTrap extends Error {
  override readonly name: string = 'HostTrap';
  readonly detail: HostTrapDetail;
  constructor(detail: HostTrapDetail) {
    super(detail.message);
    this.detail = detail;
  }
}

/** What a System API call sees of the running instance. Offsets and sizes are exact integers, possibly beyond the memory. */
export interface InstancePort {
  /** Copies bytes out of the main memory. @throws HostTrap on an access outside the logical memory */
  read(offset: number, size: number): Uint8Array;
  /** Copies bytes into the main memory and marks the pages. @throws HostTrap on an access outside the logical memory */
  write(offset: number, bytes: Uint8Array): void;
  /** Whether `[offset, offset + size)` lies inside the logical memory. */
  contains(offset: number, size: number): boolean;
  /** Adds to the instructions of the message. The limit is checked by the module right after the call. */
  charge(instructions: number): void;
  /** Instructions of this message so far, over all its slices. */
  instructionsUsed(): bigint;
}

/**
 * Handler of the System API of one message. `invoke` tables are built once per instance: the engine binds every import `ic0.x` to
 * `api.x(...)`. Parameters of type `I` and i32 arrive as unsigned numbers, i64 as unsigned bigints (see `systemApiSignatures`).
 */
export interface SystemApiHandler {
  /** Called before the message runs; the handler keeps the port. */
  attach(instance: InstancePort): void;
  /**
   * Asked before the main memory grows.
   * @returns false to make `memory.grow` answer -1.
   * @throws HostTrap when the growth ends the message.
   */
  memoryGrow(currentPages: number, additionalPages: number): boolean;
  readonly [name: string]: unknown;
}

export type RunRequest = {
  readonly canister: PrincipalId;
  readonly module: CanisterModule;
  /** Image to run on when no instance of this canister holds it already. */
  readonly heap: HeapImage;
  /**
   * Identity of the state that the message runs on. The engine reuses an instance only if it was last left at this token; a
   * committed message moves the instance on under the same token until `capture`.
   */
  readonly heapToken: object;
  /** `fresh`: instantiate anew, run no data segment of an older instance; segments and globals initialise from the module. */
  readonly instance: 'reuse' | 'fresh';
  /** With `fresh`: memory to put in place before `start` runs (upgrade that keeps the heap); globals come from the module. */
  readonly keptHeap?: HeapImage;
  readonly role: 'update' | 'query';
  /** Run one after the other as one message: `start` then `canister_init`, for example. */
  readonly entries: readonly EntryPoint[];
  /** A fresh handler, equal each time: the engine may run a message again from its start. */
  readonly createApi: () => SystemApiHandler;
  /** Instructions of the whole message. */
  readonly instructionLimit: bigint;
  /** Instructions of one slice; equal to the limit when the message may not pause (queries, inspect). */
  readonly sliceInstructions: bigint;
  /** Slices that this message has used already: they are run again, unobserved, before the next one. */
  readonly slicesDone: number;
};

export type RunOutcome =
  | {
      readonly kind: 'completed';
      readonly instructions: bigint;
      readonly api: SystemApiHandler;
      /** Pages that the message wrote to. */
      readonly dirtyPages: number;
      readonly wasmPages: number;
    }
  | {
      readonly kind: 'trapped';
      readonly instructions: bigint;
      readonly api: SystemApiHandler;
      readonly trap: WasmTrapKind | HostTrapDetail;
    }
  /** The slice is used up; the message keeps its instance. */
  | { readonly kind: 'paused'; readonly instructions: bigint };

/** How often a cache had what was asked for. Caches change no outcome, so this is for the host's eyes alone. */
export type CacheCounters = { hits: number; misses: number };

/** What the caches of an engine did. */
export type EngineCounters = {
  /** Instances: found standing at the state that was asked for, or made or brought there. */
  readonly instances: CacheCounters;
  /** Compiled modules. */
  readonly modules: CacheCounters;
};

/**
 * Runs canister code. Deterministic by the rules of docs/execution.md.
 *
 * After `completed` the caller must call `commit` or `rollback` before it runs the next message of that canister; after `trapped`
 * the engine has rolled back.
 */
export interface WasmEngine {
  /** What its caches did since it was made. */
  readonly counters: EngineCounters;
  /** Compiles the module if it is not compiled yet. @throws IcError `ENGINE_REFUSED_MODULE`: a fault of the node */
  prepare(module: CanisterModule): void;
  /** Runs one slice as a plain call. Answers undefined when the message needs more than one slice: use {@link startSliced}. */
  runPlain(request: RunRequest): RunOutcome | undefined;
  /** Runs the message in slices; resolves at the end of the slice after `slicesDone`. */
  startSliced(request: RunRequest): Promise<RunOutcome>;
  /** Gives a paused message its next slice. */
  resumeSliced(canister: PrincipalId): Promise<RunOutcome>;
  /** Forgets a paused message and restores its instance. */
  abortSliced(canister: PrincipalId): void;
  /** Keeps what the last message did. */
  commit(canister: PrincipalId): void;
  /** Undoes what the last message did. */
  rollback(canister: PrincipalId): void;
  /** Everything committed since `heapToken`; from now on the instance stands at `newToken`. Undefined: nothing changed. */
  capture(canister: PrincipalId, heapToken: object, newToken: object): HeapDelta | undefined;
  /** Drops the instances of a canister (uninstall, eviction, abandoned state). Uncaptured changes are lost. */
  drop(canister: PrincipalId): void;
  /** Instances held now, and the most that are kept before idle ones are dropped. */
  readonly instanceCount: number;
}

/** What the round runner asks of its host. */
export type HostRequest =
  /** Run the message in slices, from its start. */
  | { readonly kind: 'run-sliced'; readonly request: RunRequest }
  | { readonly kind: 'resume'; readonly canister: PrincipalId; readonly request: RunRequest };

export type HostAnswer = RunOutcome;
