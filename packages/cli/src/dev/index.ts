export { dev } from './dev.ts';
export type { DevRequest } from './dev.ts';
