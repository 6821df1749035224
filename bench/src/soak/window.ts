/**
 * One window of a soak: what clients saw in it, and what the node had taken at its end.
 * @module
 */
import type { NodeUsage } from '../../programs/node.ts';
import type { LoadReport } from '../load/job.ts';

/** Kinds of requests. */
export type RequestKind = 'updates' | 'queries' | 'reads' | 'pages';

export type SoakWindow = {
  /** When it ended, seconds since the begin. */
  readonly second: number;
  readonly reports: Readonly<Record<RequestKind, LoadReport>>;
  /** Canisters that were created, installed, called, stopped and deleted. */
  readonly canisters: number;
  /** Why canisters could not be; a few. */
  readonly canisterFaults: readonly string[];
  /** Memory of the node, bytes: the least of the window, which is what it needs. */
  readonly residentBytes: number;
  readonly usage: NodeUsage;
};
