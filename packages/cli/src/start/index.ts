export { start } from './start.ts';
export type { StartRequest } from './start.ts';
