/**
 * All benchmarks, in the order in which they run. Each is loaded only in the process that runs it.
 * @module
 */
import type { Benchmark } from './figure.ts';

type Entry = {
  readonly load: () => Promise<Benchmark>;
  /** Longest time that it may take, in minutes. */
  readonly minutesMax: number;
};

export const benchmarks: Readonly<Record<string, Entry>> = {
  overhead: { load: async () => (await import('../figures/overhead.ts')).overhead, minutesMax: 10 },
  engine: { load: async () => (await import('../figures/engine-messages.ts')).engineMessages, minutesMax: 5 },
  updates: { load: async () => (await import('../figures/subnet.ts')).subnetUpdates, minutesMax: 10 },
  calls: { load: async () => (await import('../figures/subnet.ts')).subnetCalls, minutesMax: 5 },
  canisters: { load: async () => (await import('../figures/canisters.ts')).manyCanisters, minutesMax: 60 },
  large: { load: async () => (await import('../figures/large-state.ts')).largeState, minutesMax: 20 },
  'http-update': { load: async () => (await import('../figures/http-requests.ts')).httpUpdate, minutesMax: 5 },
  'http-query': { load: async () => (await import('../figures/http-requests.ts')).httpQuery, minutesMax: 5 },
  'http-load': { load: async () => (await import('../figures/http-load.ts')).httpLoad, minutesMax: 5 },
  load: { load: async () => (await import('../figures/load.ts')).load, minutesMax: 10 },
  start: { load: async () => (await import('../figures/start.ts')).nodeStart, minutesMax: 5 },
  idle: { load: async () => (await import('../figures/idle.ts')).idleNode, minutesMax: 5 },
  network: { load: async () => (await import('../figures/start.ts')).networkStart, minutesMax: 5 },
  rewrite: { load: async () => (await import('../figures/rewriting.ts')).rewriting, minutesMax: 5 },
};
