/**
 * What the operator of a node asks it: `/health`, `/metrics`, and everything under `/_/`.
 *
 * They exist at the bare host only: at the host of a canister these paths are the canister's own. `/health` says nothing that the HTTPS interface
 * does not say and is open to everyone; the rest is guarded by {@link checkOperator}.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { exposeMetrics, nodeFamilies } from '../../metrics/index.ts';
import type { HttpAnswer } from '../answer.ts';
import type { HttpContext } from '../context.ts';
import { echo } from '../failure.ts';
import { resolveCanister, type Target } from '../routing.ts';
import { checkOperator } from './access.ts';
import { jsonAnswer, operatorAnswer, refusalAnswer } from './answers.ts';
import { frontFigures, processFigures } from './figures.ts';
import { healthOf } from './health.ts';
import { canistersOf, parsePosition, positionText } from './log-query.ts';
import { lineJson, streamLogs } from './log-stream.ts';
import { pageAnswer, pageFileAnswer, stateAnswer } from './page-answers.ts';

/** Lines of the logs in one answer. */
const LINES_MAX = 5_000;

/** A busy replica is healthy as long as it was when it spoke last: nobody waits to be told so. */
const HEALTH_PATIENCE_MS = 250;

const PAGE_FOLDER = '/_/page/';

function isOperatorPath(path: string): boolean {
  return path === '/health' || path === '/metrics' || path === '/_' || path.startsWith('/_/');
}

/** Whether a request is for the node itself rather than for one of its canisters. */
export function isForOperator(
  context: HttpContext,
  { headers }: IncomingMessage,
  { path, query, authority }: Target & { readonly authority?: string },
): boolean {
  if (!isOperatorPath(path)) return false;
  const host = authority ?? headers.host;
  return resolveCanister({ host, query, referer: headers.referer }, context.canisterOfHostName) === undefined;
}

async function healthAnswer({ snapshots, stopping }: HttpContext): Promise<HttpAnswer> {
  const snapshot = await snapshots.snapshot({ patienceMs: HEALTH_PATIENCE_MS }).catch(() => undefined);
  const health = healthOf(snapshot, stopping.aborted);
  return jsonAnswer(health, health.status === 'healthy' ? 200 : 503);
}

async function metricsAnswer(context: HttpContext, accept: string | undefined): Promise<HttpAnswer> {
  const [snapshot, listing] = await Promise.all([context.snapshots.snapshot({ freshMs: 0 }), context.snapshots.listing()]);
  const families = nodeFamilies(frontFigures(context), processFigures(context.implVersion), snapshot, listing);
  const { contentType, text } = exposeMetrics(families, accept);
  return operatorAnswer(200, contentType, text);
}

async function logsAnswer({ replica }: HttpContext, query: string): Promise<HttpAnswer> {
  const canisters = canistersOf(query);
  if (!canisters.ok) return refusalAnswer(canisters.error);
  const { lines, position } = await replica.readLogs({ after: undefined, canisters: canisters.value, linesMax: LINES_MAX, waitMs: 0 });
  return jsonAnswer({ lines: lines.map(lineJson), position: positionText(position) });
}

function logStreamAnswer(context: HttpContext, request: IncomingMessage, response: ServerResponse, query: string): HttpAnswer {
  const canisters = canistersOf(query);
  if (!canisters.ok) return refusalAnswer(canisters.error);
  const place = context.followers.enter();
  if (place === undefined) return refusalAnswer({ status: 503, message: 'Too many follow the logs already.' });
  response.once('close', () => place.leave());
  // A browser says where it stood, the command line may ask for a position.
  const from = parsePosition(request.headers['last-event-id']);
  return operatorAnswer(200, 'text/event-stream; charset=utf-8', streamLogs(context, response, canisters.value, from));
}

/** Answers a request that {@link isForOperator}. */
export async function serveOperator(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  { path, query, authority }: Target & { readonly authority?: string },
): Promise<HttpAnswer> {
  const { method, headers } = request;
  if (method !== 'GET' && method !== 'HEAD') {
    return refusalAnswer({ status: 405, message: `${echo(method ?? '')} is not possible here.`, allow: 'GET, HEAD' });
  }
  if (path === '/health') return await healthAnswer(context);
  const allowed = checkOperator(request, authority ?? headers.host, context.operatorHosts);
  if (!allowed.ok) return refusalAnswer(allowed.error);
  const host = authority ?? headers.host ?? 'localhost';
  if (path.startsWith(PAGE_FOLDER)) return await pageFileAnswer(path.slice(PAGE_FOLDER.length));
  switch (path) {
    case '/_':
    case '/_/':
      return await pageAnswer(context, host);
    case '/_/state':
      return await stateAnswer(context, host);
    case '/metrics':
      return await metricsAnswer(context, headers.accept);
    case '/_/logs':
      return await logsAnswer(context, query);
    case '/_/logs/stream':
      return method === 'HEAD'
        ? refusalAnswer({ status: 405, message: 'A stream has no head alone.', allow: 'GET' })
        : logStreamAnswer(context, request, response, query);
    default:
      return refusalAnswer({ status: 404, message: `There is nothing at ${echo(path)}. The pages of the node begin at /_/.` });
  }
}
