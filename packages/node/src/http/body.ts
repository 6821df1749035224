/**
 * Receives request bodies within bounds: per request, and for all requests together.
 * @module
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { err, ok } from '@myelin/core/base';
import type { Result } from '@myelin/core/base';
import { Chunks } from './chunks.ts';
import { refuse } from './failure.ts';
import type { HttpFailure } from './failure.ts';

/** Bytes of bodies that all requests together may keep, from the first byte until they are answered. */
export type BodyBudget = {
  bytesLeft: number;
  /** How a request is refused for which nothing is left; undefined for the refusal of the whole node. */
  readonly shortage?: () => HttpFailure;
};

export type BodyLimits = { readonly bytesMax: number; readonly budget: BodyBudget };

/** How much of an unwanted body is waited for. */
export type DiscardLimits = { readonly bytesMax: number; readonly timeoutMs: number };

/**
 * Reads and drops what is left of a request: a client that is still sending would not see the answer.
 *
 * @returns whether the end was reached; false when there is more than `bytesMax`, it takes longer than `timeoutMs`, or the client left.
 */
export async function discardBody(request: IncomingMessage, limits: DiscardLimits): Promise<boolean> {
  const { bytesMax, timeoutMs } = limits;
  if (request.complete || request.destroyed) return request.complete;
  const declared = declaredLength(request);
  // It waits for "100 Continue" and sends nothing before; or there is too much to wait for.
  if (request.headers.expect !== undefined || (declared !== undefined && declared > bytesMax)) return false;
  return new Promise((resolve) => {
    let dropped = 0;
    const settle = (ended: boolean): void => {
      clearTimeout(timer);
      request.off('data', take).off('end', finish).off('close', leave);
      resolve(ended);
    };
    const take = (chunk: Buffer): void => {
      dropped += chunk.length;
      if (dropped > bytesMax) settle(false);
    };
    const finish = (): void => settle(true);
    const leave = (): void => settle(request.complete);
    const timer = setTimeout(() => settle(false), timeoutMs);
    request.on('data', take).on('end', finish).on('close', leave);
  });
}

function declaredLength(request: IncomingMessage): number | undefined {
  const text = request.headers['content-length'];
  return text === undefined ? undefined : Number(text);
}

/** The refusal of a request for which a budget has nothing left. */
export function shortageOf({ shortage }: BodyBudget): HttpFailure {
  return shortage?.() ?? { status: 503, message: 'Too many request bodies are being received. Try again later.' };
}

/**
 * Receives the body of a request. Its bytes stay charged to the budget: give them back when the request is answered.
 *
 * @returns the bytes, in memory of their own; a refusal (413, 429, 503); or undefined when the client left before the end.
 */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: BodyLimits,
): Promise<Result<Uint8Array<ArrayBuffer>, HttpFailure> | undefined> {
  if (request.destroyed) return undefined;
  const tooLarge = refuse(413, `The request body is larger than ${limits.bytesMax} bytes.`);
  const declared = declaredLength(request);
  if (declared !== undefined && declared > limits.bytesMax) return tooLarge;
  if (request.headers.expect !== undefined) response.writeContinue();
  return new Promise((resolve) => {
    const chunks = new Chunks();
    let length = 0;
    const settle = (outcome: Result<Uint8Array<ArrayBuffer>, HttpFailure> | undefined): void => {
      request.off('data', take).off('end', finish).off('close', leave);
      if (outcome?.ok !== true) limits.budget.bytesLeft += length;
      resolve(outcome);
    };
    const stop = (failure: Result<never, HttpFailure>): void => {
      chunks.clear();
      settle(failure);
    };
    const take = (chunk: Buffer): void => {
      length += chunk.length;
      limits.budget.bytesLeft -= chunk.length;
      if (length > limits.bytesMax) stop(tooLarge);
      else if (limits.budget.bytesLeft < 0) stop(err(shortageOf(limits.budget)));
      else chunks.add(chunk);
    };
    const finish = (): void => settle(ok(chunks.join(length)));
    const leave = (): void => settle(undefined);
    request.on('data', take).on('end', finish).on('close', leave);
  });
}
