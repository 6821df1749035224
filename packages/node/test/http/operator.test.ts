/** The operator's side of a node: who sees it, what it says, how logs are followed. */
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { Cbor, type HttpAgent } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import type { Principal } from '@icp-sdk/core/principal';
import { script, universalCanister } from '@myelin/test-canisters';
import { createNodeVerifier, nodeBlsVerifier, nodeHasher } from '../../src/crypto/index.ts';
import { openHttpServer, type HttpServer, type HttpServerOptions } from '../../src/http/index.ts';
import type { RunningNode } from '../../src/node/index.ts';
import { readExposition, valueOf } from '../metrics/exposition-text.ts';
import { agentOf, install, manage, raw, startNode, until } from './network.ts';

let node: RunningNode;
let agent: HttpAgent;
let universal: Principal;

before(async () => {
  node = await startNode();
  agent = await agentOf(node);
  universal = await install(agent, await universalCanister(), script.program());
});
after(async () => node?.close());

async function serverWith(options: Partial<HttpServerOptions>): Promise<HttpServer> {
  const crypto = { hasher: nodeHasher, verifier: createNodeVerifier(), bls: nodeBlsVerifier };
  return openHttpServer({ replica: node.replica, crypto, host: '127.0.0.1', port: 0, ...options });
}

async function scrape(port: number = node.port): Promise<ReturnType<typeof readExposition>> {
  const { status, body } = await raw(port, { path: '/metrics' });
  assert.equal(status, 200);
  return readExposition(body.toString());
}

const run = (program: Uint8Array): ReturnType<HttpAgent['update']> => agent.update(universal, { methodName: 'update', arg: program });
const say = (...texts: string[]): Uint8Array => script.program(...texts.map((text) => script.debugPrint(text)), script.reply('ok'));

describe('metrics', () => {
  it('count what happens', async () => {
    const first = await scrape();
    await run(say('counted'));
    await agent.query(universal, { methodName: 'query', arg: script.program(script.reply('x')) });
    await assert.rejects(agent.update(universal, { methodName: 'no such method', arg: new Uint8Array(0) }));
    const then = await scrape();
    const grown = (name: string, labels = {}): number => valueOf(then, name, labels) - valueOf(first, name, labels);
    assert.ok(grown('myelin_ingress_accepted_total') >= 1);
    assert.ok(grown('myelin_batch_duration_seconds_count') >= 1);
    assert.ok(grown('myelin_messages_executed_total') >= 1);
    assert.ok(grown('myelin_instructions_executed_total') > 0);
    assert.ok(grown('myelin_state_height') >= 1);
    assert.equal(grown('myelin_queries_total', { outcome: 'replied' }), 1);
    assert.ok(grown('myelin_http_request_duration_seconds_count', { endpoint: 'call', status: '200' }) >= 1);
    assert.ok(valueOf(then, 'myelin_http_request_duration_seconds_count', { endpoint: 'query', status: '200' }) >= 1);
    assert.ok(grown('myelin_cache_hits_total', { cache: 'instances', thread: 'replica' }) >= 1);
    assert.equal(valueOf(then, 'myelin_state_canisters', { status: 'running' }), 1);
    assert.ok(valueOf(then, 'process_resident_memory_bytes') > 1e6);
    assert.equal(valueOf(then, 'myelin_replica_up'), 1);
  });

  it('count refusals by their code', async () => {
    const stranger = await agentOf(node, Ed25519KeyIdentity.generate());
    const about = IDL.encode([IDL.Record({ canister_id: IDL.Principal })], [{ canister_id: universal }]);
    await assert.rejects(manage(stranger, 'stop_canister', universal, about));
    assert.ok(valueOf(await scrape(), 'myelin_ingress_refused_total', { code: 'IC0512' }) >= 1);
  });

  it('have names that say their unit, and a help text each', async () => {
    for (const [name, { type, help }] of await scrape()) {
      assert.match(name, /^(myelin|process)_[a-z_]+$/);
      assert.ok(help.length > 5, name);
      assert.equal(name.endsWith('_total'), type === 'counter', name);
      if (type === 'histogram') assert.ok(name.endsWith('_seconds'), name);
    }
  });
});

describe('health', () => {
  it('is good while batches can be made, and open to everyone', async () => {
    const { status, headers, body } = await raw(node.port, { path: '/health', host: 'balancer.example' });
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^application\/json/);
    const health = JSON.parse(body.toString()) as { status: string; reasons: string[]; height: number };
    assert.deepEqual([health.status, health.reasons], ['healthy', []]);
    assert.ok(health.height >= 1);
  });

  it('is part of the status, with the height', async () => {
    const { body } = await raw(node.port, { path: '/api/v2/status' });
    const status = Cbor.decode(body) as Record<string, unknown>;
    assert.equal(status['replica_health_status'], 'healthy');
    assert.ok(Number(status['certified_height']) >= 1);
  });
});

/** An address by which others know this machine. */
const address = Object.values(networkInterfaces())
  .flat()
  .find((entry) => entry?.family === 'IPv4' && !entry.internal)?.address;

describe('access', () => {
  const statusOf = async (asked: Omit<Parameters<typeof raw>[1], 'path'>, port = node.port): Promise<number> =>
    (await raw(port, { path: '/_/logs', ...asked })).status;

  it('is for those who name this machine', async () => {
    for (const host of ['localhost', `LOCALHOST.:${node.port}`, '127.0.0.1', '127.8.9.1:1', '[::1]:80'])
      assert.equal(await statusOf({ host }), 200, host);
    for (const host of ['rebound.example', 'localhost.example', '127.0.0.1.example', 'example:127', '10.0.0.1']) {
      assert.equal(await statusOf({ host }), 403, host);
      assert.equal((await raw(node.port, { path: '/metrics', host })).status, 403, host);
    }
  });

  it('is not for what a proxy passes on, nor for pages of other origins', async () => {
    assert.equal(await statusOf({ headers: { 'x-forwarded-for': '203.0.113.9' } }), 403);
    assert.equal(await statusOf({ headers: { forwarded: 'for=203.0.113.9' } }), 403);
    assert.equal(await statusOf({ headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' } }), 403);
    assert.equal(
      await statusOf({ headers: { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' } }),
      403,
    );
    assert.equal(
      await statusOf({ headers: { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' } }),
      200,
    );
    const { headers } = await raw(node.port, { path: '/_/logs', headers: { origin: 'http://other.example' } });
    assert.equal(headers['access-control-allow-origin'], undefined);
  });

  it('leaves the paths of canisters to the canisters', async () => {
    const { body } = await raw(node.port, { path: '/metrics', host: `${universal.toText()}.localhost` });
    assert.doesNotMatch(body.toString(), /myelin_state_height/);
    const asked = await raw(node.port, { path: `/_/logs?canisterId=${universal.toText()}` });
    assert.notEqual(asked.headers['content-type'], 'application/json; charset=utf-8');
  });

  const noAddress = address === undefined ? 'this machine has no address besides its own' : false;
  it('takes other machines only when they are allowed, by the name that they use', { skip: noAddress }, async () => {
    const closed = await serverWith({ host: '0.0.0.0' });
    const opened = await serverWith({ host: '0.0.0.0', operatorHosts: ['node.example'] });
    const from = async (port: number, host: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const asked = request({ host: address, port, path: '/metrics', headers: { host }, agent: false }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        asked.on('error', reject).end();
      });
    // The name of the machine itself is no proof when the connection comes from elsewhere.
    assert.equal(await from(closed.port, 'localhost'), 403);
    assert.equal(await from(closed.port, 'node.example'), 403);
    assert.equal(await from(opened.port, 'node.example:443'), 200);
    assert.equal(await from(opened.port, 'other.example'), 403);
    await Promise.all([closed.close(), opened.close()]);
  });

  it('only reads', async () => {
    const { status, headers } = await raw(node.port, { method: 'POST', path: '/_/logs', body: 'x' });
    assert.deepEqual([status, headers['allow']], [405, 'GET, HEAD']);
    assert.equal((await raw(node.port, { path: '/_/nothing' })).status, 404);
    assert.equal((await raw(node.port, { path: '/_/logs?canister=nonsense' })).status, 400);
  });
});

/** A reader of a stream of events. */
function follow(port: number, path: string, headers: Record<string, string> = {}) {
  const lines: { readonly text: string; readonly canister: string; readonly index: number; readonly lost?: number }[] = [];
  const events: string[] = [];
  const state = { status: 0, ended: false, lastId: '', paused: false };
  const asked = request({ host: '127.0.0.1', port, path, headers: { host: 'localhost', ...headers }, agent: false }, (response) => {
    state.status = response.statusCode ?? 0;
    let rest = '';
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        const fields = new Map(part.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
        const name = fields.get('event');
        if (name === undefined) continue;
        events.push(name);
        state.lastId = fields.get('id') ?? state.lastId;
        if (name === 'line') lines.push(JSON.parse(fields.get('data') ?? ''));
      }
    });
    response.on('close', () => (state.ended = true));
  });
  asked.on('error', () => (state.ended = true));
  asked.end();
  return { lines, events, state, texts: () => lines.map(({ text }) => text), leave: () => asked.destroy() };
}

describe('logs', () => {
  it('are listed, of one canister too, traps included', async () => {
    await run(say('one line', 'another'));
    await assert.rejects(run(script.program(script.debugPrint('before the end'), script.trap('the end'))));
    const { body } = await raw(node.port, { path: `/_/logs?canister=${universal.toText()}` });
    const { lines } = JSON.parse(body.toString()) as { lines: { text: string; canister: string; timestampNs: string }[] };
    const texts = lines.map(({ text }) => text);
    assert.deepEqual(texts.slice(texts.indexOf('one line'), texts.indexOf('one line') + 3), ['one line', 'another', 'before the end']);
    assert.match(texts.at(-1) ?? '', /^\[TRAP\]: .*the end/);
    assert.ok(lines.every(({ canister }) => canister === universal.toText()));
    assert.ok(lines.every(({ timestampNs }) => /^\d{19}$/.test(timestampNs)));
    const other = await raw(node.port, { path: '/_/logs?canister=aaaaa-aa' });
    assert.deepEqual((JSON.parse(other.body.toString()) as { lines: unknown[] }).lines, []);
  });

  it('are followed: first what is there, then what comes; a reader that returns goes on where it stood', async () => {
    await run(say('there before'));
    const reader = follow(node.port, '/_/logs/stream');
    await until(() => reader.texts().includes('there before'));
    assert.equal(reader.events[0], 'network');
    await run(say('comes later', 'and this'));
    await until(() => reader.texts().includes('and this'));
    reader.leave();
    await run(say('while away'));
    const again = follow(node.port, '/_/logs/stream', { 'last-event-id': reader.state.lastId });
    await until(() => again.texts().includes('while away'));
    assert.deepEqual(again.texts(), ['while away']);
    again.leave();
    const stranger = follow(node.port, '/_/logs/stream', { 'last-event-id': 'x-1.5' });
    await until(() => stranger.texts().includes('while away'));
    assert.ok(stranger.texts().includes('there before'));
    stranger.leave();
  });

  it('tell how many lines a canister lost in one go', async () => {
    const reader = follow(node.port, '/_/logs/stream');
    await until(() => reader.events.length > 0);
    const long = 'x'.repeat(1_000);
    await run(script.program(...Array.from({ length: 10 }, (_, index) => script.debugPrint(`${index} ${long}`)), script.reply('ok')));
    const ofThem = (): typeof reader.lines => reader.lines.filter(({ text }) => /^\d x+$/.test(text));
    await until(() => ofThem().length > 0);
    // The log has room for less than the message wrote: its first record gave way to the last one.
    assert.equal(ofThem()[0]!.text, `1 ${long}`);
    assert.equal(ofThem()[0]!.lost, 1);
    reader.leave();
  });

  it('have a bounded number of readers, and let them go', async () => {
    const server = await serverWith({});
    const readers = Array.from({ length: 32 }, () => follow(server.port, '/_/logs/stream'));
    await until(() => readers.every(({ state }) => state.status === 200));
    const surplus = follow(server.port, '/_/logs/stream');
    await until(() => surplus.state.ended);
    assert.equal(surplus.state.status, 503);
    assert.equal(valueOf(await scrape(server.port), 'myelin_log_followers'), 32);
    readers[0]!.leave();
    for (let left = 32; left === 32;) left = valueOf(await scrape(server.port), 'myelin_log_followers');
    // A server that closes does not wait for readers: they would stay for ever.
    const closed = performance.now();
    await server.close();
    assert.ok(performance.now() - closed < 4_000);
    await until(() => readers.every(({ state }) => state.ended));
  });
});
