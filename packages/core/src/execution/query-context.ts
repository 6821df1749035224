/**
 * Non-replicated execution: what queries and `inspect_message` run on.
 * @module
 */
import type { Hasher } from '../base/index.ts';
import type { CanisterState, ReplicatedState } from '../state/index.ts';
import type { ExecutionConfig } from './config.ts';
import type { WasmEngine } from './ports.ts';

export type QueryEnvironment = {
  /** A certified state; never changed. */
  readonly state: ReplicatedState;
  readonly config: ExecutionConfig;
  readonly engine: WasmEngine;
  readonly hasher: Hasher;
  /** Certificate that reveals a canister's certified data in exactly this state, CBOR. */
  readonly dataCertificate: (canister: CanisterState['id']) => Uint8Array;
};
