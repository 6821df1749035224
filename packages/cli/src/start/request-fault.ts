/**
 * Requests that the node answered with 500: the answer says that the log knows more, so this tells it.
 * @module
 */
import { explain, type Terminal } from '../terminal/index.ts';

/**
 * Tells of faults; `where` is the method and URL of the request, or the part of the server. When the node has to stop, one fault is that
 * of all who wait: it is told once.
 */
export function requestFaultTeller(terminal: Terminal): (error: unknown, where: string) => void {
  let told: unknown;
  return (error, where) => {
    if (error === told) return;
    told = error;
    const { message, remedy, lines } = explain(error);
    terminal.warn(`the node could not answer a request (${where}): ${message}`);
    for (const line of lines) terminal.note(line);
    if (remedy !== undefined) terminal.note(remedy);
  };
}
