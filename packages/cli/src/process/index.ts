export { answerOnce, askProcess, programBeside } from './ask-process.ts';
export type { ProcessFailure, ProcessLimits } from './ask-process.ts';
