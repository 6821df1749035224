export { limitLog } from './limited-log.ts';
export type { LimitedLog } from './limited-log.ts';
export { createLogger, LOG_FORMATS, LOG_LEVELS, silentLogger } from './logger.ts';
export type { LogFields, LogFormat, Logger, LoggerOptions, LogLevel } from './logger.ts';
