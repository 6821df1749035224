export type { CheckpointMark, CheckpointStore, StateRecord } from './checkpoint.ts';
export { syncFolder } from './disk.ts';
export { FileInputLog } from './input-log.ts';
export { SqliteCheckpoints } from './sqlite-checkpoints.ts';
export { StateFileReader, writeStateFile } from './state-file.ts';
