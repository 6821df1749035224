/**
 * The newest lines of the canisters' logs.
 * @module
 */
import { formatTime } from './format.ts';
import type { NodeState } from './node-state.ts';

/** Lines that are kept on the page. */
const LINES_MAX = 500;

type Line = {
  readonly canister: string;
  readonly index: number;
  readonly timestampNs: string;
  readonly text: string;
  readonly lost?: number;
};

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

function itemOf({ canister, timestampNs, text, lost }: Line): HTMLElement {
  const item = document.createElement('li');
  if (text.startsWith('[TRAP]')) item.className = 'trap';
  const time = element('time', '', formatTime(timestampNs));
  const who = element('span', 'who', names.get(canister) ?? canister.slice(0, 11));
  who.title = canister;
  const body = lost === undefined ? text : `(${lost} earlier lines were lost) ${text}`;
  item.append(time, ' ', who, ' ', element('span', 'text', body));
  return item;
}

/** Follows the logs; the browser connects again by itself. */
export function startLogs(): void {
  const list = document.querySelector('#log');
  const follow = document.querySelector<HTMLInputElement>('#follow');
  if (list === null || follow === null) return;
  list.replaceChildren();
  const shown = new Map<string, number>();
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
    // After the node was away it tells again what it has.
    if (line.index < (shown.get(line.canister) ?? 0)) return;
    shown.set(line.canister, line.index + 1);
    list.append(itemOf(line));
    while (list.childElementCount > LINES_MAX) list.firstElementChild?.remove();
    document.querySelector('#no-log')?.setAttribute('hidden', '');
    if (follow.checked) list.scrollTop = list.scrollHeight;
  });
}
