export { FileInputLog } from './input-log.ts';
