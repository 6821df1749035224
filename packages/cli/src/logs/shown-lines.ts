/**
 * Which lines were shown, so that a node that was away does not tell them again.
 * @module
 */
import type { LogLine } from './log-line.ts';

/** The newest line of a query, by number and by time. */
type NewestQuery = { readonly index: number; readonly timestampNs: bigint };

export class ShownLines {
  readonly #next = new Map<string, number>();
  #query: NewestQuery | undefined;

  /** Whether a line is new. */
  add(line: LogLine): boolean {
    if (line.origin !== undefined) return this.#addQuery(line);
    if (line.index < (this.#next.get(line.canister) ?? 0)) return false;
    this.#next.set(line.canister, line.index + 1);
    return true;
  }

  /** A node that was started again counts the lines of its queries from nothing, at a later time. Lines of several threads come out of order by a moment. */
  #addQuery({ index, timestampNs }: LogLine): boolean {
    const last = this.#query;
    if (last !== undefined && index <= last.index && timestampNs <= last.timestampNs) return false;
    this.#query = { index, timestampNs: last === undefined || timestampNs > last.timestampNs ? timestampNs : last.timestampNs };
    return true;
  }

  /** Another network: nothing of it was shown. */
  clear(): void {
    this.#next.clear();
    this.#query = undefined;
  }
}
