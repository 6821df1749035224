/**
 * The HTTP server of a node: connections, bounds, dispatch, orderly close.
 *
 * Built on node:http alone. What a request means is decided in routing.ts and answered by the endpoints and the gateway; this file
 * only guards the process: nothing that a client sends may throw past `serve`, wait forever or keep memory without a bound.
 * @module
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { IcError } from '@myelin/core/base';
import type { PrincipalId } from '@myelin/core/base';
import { failureAnswer, overloadedAnswer, preflightAnswer, sendAnswer, tooManyAnswer } from './answer.ts';
import type { HttpAnswer } from './answer.ts';
import { checkContentType, serveApi } from './api.ts';
import { createBacklog } from './backlog.ts';
import type { Backlog } from './backlog.ts';
import { discardBody, readBody, shortageOf } from './body.ts';
import type { HttpContext } from './context.ts';
import { createConcurrentChecker } from './concurrent-check.ts';
import { guardConnections } from './connections.ts';
import type { Connections } from './connections.ts';
import type { HttpCrypto } from './envelope-check.ts';
import { createFairTurns } from './fair-turns.ts';
import type { FairTurns } from './fair-turns.ts';
import { createGauge, createGauges } from './gauges.ts';
import type { Slot } from './gauges.ts';
import { serveGateway } from './gateway/gateway.ts';
import { STREAM_BROKEN } from './gateway/streaming.ts';
import { HTTP_LIMITS, LEFT_BYTES_SHARE, LISTED_CANISTERS_MAX, LOG_FOLLOWERS_MAX, MODEST_REQUESTS_MAX } from './limits.ts';
import type { HttpLimits } from './limits.ts';
import { listenOn, type Listening } from './listening.ts';
import { HttpMetrics, type Observation } from '../metrics/index.ts';
import { connectionsThatFit } from './open-files.ts';
import { isForOperator, serveOperator } from './operator/operator.ts';
import { createSnapshotSource } from './operator/snapshot-source.ts';
import type { ReplicaPort } from './ports.ts';
import { answerMalformed, answerRaw } from './raw-answer.ts';
import { checkHosts, isApiPath, methodsOf, parseTarget, routeApi } from './routing.ts';
import { createSources } from './sources.ts';
import type { Source, Sources } from './sources.ts';

export type HttpServerOptions = {
  readonly replica: ReplicaPort;
  /** Hashes and signature checks, native ones where they are fast. */
  readonly crypto: HttpCrypto;
  /** Address to listen on, for example `127.0.0.1` or `::`; `localhost` is both addresses of the machine itself. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** Replaces single limits. */
  readonly limits?: Partial<HttpLimits>;
  /** Canisters of host names beside `<canister id>.<domain>`: names of a project, own domains. Names come in lower case, without port. */
  readonly canisterOfHostName?: (hostName: string) => PrincipalId | undefined;
  /** Version that the status endpoint states. */
  readonly implVersion?: string;
  /** Names by which other machines may ask for metrics and for the pages under `/_/`; none by default. In lower case, without port. */
  readonly operatorHosts?: readonly string[];
  /** Names that canisters were deployed under, for the page under `/_/`. Asked for each time. */
  readonly canisterNames?: () => Promise<ReadonlyMap<PrincipalId, string>>;
  /** Told of each connection and request that is refused because there are too many. */
  readonly onRefused?: (kind: 'connection' | 'request') => void;
  /** Told of every fault of this node (an answer 500, a failed write): for the log. */
  readonly onFault?: (error: unknown, where: string) => void;
};

export type HttpServer = {
  /** The port that the server listens on. */
  readonly port: number;
  /** Requests being worked on now. */
  readonly requestsInFlight: number;
  /** Open connections. */
  readonly connections: number;
  /**
   * Stops listening, finishes the requests in flight (waiting calls are answered 202 when the grace period ends) and closes every
   * connection. Calling it again waits for the same end.
   */
  close(): Promise<void>;
};

/** Time between the end of the grace period, when waiting calls are answered, and the end of every connection. */
const CLOSE_LINGER_MS = 500;

/**
 * Starts the server.
 *
 * @throws the system's error when the address cannot be bound (`EADDRINUSE`, `EACCES`, …).
 */
export async function openHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const wanted: HttpLimits = { ...HTTP_LIMITS, ...options.limits };
  const limits: HttpLimits = { ...wanted, connectionsMax: connectionsThatFit(wanted.connectionsMax) };
  const closing = new AbortController();
  const stopping = new AbortController();
  const metrics = new HttpMetrics();
  const gauges = createGauges(limits);
  const backlog = createBacklog(
    (...asked) => options.replica.submit(...asked),
    limits,
    () => performance.now(),
  );
  const context: HttpContext = {
    replica: options.replica,
    submit: backlog.submit,
    query: (...asked) => options.replica.query(...asked),
    queryIfProven: (...asked) => options.replica.queryIfProven(...asked),
    hasher: options.crypto.hasher,
    limits,
    gauges,
    envelopes: createConcurrentChecker(options.replica, options.crypto, () => gauges.requests.count > 1),
    closing: closing.signal,
    stopping: stopping.signal,
    metrics,
    bodyBytes: () => limits.bodiesBytesMax - gauges.bodies.bytesLeft,
    snapshots: createSnapshotSource(options.replica, LISTED_CANISTERS_MAX),
    followers: createGauge(LOG_FOLLOWERS_MAX),
    operatorHosts: new Set(options.operatorHosts ?? []),
    onRefused: options.onRefused ?? (() => {}),
    canisterNames: options.canisterNames ?? (() => Promise.resolve(new Map())),
    canisterOfHostName: options.canisterOfHostName ?? (() => undefined),
    implVersion: options.implVersion ?? 'myelin',
    onFault: options.onFault ?? (() => {}),
  };
  const server = createBoundedServer(limits, metrics);
  server.on('drop', () => {
    metrics.connectionsDropped++;
    context.onRefused('connection');
  });
  const sources = createSources(limits, gauges.bodies);
  const turns = createFairTurns(limits.turnsMax, limits.sourceTurnsMax);
  const connections = guardConnections(server, sources, limits.connectionsMax);
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    serve({ context, server, sources, connections, backlog, turns }, request, response).catch((error: unknown) =>
      context.onFault(error, 'http server'),
    );
  };
  server.on('request', listener);
  server.on('checkContinue', listener);
  const listening = await listenOn(server, options.host, options.port);
  let closed: Promise<void> | undefined;
  return {
    port: listening.port,
    get requestsInFlight(): number {
      return context.gauges.requests.count;
    },
    get connections(): number {
      return connections.count;
    },
    close: () => {
      stopping.abort();
      return (closed ??= closeServer(server, listening, closing, limits.closeGraceMs));
    },
  };
}

function createBoundedServer(limits: HttpLimits, metrics: HttpMetrics): Server {
  const server = createServer({
    maxHeaderSize: limits.headerBytesMax,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: Math.max(50, Math.min(1_000, limits.headersTimeoutMs / 4)),
    noDelay: true,
    insecureHTTPParser: false,
    // Checked with the request, so that its client is told what is missing.
    requireHostHeader: false,
  });
  // One more than is allowed, so that it is seen: Node leaves out the rest without a word.
  server.maxHeadersCount = limits.headersMax + 1;
  server.maxConnections = limits.connectionsMax;
  server.timeout = limits.socketTimeoutMs;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    metrics.malformed++;
    // An answer to an earlier request on the connection is not to be cut in two: it is the last one.
    const earlier = [...(requestsOf.get(socket) ?? [])].some((request) => request.complete);
    if (earlier) broken.add(socket);
    else answerMalformed(error, socket as Socket);
  });
  // A tunnel is never opened, and an upgrade is answered as if it had not been asked for.
  server.on('connect', (_request, socket) => answerRaw(socket as Socket, '405 Method Not Allowed', 'CONNECT is not possible here.'));
  return server;
}

/** Requests of a connection that are being answered, and connections that have sent something malformed after them. */
const requestsOf = new WeakMap<Duplex, Set<IncomingMessage>>();
const broken = new WeakSet<Duplex>();

async function closeServer(server: Server, listening: Listening, closing: AbortController, graceMs: number): Promise<void> {
  const ended = listening.stop();
  server.closeIdleConnections();
  const grace = setTimeout(() => closing.abort(), graceMs);
  const force = setTimeout(() => server.closeAllConnections(), graceMs + CLOSE_LINGER_MS);
  await ended;
  clearTimeout(grace);
  clearTimeout(force);
  closing.abort();
}

/** What stands between the connections and the endpoints. */
type Guards = {
  readonly context: HttpContext;
  readonly server: Server;
  readonly sources: Sources;
  readonly connections: Connections;
  readonly backlog: Backlog;
  readonly turns: FairTurns;
};

/** A request that is not worked on any further. Its code is that of a connection that ended, which is no fault of ours. */
class Unserved extends Error {
  readonly code = 'ECONNRESET';
  /** Undefined when nobody is there to be answered. */
  readonly answer: HttpAnswer | undefined;

  constructor(answer: HttpAnswer | undefined) {
    super('the request is not served');
    this.answer = answer;
  }
}

/** What the endpoints work with for a request of a source: its bytes, its turns. */
function contextOf({ context, turns }: Guards, source: Source, { socket }: IncomingMessage): HttpContext {
  const bytesMin = context.limits.sourceBodiesBytesMax * LEFT_BYTES_SHARE;
  const inTurn = async <T>(run: () => Promise<T>): Promise<T> => {
    const turn = await turns.take(source);
    try {
      if (socket.destroyed) throw new Unserved(undefined);
      if (source.bodies.bytesLeft < bytesMin) throw new Unserved(failureAnswer(shortageOf(source.bodies)));
      return await run();
    } finally {
      turn.leave();
    }
  };
  return {
    ...context,
    gauges: { ...context.gauges, bodies: source.bodies },
    query: (...asked) => inTurn(() => context.query(...asked)),
    queryIfProven: (...asked) => inTurn(() => context.queryIfProven(...asked)),
  };
}

/** Whether a new update call of this source is refused because the node is behind. */
function isPutOff({ backlog }: Guards, source: Source): boolean {
  return backlog.isLong && source.requests.count > MODEST_REQUESTS_MAX;
}

/** Answers one request. Every failure becomes an answer. */
async function serve(guards: Guards, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // Without listeners the error of an aborted request or response would be thrown into the process.
  request.on('error', () => {});
  response.on('error', () => {});
  const { context, server, sources, connections } = guards;
  const { limits, gauges } = context;
  const { socket } = request;
  const source = sources.of(socket);
  const requests = requestsOf.get(socket) ?? new Set();
  // A connection that was refused, or has more requests open than anybody needs, is ended; what it has sent already is not worked on.
  if (source !== undefined && requests.size >= limits.connectionRequestsMax && !socket.destroyed) sources.shut(source);
  if (source === undefined || requests.size >= limits.connectionRequestsMax) socket.destroy();
  if (source === undefined || socket.destroyed) return;
  requestsOf.set(socket, requests.add(request));
  const observation = context.metrics.begin();
  source.idle.delete(socket);
  const place = sources.enter(source);
  const slot = place === undefined ? undefined : gauges.requests.enter();
  if (slot === undefined) context.onRefused('request');
  try {
    const answer = slot === undefined ? refusalOf(place) : await answerOf({ guards, source, observation }, request, response);
    observation.end(answer?.status);
    if (answer === undefined) return;
    const ended = await discardBody(request, { bytesMax: limits.discardedBytesMax, timeoutMs: limits.discardTimeoutMs });
    await sendAnswer(request, response, answer, {
      budget: source.bodies,
      timeoutMs: limits.answerTimeoutMs,
      lastOfConnection: !server.listening || !ended || connections.areScarceFor(source),
    });
  } catch (error) {
    // The connection broke, or a streamed body failed after its head was sent: nothing can be said any more.
    if (!isDisconnect(error) && !isBrokenStream(error)) context.onFault(error, whereOf(request));
    response.destroy();
  } finally {
    slot?.leave();
    place?.leave();
    requests.delete(request);
    if (requests.size === 0 && !socket.destroyed) source.idle.add(socket);
    if (broken.has(socket)) socket.end();
  }
}

/** Without a place the source has too many requests, with one the node. */
function refusalOf(place: Slot | undefined): HttpAnswer {
  return place === undefined ? tooManyAnswer() : overloadedAnswer();
}

/** Method and path, for the log: a query may hold what is nobody's business. */
function whereOf({ method, url = '' }: IncomingMessage): string {
  return `${method} ${url.split('?', 1)[0]?.slice(0, 200)}`;
}

/** Errors of the connection have a code of the system or of Node; faults of ours have none. */
function isDisconnect(error: unknown): boolean {
  return typeof (error as NodeJS.ErrnoException | undefined)?.code === 'string';
}

/** A canister that failed in the middle of its body. */
function isBrokenStream(error: unknown): boolean {
  return error instanceof IcError && error.detail.code === STREAM_BROKEN;
}

async function answerOf(
  { guards, source, observation }: { readonly guards: Guards; readonly source: Source; readonly observation: Observation },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<HttpAnswer | undefined> {
  const context = contextOf(guards, source, request);
  try {
    if (request.rawHeaders.length > 2 * context.limits.headersMax) {
      return failureAnswer({ status: 431, message: `The request has more than ${context.limits.headersMax} headers.` });
    }
    const target = parseTarget(request.url ?? '/');
    if (!target.ok) return failureAnswer(target.error);
    const hosts = checkHosts(request.httpVersion, request.headersDistinct['host'] ?? []);
    if (!hosts.ok) return failureAnswer(hosts.error);
    if (isApiPath(target.value.path)) {
      return await answerApi({ context, isPutOff: isPutOff(guards, source) }, request, response, { path: target.value.path, observation });
    }
    if (isForOperator(context, request, target.value)) {
      observation.endpoint = 'operator';
      return await serveOperator(context, request, response, target.value);
    }
    observation.endpoint = 'gateway';
    return await serveGateway(context, request, response, target.value);
  } catch (error) {
    if (error instanceof Unserved) return error.answer;
    context.onFault(error, whereOf(request));
    return failureAnswer({ status: 500, message: 'This node has an internal error; its log says more. The request may be tried again.' });
  }
}

async function answerApi(
  { context, isPutOff: callsArePutOff }: { readonly context: HttpContext; readonly isPutOff: boolean },
  request: IncomingMessage,
  response: ServerResponse,
  { path, observation }: { readonly path: string; readonly observation: Observation },
): Promise<HttpAnswer | undefined> {
  const { limits, gauges } = context;
  const method = request.method ?? 'GET';
  if (method === 'OPTIONS') {
    const asked = routeApi('POST', path);
    if (!asked.ok && asked.error.status !== 405) return failureAnswer(asked.error);
    return preflightAnswer(methodsOf(asked.ok ? asked.value.endpoint : 'status'));
  }
  const route = routeApi(method, path);
  if (!route.ok) return failureAnswer(route.error);
  observation.endpoint = route.value.endpoint;
  if (route.value.endpoint === 'status') return serveApi(context, route.value, new Uint8Array(0));
  if (route.value.endpoint === 'call' && callsArePutOff) return tooManyAnswer();
  const type = checkContentType(request.headers['content-type']);
  if (!type.ok) return failureAnswer(type.error);
  const body = await readBody(request, response, {
    bytesMax: route.value.endpoint === 'call' ? Math.min(limits.bodyBytesMax, limits.ingressBytesMax) : limits.bodyBytesMax,
    budget: gauges.bodies,
  });
  if (body === undefined) return undefined;
  if (!body.ok) return failureAnswer(body.error);
  try {
    return await serveApi(context, route.value, body.value);
  } finally {
    gauges.bodies.bytesLeft += body.value.length;
  }
}
