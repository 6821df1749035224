export { LogFeed } from './log-feed.ts';
export type { CanisterLogLine, LineSource, LogAnswer, LogPosition, LogQuestion, PrintedLine, PrintedLines } from './log-line.ts';
export { PrintedOutbox } from './printed-lines.ts';
