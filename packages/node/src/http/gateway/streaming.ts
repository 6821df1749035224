/**
 * Bodies that a canister gives piece by piece (HTTP gateway protocol specification, "Response Body Streaming").
 *
 * Pieces are asked for as fast as the client reads them. Once the head of a response is sent, an error can only break it off.
 * @module
 */
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { IcError } from '@myelin/core/base';
import type { Result } from '@myelin/core/base';
import type { HttpLimits } from '../limits.ts';
import type { QueryAnswer } from '../ports.ts';
import { decodeStreamedBody } from './streaming-token.ts';
import type { StreamedBody, StreamingStrategy } from './streaming-token.ts';
import type { ErrorPage } from './pages.ts';

/** Asks the canister; an error page means that it could not be asked or refused. */
export type AskCanister = (methodName: string, arg: Uint8Array) => Promise<Result<QueryAnswer, ErrorPage>>;

/** How often an overloaded node is asked again for the next piece, and the pause before. */
const RETRIES_MAX = 50;
const RETRY_PAUSE_MS = 100;

/** Code of the error that ends a streamed body before its end. */
export const STREAM_BROKEN: string = 'HTTP_STREAM_BROKEN';

function broken(reason: string): IcError {
  return new IcError({ code: STREAM_BROKEN }, `a streamed response was broken off: ${reason}`);
}

async function askPatiently(ask: AskCanister, methodName: string, arg: Uint8Array): Promise<QueryAnswer> {
  for (let attempt = 0; ; attempt++) {
    const answer = await ask(methodName, arg);
    if (answer.ok) return answer.value;
    if (answer.error.status !== 503 || attempt === RETRIES_MAX) throw broken(answer.error.title);
    await sleep(RETRY_PAUSE_MS);
  }
}

/** Understands an answer of the callback. */
function readPiece(answer: QueryAnswer): StreamedBody {
  if (answer.status === 'rejected') throw broken(answer.rejectMessage);
  try {
    return decodeStreamedBody(answer.arg);
  } catch (error) {
    if (error instanceof IcError) throw broken(error.message);
    throw error;
  }
}

/**
 * The whole body: the first piece, then what the callback returns until it has no further token. Pieces may be empty: at each of them
 * who reads may leave.
 *
 * A query is answered in the same turn of the event loop, so a canister with many pieces would keep the node for itself: between two
 * of them others have their turn.
 *
 * @throws IcError `HTTP_STREAM_BROKEN` when the callback is rejected, returns something else, or exceeds the limits.
 */
export async function* streamBody(
  first: Uint8Array,
  strategy: StreamingStrategy,
  limits: Pick<HttpLimits, 'streamedBodiesMax' | 'streamedBytesMax'>,
  ask: AskCanister,
): AsyncGenerator<Uint8Array, void, void> {
  let bytes = first.length;
  yield first;
  let arg: Uint8Array | undefined = strategy.arg;
  for (let pieces = 0; arg !== undefined; pieces++) {
    if (pieces === limits.streamedBodiesMax) throw broken(`it has more than ${limits.streamedBodiesMax} pieces`);
    await nextTurn();
    const piece = readPiece(await askPatiently(ask, strategy.methodName, arg));
    bytes += piece.body.length;
    if (bytes > limits.streamedBytesMax) throw broken(`it has more than ${limits.streamedBytesMax} bytes`);
    yield piece.body;
    arg = piece.arg;
  }
}
