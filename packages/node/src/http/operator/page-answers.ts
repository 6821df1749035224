/**
 * Answers of the node's page: the page itself, its style and scripts, and the figures that it asks for.
 * @module
 */
import { type PrincipalId, principalToText, toHex } from '@myelin/core/base';
import type { CanisterLogLine } from '../../canister-logs/index.ts';
import { type CanisterListing, countOf, createHistogram, type ReplicaSnapshot } from '../../metrics/index.ts';
import type { HttpAnswer } from '../answer.ts';
import type { HttpContext } from '../context.ts';
import { canisterUrl } from '../gateway/pages.ts';
import { jsonAnswer, operatorAnswer, refusalAnswer } from './answers.ts';
import { healthOf } from './health.ts';
import { MAIN_SCRIPT, pageScript } from './page-files.ts';
import { pageHtml, type PageLine } from './page-html.ts';
import { PAGE_STYLE } from './page-style.ts';
import { originText } from './page/format.ts';
import type { NodeState, PageCanister } from './page/node-state.ts';

/** Lines of the log on a page without a script. */
const LINES_SHOWN = 50;
/** Of these, lines of queries: anybody may make a canister print in a query. */
const QUERY_LINES_SHOWN = 25;
/** Lines that are asked for to have the last ones. */
const LINES_READ = 5_000;

type Names = ReadonlyMap<PrincipalId, string>;

function pageCanisters({ canisters }: CanisterListing, names: Names, host: string): readonly PageCanister[] {
  return canisters.map(({ id, ...facts }) => {
    const text = principalToText(id);
    return { ...facts, id: text, name: names.get(id), url: canisterUrl(host, text) };
  });
}

type Listed = Pick<NodeState, 'canisters' | 'listedMs'>;

function nodeState(context: HttpContext, snapshot: ReplicaSnapshot, listed: Listed): NodeState {
  const { metrics, gauges, implVersion, stopping } = context;
  const { height, batches, queries, state, pool, threads, checkpoints, log } = snapshot;
  const { status, reasons } = healthOf(snapshot, stopping.aborted);
  const requests = metrics.requests();
  const calls = requests.find((figures) => figures.endpoint === 'call' && figures.status === '200');
  return {
    version: implVersion,
    health: { status, reasons },
    clockMs: performance.now(),
    uptimeSeconds: process.uptime(),
    height,
    batches: countOf(batches.whole),
    messages: batches.messages,
    instructions: batches.instructions,
    queries: queries.replied + queries.rejected,
    requests: requests.reduce((total, { duration }) => total + countOf(duration), 0),
    batchDurations: batches.whole,
    callDurations: calls?.duration ?? createHistogram(),
    residentBytes: process.memoryUsage.rss(),
    stateBytes: state.memoryBytes,
    queuedMessages: state.queuedMessages,
    pooledMessages: pool.pooledMessages,
    requestsInFlight: gauges.requests.count,
    loopDelaySeconds: Math.max(0, ...threads.map(({ delayMaxSeconds }) => delayMaxSeconds)),
    checkpointHeight: checkpoints?.height,
    logBytes: log?.bytes,
    canisterCount: state.canisters,
    ...listed,
  };
}

async function readState(context: HttpContext, host: string): Promise<{ readonly state: NodeState | undefined; readonly names: Names }> {
  const [snapshot, listing, names] = await Promise.all([
    context.snapshots.snapshot({ freshMs: 0 }),
    context.snapshots.listing(),
    context.canisterNames(),
  ]);
  if (snapshot === undefined || listing === undefined) return { state: undefined, names };
  const listed = { canisters: pageCanisters(listing, names, host), listedMs: listing.clockMs };
  return { state: nodeState(context, snapshot, listed), names };
}

/** The figures, for the script of the page and for other programs. */
export async function stateAnswer(context: HttpContext, host: string): Promise<HttpAnswer> {
  const { state } = await readState(context, host);
  return state === undefined ? refusalAnswer({ status: 503, message: 'The replica does not answer.' }) : jsonAnswer(state);
}

/** The last lines, of which those of queries take no more than their part. */
function choose(lines: readonly CanisterLogLine[]): readonly CanisterLogLine[] {
  const printed = lines.filter(({ source }) => source !== undefined).slice(-QUERY_LINES_SHOWN);
  const records = lines.filter(({ source }) => source === undefined).slice(-(LINES_SHOWN - printed.length));
  const chosen = new Set([...records, ...printed]);
  return lines.filter((line) => chosen.has(line));
}

async function lastLines({ replica }: HttpContext, names: Names): Promise<readonly PageLine[]> {
  const { lines } = await replica.readLogs({ after: undefined, canisters: undefined, linesMax: LINES_READ, waitMs: 0 });
  return choose(lines).map(({ canister, timestampNs, text, source }) => {
    const id = principalToText(canister);
    const origin = source === undefined ? '' : originText(source.by, source.method);
    return { who: names.get(canister) ?? id.slice(0, 11), canister: id, timestampNs, origin, text };
  });
}

/**
 * What the page may do: run its own scripts, use its own style, ask its own node. Pages of canisters that are opened with a parameter have the same
 * origin, so that it is the folder of the scripts that is named; the policy has no form for addresses in brackets.
 */
function contentPolicy(host: string): string {
  const own = host.includes('[') ? "'self'" : `${host}/_/page/`;
  const sources = `default-src 'none'; script-src ${own}; style-src ${own}; connect-src 'self'; img-src data:`;
  return `${sources}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'`;
}

/** @param host - the Host header, which was checked. */
export async function pageAnswer(context: HttpContext, host: string): Promise<HttpAnswer> {
  const { state, names } = await readState(context, host);
  const lines = state === undefined ? [] : await lastLines(context, names);
  const { subnetId, rootKeyDer } = context.replica;
  const html = pageHtml({ state, lines, script: MAIN_SCRIPT, subnetId: principalToText(subnetId), rootKey: toHex(rootKeyDer) });
  return operatorAnswer(state === undefined ? 503 : 200, 'text/html; charset=utf-8', html, [
    ['content-security-policy', contentPolicy(host)],
    ['cross-origin-opener-policy', 'same-origin'],
  ]);
}

/** A style or script of the page. @param name - what follows `/_/page/` */
export async function pageFileAnswer(name: string): Promise<HttpAnswer> {
  if (name === 'style.css') return operatorAnswer(200, 'text/css; charset=utf-8', PAGE_STYLE);
  const script = await pageScript(name);
  if (script === undefined) return refusalAnswer({ status: 404, message: 'There is no such part of the page.' });
  return operatorAnswer(200, 'text/javascript; charset=utf-8', script);
}
