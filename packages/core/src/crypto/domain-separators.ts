/**
 * What is put in front of a message before it is signed, so that no signature can be used for another purpose. The first byte is the
 * length of the rest.
 *
 * Source: IC interface specification, "Authentication", "Request: Query call".
 * @module
 */
import { utf8 } from '../base/index.ts';

/** In front of a request id. */
export const REQUEST_SEPARATOR: Uint8Array = utf8('\x0Aic-request');

/** In front of the hash of a delegation. */
export const DELEGATION_SEPARATOR: Uint8Array = utf8('\x1Aic-request-auth-delegation');

/** In front of the sender information that a canister vouches for. */
export const SENDER_INFO_SEPARATOR: Uint8Array = utf8('\x0Eic-sender-info');

/** In front of the hash of a query response. */
export const RESPONSE_SEPARATOR: Uint8Array = utf8('\x0Bic-response');
