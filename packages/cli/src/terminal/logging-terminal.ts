/**
 * A terminal whose remarks are lines of a log: with a log for programs every line on standard error is one.
 * @module
 */
import { explain } from './failure.ts';
import type { Terminal } from './terminal.ts';

type Log = (component: string, message: string, fields?: Readonly<Record<string, string | undefined>>) => void;

/** What takes the remarks; the log of a node is one. */
export type RemarkLog = { readonly info: Log; readonly warn: Log; readonly error: Log };

const COMPONENT = 'command';

/** Results stay on standard output. */
export function createLoggingTerminal(terminal: Terminal, log: RemarkLog): Terminal {
  let hasResult = false;
  return {
    ...terminal,
    result: (text, json) => {
      hasResult = true;
      terminal.result(text, json);
    },
    note: (text) => log.info(COMPONENT, text),
    warn: (text) => log.warn(COMPONENT, text),
    during: async (text, work) => {
      log.info(COMPONENT, text);
      return await work;
    },
    failure: (error) => {
      const { code, message, remedy, lines, exitCode } = explain(error);
      const detail = lines.length === 0 ? undefined : lines.join('\n');
      log.error(COMPONENT, message, { code, remedy, detail });
      return terminal.isJson && !hasResult ? terminal.failure(error) : exitCode;
    },
  };
}
