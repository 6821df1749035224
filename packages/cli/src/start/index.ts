export { start } from './start.ts';
export type { StartPlace, StartRequest } from './start.ts';
export { startOnce } from './start-once.ts';
export type { OnceRequest } from './start-once.ts';
export { logPath } from './background-log.ts';
