/**
 * What every endpoint works with.
 * @module
 */
import type { Hasher, PrincipalId } from '@myelin/core/base';
import type { ConcurrentChecker } from './concurrent-check.ts';
import type { Gauge, Gauges } from './gauges.ts';
import type { HttpLimits } from './limits.ts';
import type { HttpMetrics } from '../metrics/index.ts';
import type { SnapshotSource } from './operator/snapshot-source.ts';
import type { ReplicaPort } from './ports.ts';

export type HttpContext = {
  readonly replica: ReplicaPort;
  /** Hands an update call to the replica, and is known to wait until it is in a batch: calls go this way, not through `replica`. */
  readonly submit: ReplicaPort['submit'];
  /** Executes a query when it is its turn: queries go this way, not through `replica`. */
  readonly query: ReplicaPort['query'];
  /** The same for one whose signature is not verified yet. */
  readonly queryIfProven: ReplicaPort['queryIfProven'];
  readonly hasher: Hasher;
  readonly limits: HttpLimits;
  readonly gauges: Gauges;
  readonly envelopes: ConcurrentChecker;
  /** Aborted when the server will not wait any longer. */
  readonly closing: AbortSignal;
  /** Aborted when the server begins to close: what has no end of its own ends now. */
  readonly stopping: AbortSignal;
  readonly canisterOfHostName: (hostName: string) => PrincipalId | undefined;
  readonly implVersion: string;
  readonly metrics: HttpMetrics;
  /** Bytes of all bodies, and of answers that are not read yet. */
  readonly bodyBytes: () => number;
  readonly snapshots: SnapshotSource;
  /** Readers that follow the logs of canisters. */
  readonly followers: Gauge;
  /** Names by which other machines may ask for the operator's side. */
  readonly operatorHosts: ReadonlySet<string>;
  /** Names that canisters were deployed under. */
  readonly canisterNames: () => Promise<ReadonlyMap<PrincipalId, string>>;
  readonly onRefused: (kind: 'connection' | 'request') => void;
  readonly onFault: (error: unknown, where: string) => void;
};
