/**
 * The table of canisters.
 * @module
 */
import { formatBytes, formatCycles, formatWhole, shortHash } from './format.ts';
import type { NodeState, PageCanister } from './node-state.ts';

function cell(label: string, content: string | Node): HTMLTableCellElement {
  const element = document.createElement('td');
  element.dataset['label'] = label;
  element.append(content);
  return element;
}

function code(text: string, title?: string): HTMLElement {
  const element = document.createElement('code');
  element.textContent = text;
  if (title !== undefined) element.title = title;
  return element;
}

function rowOf(canister: PageCanister): HTMLTableRowElement {
  const { id, name, status, moduleHash, cycles, memoryBytes, queuedMessages, url } = canister;
  const row = document.createElement('tr');
  const head = document.createElement('th');
  head.scope = 'row';
  const link = document.createElement('a');
  link.href = url;
  link.append(code(id));
  if (name !== undefined) {
    const shown = document.createElement('b');
    shown.textContent = name;
    head.append(shown, ' ');
  }
  head.append(link);
  const state = document.createElement('span');
  state.className = `status ${status}`;
  state.textContent = status;
  row.append(
    head,
    cell('Status', state),
    cell('Module', moduleHash === undefined ? 'none' : code(shortHash(moduleHash), moduleHash)),
    cell('Cycles', formatCycles(cycles)),
    cell('Memory', formatBytes(memoryBytes)),
    cell('Queue', formatWhole(queuedMessages)),
  );
  return row;
}

/** Rows by canister, with what they show. A row that shows what it should is left alone: somebody may have its link in focus. */
const rows = new Map<string, { readonly shown: string; readonly row: HTMLTableRowElement }>();

export function showCanisters({ canisters, canisterCount }: NodeState): void {
  const body = document.querySelector('#canisters tbody');
  if (body === null) return;
  const wanted = canisters.map((canister) => {
    const shown = JSON.stringify(canister);
    const known = rows.get(canister.id);
    if (known?.shown === shown) return known.row;
    const row = rowOf(canister);
    known?.row.replaceWith(row);
    rows.set(canister.id, { shown, row });
    return row;
  });
  const isSame = body.children.length === wanted.length && wanted.every((row, index) => body.children[index] === row);
  if (!isSame) body.replaceChildren(...wanted);
  const count = document.querySelector('#canister-count');
  if (count !== null) count.textContent = formatWhole(canisterCount);
  document.querySelector('#no-canisters')?.toggleAttribute('hidden', canisters.length > 0);
  document.querySelector('#canisters')?.toggleAttribute('hidden', canisters.length === 0);
}
