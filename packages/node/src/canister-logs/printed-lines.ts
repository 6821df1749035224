/**
 * What queries print, as lines on their way to the ring of the node.
 *
 * A piece goes when the one before it was taken: who is busy and takes none makes lines be dropped here, and nothing grow.
 * @module
 */
import type { QueryPrints } from '@myelin/network';
import type { LineSource, PrintedLine, PrintedLines } from './log-line.ts';
import { logText } from './log-text.ts';

/** Characters of a method's name: that of a message that is only inspected may be anything. */
const METHOD_CHARACTERS_MAX = 200;

/** Lines that a thread hands on at once, and their characters. */
const HANDED_LINES_MAX = 250;
const HANDED_CHARACTERS_MAX: number = 256 * 1024;
/** Time between two of these. */
const HANDED_EVERY_MS = 50;

function cutName(name: string): string {
  return name.length > METHOD_CHARACTERS_MAX ? `${name.slice(0, METHOD_CHARACTERS_MAX)}…` : name;
}

function unkeptText(count: number): string {
  return `… ${count} more ${count === 1 ? 'text' : 'texts'} found no room: log_memory_limit bounds what a message prints`;
}

/** Collects what the queries of a thread print, and hands it on now and then. */
export class PrintedOutbox {
  readonly #send: (printed: PrintedLines) => void;
  #lines: PrintedLine[] = [];
  #characters = 0;
  #dropped = 0;
  #sentMs = -Infinity;
  /** Whether the last piece was not taken yet. */
  #isUnderWay = false;
  #timer: NodeJS.Timeout | undefined;

  /** @param send - hands on a piece; {@link taken} says that it has arrived. */
  constructor(send: (printed: PrintedLines) => void) {
    this.#send = send;
  }

  /** @param timestampNs - when they were printed. */
  add({ prints, dropped }: QueryPrints, timestampNs: bigint): void {
    for (const { canister, by, methodName, texts, unkept } of prints) {
      const source: LineSource = { by, method: cutName(methodName) };
      for (const text of texts) this.#put(() => ({ canister, timestampNs, text: logText(text), source }));
      if (unkept > 0) this.#put(() => ({ canister, timestampNs, text: unkeptText(unkept), source }));
    }
    this.#dropped += dropped;
    this.#schedule();
  }

  /** The last piece was taken. */
  taken(): void {
    this.#isUnderWay = false;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#lines.length === 0 || this.#isUnderWay) return;
    const waitMs = this.#sentMs + HANDED_EVERY_MS - performance.now();
    // A thread that is never idle has no turn for timers.
    if (waitMs <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), waitMs).unref();
  }

  #put(make: () => PrintedLine): void {
    // Until what is there has gone, so that lines are lost in one place.
    if (this.#lines.length >= HANDED_LINES_MAX || this.#characters >= HANDED_CHARACTERS_MAX) {
      this.#dropped++;
      return;
    }
    const line = make();
    this.#lines.push(line);
    this.#characters += line.text.length;
  }

  /** Hands on what there is, if the last piece was taken. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#lines.length === 0 || this.#isUnderWay) return;
    const printed: PrintedLines = { lines: this.#lines, dropped: this.#dropped };
    [this.#lines, this.#characters, this.#dropped] = [[], 0, 0];
    this.#sentMs = performance.now();
    this.#isUnderWay = true;
    this.#send(printed);
  }
}
