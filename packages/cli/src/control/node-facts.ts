/**
 * What a running network says of itself to the commands of the same project.
 * @module
 */
import type { JsonResult } from '../terminal/index.ts';

/** Where a network is between its start and its end. */
export type NodePhase = 'starting' | 'ready' | 'stopping';

/** What is known while it starts already. */
export type ProcessFacts = {
  readonly phase: NodePhase;
  readonly version: string;
  /** Id of the process, as its own machine or container counts. */
  readonly pid: number;
  /** ISO 8601. */
  readonly startedAt: string;
  /** Seconds. */
  readonly uptimeSeconds: number;
  readonly isBackground: boolean;
  /** Memory that the operating system holds for the process, in bytes. */
  readonly processMemoryBytes: number;
};

/** What is known when it answers requests. */
export type NetworkFacts = {
  readonly url: string;
  /** Hex of the DER-encoded key. */
  readonly rootKey: string;
  /** Number of the last batch, as text: it may grow beyond 2^53. */
  readonly height: string;
  /** Time of the last batch, ISO 8601. */
  readonly lastBatchAt: string;
  readonly canisters: number;
  /** Memory of all canisters as the network counts it, in bytes, as text. */
  readonly canisterMemoryBytes: string;
};

export type NodeFacts = ProcessFacts & {
  /** Null until it answers requests. */
  readonly network: NetworkFacts | null;
};

/** Whether an answer is that of a node. Programs of other versions may say more. */
export function isNodeFacts(value: unknown): value is NodeFacts {
  const facts = value as Partial<NodeFacts> | null;
  return typeof facts === 'object' && typeof facts?.phase === 'string' && typeof facts.pid === 'number';
}

/** The facts as commands print them for programs. */
export function factsJson(facts: NodeFacts): JsonResult {
  const { network, phase, pid, version, startedAt, uptimeSeconds, isBackground, processMemoryBytes } = facts;
  return {
    phase,
    pid,
    version,
    startedAt,
    uptimeSeconds,
    background: isBackground,
    processMemoryBytes,
    url: network?.url ?? null,
    rootKey: network?.rootKey ?? null,
    height: network?.height ?? null,
    lastBatchAt: network?.lastBatchAt ?? null,
    canisters: network?.canisters ?? null,
    canisterMemoryBytes: network?.canisterMemoryBytes ?? null,
  };
}
