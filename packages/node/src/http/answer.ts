/**
 * Answers as values, and how they are written to a connection.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { encodeSelfDescribedCbor } from '@myelin/core/codec';
import type { CborInput } from '@myelin/core/codec';
import type { BodyBudget } from './body.ts';
import type { HttpFailure } from './failure.ts';

/** Header names and values, in the order in which they are sent; a name may occur more than once. */
export type HeaderList = readonly (readonly [name: string, value: string])[];

export type HttpAnswer = {
  readonly status: number;
  readonly headers: HeaderList;
  /** A stream is pulled as fast as the client reads, and told to return when the client leaves. */
  readonly body: Uint8Array | string | AsyncIterable<Uint8Array>;
};

const NOTHING = new Uint8Array(0);

/** The HTTPS interface is open to pages of every origin: requests authenticate themselves, no cookie is ever read. */
const API_CORS: HeaderList = [
  ['access-control-allow-origin', '*'],
  ['access-control-expose-headers', 'accept-ranges,content-length,content-range'],
];

/** Answer to an OPTIONS request of a browser. */
export function preflightAnswer(methods: string): HttpAnswer {
  return {
    status: 204,
    headers: [
      ['access-control-allow-origin', '*'],
      ['access-control-allow-methods', methods],
      [
        'access-control-allow-headers',
        'accept,authorization,cache-control,content-type,dnt,if-modified-since,range,user-agent,x-requested-with',
      ],
      ['access-control-max-age', '600'],
    ],
    body: NOTHING,
  };
}

/** 200 with a self-described CBOR message. */
export function cborAnswer(message: CborInput): HttpAnswer {
  return { status: 200, headers: [...API_CORS, ['content-type', 'application/cbor']], body: encodeSelfDescribedCbor(message) };
}

/** 202: taken, and nothing to say yet. */
export function acceptedAnswer(): HttpAnswer {
  return { status: 202, headers: API_CORS, body: NOTHING };
}

/** A refusal of the HTTPS interface: plain text. */
export function failureAnswer(failure: HttpFailure): HttpAnswer {
  return {
    status: failure.status,
    headers: [...API_CORS, ['content-type', 'text/plain; charset=utf-8'], ...failureHeaders(failure)],
    body: failure.message,
  };
}

/** 503: there are too many requests, or too much that clients have not read yet. */
export function overloadedAnswer(): HttpAnswer {
  return failureAnswer({ status: 503, message: 'Service is overloaded, try again later.' });
}

/** 429: the client has too many requests in flight, or there are too many update calls. */
export function tooManyAnswer(): HttpAnswer {
  return failureAnswer({ status: 429, message: 'Too many requests, try again later.' });
}

/** Headers that go with a refusal, whatever its body. */
export function failureHeaders(failure: HttpFailure): HeaderList {
  if (failure.allow !== undefined) return [['allow', failure.allow]];
  return failure.status === 429 || failure.status === 503 ? [['retry-after', '1']] : [];
}

/** Statuses that have no body. */
function isBodiless(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

function hasHeader(headers: HeaderList, name: string): boolean {
  return headers.some(([key]) => key.toLowerCase() === name);
}

/** Bounds of what clients may leave unread. */
export type SendLimits = {
  readonly budget: BodyBudget;
  /** Time to read a whole answer, streamed ones excepted. */
  readonly timeoutMs: number;
};

/** Answers up to this size are left to the connection's buffers, one at a time. */
const UNWATCHED_BYTES_MAX = 16 * 1024;

/** Whether the budget has room for these bytes while the client reads them. */
function fits(bytes: number, { budget }: SendLimits): boolean {
  return bytes <= UNWATCHED_BYTES_MAX || bytes <= budget.bytesLeft;
}

/** Resolves when the answer was handed to the operating system, or the connection ended; ends it when that takes too long. */
async function sent(response: ServerResponse, bytes: number, limits: SendLimits): Promise<void> {
  // One that waits behind others of its connection has no connection yet.
  const isSmall = bytes <= UNWATCHED_BYTES_MAX && response.socket !== null && response.writableLength <= UNWATCHED_BYTES_MAX;
  if (isSmall || response.writableFinished || response.destroyed) return;
  limits.budget.bytesLeft -= bytes;
  const timer = setTimeout(() => response.destroy(), limits.timeoutMs);
  await new Promise<void>((resolve) => response.once('finish', resolve).once('close', resolve));
  clearTimeout(timer);
  limits.budget.bytesLeft += bytes;
}

/** Resolves when the connection takes more, or has ended. */
function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const settle = (): void => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}

/**
 * Writes one piece after the other, so that one at a time is held, and asks for no more of them when the client has left. Where one
 * does not fit, the answer is broken off: what was sent of it cannot be taken back.
 */
async function sendPieces(response: ServerResponse, pieces: AsyncIterable<Uint8Array>, limits: SendLimits): Promise<void> {
  for await (const piece of pieces) {
    if (!fits(piece.length, limits)) response.destroy();
    if (response.destroyed) return;
    if (piece.length === 0 || response.write(piece)) continue;
    limits.budget.bytesLeft -= piece.length;
    await drained(response);
    limits.budget.bytesLeft += piece.length;
  }
}

/** Bytes that have to fit before the answer is begun; of a stream, as much as makes it watched. */
function bytesToHold({ body }: HttpAnswer): number {
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.length : UNWATCHED_BYTES_MAX + 1;
}

/**
 * Writes an answer, or 503 when clients have left so much unread that it does not fit.
 *
 * @param lastOfConnection - tells the client to close the connection.
 * @returns when the answer is handed to the operating system, or the client has gone.
 */
export async function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  wanted: HttpAnswer,
  limits: SendLimits & { readonly lastOfConnection: boolean },
): Promise<void> {
  if (response.destroyed || response.headersSent) return;
  const answer = fits(bytesToHold(wanted), limits) ? wanted : overloadedAnswer();
  const head = answer.headers.flat();
  if (limits.lastOfConnection) head.push('connection', 'close');
  const isHead = request.method === 'HEAD';
  const hasBody = !isHead && !isBodiless(answer.status);
  if (typeof answer.body === 'string' || answer.body instanceof Uint8Array) {
    const bytes = typeof answer.body === 'string' ? Buffer.from(answer.body) : answer.body;
    // A canister that answers HEAD may state the length of the body that GET would have.
    const statesLength = isHead && hasHeader(answer.headers, 'content-length');
    if (!isBodiless(answer.status) && !statesLength) head.push('content-length', String(bytes.length));
    response.writeHead(answer.status, head);
    response.end(hasBody ? bytes : undefined);
    return sent(response, hasBody ? bytes.length : 0, limits);
  }
  response.writeHead(answer.status, head);
  if (hasBody) await sendPieces(response, answer.body, limits);
  if (!response.destroyed) response.end();
}
