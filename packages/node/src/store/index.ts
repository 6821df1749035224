export { FileInputLog, syncFolder } from './input-log.ts';
