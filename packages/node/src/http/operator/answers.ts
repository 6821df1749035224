/**
 * Answers of the operator's side: never cached, never readable by pages of other origins.
 * @module
 */
import { type HeaderList, type HttpAnswer, failureHeaders } from '../answer.ts';
import type { HttpFailure } from '../failure.ts';

const HEADERS: HeaderList = [
  ['cache-control', 'no-store'],
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
  ['cross-origin-resource-policy', 'same-origin'],
];

export function operatorAnswer(status: number, contentType: string, body: HttpAnswer['body'], more: HeaderList = []): HttpAnswer {
  return { status, headers: [['content-type', contentType], ...HEADERS, ...more], body };
}

export function jsonAnswer(value: unknown, status = 200): HttpAnswer {
  return operatorAnswer(status, 'application/json; charset=utf-8', `${JSON.stringify(value)}\n`);
}

export function refusalAnswer(failure: HttpFailure): HttpAnswer {
  return operatorAnswer(failure.status, 'text/plain; charset=utf-8', `${failure.message}\n`, failureHeaders(failure));
}
