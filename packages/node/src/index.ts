export { createLogger, LOG_FORMATS, LOG_LEVELS } from './logging/index.ts';
export type { LogFormat, Logger, LoggerOptions, LogLevel } from './logging/index.ts';
export { openLocalNode, openNode } from './node/index.ts';
export type { LocalNode, NodeOptions, RunningNode } from './node/index.ts';
export { copyNetwork, exportState, importState, Replica, verifyState } from './replica/index.ts';
export type { ImportedState, StateFigures, StateSummary } from './replica/index.ts';
