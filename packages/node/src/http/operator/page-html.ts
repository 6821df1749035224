/**
 * The page of a node as it comes from the server: it shows the figures as they are; the script beside it keeps them up to date.
 * @module
 */
import { escapeHtml } from '../gateway/pages.ts';
import { formatAge, formatBytes, formatCycles, formatTime, formatWhole, shortHash } from './page/format.ts';
import { factsOf, FIGURES, type NodeState, type PageCanister } from './page/node-state.ts';

/** A line of the log as the page shows it. */
export type PageLine = {
  readonly who: string;
  readonly canister: string;
  readonly timestampNs: string;
  /** What printed it; empty when it is in the canister's log. */
  readonly origin: string;
  readonly text: string;
};

export type PageContent = {
  /** Undefined when the replica did not answer in time. */
  readonly state: NodeState | undefined;
  readonly lines: readonly PageLine[];
  /** Path of the script. */
  readonly script: string;
  readonly subnetId: string;
  readonly rootKey: string;
};

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='5' fill='none' stroke='%230b5cad' stroke-width='3'/%3E%3C/svg%3E";

function figureHtml(state: NodeState): string {
  return FIGURES.map(({ key, firstTitle, first }) => {
    const texts = `<p class="value">${escapeHtml(first(state))}</p><p class="detail"></p>`;
    return `<section class="figure" data-figure="${key}"><h2 class="title">${escapeHtml(firstTitle)}</h2>${texts}</section>`;
  }).join('\n');
}

function rowHtml({ id, name, status, moduleHash, cycles, memoryBytes, queuedMessages, url }: PageCanister): string {
  const shownName = name === undefined ? '' : `<b>${escapeHtml(name)}</b> `;
  const module = moduleHash === undefined ? 'none' : `<code title="${moduleHash}">${shortHash(moduleHash)}</code>`;
  const cells: readonly (readonly [string, string])[] = [
    ['Status', `<span class="status ${status}">${status}</span>`],
    ['Module', module],
    ['Cycles', formatCycles(cycles)],
    ['Memory', formatBytes(memoryBytes)],
    ['Queue', formatWhole(queuedMessages)],
  ];
  const link = `<a href="${escapeHtml(url)}"><code>${id}</code></a>`;
  return `<tr><th scope="row">${shownName}${link}</th>${cells.map(([label, html]) => `<td data-label="${label}">${html}</td>`).join('')}</tr>`;
}

function canistersHtml({ canisters, canisterCount }: NodeState): string {
  const none = canisters.length === 0;
  const heads = ['Canister', 'Status', 'Module', 'Cycles', 'Memory', 'Queue'].map((head) => `<th scope="col">${head}</th>`).join('');
  return `<h2>Canisters (<span id="canister-count">${formatWhole(canisterCount)}</span>)</h2>
<p id="no-canisters"${none ? '' : ' hidden'}>No canister yet.</p>
<table id="canisters"${none ? ' hidden' : ''} aria-label="Canisters"><thead><tr>${heads}</tr></thead><tbody>${canisters.map(rowHtml).join('')}</tbody></table>`;
}

function logHtml(lines: readonly PageLine[]): string {
  const items = lines.map(({ who, canister, timestampNs, origin, text }) => {
    const className = text.startsWith('[TRAP]') ? ' class="trap"' : '';
    const from = origin === '' ? '' : ` <span class="origin">${escapeHtml(origin)}</span>`;
    return `<li${className}><time>${formatTime(timestampNs)}</time> <span class="who" title="${canister}">${escapeHtml(who)}</span>${from} <span class="text">${escapeHtml(text)}</span></li>`;
  });
  return `<div class="bar"><h2 id="log-title">Logs of canisters</h2><label class="switch"><input type="checkbox" id="follow" checked>scroll with new lines</label></div>
<p id="no-log"${lines.length === 0 ? '' : ' hidden'}>Nothing yet. What canisters print appears here, and why their calls and queries trapped.</p>
<ol id="log" tabindex="0" role="log" aria-live="off" aria-labelledby="log-title">${items.join('')}</ol>`;
}

function bodyHtml({ state, lines, subnetId, rootKey }: PageContent): string {
  if (state === undefined) {
    return '<header><h1>Myelin node</h1><span class="health unhealthy">unhealthy</span><p id="reasons">The replica does not answer.</p></header>';
  }
  const { health, version, uptimeSeconds } = state;
  const facts = factsOf(state).map(([name, value], index) => `<div><dt>${name}</dt><dd id="fact-${index}">${escapeHtml(value)}</dd></div>`);
  return `<header><h1>Myelin node</h1>
<span id="health" class="health ${health.status}" role="status">${health.status}</span>
<span class="meta">version <span id="version">${escapeHtml(version)}</span>, up for <span id="uptime">${formatAge(uptimeSeconds)}</span></span>
<label class="switch"><input type="checkbox" id="pause">pause</label>
<p id="reasons">${escapeHtml(health.reasons.join(' '))}</p></header>
<main id="content" tabindex="-1">
<div class="figures">${figureHtml(state)}</div>
<dl class="facts">${facts.join('')}</dl>
${canistersHtml(state)}
${logHtml(lines)}
<footer>Subnet <code>${subnetId}</code><br>Root key <code>${rootKey}</code><br>
For programs: <a href="/metrics">/metrics</a> (Prometheus), <a href="/health">/health</a>, <a href="/_/state">/_/state</a>, <a href="/_/logs">/_/logs</a></footer>
</main>`;
}

/** The whole page. */
export function pageHtml(content: PageContent): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Myelin node</title>
<link rel="icon" href="${ICON}">
<link rel="stylesheet" href="/_/page/style.css">
<script type="module" src="${content.script}"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
${bodyHtml(content)}
</body>
</html>
`;
}
