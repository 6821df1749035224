/**
 * What goes to the compiler's process and comes back.
 * @module
 */

/** How a canister keeps its state over upgrades: its heap (Motoko's default, 64-bit memory), or stable memory (32-bit memory). */
export type PersistenceMode = 'enhancedOP' | 'classicOP';

/** One canister to compile. */
export type MotokoJob = {
  /** Sources by path, with forward slashes; relative imports between them hold. */
  readonly files: Readonly<Record<string, string>>;
  /** Path of the actor. */
  readonly main: string;
  readonly mode?: PersistenceMode;
  /** Folder of every package but `core`, which is always there: `import "mo:<name>/…"`. */
  readonly packages?: Readonly<Record<string, string>>;
  /** Metadata that anybody may read, beside the interface and the install arguments. */
  readonly publicMetadata?: readonly string[];
  /** Further flags of the compiler; see {@link readMotokoFlags}. */
  readonly flags?: readonly string[];
  /** Kind of garbage collector, where it is not the one of the mode. */
  readonly collector?: 'incremental' | 'generational' | 'copying' | 'marking';
  /** Canisters that are imported by name or id, with their Candid interfaces. */
  readonly canisters?: readonly ImportedCanister[];
};

export type ImportedCanister = {
  /** `import "canister:<alias>"`; absent when it is imported by its id alone. */
  readonly alias?: string;
  readonly id: string;
  readonly candid: string;
};

/** A remark of the compiler. Lines and columns count from 1. */
export type MotokoDiagnostic = {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly severity: 'error' | 'warning' | 'info';
  readonly code: string;
  readonly message: string;
};

/** What the compiler gives. */
export type MotokoAnswer =
  | {
      readonly ok: true;
      readonly wasm: Uint8Array<ArrayBuffer>;
      /** Candid text of the service. */
      readonly candid: string;
      /** Motoko's description of what outlives an upgrade, or '' when there is none. */
      readonly stableTypes: string;
      readonly warnings: readonly MotokoDiagnostic[];
    }
  | { readonly ok: false; readonly diagnostics: readonly MotokoDiagnostic[] };
