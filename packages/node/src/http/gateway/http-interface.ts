/**
 * The Candid interface of canisters that serve HTTP.
 *
 * Source: HTTP gateway protocol specification, "Canister HTTP Interface". Types are as wide as canisters in use need: fields that a
 * canister leaves out are absent, and a streaming callback may answer with an optional record, as older ones do.
 * @module
 */
import { argsCodec, blob, bool, nat16, opt, record, reserved, text, tuple, vec } from '@myelin/core/candid';
import type { HeaderList } from '../answer.ts';
import { decodeStrategy } from './streaming-token.ts';
import type { StreamingStrategy } from './streaming-token.ts';

/** A request as the canister is asked. */
export type CanisterHttpRequest = {
  /** Upper case. */
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
};

/** A response as the canister gave it; nothing is checked but its types. */
export type CanisterHttpResponse = {
  readonly statusCode: number;
  readonly headers: HeaderList;
  readonly body: Uint8Array;
  /** Whether the request is to be made again as an update call. */
  readonly upgrade: boolean;
  readonly streaming?: StreamingStrategy;
};

const headerFields = vec(tuple(text, text));

const updateRequestArgs = argsCodec([record({ method: text, url: text, headers: headerFields, body: blob })]);
const requestArgs = argsCodec([record({ method: text, url: text, headers: headerFields, body: blob, certificate_version: opt(nat16) })]);
const responseResults = argsCodec([
  record({ status_code: nat16, headers: headerFields, body: blob, upgrade: opt(bool), streaming_strategy: opt(reserved) }),
]);

/**
 * Argument of `http_request`, or of `http_request_update` when there is no certificate version.
 *
 * @param certificateVersion - newest version of response verification that is understood.
 */
export function encodeHttpRequest(request: CanisterHttpRequest, certificateVersion: number | undefined): Uint8Array {
  const { method, url, headers, body } = request;
  if (certificateVersion === undefined) return updateRequestArgs.encode([{ method, url, headers, body }]);
  return requestArgs.encode([{ method, url, headers, body, certificate_version: [certificateVersion] }]);
}

/**
 * Result of `http_request` and `http_request_update`.
 *
 * @param method - a query that asks to be made again as an update means nothing else; an update that asks so is not listened to.
 * @throws IcError a `CANDID_…` code, or `HTTP_RESPONSE_INVALID` for a streaming strategy that is none.
 */
export function decodeHttpResponse(bytes: Uint8Array, method: 'http_request' | 'http_request_update'): CanisterHttpResponse {
  const [response] = responseResults.decode(bytes);
  const { status_code: statusCode, headers, body } = response;
  const upgrade = method === 'http_request' && response.upgrade[0] === true;
  const plain = { statusCode, headers, body, upgrade };
  return upgrade || response.streaming_strategy.length === 0 ? plain : { ...plain, streaming: decodeStrategy(bytes) };
}
