/**
 * The HTTP gateway: turns requests of browsers into calls of `http_request` and its answers into pages.
 *
 * Source: HTTP gateway protocol specification. Responses come from this node's own replica and are not verified against their
 * certificate. A verifying gateway checks between `runCanister` and `answerCanister`, where request, response and body are at hand, and
 * must then collect a streamed body before it is passed on.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { randomBytes } from 'node:crypto';
import { err, IcError, ok, type PrincipalId, type Result } from '@myelin/core/base';
import type { HttpAnswer } from '../answer.ts';
import { waitForCertificate } from '../api.ts';
import { readBody } from '../body.ts';
import type { HttpContext } from '../context.ts';
import { anonymousCall, anonymousQuery } from '../anonymous-request.ts';
import { LISTED_CANISTERS_MAX } from '../limits.ts';
import type { QueryAnswer } from '../ports.ts';
import { mistypedCanisterId, resolveCanister, type Target } from '../routing.ts';
import { readCertifiedAnswer } from './certified-reply.ts';
import { failurePage, malformedResponsePage, mistypedIdPage, notHostedPage, rejectPage, timeoutPage, unresolvedPage } from './errors.ts';
import { requestHeaders, responseHeaders, withGatewayCors } from './headers.ts';
import { type CanisterHttpRequest, type CanisterHttpResponse, decodeHttpResponse, encodeHttpRequest } from './http-interface.ts';
import { type ErrorPage, errorPageAnswer, landingAnswer } from './pages.ts';
import { streamBody } from './streaming.ts';

/** Version of response verification that canisters are asked for. */
const CERTIFICATE_VERSION = 2;
const NONCE_BYTES = 16;

/** A page, or the error page that stands in its place. */
type Outcome<T> = Result<T, ErrorPage>;

/**
 * Answers a request outside of `/api`.
 *
 * @returns undefined when the client left before its request was complete.
 */
export async function serveGateway(
  context: HttpContext,
  request: IncomingMessage,
  response: ServerResponse,
  target: Target & { readonly url: string; readonly authority?: string },
): Promise<HttpAnswer | undefined> {
  const { accept, referer } = request.headers;
  const host = target.authority ?? request.headers.host;
  const found = resolveCanister({ host, query: target.query, referer }, context.canisterOfHostName);
  if (found === undefined) {
    const mistyped = mistypedCanisterId({ host, query: target.query });
    if (mistyped !== undefined) return errorPageAnswer(mistypedIdPage(mistyped), accept);
    return bareHostAnswer(context, request.method, host ?? 'localhost', target.path, accept);
  }
  const { canisterId } = found;
  if (!context.replica.hostsCanisterId(canisterId)) return errorPageAnswer(notHostedPage(canisterId), accept);
  const body = await readBody(request, response, {
    bytesMax: context.limits.gatewayBodyBytesMax,
    budget: context.gauges.bodies,
  });
  if (body === undefined) return undefined;
  if (!body.ok) return errorPageAnswer(failurePage(body.error), accept);
  try {
    const method = request.method ?? 'GET';
    const asked = { method, url: target.url, headers: requestHeaders(request.rawHeaders), body: body.value };
    const answered = await runCanister(context, canisterId, asked);
    const answer = answered.ok ? answerCanister(context, canisterId, method, answered.value) : answered;
    if (isPreflight(request)) return preflight(answer);
    return answer.ok ? answer.value : errorPageAnswer(answer.error, accept);
  } finally {
    context.gauges.bodies.bytesLeft += body.value.length;
  }
}

async function bareHostAnswer(
  { replica, implVersion }: HttpContext,
  method: string | undefined,
  host: string,
  path: string,
  accept: string | undefined,
): Promise<HttpAnswer> {
  if (path !== '/' || (method !== 'GET' && method !== 'HEAD')) return errorPageAnswer(unresolvedPage(host), accept);
  const listed = await replica.canisterIds(LISTED_CANISTERS_MAX + 1);
  return landingAnswer({
    host,
    implVersion,
    subnetId: replica.subnetId,
    rootKeyDer: replica.rootKeyDer,
    canisterIds: listed.slice(0, LISTED_CANISTERS_MAX),
    more: listed.length > LISTED_CANISTERS_MAX,
  });
}

/** Whether a browser asks what it may send, rather than sending it. */
function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

/** The canister's own word on other origins, or that of the gateway when it has none. */
function preflight(answer: Outcome<HttpAnswer>): HttpAnswer {
  if (
    answer.ok &&
    answer.value.headers.some(([name]) => name.toLowerCase() === 'access-control-allow-methods') &&
    answer.value.status < 300
  ) {
    return answer.value;
  }
  return { status: 204, headers: withGatewayCors([]), body: new Uint8Array(0) };
}

/** Calls `http_request`, and `http_request_update` when the canister asks for it. */
async function runCanister(
  context: HttpContext,
  canisterId: PrincipalId,
  asked: CanisterHttpRequest,
): Promise<Outcome<CanisterHttpResponse>> {
  const queried = await queryCanister(context, canisterId, 'http_request', encodeHttpRequest(asked, CERTIFICATE_VERSION));
  const response = decodeAnswer(canisterId, queried, 'http_request');
  if (!response.ok || !response.value.upgrade) return response;
  const updated = await updateCanister(context, canisterId, 'http_request_update', encodeHttpRequest(asked, undefined));
  return decodeAnswer(canisterId, updated, 'http_request_update');
}

function decodeAnswer(
  canisterId: PrincipalId,
  answer: Outcome<QueryAnswer>,
  method: 'http_request' | 'http_request_update',
): Outcome<CanisterHttpResponse> {
  if (!answer.ok) return answer;
  if (answer.value.status === 'rejected') return err(rejectPage(canisterId, answer.value));
  try {
    return ok(decodeHttpResponse(answer.value.arg, method));
  } catch (error) {
    if (error instanceof IcError) return err(malformedResponsePage(canisterId, error.message));
    throw error;
  }
}

/** One anonymous query. */
async function queryCanister(
  { replica, query, gauges, hasher }: HttpContext,
  canisterId: PrincipalId,
  methodName: string,
  arg: Uint8Array,
): Promise<Outcome<QueryAnswer>> {
  const slot = gauges.queries.enter();
  if (slot === undefined) return err(failurePage({ status: 503, message: 'Service is overloaded, try again later.' }));
  try {
    const request = { canisterId, methodName, arg, wallTimeNs: replica.wallTimeNs(), nonce: randomBytes(NONCE_BYTES) };
    return ok((await query(anonymousQuery(request, hasher), { unsigned: true })).answer);
  } finally {
    slot.leave();
  }
}

/** One anonymous update call, waited for until its outcome is certified. */
async function updateCanister(
  context: HttpContext,
  canisterId: PrincipalId,
  methodName: string,
  arg: Uint8Array,
): Promise<Outcome<QueryAnswer>> {
  const slot = context.gauges.calls.enter();
  if (slot === undefined) return err(failurePage({ status: 503, message: 'Service is overloaded, try again later.' }));
  try {
    const request = { canisterId, methodName, arg, wallTimeNs: context.replica.wallTimeNs(), nonce: randomBytes(NONCE_BYTES) };
    const message = anonymousCall(request, context.hasher);
    const submitted = await context.submit(message, 'canister_ranges');
    if (submitted.kind === 'busy') return err(failurePage({ status: 503, message: submitted.message }));
    if (submitted.kind === 'rejected') return err(rejectPage(canisterId, submitted));
    const certificate =
      submitted.certificate ??
      (await waitForCertificate(context, message.requestId, context.limits.gatewayCallTimeoutMs, 'canister_ranges'));
    const answer = certificate === undefined ? undefined : readCertifiedAnswer(certificate, message.requestId);
    return answer === undefined ? err(timeoutPage(canisterId)) : ok(answer);
  } finally {
    slot.leave();
  }
}

/** The canister's response as an HTTP response. */
function answerCanister(
  context: HttpContext,
  canisterId: PrincipalId,
  method: string,
  response: CanisterHttpResponse,
): Outcome<HttpAnswer> {
  const { statusCode, streaming } = response;
  if (statusCode < 200 || statusCode > 599) return err(malformedResponsePage(canisterId, `The status code is ${statusCode}.`));
  const headers = responseHeaders(response.headers, method === 'HEAD');
  if (!headers.ok) return err(malformedResponsePage(canisterId, headers.error));
  const answer = { status: statusCode, headers: withGatewayCors(headers.value) };
  if (streaming === undefined) return ok({ ...answer, body: response.body });
  if (streaming.canisterId !== canisterId) {
    return err(malformedResponsePage(canisterId, 'The callback of the streaming strategy is a method of another canister.'));
  }
  const more = streamBody(response.body, streaming, context.limits, (methodName, arg) =>
    queryCanister(context, canisterId, methodName, arg),
  );
  return ok({ ...answer, body: more });
}
