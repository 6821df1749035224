/**
 * Receives request bodies within bounds: per request, and for all requests together.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ok } from '@myelin/core/base';
import type { Result } from '@myelin/core/base';
import { refuse } from './failure.ts';
import type { HttpFailure } from './failure.ts';

/** Bytes of bodies that all requests together may keep, from the first byte until they are answered. */
export type BodyBudget = { bytesLeft: number };

export type BodyLimits = { readonly bytesMax: number; readonly discardedBytesMax: number; readonly budget: BodyBudget };

/**
 * Reads and drops what is left of a request, so that the client sees the answer before the connection ends; a client that goes on
 * for too long is cut off.
 */
function discardRest(request: IncomingMessage, bytesMax: number): void {
  let dropped = 0;
  request.on('data', (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > bytesMax) request.destroy();
  });
}

function declaredLength(request: IncomingMessage): number | undefined {
  const text = request.headers['content-length'];
  return text === undefined ? undefined : Number(text);
}

function join(chunks: readonly Buffer[], length: number): Uint8Array<ArrayBuffer> {
  // Own memory: a slice of Node's buffer pool would keep the whole pool alive.
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}

/**
 * Receives the body of a request. Its bytes stay charged to the budget: give them back when the request is answered.
 *
 * @returns the bytes, in memory of their own; a refusal (413, 503); or undefined when the client left before the end.
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
): Promise<Result<Uint8Array<ArrayBuffer>, HttpFailure> | undefined> {
  const tooLarge = refuse(413, `The request body is larger than ${limits.bytesMax} bytes.`);
  const declared = declaredLength(request);
  if (declared !== undefined && declared > limits.bytesMax) {
    discardRest(request, limits.discardedBytesMax);
    return tooLarge;
  }
  if (request.headers.expect !== undefined) response.writeContinue();
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const settle = (outcome: Result<Uint8Array<ArrayBuffer>, HttpFailure> | undefined): void => {
      request.off('data', take).off('end', finish).off('close', leave);
      if (outcome?.ok !== true) limits.budget.bytesLeft += length;
      resolve(outcome);
    };
    const stop = (failure: Result<never, HttpFailure>): void => {
      chunks.length = 0;
      settle(failure);
      discardRest(request, limits.discardedBytesMax);
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      limits.budget.bytesLeft -= chunk.length;
      if (length > limits.bytesMax) stop(tooLarge);
      else if (limits.budget.bytesLeft < 0) stop(refuse(503, 'Too many request bodies are being received. Try again later.'));
      else chunks.push(chunk);
    };
    const finish = (): void => settle(ok(join(chunks, length)));
    const leave = (): void => settle(undefined);
    request.on('data', take).on('end', finish).on('close', leave);
  });
}
