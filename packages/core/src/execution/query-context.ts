/**
 * Non-replicated execution: what queries and `inspect_message` run on.
 * @module
 */
import type { Hasher, PrincipalId } from '../base/index.ts';
import type { CanisterState, ReplicatedState } from '../state/index.ts';
import type { ManagementQuery } from './management/query.ts';
import type { CallResult } from './responses.ts';
import type { ExecutionConfig } from './config.ts';
import type { WasmEngine } from './ports.ts';

/** Where a text was printed that no state keeps. */
export type PrintedBy = 'query' | 'composite_query' | 'inspect_message';

/** What one message of a query printed. */
export type QueryPrint = {
  readonly canister: PrincipalId;
  readonly by: PrintedBy;
  /** The method of the query, or the one that `inspect_message` was asked about. */
  readonly methodName: string;
  /** What an update would leave in the log of its canister: texts of `debug_print` and `trap`, at last why it trapped. */
  readonly texts: readonly Uint8Array[];
  /** Texts that found no room: the canister's setting `log_memory_limit` bounds what a message may print. */
  readonly unkept: number;
};

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
  /**
   * Told of each message that printed something or trapped. The state does not know of it: logs of canisters are certified, and are the same on every replica.
   * A query that ends with an exception of this environment may have told of its first messages already.
   */
  readonly print?: (print: QueryPrint) => void;
};
