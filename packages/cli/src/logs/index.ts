export { showLogs } from './logs.ts';
export type { LogsRequest } from './logs.ts';
