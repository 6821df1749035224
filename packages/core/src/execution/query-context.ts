/**
 * Non-replicated execution: what queries and `inspect_message` run on.
 * @module
 */
import type { Hasher } from '../base/index.ts';
import type { CanisterState, ReplicatedState } from '../state/index.ts';
import type { ManagementQuery } from './management/query.ts';
import type { CallResult } from './responses.ts';
import type { ExecutionConfig } from './config.ts';
import type { WasmEngine } from './ports.ts';

export type QueryEnvironment = {
  /** Time and keys of a certified state. */
  readonly state: Pick<ReplicatedState, 'timeNs' | 'subnet' | 'rootKey'>;
  /** A canister of that state, or undefined when there is none; never changed. */
  readonly canister: (id: CanisterState['id']) => CanisterState | undefined;
  /** Answers a query call to the management canister. */
  readonly manage: (query: ManagementQuery) => CallResult;
  readonly config: ExecutionConfig;
  readonly engine: WasmEngine;
  readonly hasher: Hasher;
  /** Certificate that reveals a canister's certified data in exactly this state, CBOR. */
  readonly dataCertificate: (canister: CanisterState['id']) => Uint8Array;
};
