/**
 * Keeps the page of a node up to date: one look at the node each second, while somebody looks at the page.
 * @module
 */
import { showCanisters } from './canisters.ts';
import { setText as setElementText } from './chart.ts';
import { startCharts } from './charts.ts';
import { formatAge } from './format.ts';
import { nameCanisters, startLogs } from './logs.ts';
import { factsOf, type NodeState } from './node-state.ts';

const INTERVAL_MS = 1_000;
const PATIENCE_MS = 5_000;

async function look(): Promise<NodeState> {
  const response = await fetch('/_/state', { signal: AbortSignal.timeout(PATIENCE_MS), cache: 'no-store' });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return (await response.json()) as NodeState;
}

function setText(selector: string, text: string): void {
  setElementText(document.querySelector(selector), text);
}

function showHealth(status: string, reasons: readonly string[]): void {
  const badge = document.querySelector('#health');
  if (badge === null) return;
  badge.className = `health ${status}`;
  setText('#health', status);
  setText('#reasons', reasons.join(' '));
}

function showFacts(state: NodeState): void {
  for (const [index, [, value]] of factsOf(state).entries()) setText(`#fact-${index}`, value);
  setText('#uptime', formatAge(state.uptimeSeconds));
  setText('#version', state.version);
}

const showCharts = startCharts();
const pause = document.querySelector<HTMLInputElement>('#pause');
let before: NodeState | undefined;
let awaySince: number | undefined;

async function tick(): Promise<void> {
  if (document.hidden || pause?.checked === true) return;
  try {
    const state = await look();
    // A node that was started again counts from nothing.
    if (before !== undefined && state.clockMs > before.clockMs && state.batches >= before.batches) showCharts(before, state);
    before = state;
    awaySince = undefined;
    showHealth(state.health.status, state.health.reasons);
    showFacts(state);
    nameCanisters(state);
    showCanisters(state);
  } catch {
    awaySince ??= performance.now();
    showHealth('away', [`The node has not answered for ${formatAge((performance.now() - awaySince) / 1000)}.`]);
  }
}

document.documentElement.classList.add('live');
await tick();
startLogs();
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
  await tick();
}
