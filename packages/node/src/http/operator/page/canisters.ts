/**
 * The table of canisters. A row is opened and closed by its button, or by a click anywhere in it; below an open row are its charts.
 * @module
 */
import { CanisterHistory } from './canister-history.ts';
import { type CanisterView, createCanisterCharts, createSpark } from './canister-charts.ts';
import { setText } from './chart.ts';
import { formatBytes, formatCycles, formatWhole, shortHash } from './format.ts';
import type { NodeState, PageCanister } from './node-state.ts';

/** Columns of the table, the one of the small charts included. */
const COLUMNS = 7;

type Opened = { readonly row: HTMLTableRowElement; readonly charts: CanisterView };

/** A canister of the table. Its elements stay the same ones: somebody may have its button or link in focus. */
type Row = {
  readonly row: HTMLTableRowElement;
  readonly button: HTMLButtonElement;
  readonly name: HTMLElement;
  readonly link: HTMLAnchorElement;
  readonly status: HTMLElement;
  readonly module: HTMLElement;
  readonly cycles: HTMLElement;
  readonly memory: HTMLElement;
  readonly queue: HTMLElement;
  readonly spark: CanisterView;
  readonly history: CanisterHistory;
  canister: PageCanister;
  opened: Opened | undefined;
};

const rows = new Map<string, Row>();

function cell(label: string, ...content: Element[]): HTMLTableCellElement {
  const element = document.createElement('td');
  element.dataset['label'] = label;
  element.append(...content);
  return element;
}

function createRow(canister: PageCanister): Row {
  const row = document.createElement('tr');
  row.className = 'canister';
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'opener';
  button.setAttribute('aria-expanded', 'false');
  const name = document.createElement('b');
  const link = document.createElement('a');
  const code = document.createElement('code');
  code.textContent = canister.id;
  link.append(code);
  const head = document.createElement('th');
  head.scope = 'row';
  head.append(button, name, ' ', link);
  const [status, cycles, memory, queue] = ['status', '', '', ''].map((className) => {
    const element = document.createElement('span');
    element.className = className;
    return element;
  }) as [HTMLElement, HTMLElement, HTMLElement, HTMLElement];
  const module = document.createElement('code');
  const spark = createSpark();
  row.append(
    head,
    cell('Status', status),
    cell('Module', module),
    cell('Cycles', cycles),
    cell('Memory', memory),
    cell('Queue', queue),
    cell('Activity', spark.element),
  );
  const history = new CanisterHistory();
  const made: Row = { row, button, name, link, status, module, cycles, memory, queue, spark, history, canister, opened: undefined };
  button.addEventListener('click', () => toggle(made));
  row.addEventListener('click', ({ target }) => {
    // The link is a link, the button has heard of it already, and who marks a text wants to copy it.
    const isOwn = target instanceof Element && target.closest('a, button') !== null;
    if (!isOwn && document.getSelection()?.isCollapsed !== false) toggle(made);
  });
  return made;
}

function toggle(row: Row): void {
  if (row.opened === undefined) row.opened = openBelow(row);
  else {
    row.opened.row.remove();
    row.opened = undefined;
  }
  row.button.setAttribute('aria-expanded', String(row.opened !== undefined));
}

function openBelow({ row, button, canister, history }: Row): Opened {
  const below = document.createElement('tr');
  below.className = 'opened';
  below.id = `charts-${canister.id}`;
  button.setAttribute('aria-controls', below.id);
  const wide = document.createElement('td');
  wide.colSpan = COLUMNS;
  const charts = createCanisterCharts();
  charts.show(canister, history);
  wide.append(charts.element);
  below.append(wide);
  row.after(below);
  return { row: below, charts };
}

function showFacts(row: Row): void {
  const { id, name, status, moduleHash, cycles, memoryBytes, queuedMessages, url } = row.canister;
  setText(row.name, name ?? '');
  row.name.hidden = name === undefined;
  row.button.setAttribute('aria-label', `Charts of ${name ?? id}`);
  if (row.link.getAttribute('href') !== url) row.link.href = url;
  setText(row.status, status);
  row.status.className = `status ${status}`;
  setText(row.module, moduleHash === undefined ? 'none' : shortHash(moduleHash));
  row.module.title = moduleHash ?? '';
  setText(row.cycles, formatCycles(cycles));
  setText(row.memory, formatBytes(memoryBytes));
  setText(row.queue, formatWhole(queuedMessages));
}

/** Puts rows where they belong; those that are there already are not moved, and stay in focus. */
function place(body: Element, wanted: readonly Element[]): void {
  const kept = new Set(wanted);
  for (const row of [...body.children]) if (!kept.has(row)) row.remove();
  for (const [index, row] of wanted.entries()) if (body.children[index] !== row) body.insertBefore(row, body.children[index] ?? null);
}

/** The column of the small charts: without a script there are none. */
function addColumn(): void {
  const heads = document.querySelector('#canisters thead tr');
  if (heads === null || heads.childElementCount === COLUMNS) return;
  const head = document.createElement('th');
  head.scope = 'col';
  head.textContent = 'Activity';
  heads.append(head);
}

function update(canister: PageCanister, listedMs: number): Row {
  let row = rows.get(canister.id);
  if (row === undefined) rows.set(canister.id, (row = createRow(canister)));
  row.canister = canister;
  showFacts(row);
  if (row.history.add(canister, listedMs)) {
    row.spark.show(canister, row.history);
    row.opened?.charts.show(canister, row.history);
  }
  return row;
}

export function showCanisters({ canisters, canisterCount, listedMs }: NodeState): void {
  const body = document.querySelector('#canisters tbody');
  if (body === null) return;
  addColumn();
  const shown = canisters.map((canister) => update(canister, listedMs));
  const ids = new Set(canisters.map(({ id }) => id));
  for (const id of rows.keys()) if (!ids.has(id)) rows.delete(id);
  place(
    body,
    shown.flatMap(({ row, opened }) => (opened === undefined ? [row] : [row, opened.row])),
  );
  setText(document.querySelector('#canister-count'), formatWhole(canisterCount));
  document.querySelector('#no-canisters')?.toggleAttribute('hidden', canisters.length > 0);
  document.querySelector('#canisters')?.toggleAttribute('hidden', canisters.length === 0);
}
