/**
 * The logs of all canisters as one sequence of lines, for those who follow them.
 *
 * The logs themselves are part of the state: rings of records, a few KiB each. The feed compares the canisters of two published states and takes what
 * is new, after each batch, so that as little as possible is dropped before it is seen. Lines that queries printed come from beside the state, and
 * have a ring of the node: what it drops the feed drops, and nothing that anybody asks makes it drop a record of a log. The feed works only while
 * somebody reads: an unread feed is given up, and the next reader begins with what the rings hold.
 * @module
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { assert } from '@myelin/core/base';
import type { CanisterState, ReplicatedState } from '@myelin/core/state';
import type { CanisterLogLine, LogAnswer, LogQuestion, PrintedLines } from './log-line.ts';
import { logText } from './log-text.ts';
import type { QueryLineFigures } from '../metrics/index.ts';
import { PrintedRing } from './printed-ring.ts';

/** Records of logs that the feed keeps, and their characters. Lines that queries printed have bounds of their own: those of their ring. */
const RECORDS_MAX = 4_000;
const CHARACTERS_MAX: number = 8 * 1024 * 1024;
/** Readers that wait at once. */
const WAITING_MAX = 100;
/** Canisters that are walked before others have their turn. */
const WALKED_AT_ONCE = 100;
/** Time without a reader after which the feed is given up. */
const UNREAD_MS = 30_000;

const NONE_GONE: ReadonlySet<number> = new Set();

type Canisters = ReplicatedState['canisters'];
/** A line on its way into the sequence. The text of a record is made when it is certain that it stays. */
type Found = Omit<CanisterLogLine, 'sequence' | 'timestampNs' | 'text'> & {
  readonly timestampNs: bigint;
  readonly text: string | Uint8Array;
};

/** Records of a canister from an index on. */
function recordsFrom(canister: CanisterState, firstIndex: number): Found[] {
  if (canister.nextLogIndex <= firstIndex) return [];
  const found: Found[] = [];
  let expected = firstIndex;
  for (const record of canister.logs.values()) {
    if (record.index < firstIndex) continue;
    const { index, timestampNs, content } = record;
    found.push({ canister: canister.id, index, timestampNs, text: content, lost: index - expected, source: undefined });
    expected = index + 1;
  }
  return found;
}

const byTime = (a: Found, b: Found): number => (a.timestampNs < b.timestampNs ? -1 : a.timestampNs > b.timestampNs ? 1 : 0);

export class LogFeed {
  readonly #published: () => Canisters;
  /** The canisters whose lines are in the feed; undefined when nobody reads it. */
  #seen: Canisters | undefined;
  #opening: Promise<void> | undefined;
  #epochs = 0;
  /** By sequence; numbers of lines that have gone are missing. */
  #lines: CanisterLogLine[] = [];
  /** Records among them, and their characters. */
  #records = 0;
  #characters = 0;
  #nextSequence = 0;
  #closing: NodeJS.Timeout | undefined;
  readonly #waiting = new Set<() => void>();
  readonly #printed = new PrintedRing();

  /** @param published - the canisters of the newest published state; nobody changes them. */
  constructor(published: () => Canisters) {
    this.#published = published;
  }

  /** A batch was published. */
  afterBatch(): void {
    if (this.#seen !== undefined) this.#advance(this.#seen);
  }

  /** Queries printed something. */
  print(printed: PrintedLines): void {
    const { added, gone } = this.#printed.add(printed);
    if (this.#seen !== undefined) this.#add([...added], gone);
  }

  /** What queries printed since the node started. */
  get printed(): QueryLineFigures {
    return this.#printed.figures;
  }

  /** Lines behind a position, as soon as there are any; without them after the time that the reader waits. */
  async read({ after, canisters, linesMax, waitMs }: LogQuestion): Promise<LogAnswer> {
    await this.#open();
    const epoch = this.#epoch;
    const wanted = canisters === undefined ? undefined : new Set(canisters);
    const isKnown = after !== undefined && after.epoch === epoch && after.sequence <= this.#nextSequence;
    let next = isKnown ? after.sequence : 0;
    for (const untilMs = performance.now() + waitMs; ;) {
      const lines: CanisterLogLine[] = [];
      let dropped = 0;
      const passTo = (sequence: number): void => {
        dropped += sequence - next;
        next = sequence;
      };
      for (const line of this.#epoch === epoch ? this.#lines : []) {
        if (lines.length === linesMax) break;
        if (line.sequence < next) continue;
        passTo(line.sequence);
        if (wanted === undefined || wanted.has(line.canister)) lines.push(line);
        next++;
      }
      if (lines.length < linesMax && this.#epoch === epoch) passTo(this.#nextSequence);
      // What went before a reader came is no loss of the reader.
      if (!isKnown) dropped = 0;
      const leftMs = untilMs - performance.now();
      if (lines.length > 0 || leftMs <= 0 || dropped > 0 || this.#epoch !== epoch)
        return { position: { epoch, sequence: next }, lines, dropped };
      await this.#more(leftMs);
    }
  }

  /** Lets those go who wait. */
  close(): void {
    clearTimeout(this.#closing);
    this.#giveUp();
  }

  get #epoch(): string {
    return `${FEED_ORIGIN}-${this.#epochs}`;
  }

  #more(waitMs: number): Promise<void> {
    if (this.#waiting.size >= WAITING_MAX) return new Promise((resolve) => setTimeout(resolve, Math.min(waitMs, 1_000)));
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, waitMs);
      this.#waiting.add(wake);
    });
  }

  async #open(): Promise<void> {
    clearTimeout(this.#closing);
    this.#closing = setTimeout(() => {
      if (this.#waiting.size === 0) this.#giveUp();
      else this.#closing?.refresh();
    }, UNREAD_MS);
    this.#closing.unref();
    if (this.#seen !== undefined) return;
    this.#opening ??= this.#readAll().finally(() => (this.#opening = undefined));
    await this.#opening;
  }

  /** Begins with what the rings of all canisters hold. */
  async #readAll(): Promise<void> {
    const canisters = this.#published();
    const found: Found[] = [];
    let walked = 0;
    for (const [, canister] of canisters.entries()) {
      if (canister.logs.size > 0) for (const record of recordsFrom(canister, 0)) found.push({ ...record, lost: 0 });
      if (found.length > 2 * RECORDS_MAX) found.sort(byTime).splice(0, found.length - RECORDS_MAX);
      if (++walked % WALKED_AT_ONCE === 0) await nextTurn();
    }
    this.#add([...found, ...this.#printed.lines]);
    this.#seen = canisters;
    this.#advance(canisters);
  }

  #advance(seen: Canisters): void {
    const canisters = this.#published();
    if (canisters === seen) return;
    const found: Found[] = [];
    for (const { before, after } of canisters.changesSince(seen)) {
      if (after !== undefined) found.push(...recordsFrom(after, before?.nextLogIndex ?? 0));
    }
    this.#seen = canisters;
    this.#add(found);
  }

  /** @param gone - indexes of printed lines that the ring has dropped. */
  #add(found: Found[], gone: ReadonlySet<number> = NONE_GONE): void {
    if (found.length === 0) return;
    for (const { text: content, timestampNs, ...line } of found.sort(byTime)) {
      const text = typeof content === 'string' ? content : logText(content);
      this.#lines.push({ ...line, sequence: this.#nextSequence++, timestampNs: timestampNs.toString(), text });
      if (line.source !== undefined) continue;
      this.#records++;
      this.#characters += text.length;
    }
    if (gone.size > 0 || this.#hasSurplus) this.#lines = this.#lines.filter((line) => this.#stays(line, gone));
    assert(this.#characters >= 0, 'the characters of the lines are counted');
    this.#wake();
  }

  get #hasSurplus(): boolean {
    return this.#records > RECORDS_MAX || this.#characters > CHARACTERS_MAX;
  }

  /** Whether a line stays. Asked of the oldest first, as long as there are too many. */
  #stays({ source, index, text }: CanisterLogLine, gone: ReadonlySet<number>): boolean {
    if (source !== undefined) return !gone.has(index);
    if (!this.#hasSurplus) return true;
    this.#records--;
    this.#characters -= text.length;
    return false;
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #giveUp(): void {
    this.#seen = undefined;
    this.#lines = [];
    this.#records = 0;
    this.#characters = 0;
    this.#nextSequence = 0;
    this.#epochs++;
    this.#wake();
  }
}

/** Differs from process to process. */
const FEED_ORIGIN: string = Date.now().toString(36);
