/**
 * A request that is not served: HTTP status and a sentence for people. Texts that clients match begin as those of other replicas do.
 * @module
 */
import { err } from '@myelin/core/base';
import { ECHOED_CHARS_MAX } from './limits.ts';

/** Statuses that this node refuses requests with. */
export type FailureStatus = 400 | 403 | 404 | 405 | 408 | 411 | 413 | 414 | 415 | 429 | 431 | 500 | 502 | 503 | 504;

export type HttpFailure = {
  readonly status: FailureStatus;
  readonly message: string;
  /** Methods to name with 405. */
  readonly allow?: string;
};

/** A refusal as a result. */
export function refuse(status: FailureStatus, message: string): { readonly ok: false; readonly error: HttpFailure } {
  return err({ status, message });
}

/** `text` as it may stand in an answer: short, without control characters. */
export function echo(text: string): string {
  const printable = text.replaceAll(/\p{C}/gu, '\u{fffd}');
  return printable.length > ECHOED_CHARS_MAX ? `${printable.slice(0, ECHOED_CHARS_MAX)}…` : printable;
}
