// The page: HTML with a form, no script.
import { IDL } from 'azle';

const Headers = IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text));

export type Request = { method: string; url: string; headers: [string, string][]; body: Uint8Array };
export const Request = IDL.Record({ method: IDL.Text, url: IDL.Text, headers: Headers, body: IDL.Vec(IDL.Nat8) });

/** `upgrade` asks for the same request as an update. */
export type Response = { status_code: number; headers: [string, string][]; body: Uint8Array; upgrade: [boolean] | [] };
export const Response = IDL.Record({
  status_code: IDL.Nat16,
  headers: Headers,
  body: IDL.Vec(IDL.Nat8),
  upgrade: IDL.Opt(IDL.Bool),
});

const style = `
  :root { color-scheme: light dark; font: 1.1rem/1.5 system-ui, sans-serif; }
  body { min-height: 100dvh; margin: 0; display: grid; place-items: center; }
  body { background: light-dark(#f6f5fb, #14121c); color: light-dark(#1d1a2b, #eceaf6); }
  main { text-align: center; padding: 2rem; }
  h1 { margin: 0; font-size: 1.4rem; overflow-wrap: anywhere; }
  output { display: block; font-size: clamp(4rem, 20vw, 8rem); font-weight: 650; line-height: 1.3; }
  button { font: inherit; font-weight: 600; padding: .7rem 1.6rem; border: 0; border-radius: .8rem; cursor: pointer; }
  button { background: light-dark(#5a35e8, #a48bff); color: light-dark(#fff, #14121c); }
  p { color: light-dark(#5d5873, #a8a3c0); }`;

export function showPage(count: bigint): Response {
  const html = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>{{name}}</title>
    <link rel="icon" href="data:,">
    <style>${style}</style>
  </head>
  <body>
    <main>
      <h1>{{name}}</h1><output>${count}</output>
      <form method="post"><button>Add one</button></form>
      <p>This page and its number live in a canister.</p>
    </main>
  </body>
</html>`;
  const headers: Response['headers'] = [
    ['content-type', 'text/html; charset=utf-8'],
    ['cache-control', 'no-store'],
  ];
  return { status_code: 200, headers, body: new TextEncoder().encode(html), upgrade: [] };
}
