/**
 * From method, path and host to the endpoint that answers. Pure: nothing is read but the request line and the Host header.
 *
 * `/api/…` is the HTTPS interface on every host, so that a page served by the gateway reaches it at its own origin. Any other path
 * belongs to the canister that the host, the `canisterId` parameter or the referring page names, or to the landing page.
 * Source: IC interface specification, "HTTPS Interface"; HTTP gateway protocol specification, "Canister ID Resolution".
 * @module
 */
import { IcError, ok, principalFromText } from '@myelin/core/base';
import type { PrincipalId, Result } from '@myelin/core/base';
import { echo, refuse } from './failure.ts';
import type { HttpFailure } from './failure.ts';
import { TARGET_CHARS_MAX } from './limits.ts';

/** Whom a request of the HTTPS interface concerns: the effective canister or the effective subnet. */
export type Scope = { readonly kind: 'canister' | 'subnet'; readonly id: PrincipalId };

/** An endpoint of the HTTPS interface. */
export type ApiRoute =
  | { readonly endpoint: 'status' }
  | { readonly endpoint: 'call'; readonly version: 2 | 3 | 4; readonly scope: Scope }
  | { readonly endpoint: 'query'; readonly version: 2 | 3; readonly scope: Scope }
  | { readonly endpoint: 'read_state'; readonly version: 2 | 3; readonly scope: Scope };

/** Endpoint, version and scope as they appear in the path, and what each accepts. */
const API_ENDPOINTS: ReadonlySet<string> = new Set([
  'v2/canister/call',
  'v3/canister/call',
  'v4/canister/call',
  'v4/subnet/call',
  'v2/canister/query',
  'v3/canister/query',
  'v3/subnet/query',
  'v2/canister/read_state',
  'v3/canister/read_state',
  'v2/subnet/read_state',
  'v3/subnet/read_state',
]);

/** A principal in its textual form, or undefined. */
export function parsePrincipal(text: string): PrincipalId | undefined {
  try {
    return principalFromText(text);
  } catch (error) {
    if (error instanceof IcError) return undefined;
    throw error;
  }
}

/** Whether the path belongs to the HTTPS interface. */
export function isApiPath(path: string): boolean {
  return path === '/api' || path.startsWith('/api/');
}

function parseApiPath(path: string): Result<ApiRoute, HttpFailure> {
  if (path === '/api/v2/status') return ok({ endpoint: 'status' });
  const [, , version, kind, id, endpoint, ...rest] = path.split('/');
  if (rest.length > 0 || !API_ENDPOINTS.has(`${version}/${kind}/${endpoint}`)) {
    return refuse(404, `There is no endpoint ${echo(path)}. See the HTTPS interface in the IC interface specification.`);
  }
  const principal = parsePrincipal(id ?? '');
  if (principal === undefined) return refuse(400, `The ${kind} id in the URL is not a principal: ${echo(id ?? '')}`);
  const scope: Scope = { kind: kind as Scope['kind'], id: principal };
  const number = Number(version?.slice(1)) as 2 | 3 | 4;
  switch (endpoint) {
    case 'call':
      return ok({ endpoint: 'call', version: number, scope });
    case 'query':
      return ok({ endpoint: 'query', version: number as 2 | 3, scope });
    default:
      return ok({ endpoint: 'read_state', version: number as 2 | 3, scope });
  }
}

/** Methods of an endpoint, as the Allow header lists them. */
export function methodsOf(endpoint: ApiRoute['endpoint']): string {
  return endpoint === 'status' ? 'GET, HEAD, OPTIONS' : 'POST, OPTIONS';
}

/**
 * Finds the endpoint of an API path.
 *
 * @param method - upper case; OPTIONS is answered before this.
 * @param path - without query.
 * @returns a refusal: 404 for an unknown path, 400 for a malformed id, 405 for another method.
 */
export function routeApi(method: string, path: string): Result<ApiRoute, HttpFailure> {
  const route = parseApiPath(path);
  if (!route.ok) return route;
  const allow = methodsOf(route.value.endpoint);
  if (allow.split(', ').includes(method)) return route;
  const failure: HttpFailure = { status: 405, message: `${echo(method)} is not possible here; this endpoint takes ${allow}.`, allow };
  return { ok: false, error: failure };
}

/** Path and query of a request target. */
export type Target = { readonly path: string; readonly query: string };

/**
 * Splits a request target in origin form (`/path?query`) or absolute form (`http://host/path?query`).
 *
 * @returns a refusal: 414 for a target that is too long, 400 for one that is neither.
 */
export function parseTarget(target: string): Result<Target & { readonly url: string; readonly authority?: string }, HttpFailure> {
  if (target.length > TARGET_CHARS_MAX) return refuse(414, `The URL is longer than ${TARGET_CHARS_MAX} characters.`);
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target);
  const rest = absolute === null ? target : (absolute[2] ?? '');
  const url = absolute !== null && !rest.startsWith('/') ? `/${rest}` : rest;
  if (!url.startsWith('/')) return refuse(400, `The request target must begin with a slash: ${echo(target)}`);
  const mark = url.indexOf('?');
  const parts = mark < 0 ? { path: url, query: '' } : { path: url.slice(0, mark), query: url.slice(mark + 1) };
  return ok(absolute === null ? { ...parts, url } : { ...parts, url, authority: absolute[1] ?? '' });
}

/**
 * Checks that a request names one host: which page it is for depends on it, and who stands in front of the node may read another one
 * of several (RFC 9112, section 3.2).
 *
 * @param hosts - the Host headers.
 * @returns a refusal: 400.
 */
export function checkHosts(httpVersion: string, hosts: readonly string[]): Result<undefined, HttpFailure> {
  if (hosts.length > 1) return refuse(400, 'The request has more than one Host header.');
  if (hosts.length === 0 && httpVersion !== '1.0') return refuse(400, 'The request has no Host header.');
  return ok(undefined);
}

/** Where a canister id was found; `raw` pages are asked to be served without verification. */
export type GatewayTarget = { readonly canisterId: PrincipalId; readonly raw: boolean };

/** Host name of a Host header: lower case, without port and final dot. */
export function hostNameOf(host: string | undefined): string {
  const text = (host ?? '').trim().toLowerCase();
  const name = text.startsWith('[') ? text.slice(0, text.indexOf(']') + 1) : text.replace(/:\d*$/, '');
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

/** `<canister-id>.…` or `<canister-id>.raw.…`, under any domain. */
function canisterOfHostName(name: string): GatewayTarget | undefined {
  const [first, second, ...rest] = name.split('.');
  if (first === undefined || second === undefined || !first.includes('-')) return undefined;
  const canisterId = parsePrincipal(first);
  return canisterId === undefined ? undefined : { canisterId, raw: second === 'raw' && rest.length > 0 };
}

function canisterOfQuery(query: string): GatewayTarget | undefined {
  if (!query.includes('canisterId=')) return undefined;
  const text = new URLSearchParams(query).get('canisterId');
  const canisterId = text === null ? undefined : parsePrincipal(text);
  return canisterId === undefined ? undefined : { canisterId, raw: false };
}

/** What the gateway looks at to find the canister. */
export type GatewayRequest = {
  readonly host: string | undefined;
  readonly query: string;
  readonly referer: string | undefined;
};

/**
 * The canister that a request outside of `/api` is for.
 *
 * In this order: the host name, the `canisterId` parameter, the parameter of the page that refers to it (scripts and styles of a page
 * opened with the parameter). `named` maps further host names.
 */
export function resolveCanister(request: GatewayRequest, named: (hostName: string) => PrincipalId | undefined): GatewayTarget | undefined {
  const name = hostNameOf(request.host);
  const byHost = canisterOfHostName(name);
  if (byHost !== undefined) return byHost;
  const byName = named(name);
  if (byName !== undefined) return { canisterId: byName, raw: false };
  const byQuery = canisterOfQuery(request.query);
  if (byQuery !== undefined) return byQuery;
  const referer = request.referer === undefined ? undefined : URL.parse(request.referer);
  if (referer === undefined || referer === null || hostNameOf(referer.host) !== name) return undefined;
  return canisterOfQuery(referer.search.slice(1));
}

/** Five groups of five characters, the last of which may be shorter: the form of a canister's id. Names of machines are not like that. */
const ID_FORM = /^([a-z0-9]{5}-){4}[a-z0-9]{1,5}$/;

/**
 * What stands where {@link resolveCanister} looks for a canister id, but is none: somebody mistyped it and should be told so, rather
 * than be shown another page.
 */
export function mistypedCanisterId({ host, query }: Pick<GatewayRequest, 'host' | 'query'>): string | undefined {
  const [first = '', second] = hostNameOf(host).split('.');
  if (second !== undefined && ID_FORM.test(first) && parsePrincipal(first) === undefined) return first;
  const asked = query.includes('canisterId=') ? new URLSearchParams(query).get('canisterId') : null;
  return asked === null || parsePrincipal(asked) !== undefined ? undefined : asked;
}
