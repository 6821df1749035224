export { showStatus } from './status.ts';
export { stop } from './stop.ts';
