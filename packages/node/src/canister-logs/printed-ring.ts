/**
 * What queries printed, for who asks later.
 *
 * No state knows of these lines: a query leaves nothing behind, and each node has its own. Anybody may make a canister print, so each canister has a share:
 * of what is not quite new the canister that has most gives way, and whoever floods the ring loses lines of its own.
 * @module
 */
import { assert, type PrincipalId } from '@myelin/core/base';
import type { QueryLineFigures } from '../metrics/index.ts';
import type { PrintedLine, PrintedLines } from './log-line.ts';

/** The newest lines, and their characters: they stay whoever printed them, so that those who follow see each. */
const NEWEST_LINES_MAX = 500;
const NEWEST_CHARACTERS_MAX: number = 512 * 1024;

/** The lines before them, and their characters: canisters share this. */
const OLDER_LINES_MAX = 500;
const OLDER_CHARACTERS_MAX: number = 512 * 1024;

/** A line of the ring. */
export type KeptLine = PrintedLine & {
  /** Counts them since the node started. */
  readonly index: number;
  /** Lines before it that were dropped because too many came at once. */
  readonly lost: number;
};

/** What has changed in the ring. */
export type RingChange = {
  readonly added: readonly KeptLine[];
  /** Indexes of lines that made room. */
  readonly gone: ReadonlySet<number>;
};

/** Lines in their order, and how much they are. */
type Share = { readonly lines: KeptLine[]; characters: number };

function put(share: Share, line: KeptLine): void {
  share.lines.push(line);
  share.characters += line.text.length;
}

/** Takes the oldest line. */
function takeFirst(share: Share): KeptLine {
  const line = share.lines.shift();
  assert(line !== undefined, 'there is a line to take');
  share.characters -= line.text.length;
  return line;
}

export class PrintedRing {
  readonly #newest: Share = { lines: [], characters: 0 };
  readonly #older = new Map<PrincipalId, Share>();
  #olderLines = 0;
  #olderCharacters = 0;
  #count = 0;
  #dropped = 0;
  /** Dropped since the last line. */
  #lost = 0;

  add({ lines, dropped }: PrintedLines): RingChange {
    const added = lines.map((line): KeptLine => {
      const lost = this.#lost;
      this.#lost = 0;
      return { ...line, index: this.#count++, lost };
    });
    this.#lost += dropped;
    this.#dropped += dropped;
    for (const line of added) put(this.#newest, line);
    const newest = this.#newest;
    while (newest.lines.length > NEWEST_LINES_MAX || newest.characters > NEWEST_CHARACTERS_MAX) this.#age(takeFirst(newest));
    const gone = new Set<number>();
    while (this.#olderLines > OLDER_LINES_MAX || this.#olderCharacters > OLDER_CHARACTERS_MAX) gone.add(this.#evict().index);
    return { added, gone };
  }

  /** A line is among the newest no more. */
  #age(line: KeptLine): void {
    let share = this.#older.get(line.canister);
    if (share === undefined) this.#older.set(line.canister, (share = { lines: [], characters: 0 }));
    put(share, line);
    this.#olderLines++;
    this.#olderCharacters += line.text.length;
  }

  /** Takes the oldest line of the canister that has most of what there is too much of. */
  #evict(): KeptLine {
    const size = this.#olderLines > OLDER_LINES_MAX ? ({ lines }: Share) => lines.length : ({ characters }: Share) => characters;
    let largest: { readonly canister: PrincipalId; readonly share: Share } | undefined;
    for (const [canister, share] of this.#older) {
      if (largest === undefined || size(share) > size(largest.share)) largest = { canister, share };
    }
    assert(largest !== undefined, 'there is a canister that has older lines');
    const line = takeFirst(largest.share);
    if (largest.share.lines.length === 0) this.#older.delete(largest.canister);
    this.#olderLines--;
    this.#olderCharacters -= line.text.length;
    return line;
  }

  /** In the order in which they came. */
  get lines(): readonly KeptLine[] {
    const older = Array.from(this.#older.values(), ({ lines }) => lines).flat();
    return [...older.sort((a, b) => a.index - b.index), ...this.#newest.lines];
  }

  get figures(): QueryLineFigures {
    return { lines: this.#count, dropped: this.#dropped };
  }
}
