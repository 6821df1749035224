/**
 * What one query printed, within bounds: a message prints within `log_memory_limit`, but a composite query may have many messages.
 * @module
 */
import type { QueryPrint } from '@myelin/core/execution';

/** Texts of one query that are kept, and the bytes with which they are enough: no more is handed on from a thread at once. */
export const QUERY_TEXTS_MAX = 250;
export const QUERY_TEXT_BYTES_MAX: number = 256 * 1024;

/** Told of each message of a query that prints. */
export type PrintPort = (print: QueryPrint) => void;

/** What a query printed, and how many texts more. */
export type QueryPrints = { readonly prints: readonly QueryPrint[]; readonly dropped: number };

export class PrintCollector {
  readonly #prints: QueryPrint[] = [];
  #texts = 0;
  #bytes = 0;
  #dropped = 0;

  /** What was taken. */
  get collected(): QueryPrints {
    return { prints: this.#prints, dropped: this.#dropped };
  }

  /** Takes what a message printed, as far as there is room. */
  readonly add: PrintPort = (print) => {
    const { texts, unkept } = print;
    let kept = 0;
    while (kept < texts.length && this.#texts < QUERY_TEXTS_MAX && this.#bytes < QUERY_TEXT_BYTES_MAX) {
      this.#bytes += texts[kept]!.length;
      this.#texts++;
      kept++;
    }
    if (kept === texts.length) {
      this.#prints.push(print);
      return;
    }
    this.#dropped += texts.length - kept + unkept;
    // Without the list that holds all of them.
    if (kept > 0) this.#prints.push({ ...print, texts: texts.slice(0, kept), unkept: 0 });
  };
}
