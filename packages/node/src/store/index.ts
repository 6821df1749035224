export type { CheckpointMark, CheckpointStore, StateRecord } from './checkpoint.ts';
export { FileInputLog } from './input-log.ts';
export { syncFolder } from './log-segment.ts';
export { SqliteCheckpoints } from './sqlite-checkpoints.ts';
