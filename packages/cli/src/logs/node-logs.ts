/**
 * The logs of canisters from the node that runs them.
 * @module
 */
import type { IcError } from '@myelin/core/base';
import { explainRequestFailure } from '../client/index.ts';
import { commandFailure, type FailureDetail } from '../terminal/index.ts';
import { readEvents } from './event-stream.ts';
import { type LogLine, parseLogLine } from './log-line.ts';

/** Characters of a refusal that are shown. */
const REFUSAL_CHARACTERS_MAX = 500;

async function refusal(response: Response, url: string): Promise<IcError<FailureDetail>> {
  const text = (await response.text().catch(() => '')).slice(0, REFUSAL_CHARACTERS_MAX).trim();
  if (response.status === 404) {
    return commandFailure('LOGS_UNAVAILABLE', `the network at ${url} does not show logs`, 'ask a network that this version of Myelin runs');
  }
  const why = text === '' || text.startsWith('<') ? response.statusText : text;
  return commandFailure('LOGS_REFUSED', `the node refused to show its logs (HTTP ${response.status}): ${why}`);
}

async function ask(url: string, path: string, headers: Record<string, string>): Promise<Response> {
  const response = await fetch(`${url}${path}`, { headers }).catch((error: unknown) => {
    throw explainRequestFailure(error, url, true);
  });
  if (response.ok) return response;
  throw await refusal(response, url);
}

function queryOf(canisters: readonly string[]): string {
  return canisters.map((id, index) => `${index === 0 ? '?' : '&'}canister=${encodeURIComponent(id)}`).join('');
}

/** What is in the logs now, oldest first. @throws IcError `LOGS_REFUSED`, `LOGS_UNAVAILABLE`, `NETWORK_UNREACHABLE` */
export async function readLogs(url: string, canisters: readonly string[]): Promise<readonly LogLine[]> {
  const response = await ask(url, `/_/logs${queryOf(canisters)}`, {});
  const { lines } = (await response.json()) as { readonly lines?: unknown };
  return Array.isArray(lines) ? lines.flatMap((line) => parseLogLine(line) ?? []) : [];
}

/** What a stream of logs brings. */
export type LogEvent =
  /** First of all. @param rootKey - hex */
  | { readonly kind: 'network'; readonly rootKey: string }
  | { readonly kind: 'line'; readonly line: LogLine; readonly position: string | undefined }
  /** Once: what was in the logs was told. */
  | { readonly kind: 'current' }
  /** Lines that came faster than they were read. */
  | { readonly kind: 'dropped'; readonly lines: number };

/**
 * What is in the logs, then what comes, until the node ends the stream.
 * @param position - of the last line that was read, to go on behind it.
 * @throws as {@link readLogs}
 */
export async function* followLogs(
  url: string,
  canisters: readonly string[],
  position: string | undefined,
): AsyncGenerator<LogEvent, void, undefined> {
  const headers = { accept: 'text/event-stream', ...(position === undefined ? {} : { 'last-event-id': position }) };
  const response = await ask(url, `/_/logs/stream${queryOf(canisters)}`, headers);
  if (response.body === null) return;
  for await (const { name, data, id } of readEvents(response.body)) {
    const value = JSON.parse(data) as Record<string, unknown>;
    if (name === 'network') yield { kind: 'network', rootKey: String(value['rootKey']) };
    else if (name === 'current') yield { kind: 'current' };
    else if (name === 'dropped') yield { kind: 'dropped', lines: Number(value['lines']) };
    const line = name === 'line' ? parseLogLine(value) : undefined;
    if (line !== undefined) yield { kind: 'line', line, position: id };
  }
}
