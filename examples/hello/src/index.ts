/**
 * The sample app: compiles its Motoko canister and bundles its page.
 *
 * @example
 * const { wasm, candid, argument } = await loadHelloApp(); // install `wasm` with `argument`, then open the canister's address
 * @module
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { IDL } from '@icp-sdk/core/candid';
import { compileMotoko } from '@myelin/test-canisters';
import { build } from 'esbuild';
import { certifyPage, type CertifiedPage, type Header } from './certified-page.ts';

/** Everything that is needed to install the app. Upgrades take the same argument and keep counter and guest book. */
export type HelloApp = {
  readonly name: 'hello';
  readonly wasm: Uint8Array;
  /** Candid text of the canister's service. */
  readonly candid: string;
  /** Candid-encoded argument of install and upgrade: the page. */
  readonly argument: Uint8Array;
};

const pageType = IDL.Record({
  body: IDL.Vec(IDL.Nat8),
  headers: IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text)),
  certified_data: IDL.Vec(IDL.Nat8),
  tree: IDL.Text,
  expr_path: IDL.Text,
});

function readText(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

async function bundleScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../page/app.ts', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    legalComments: 'none',
    write: false,
  });
  const [bundle] = outputFiles;
  if (bundle === undefined) throw new Error('the bundler gave no script');
  // The script stands inside the page: what ends a script element must not occur in it.
  return bundle.text.replaceAll('</script', '<\\/script');
}

/** Hash source of a content security policy. */
function hashSource(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** The page in one file, with the headers that it is served with: it may run its own script and style, and call its own origin. */
export async function buildPage(): Promise<CertifiedPage> {
  const [style, script] = [readText('../page/style.css'), await bundleScript()];
  const html = readText('../page/index.html')
    .replace('/*STYLE*/', () => style)
    .replace('/*SCRIPT*/', () => script);
  const policy = [
    "default-src 'none'",
    `script-src ${hashSource(script)}`,
    `style-src ${hashSource(style)}`,
    'img-src data:',
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  const headers: readonly Header[] = [
    ['content-type', 'text/html; charset=utf-8'],
    ['content-security-policy', policy.join('; ')],
    ['x-content-type-options', 'nosniff'],
    ['referrer-policy', 'no-referrer'],
    ['cache-control', 'no-cache'],
  ];
  return certifyPage(new TextEncoder().encode(html), headers);
}

/** Compiles the canister (once per version of its source on a machine) and builds its page. */
export async function loadHelloApp(): Promise<HelloApp> {
  const [{ wasm, candid }, page] = await Promise.all([compileMotoko(readText('./backend.mo')), buildPage()]);
  return { name: 'hello', wasm, candid, argument: Uint8Array.from(IDL.encode([pageType], [page])) };
}
