/** Pages of real canisters through the gateway of a real node. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { HttpAgent } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { Principal } from '@icp-sdk/core/principal';
import { motokoCanister } from '@myelin/test-canisters';
import type { RunningNode } from '../../src/node/index.ts';
import { cannedCanister } from './canned-canister.ts';
import type { CannedMethod } from './canned-canister.ts';
import { agentOf, install, manage, raw, startNode } from './network.ts';
import type { RawRequest, RawResponse } from './network.ts';

const headerFields = IDL.Vec(IDL.Tuple(IDL.Text, IDL.Text));
const blob = IDL.Vec(IDL.Nat8);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

let node: RunningNode;
let agent: HttpAgent;
let http: Principal;

before(async () => {
  node = await startNode();
  agent = await agentOf(node, Ed25519KeyIdentity.generate());
  http = await install(agent, (await motokoCanister('http')).wasm);
});
after(async () => node?.close());

/** A request to a canister's own host. */
async function visit(canister: Principal, path: string, asked: Partial<RawRequest> = {}): Promise<RawResponse> {
  return raw(node.port, { path, host: `${canister.toText()}.localhost:${node.port}`, ...asked });
}

type Page = {
  status?: number;
  headers?: [string, string][];
  body?: string;
  upgrade?: boolean;
  strategy?: { callback: [Principal, string]; token: bigint };
};

/** A response as a canister encodes it. */
function page({ status = 200, headers = [], body = '', upgrade, strategy }: Page): Uint8Array {
  const type = IDL.Record({
    status_code: IDL.Nat16,
    headers: headerFields,
    body: blob,
    upgrade: IDL.Opt(IDL.Bool),
    streaming_strategy: IDL.Opt(IDL.Variant({ Callback: IDL.Record({ callback: IDL.Func([IDL.Nat], [], ['query']), token: IDL.Nat }) })),
  });
  const streaming_strategy = strategy === undefined ? [] : [{ Callback: strategy }];
  return IDL.encode(
    [type],
    [{ status_code: status, headers, body: bytes(body), upgrade: upgrade === undefined ? [] : [upgrade], streaming_strategy }],
  );
}

function piece(body: Uint8Array, token: bigint | undefined): Uint8Array {
  return IDL.encode([IDL.Record({ body: blob, token: IDL.Opt(IDL.Nat) })], [{ body, token: token === undefined ? [] : [token] }]);
}

async function canned(methods: Record<string, CannedMethod>): Promise<Principal> {
  return install(agent, await cannedCanister(methods));
}

describe('a Motoko canister', () => {
  it('answers GET by query, with status and headers of its own', async () => {
    const home = await visit(http, '/');
    assert.equal(home.status, 200);
    assert.equal(home.headers['content-type'], 'text/plain; charset=utf-8');
    assert.match(home.body.toString(), /^hits: \d+$/);
    assert.equal((await visit(http, '/teapot')).status, 418);
    const missing = await visit(http, '/a/b?c=d%20e');
    assert.equal(missing.status, 404);
    assert.equal(missing.body.toString(), 'nothing at /a/b?c=d%20e');
  });
  it('answers POST by update', async () => {
    const first = await visit(http, '/form', { method: 'POST', body: 'x'.repeat(1_000) });
    assert.equal(first.status, 201);
    assert.match(first.body.toString(), /^POST \/form 1000 bytes, hits: \d+$/);
    const hits = Number(first.body.toString().split('hits: ')[1]);
    const second = await visit(http, '/form', { method: 'POST' });
    assert.equal(Number(second.body.toString().split('hits: ')[1]), hits + 1, 'the same form twice is two updates');
    assert.equal((await visit(http, '/')).body.toString(), `hits: ${hits + 1}`);
  });
  it('streams a body', async () => {
    const { status, headers, body } = await visit(http, '/stream');
    assert.equal(status, 200);
    assert.equal(headers['transfer-encoding'], 'chunked');
    assert.equal(body.toString(), 'chunk 0\nchunk 1\nchunk 2\nchunk 3\n');
  });
  it('is found by parameter and by the referring page', async () => {
    const host = `127.0.0.1:${node.port}`;
    const byParameter = await raw(node.port, { path: `/?canisterId=${http.toText()}`, host });
    assert.match(byParameter.body.toString(), /^nothing at \/\?canisterId=/);
    const byReferer = await raw(node.port, { path: '/teapot', host, headers: { referer: `http://${host}/?canisterId=${http.toText()}` } });
    assert.equal(byReferer.status, 418);
    const byRawHost = await visit(http, '/teapot', { host: `${http.toText()}.raw.localhost:${node.port}` });
    assert.equal(byRawHost.status, 418);
  });
  it('may be called by the code of its own page', async () => {
    const origin = `http://${http.toText()}.localhost:${node.port}`;
    const pageAgent = await HttpAgent.create({
      host: origin,
      shouldFetchRootKey: true,
      // Resolvers need not know names under localhost: the connection goes to the address, the Host header stays.
      fetch: async (url, init) => {
        const { pathname } = new URL(url instanceof Request ? url.url : url);
        const answer = await raw(node.port, {
          method: init?.method ?? 'GET',
          path: pathname,
          host: new URL(origin).host,
          headers: init?.headers as Record<string, string>,
          ...(init?.body instanceof Uint8Array && { body: init.body }),
        });
        return new Response(new Uint8Array(answer.body), { status: answer.status });
      },
    });
    const answer = await pageAgent.query(http, { methodName: 'http_request', arg: IDL.encode([], []) });
    assert.equal(answer.status, 'rejected', 'the empty argument is refused by the canister, not by the gateway');
  });
  it('answers other origins', async () => {
    const origin = { origin: 'http://page.example' };
    assert.equal((await visit(http, '/', { headers: origin })).headers['access-control-allow-origin'], '*');
    const asked = { ...origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' };
    const preflight = await visit(http, '/form', { method: 'OPTIONS', headers: asked });
    assert.equal(preflight.status, 204);
    assert.match(String(preflight.headers['access-control-allow-headers']), /Content-Type/);
  });
  it('answers HEAD without a body', async () => {
    const head = await visit(http, '/', { method: 'HEAD' });
    assert.equal(head.status, 200);
    assert.equal(head.body.length, 0);
  });
});

describe('what a canister says', () => {
  it('passes with repeated headers, and without those of the connection', async () => {
    const headers: [string, string][] = [
      ['Set-Cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['Connection', 'close'],
      ['Content-Length', '999'],
      ['X-Ü'.slice(0, 2) + 'a', 'grüße'],
    ];
    const canister = await canned({ http_request: { replies: [page({ headers, body: 'hello' })] } });
    const { status, headers: seen, body } = await visit(canister, '/');
    assert.equal(status, 200);
    assert.deepEqual(seen['set-cookie'], ['a=1', 'b=2']);
    assert.equal(seen['content-length'], '5');
    assert.equal(Buffer.from(String(seen['x-a']), 'latin1').toString('utf8'), 'grüße');
    assert.equal(body.toString(), 'hello');
  });
  it('has no body where HTTP knows none', async () => {
    const canister = await canned({ http_request: { replies: [page({ status: 304, headers: [['etag', '"x"']], body: 'ignored' })] } });
    const { status, headers, body } = await visit(canister, '/');
    assert.deepEqual([status, headers['etag'], body.length], [304, '"x"', 0]);
  });
  it('decides on other origins itself', async () => {
    const headers: [string, string][] = [
      ['Access-Control-Allow-Origin', 'https://a.example'],
      ['Access-Control-Allow-Methods', 'PUT'],
    ];
    const canister = await canned({ http_request: { replies: [page({ status: 204, headers })] } });
    const asked = { origin: 'https://a.example', 'access-control-request-method': 'PUT' };
    const preflight = await visit(canister, '/', { method: 'OPTIONS', headers: asked });
    assert.deepEqual(
      [preflight.status, preflight.headers['access-control-allow-origin'], preflight.headers['access-control-allow-methods']],
      [204, 'https://a.example', 'PUT'],
    );
  });
  it('streams megabytes, as fast as they are read', async () => {
    const size = 400_000;
    // Four pieces of different letters; the token is the index of the piece, the last byte of the argument.
    const pieces = [0, 1, 2, 3].map((index) => piece(new Uint8Array(size).fill(97 + index), index < 3 ? BigInt(index + 1) : undefined));
    const id = await install(agent, await cannedCanister({ nothing: { replies: [new Uint8Array(0)] } }));
    const strategy = { callback: [id, 'more'] as [Principal, string], token: 0n };
    const module = await cannedCanister({ http_request: { replies: [page({ body: 'start', strategy })] }, more: { replies: pieces } });
    await reinstall(id, module);
    const { status, body } = await visit(id, '/');
    assert.equal(status, 200);
    assert.equal(body.length, 5 + 4 * size);
    assert.equal(body.subarray(0, 6).toString(), 'starta');
    assert.equal(body.at(-1), 100);
  });
  it('streams the answer to an update', async () => {
    const id = await install(agent, await cannedCanister({ nothing: { replies: [new Uint8Array(0)] } }));
    const strategy = { callback: [id, 'more'] as [Principal, string], token: 0n };
    const module = await cannedCanister({
      http_request: { replies: [page({ upgrade: true })] },
      http_request_update: { update: true, replies: [page({ status: 201, body: 'start', upgrade: true, strategy })] },
      more: { replies: [piece(bytes(' end'), undefined)] },
    });
    await reinstall(id, module);
    const { status, body } = await visit(id, '/');
    assert.deepEqual([status, body.toString()], [201, 'start end']);
  });
  it('breaks off a stream that fails, so that nobody takes it for whole', async () => {
    const id = await install(agent, await cannedCanister({ nothing: { replies: [new Uint8Array(0)] } }));
    const strategy = { callback: [id, 'more'] as [Principal, string], token: 0n };
    await reinstall(
      id,
      await cannedCanister({ http_request: { replies: [page({ body: 'start', strategy })] }, more: { trap: 'no more' } }),
    );
    const outgoing = get({ host: '127.0.0.1', port: node.port, path: '/', headers: { host: `${id.toText()}.localhost` }, agent: false });
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    await assert.rejects(async () => {
      for await (const _ of response);
    }, /aborted/);
    assert.equal((await raw(node.port, { path: '/api/v2/status' })).status, 200);
  });
});

/** Puts another module in place. */
async function reinstall(id: Principal, wasm_module: Uint8Array): Promise<void> {
  const type = IDL.Record({ mode: IDL.Variant({ reinstall: IDL.Null }), canister_id: IDL.Principal, wasm_module: blob, arg: blob });
  await manage(agent, 'install_code', id, IDL.encode([type], [{ mode: { reinstall: null }, canister_id: id, wasm_module, arg: [] }]));
}

describe('error pages', () => {
  const html = { accept: 'text/html,application/xhtml+xml' };
  const expectPage = async (canister: Principal, status: number, text: RegExp, asked: Partial<RawRequest> = {}): Promise<void> => {
    const answer = await visit(canister, '/', { headers: html, ...asked });
    assert.equal(answer.status, status, answer.body.toString());
    assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
    assert.match(answer.body.toString(), text);
    assert.match(answer.body.toString(), /name="viewport"/);
  };

  it('no such canister', async () => {
    await expectPage(Principal.fromText('bkyz2-fmaaa-aaaaa-qaaaq-cai'), 404, /There is no such canister|This canister is not here/);
    await expectPage(
      Principal.fromUint8Array(new Uint8Array([0, 0, 0, 0, 0, 0, 255, 255, 1, 1])),
      404,
      /There is no such canister|This canister is not here/,
    );
  });
  it('no http_request', async () => expectPage(await canned({ other: { replies: [new Uint8Array(0)] } }), 404, /serves no pages/));
  it('no code', async () => {
    const created = await manage(
      agent,
      'provisional_create_canister_with_cycles',
      Principal.fromText('aaaaa-aa'),
      IDL.encode([IDL.Record({})], [{}]),
    );
    const [{ canister_id: id }] = IDL.decode([IDL.Record({ canister_id: IDL.Principal })], created) as unknown as [
      { canister_id: Principal },
    ];
    await expectPage(id, 503, /This canister is empty/);
  });
  it('trap', async () => expectPage(await canned({ http_request: { trap: '<b>broken</b>' } }), 502, /&lt;b&gt;broken&lt;\/b&gt;/));
  it('stopped', async () => {
    const id = await canned({ http_request: { replies: [page({})] } });
    await manage(agent, 'stop_canister', id, IDL.encode([IDL.Record({ canister_id: IDL.Principal })], [{ canister_id: id }]));
    await expectPage(id, 503, /is stopped/);
  });
  it('frozen', async () => {
    const id = await canned({ http_request: { replies: [page({})] } });
    const type = IDL.Record({ canister_id: IDL.Principal, settings: IDL.Record({ freezing_threshold: IDL.Opt(IDL.Nat) }) });
    const threshold = 1n << 60n;
    await manage(agent, 'update_settings', id, IDL.encode([type], [{ canister_id: id, settings: { freezing_threshold: [threshold] } }]));
    await expectPage(id, 503, /is frozen/);
  });
  it('upgrade to a method that is not there, or traps', async () => {
    await expectPage(await canned({ http_request: { replies: [page({ upgrade: true })] } }), 404, /serves no pages/);
    const trapping = await canned({
      http_request: { replies: [page({ upgrade: true })] },
      http_request_update: { update: true, trap: 'ouch' },
    });
    await expectPage(trapping, 502, /ouch/);
  });
  it('answers that are no pages', async () => {
    const id = Principal.fromText('aaaaa-aa');
    const strange = [
      new Uint8Array([1, 2, 3]),
      IDL.encode([IDL.Text], ['hello']),
      page({ status: 99 }),
      page({ status: 600 }),
      page({ status: 101 }),
      page({ headers: [['x', 'a\r\nset-cookie: b=c']] }),
      page({ headers: [['a b', 'x']] }),
      page({ strategy: { callback: [id, 'more'], token: 0n } }),
    ];
    for (const reply of strange) await expectPage(await canned({ http_request: { replies: [reply] } }), 502, /not a page/);
  });
  it('a body that is too large', async () => {
    const large = new Uint8Array(2 * 1024 * 1024);
    await expectPage(http, 413, /too large/, { method: 'POST', body: large });
  });
  it('can be read by other origins', async () => {
    const id = await canned({ http_request: { trap: 'broken' } });
    const { status, headers } = await visit(id, '/', { headers: { origin: 'http://elsewhere.localhost' } });
    assert.deepEqual([status, headers['access-control-allow-origin']], [502, '*']);
  });
  it('text for programs', async () => {
    const id = await canned({ http_request: { trap: 'broken' } });
    const answer = await visit(id, '/', { headers: { accept: '*/*' } });
    assert.match(String(answer.headers['content-type']), /^text\/plain/);
    assert.match(answer.body.toString(), /broken/);
  });
});

describe('the bare host', () => {
  it('lists the canisters', async () => {
    const { status, headers, body } = await raw(node.port, { path: '/' });
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^text\/html/);
    assert.ok(body.toString().includes(`http://${http.toText()}.localhost:${node.port}/`));
  });
  it('says that an id is mistyped', async () => {
    const id = http.toText();
    const mistyped = `${id.slice(0, -1)}${id.endsWith('i') ? 'q' : 'i'}`;
    for (const asked of [
      { path: '/', host: `${mistyped}.localhost:${node.port}` },
      { path: `/?canisterId=${mistyped}` },
      { path: '/?canisterId=' },
    ]) {
      const answer = await raw(node.port, asked);
      assert.equal(answer.status, 400);
      assert.match(answer.body.toString(), /not a canister id/);
    }
    for (const host of ['my-own-machine.localhost', 'localhost', '127.0.0.1']) {
      assert.equal((await raw(node.port, { path: '/', host })).status, 200, host);
    }
  });
  it('asks which canister is meant', async () => {
    const answer = await raw(node.port, { path: '/index.html' });
    assert.equal(answer.status, 400);
    assert.match(answer.body.toString(), /Which canister\?/);
    assert.equal((await raw(node.port, { method: 'POST', path: '/' })).status, 400);
  });
});
