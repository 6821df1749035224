export { answerOnce, askProcess, programBeside } from './ask-process.ts';
export type { ProcessFailure, ProcessLimits } from './ask-process.ts';
export { awaitStop } from './stop-request.ts';
export type { StopReason, StopRequest } from './stop-request.ts';
