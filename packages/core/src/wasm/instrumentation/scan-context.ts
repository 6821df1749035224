/**
 * What the scan of bodies must know of the module, and what it is asked to do.
 */
import type { FunctionType, GlobalType, Limits } from '../types.ts';

/** What the scanner must know of the module. */
export type ScanContext = {
  /** A copy of the module: indexes of locals are raised in place to make room for the instruction word. */
  readonly bytes: Uint8Array;
  readonly memory64: boolean;
  readonly types: readonly FunctionType[];
  readonly functionTypes: readonly number[];
  readonly tables: readonly { readonly limits: Limits }[];
  readonly globals: readonly GlobalType[];
  readonly canonicalNans: boolean;
  readonly mergePoints: boolean;
  readonly elideStoreChecks: boolean;
};
