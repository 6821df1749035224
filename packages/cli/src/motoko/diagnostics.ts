/**
 * The compiler's remarks as lines of text.
 * @module
 */
import type { MotokoDiagnostic } from './job.ts';

/** `file:line:column: error [M0096] message`, further lines of a message set in. */
export function diagnosticLine(
  { path, line, column, severity, code, message }: MotokoDiagnostic,
  displayPath: (path: string) => string,
): string {
  const text = message.trim().replaceAll('\n', '\n    ');
  return `${displayPath(path)}:${line}:${column}: ${severity}${code === '' ? '' : ` [${code}]`} ${text}`;
}
