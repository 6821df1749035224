/**
 * What a node signs when it answers a query.
 *
 * Source: IC interface specification, "Request: Query call".
 * @module
 */
import { concatBytes } from '../base/index.ts';
import type { Hasher } from '../base/index.ts';
import { RESPONSE_SEPARATOR } from './domain-separators.ts';
import { hashOfContent } from './hash-of-content.ts';

/** A query response without its signatures. */
export type QueryResponse =
  | { readonly status: 'replied'; readonly arg: Uint8Array }
  | { readonly status: 'rejected'; readonly rejectCode: number; readonly rejectMessage: string; readonly errorCode?: string | undefined };

/**
 * Representation-independent hash of a response, its time and the request it answers.
 *
 * @param timestamp - nanoseconds since 1970: the `timestamp` of the signature.
 * @param requestId - of the query, 32 bytes.
 */
export function queryResponseHash(response: QueryResponse, timestamp: bigint, requestId: Uint8Array, hasher: Hasher): Uint8Array {
  return response.status === 'replied'
    ? hashOfContent({ status: 'replied', reply: { arg: response.arg }, timestamp, request_id: requestId }, hasher)
    : hashOfContent(
        {
          status: 'rejected',
          reject_code: response.rejectCode,
          reject_message: response.rejectMessage,
          error_code: response.errorCode,
          timestamp,
          request_id: requestId,
        },
        hasher,
      );
}

/** What the node key signs: the domain separator and {@link queryResponseHash}. */
export function queryResponsePayload(
  response: QueryResponse,
  timestamp: bigint,
  requestId: Uint8Array,
  hasher: Hasher,
): Uint8Array<ArrayBuffer> {
  return concatBytes(RESPONSE_SEPARATOR, queryResponseHash(response, timestamp, requestId, hasher));
}
