/**
 * The pages that the node itself shows: errors of the gateway, and the landing page. Small, without scripts, readable on a phone, in
 * the colours that the reader prefers.
 * @module
 */
import { principalToText, toHex } from '@myelin/core/base';
import type { PrincipalId } from '@myelin/core/base';
import type { HeaderList, HttpAnswer } from '../answer.ts';
import { GATEWAY_CORS } from './headers.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** `text` as it may stand in HTML, in content and in attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => ESCAPES[char] ?? '');
}

const STYLE = `:root{color-scheme:light dark}
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,sans-serif;background:#f6f7f9;color:#1c2024}
main{max-width:44rem;margin:0 auto;padding:2.5rem 1.25rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
h2{font-size:1.05rem;margin:2rem 0 .5rem}
p,dd,ul{margin:0 0 .75rem}
dl{margin:1.5rem 0 0}
dt{font-size:.85rem;color:#5b6470}
dd{overflow-wrap:anywhere}
code,pre{font:.9rem/1.45 ui-monospace,monospace}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#fff;border:1px solid #d9dde3;border-radius:.5rem;padding:.75rem;margin:0 0 1rem}
ul{list-style:none;padding:0}
li{padding:.35rem 0;border-bottom:1px solid #d9dde3;overflow-wrap:anywhere}
a{color:#0b5cad}
.status{display:inline-block;font-size:.85rem;color:#5b6470;margin-bottom:.25rem}
@media (prefers-color-scheme:dark){body{background:#14171a;color:#e6e9ec}dt,.status{color:#9aa4af}pre{background:#1c2024;border-color:#343b43}li{border-color:#343b43}a{color:#7cb7f5}}`;

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Ccircle cx='8' cy='8' r='5' fill='none' stroke='%230b5cad' stroke-width='3'/%3E%3C/svg%3E";

const PAGE_HEADERS: HeaderList = [
  ['content-type', 'text/html; charset=utf-8'],
  ['cache-control', 'no-store'],
  [
    'content-security-policy',
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  ],
  ['x-content-type-options', 'nosniff'],
  ['referrer-policy', 'no-referrer'],
];

function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="${ICON}">
<style>${STYLE}</style>
</head>
<body><main>${content}</main></body>
</html>
`;
}

/** An answer whose body is there as text. */
export type PageAnswer = HttpAnswer & { readonly body: string };

/** What an error page says. */
export type ErrorPage = {
  readonly status: number;
  /** What happened, in a few words. */
  readonly title: string;
  /** Why, and what to do, in a sentence or two. */
  readonly advice: string;
  /** The technical text: the reject of the canister, for example. */
  readonly detail?: string;
  readonly canisterId?: PrincipalId;
  readonly headers?: HeaderList;
};

/**
 * An error of the gateway, for people (HTML) or for programs (text), as the client prefers. Pages of other origins may read it as they may
 * read a page: a browser would else tell them of a failure without status and text.
 *
 * @param accept - the Accept header of the request.
 */
export function errorPageAnswer(error: ErrorPage, accept: string | undefined): PageAnswer {
  const further = [...(error.headers ?? []), ...GATEWAY_CORS];
  const canister = error.canisterId === undefined ? undefined : principalToText(error.canisterId);
  if (accept?.includes('text/html') !== true) {
    const lines = [error.title, error.advice, error.detail, canister === undefined ? undefined : `Canister: ${canister}`];
    return {
      status: error.status,
      headers: [['content-type', 'text/plain; charset=utf-8'], ['cache-control', 'no-store'], ...further],
      body: `${lines.filter((line) => line !== undefined).join('\n')}\n`,
    };
  }
  const detail = error.detail === undefined ? '' : `<pre>${escapeHtml(error.detail)}</pre>`;
  const id = canister === undefined ? '' : `<dl><dt>Canister</dt><dd><code>${canister}</code></dd></dl>`;
  const content = `<span class="status">Error ${error.status}</span><h1>${escapeHtml(error.title)}</h1><p>${escapeHtml(error.advice)}</p>${detail}${id}`;
  return { status: error.status, headers: [...PAGE_HEADERS, ...further], body: page(error.title, content) };
}

/** What the landing page shows. */
export type Landing = {
  /** The Host header: canisters are linked under it. */
  readonly host: string;
  readonly implVersion: string;
  readonly subnetId: PrincipalId;
  readonly rootKeyDer: Uint8Array;
  readonly canisterIds: readonly PrincipalId[];
  /** Whether there are more canisters than are listed. */
  readonly more: boolean;
};

/** Where the page of a canister is: a subdomain, or a parameter when the host is an address. */
export function canisterUrl(host: string, canisterId: string): string {
  const isAddress = /^(\d{1,3}\.){3}\d{1,3}(:\d+)?$/.test(host) || host.startsWith('[');
  return isAddress ? `http://${host}/?canisterId=${canisterId}` : `http://${canisterId}.${host}/`;
}

/** The page at the bare host. */
export function landingAnswer(landing: Landing): PageAnswer {
  const items = landing.canisterIds.map((id) => {
    const text = principalToText(id);
    return `<li><a href="${escapeHtml(canisterUrl(landing.host, text))}"><code>${text}</code></a></li>`;
  });
  const list = items.length === 0 ? '<p>No canister yet.</p>' : `<ul>${items.join('')}</ul>`;
  const content = `<h1>Internet Computer, running here</h1>
<p>This node is healthy. Agents connect to <code>http://${escapeHtml(landing.host)}</code>; the state of the node is at <a href="/api/v2/status">/api/v2/status</a> (CBOR). From this machine, <a href="/_/">/_/</a> shows what the node does.</p>
<h2>Canisters</h2>${list}${landing.more ? '<p>There are more than are listed here.</p>' : ''}
<dl><dt>Subnet</dt><dd><code>${principalToText(landing.subnetId)}</code></dd>
<dt>Root key</dt><dd><code>${toHex(landing.rootKeyDer)}</code></dd>
<dt>Version</dt><dd>${escapeHtml(landing.implVersion)}</dd></dl>`;
  return { status: 200, headers: PAGE_HEADERS, body: page('Internet Computer', content) };
}
