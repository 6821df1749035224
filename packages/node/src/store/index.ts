export type { CheckpointMark, CheckpointStore, StateRecord } from './checkpoint.ts';
export { diskFailure, isDiskFailure, onDisk } from './disk-failure.ts';
export { lookedAtDisk, makeFolderNow, nodeDisk, syncFolder } from './disk.ts';
export { type FolderLock, LOCK_FILE, lockFolder } from './folder-lock.ts';
export { FileInputLog } from './input-log.ts';
export { ModuleFiles } from './module-files.ts';
export { copyCheckpoint } from './sqlite-database.ts';
export { removeAside, SqliteCheckpoints } from './sqlite-checkpoints.ts';
export { NOTES_BYTES_MAX, StateFileReader, writeStateFile } from './state-file.ts';
