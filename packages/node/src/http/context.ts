/**
 * What every endpoint works with.
 * @module
 */
import type { Hasher, PrincipalId } from '@myelin/core/base';
import type { ConcurrentChecker } from './concurrent-check.ts';
import type { Gauges } from './gauges.ts';
import type { HttpLimits } from './limits.ts';
import type { ReplicaPort } from './ports.ts';

export type HttpContext = {
  readonly replica: ReplicaPort;
  /** Hands an update call to the replica, and is known to wait until it is in a batch: calls go this way, not through `replica`. */
  readonly submit: ReplicaPort['submit'];
  /** Executes a query when it is its turn: queries go this way, not through `replica`. */
  readonly query: ReplicaPort['query'];
  readonly hasher: Hasher;
  readonly limits: HttpLimits;
  readonly gauges: Gauges;
  readonly envelopes: ConcurrentChecker;
  /** Aborted when the server will not wait any longer. */
  readonly closing: AbortSignal;
  readonly canisterOfHostName: (hostName: string) => PrincipalId | undefined;
  readonly implVersion: string;
  readonly onFault: (error: unknown, where: string) => void;
};
