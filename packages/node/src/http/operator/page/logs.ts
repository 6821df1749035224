/**
 * The newest lines of the canisters' logs.
 * @module
 */
import { formatTime, originText } from './format.ts';
import type { NodeState } from './node-state.ts';

/** Lines that are kept on the page. */
const LINES_MAX = 500;
/** Of these, lines of queries: anybody may make a canister print in a query. */
const QUERY_LINES_MAX = 250;
/** Class of a line of a query. */
const OF_QUERY = 'of-query';

type Line = {
  readonly canister: string;
  readonly index: number;
  readonly timestampNs: string;
  readonly text: string;
  /** What printed it, when that was a query; then `index` counts the lines of all queries since the node started. */
  readonly from?: string;
  readonly method?: string;
  readonly lost?: number;
};

/** The newest line of a query that was seen. */
type QueryLine = { readonly index: number; readonly timestampNs: bigint };

let names: ReadonlyMap<string, string> = new Map();

/** Names of canisters, for lines that come. */
export function nameCanisters({ canisters }: NodeState): void {
  names = new Map(canisters.flatMap(({ id, name }) => (name === undefined ? [] : [[id, name]])));
}

function element(kind: string, className: string, text: string): HTMLElement {
  const made = document.createElement(kind);
  made.className = className;
  made.textContent = text;
  return made;
}

function itemOf({ canister, timestampNs, text, from, method = '', lost }: Line): HTMLElement {
  const item = document.createElement('li');
  if (text.startsWith('[TRAP]')) item.classList.add('trap');
  if (from !== undefined) item.classList.add(OF_QUERY);
  const time = element('time', '', formatTime(timestampNs));
  const who = element('span', 'who', names.get(canister) ?? canister.slice(0, 11));
  who.title = canister;
  const body = lost === undefined ? text : `(${lost} earlier lines were lost) ${text}`;
  const origin = from === undefined ? [] : [element('span', 'origin', originText(from, method)), ' '];
  item.append(time, ' ', who, ' ', ...origin, element('span', 'text', body));
  return item;
}

/** What was shown already: after the node was away, or this page was, it tells again what it has. */
class Shown {
  readonly #next = new Map<string, number>();
  #query: QueryLine | undefined;

  /** Whether a line is new. */
  add({ canister, index, timestampNs, from }: Line): boolean {
    if (from !== undefined) return this.#addQuery({ index, timestampNs: BigInt(timestampNs) });
    if (index < (this.#next.get(canister) ?? 0)) return false;
    this.#next.set(canister, index + 1);
    return true;
  }

  /** A node that was started again counts its queries' lines from nothing, at a later time. */
  #addQuery(line: QueryLine): boolean {
    const last = this.#query;
    if (last !== undefined && line.index <= last.index && line.timestampNs <= last.timestampNs) return false;
    const isLater = last === undefined || line.timestampNs > last.timestampNs;
    this.#query = { index: line.index, timestampNs: isLater ? line.timestampNs : last.timestampNs };
    return true;
  }

  clear(): void {
    this.#next.clear();
    this.#query = undefined;
  }
}

/** Follows the logs; the browser connects again by itself. */
export function startLogs(): void {
  const list = document.querySelector('#log');
  const follow = document.querySelector<HTMLInputElement>('#follow');
  if (list === null || follow === null) return;
  list.replaceChildren();
  const ofQueries = list.getElementsByClassName(OF_QUERY);
  const shown = new Shown();
  let network: string | undefined;
  const source = new EventSource('/_/logs/stream');
  source.addEventListener('network', ({ data }: MessageEvent<string>) => {
    const { rootKey } = JSON.parse(data) as { readonly rootKey: string };
    if (network !== undefined && network !== rootKey) {
      shown.clear();
      list.replaceChildren();
    }
    network = rootKey;
  });
  source.addEventListener('line', ({ data }: MessageEvent<string>) => {
    const line = JSON.parse(data) as Line;
    if (!shown.add(line)) return;
    list.append(itemOf(line));
    while (ofQueries.length > QUERY_LINES_MAX) ofQueries[0]?.remove();
    while (list.childElementCount > LINES_MAX) list.firstElementChild?.remove();
    document.querySelector('#no-log')?.setAttribute('hidden', '');
    if (follow.checked) list.scrollTop = list.scrollHeight;
  });
}
