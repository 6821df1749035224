/**
 * Who may see the operator's side of a node: its metrics, its pages under `/_/`, the logs of its canisters.
 *
 * By default whoever sits at the machine: the connection comes from the machine itself, and the request names it so. The name matters because
 * a page of another site may let its own name point to this machine (DNS rebinding): its requests then come from here, but name the site.
 * Requests that a proxy passes on come from elsewhere, whatever their connection says. Nothing here allows other origins to read (no CORS).
 * @module
 */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIPv6 } from 'node:net';
import { hostNameOf } from '../routing.ts';
import { type HttpFailure, refuse } from '../failure.ts';
import { ok, type Result } from '@myelin/core/base';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

const LOOPBACK_NAME = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Headers that proxies add. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

function isLoopbackAddress(address: string | undefined): boolean {
  if (address === undefined) return false;
  return loopback.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
}

/** Whether a browser says that a page of another origin asks. What is opened as a page of its own may be linked from anywhere. */
function isForeign({ headers }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return false;
  return headers['sec-fetch-mode'] !== 'navigate' || headers['sec-fetch-dest'] !== 'document';
}

/**
 * Whether a request may see the operator's side.
 *
 * @param host - the Host header, or the authority of the request target.
 * @param allowed - names, in lower case and without port, by which requests from other machines may ask too.
 * @returns a refusal: 403.
 */
export function checkOperator(
  request: IncomingMessage,
  host: string | undefined,
  allowed: ReadonlySet<string>,
): Result<undefined, HttpFailure> {
  if (isForeign(request)) return refuse(403, 'Pages of other origins may not see this.');
  const name = hostNameOf(host);
  if (allowed.has(name)) return ok(undefined);
  const isLocal = LOOPBACK_NAME.test(name) && isLoopbackAddress(request.socket.remoteAddress);
  if (isLocal && PROXY_HEADERS.every((header) => request.headers[header] === undefined)) return ok(undefined);
  return refuse(
    403,
    'This is for the machine that the node runs on. The operator opens it to others with the option --operator-host NAME.',
  );
}
