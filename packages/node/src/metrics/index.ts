export { exposeMetrics } from './exposition.ts';
export { nodeFamilies } from './families.ts';
export type { FrontFigures, ProcessFigures } from './families.ts';
export { copyHistogram, countOf, createHistogram, DURATION_BOUNDS, observe } from './histogram.ts';
export type { Histogram } from './histogram.ts';
export { HttpMetrics } from './http-metrics.ts';
export type { Endpoint, Observation } from './http-metrics.ts';
export { BatchMetrics } from './batch-metrics.ts';
export type { BatchTimer, SlowBatch } from './batch-metrics.ts';
export { FrontMetrics } from './front-metrics.ts';
export type {
  CacheFigures,
  CanisterFacts,
  CanisterListing,
  CheckpointFigures,
  CoreSnapshot,
  LogFigures,
  QueryLineFigures,
  ReplicaSnapshot,
  StateFigures,
  ThreadFigures,
} from './snapshot.ts';
export { listCanisters, stateFigures } from './state-figures.ts';
export { watchThread } from './thread-load.ts';
export type { ThreadLoad, ThreadWatch } from './thread-load.ts';
