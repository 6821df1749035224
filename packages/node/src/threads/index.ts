export { openExecutor } from './executor.ts';
export type { Executor } from './executor.ts';
export { QueryPool } from './query-pool.ts';
export type { QueryPoolParts } from './query-pool.ts';
