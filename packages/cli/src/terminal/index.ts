export { commandFailure, EXIT_CODES, explain, usageFailure } from './failure.ts';
export type { ExitCode, Explanation, FailureDetail } from './failure.ts';
export { createTerminal } from './terminal.ts';
export type { JsonResult, JsonValue, Terminal } from './terminal.ts';
