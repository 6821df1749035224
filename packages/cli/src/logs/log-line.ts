/**
 * Lines of canisters' logs, as nodes send them and as they are shown.
 * @module
 */
import type { JsonResult, Terminal } from '../terminal/index.ts';

/** What printed a line that is in no log of a canister. */
export type LineOrigin = {
  /** `query`, `composite_query` or `inspect_message`. */
  readonly from: string;
  readonly method: string;
};

export type LogLine = {
  /** Textual id. */
  readonly canister: string;
  /** Counts the records of the canister; of lines that queries printed, those of the node since it started. */
  readonly index: number;
  readonly timestampNs: bigint;
  readonly text: string;
  /** Records before it that nobody can see any more. */
  readonly lost: number;
  /** Undefined for a record of the canister's log. */
  readonly origin: LineOrigin | undefined;
};

/** Undefined when it is none. */
export function parseLogLine(value: unknown): LogLine | undefined {
  const { canister, index, timestampNs, text, lost = 0, from, method } = value as Record<string, unknown>;
  if (typeof canister !== 'string' || typeof index !== 'number' || typeof text !== 'string') return undefined;
  if (typeof timestampNs !== 'string' || !/^\d{1,20}$/.test(timestampNs) || typeof lost !== 'number') return undefined;
  const origin = typeof from === 'string' && typeof method === 'string' ? { from, method } : undefined;
  return { canister, index, timestampNs: BigInt(timestampNs), text, lost, origin };
}

/** What a canister writes must not steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{C}\n\t]/gu, '\u{fffd}');
}

/** Names of canisters by textual id. */
export type CanisterNames = ReadonlyMap<string, string>;

export function lineJson({ canister, index, timestampNs, text, lost, origin }: LogLine, names: CanisterNames): JsonResult {
  const time = new Date(Number(timestampNs / 1_000_000n)).toISOString();
  return {
    time,
    canister,
    name: names.get(canister) ?? null,
    index,
    timestampNs: timestampNs.toString(),
    text,
    ...origin,
    ...(lost === 0 ? {} : { lost }),
  };
}

/** The method of a message that is only inspected is what anybody writes: it must not look like a line of its own. */
function originText({ from, method }: LineOrigin): string {
  const [kind, name] = [from.replace('_', ' '), method].map((text) => text.replaceAll(/\p{C}/gu, '\u{fffd}'));
  return from === 'inspect_message' ? `(inspect_message of ${name})` : `(${kind} ${name})`;
}

/** What lines before one are missing. */
function lostText({ lost, origin }: LogLine): string {
  const what = `${lost} earlier ${lost === 1 ? 'line was' : 'lines were'} lost`;
  return origin === undefined ? `… ${what}: the log of the canister was full` : `… ${what}: queries printed too many at once`;
}

/** One or more lines for people: when, who, what. */
export function lineText(line: LogLine, names: CanisterNames, style: Terminal['style']): string {
  const time = new Date(Number(line.timestampNs / 1_000_000n)).toISOString();
  const head = `${style('dim', time)} ${style('cyan', names.get(line.canister) ?? line.canister)}`;
  const text = printable(line.text).trimEnd();
  const body = text.startsWith('[TRAP]') ? style('red', text) : text;
  const lost = line.lost === 0 ? '' : `${head} ${style('yellow', lostText(line))}\n`;
  const origin = line.origin === undefined ? '' : `${style('dim', originText(line.origin))} `;
  return `${lost}${head} ${origin}${body.replaceAll('\n', '\n  ')}`;
}
