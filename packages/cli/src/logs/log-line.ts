/**
 * Lines of canisters' logs, as nodes send them and as they are shown.
 * @module
 */
import type { JsonResult, Terminal } from '../terminal/index.ts';

export type LogLine = {
  /** Textual id. */
  readonly canister: string;
  /** Counts the records of the canister. */
  readonly index: number;
  readonly timestampNs: bigint;
  readonly text: string;
  /** Records before it that nobody can see any more. */
  readonly lost: number;
};

/** Undefined when it is none. */
export function parseLogLine(value: unknown): LogLine | undefined {
  const { canister, index, timestampNs, text, lost = 0 } = value as Record<string, unknown>;
  if (typeof canister !== 'string' || typeof index !== 'number' || typeof text !== 'string') return undefined;
  if (typeof timestampNs !== 'string' || !/^\d{1,20}$/.test(timestampNs) || typeof lost !== 'number') return undefined;
  return { canister, index, timestampNs: BigInt(timestampNs), text, lost };
}

/** What a canister writes must not steer the terminal. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{C}\n\t]/gu, '\u{fffd}');
}

/** Names of canisters by textual id. */
export type CanisterNames = ReadonlyMap<string, string>;

export function lineJson({ canister, index, timestampNs, text, lost }: LogLine, names: CanisterNames): JsonResult {
  const time = new Date(Number(timestampNs / 1_000_000n)).toISOString();
  return {
    time,
    canister,
    name: names.get(canister) ?? null,
    index,
    timestampNs: timestampNs.toString(),
    text,
    ...(lost === 0 ? {} : { lost }),
  };
}

/** One or more lines for people: when, who, what. */
export function lineText(line: LogLine, names: CanisterNames, style: Terminal['style']): string {
  const time = new Date(Number(line.timestampNs / 1_000_000n)).toISOString();
  const head = `${style('dim', time)} ${style('cyan', names.get(line.canister) ?? line.canister)}`;
  const text = printable(line.text).trimEnd();
  const body = text.startsWith('[TRAP]') ? style('red', text) : text;
  const lost =
    line.lost === 0
      ? ''
      : `${head} ${style('yellow', `… ${line.lost} earlier ${line.lost === 1 ? 'line was' : 'lines were'} lost: the log of the canister was full`)}\n`;
  return `${lost}${head} ${body.replaceAll('\n', '\n  ')}`;
}
