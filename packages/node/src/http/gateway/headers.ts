/**
 * Headers between a browser and a canister: which pass, in which form.
 *
 * What belongs to one connection (hop by hop, RFC 9110 section 7.6.1) never passes. Everything else does, in the order received.
 * @module
 */
import { err, ok } from '@myelin/core/base';
import type { Result } from '@myelin/core/base';
import type { HeaderList } from '../answer.ts';
import { echo } from '../failure.ts';
import { RESPONSE_HEADER_BYTES_MAX } from '../limits.ts';

const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Characters that would end a header or split it in two.
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const FORBIDDEN_IN_VALUE = /[\x00-\x08\x0a-\x1f\x7f]/;

/** Names that the Connection header declares to be hop by hop. */
function connectionNames(headers: HeaderList): ReadonlySet<string> {
  const names = headers.filter(([name]) => name.toLowerCase() === 'connection').flatMap(([, value]) => value.split(','));
  return new Set(names.map((name) => name.trim().toLowerCase()));
}

/**
 * Headers of a request as the canister sees them.
 *
 * @param raw - names and values in turn, as Node keeps them; bytes of values as Latin-1.
 * @returns lower-case names; values as text when their bytes are UTF-8.
 */
export function requestHeaders(raw: readonly string[]): HeaderList {
  const headers: [string, string][] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) headers.push([raw[index]!.toLowerCase(), utf8Value(raw[index + 1]!)]);
  const declared = connectionNames(headers);
  return headers.filter(([name]) => !HOP_BY_HOP.has(name) && !declared.has(name));
}

function utf8Value(latin1: string): string {
  const bytes = Buffer.from(latin1, 'latin1');
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes) ? text : latin1;
}

/**
 * Headers of a canister's response as they may be sent on.
 *
 * Lengths are left to the connection, except as the answer to HEAD.
 * @returns an error text when a name or value cannot stand in a response.
 */
export function responseHeaders(headers: HeaderList, isHead: boolean): Result<HeaderList, string> {
  const passed: [string, string][] = [];
  const declared = connectionNames(headers);
  let bytes = 0;
  let hasLength = false;
  for (const [name, value] of headers) {
    bytes += name.length + value.length;
    if (bytes > RESPONSE_HEADER_BYTES_MAX) return err(`its headers have more than ${RESPONSE_HEADER_BYTES_MAX} bytes`);
    if (!TOKEN.test(name)) return err(`the header name '${echo(name)}' is not allowed in HTTP`);
    if (FORBIDDEN_IN_VALUE.test(value)) return err(`the value of the header '${echo(name)}' has characters that are not allowed in HTTP`);
    const lower = name.toLowerCase();
    if (HOP_BY_HOP.has(lower) || declared.has(lower)) continue;
    if (lower === 'content-length') {
      // Two that differ make a response that clients refuse.
      if (!isHead || hasLength || !/^\d{1,15}$/.test(value)) continue;
      hasLength = true;
    }
    passed.push([name, Buffer.from(value, 'utf8').toString('latin1')]);
  }
  return ok(passed);
}

/** Whether a header of that name is there. */
export function hasHeader(headers: HeaderList, name: string): boolean {
  return headers.some(([key]) => key.toLowerCase() === name);
}

/** What the gateway adds when the canister says nothing about other origins. */
export const GATEWAY_CORS: HeaderList = [
  ['access-control-allow-origin', '*'],
  ['access-control-allow-methods', 'GET, POST, HEAD, OPTIONS'],
  ['access-control-allow-headers', 'DNT,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Cookie'],
  ['access-control-expose-headers', 'Content-Length,Content-Range'],
];

/** Adds the gateway's own CORS headers unless the canister decides itself. */
export function withGatewayCors(headers: HeaderList): HeaderList {
  return hasHeader(headers, 'access-control-allow-origin') ? headers : [...headers, ...GATEWAY_CORS];
}
