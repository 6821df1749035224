export { LogFeed } from './log-feed.ts';
export type { CanisterLogLine, LogAnswer, LogPosition, LogQuestion } from './log-line.ts';
