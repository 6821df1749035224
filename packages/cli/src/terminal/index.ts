export { confirm } from './confirm.ts';
export { commandFailure, EXIT_CODES, explain, usageFailure } from './failure.ts';
export type { ExitCode, Explanation, FailureDetail } from './failure.ts';
export { createLoggingTerminal } from './logging-terminal.ts';
export { createTerminal } from './terminal.ts';
export type { JsonResult, JsonValue, Terminal } from './terminal.ts';
