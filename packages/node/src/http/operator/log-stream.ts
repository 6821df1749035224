/**
 * The logs of canisters as a stream of server-sent events: what is there first, then new lines as they come.
 *
 * Events: `network` (the id of the network, first of all), `line` (one line; the event's id says where the reader stands), `current` (once:
 * what was there was told), `dropped` (how many lines the reader missed). The stream holds one piece for each reader; lines are taken from the feed when the piece before them was read, and a
 * reader that does not read is let go.
 * @module
 */
import type { ServerResponse } from 'node:http';
import { principalToText, toHex } from '@myelin/core/base';
import type { CanisterLogLine, LogPosition, LogQuestion } from '../../canister-logs/index.ts';
import type { HttpContext } from '../context.ts';
import { positionText } from './log-query.ts';

/** Lines of one piece. With the longest lines a piece has a few hundred KiB. */
const PIECE_LINES_MAX = 50;
/** Silence after which a comment is sent, so that nobody takes the connection for dead. */
const HEARTBEAT_MS = 15_000;
/** Time to read a piece. */
const READ_MS_MAX = 10_000;
/** What browsers wait before they connect again. */
const RETRY_MS = 2_000;

/** A line as clients get it. `from` and `method` are there when a query printed it, `lost` when lines before it are missing. */
export function lineJson({ canister, index, timestampNs, text, lost, source }: CanisterLogLine): object {
  const from = source === undefined ? {} : { from: source.by, method: source.method };
  return { canister: principalToText(canister), index, timestampNs, text, ...from, ...(lost === 0 ? {} : { lost }) };
}

function event(name: string, data: unknown, id?: string): string {
  return `event: ${name}\n${id === undefined ? '' : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}

/** Fails a wait when the server closes: a stream does not keep it open. */
function aborted(signal: AbortSignal): { readonly promise: Promise<undefined>; readonly forget: () => void } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const stop = (): void => resolve(undefined);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  return { promise, forget: () => signal.removeEventListener('abort', stop) };
}

/** @param response - destroyed when its reader does not read. */
export async function* streamLogs(
  { replica, stopping }: HttpContext,
  response: ServerResponse,
  canisters: LogQuestion['canisters'],
  from: LogPosition | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  const stop = aborted(stopping);
  let slow: NodeJS.Timeout | undefined;
  const piece = (text: string): Uint8Array => {
    slow = setTimeout(() => response.destroy(), READ_MS_MAX);
    return Buffer.from(text);
  };
  try {
    yield piece(`retry: ${RETRY_MS}\n${event('network', { rootKey: toHex(replica.rootKeyDer) })}`);
    let isCurrent = false;
    for (let after = from; ;) {
      clearTimeout(slow);
      const read = replica.readLogs({ after, canisters, linesMax: PIECE_LINES_MAX, waitMs: isCurrent ? HEARTBEAT_MS : 0 });
      const answer = await Promise.race([read, stop.promise]);
      if (answer === undefined || response.destroyed) return;
      const { position, lines, dropped } = answer;
      after = position;
      // Of what is there first, what went before is no loss of a reader that begins.
      const isMissed = dropped > 0 && (isCurrent || from !== undefined);
      const events = [
        ...(isMissed ? [event('dropped', { lines: dropped })] : []),
        ...lines.map((line) => event('line', lineJson(line), positionText({ epoch: position.epoch, sequence: line.sequence + 1 }))),
      ];
      if (!isCurrent && lines.length < PIECE_LINES_MAX) {
        isCurrent = true;
        events.push(event('current', {}));
      }
      yield piece(events.length === 0 ? ': nothing new\n\n' : events.join(''));
    }
  } finally {
    clearTimeout(slow);
    stop.forget();
  }
}
