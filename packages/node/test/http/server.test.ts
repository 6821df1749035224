/** The server's own behaviour on a real node: bounds, slow and broken clients, orderly close. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cbor } from '@icp-sdk/core/agent';
import type { HttpAgent } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { script, universalCanister } from '@myelin/test-canisters';
import { createNodeVerifier, nodeBlsVerifier, nodeHasher } from '../../src/crypto/index.ts';
import { openHttpServer } from '../../src/http/index.ts';
import type { HttpLimits, HttpServer } from '../../src/http/index.ts';
import type { RunningNode } from '../../src/node/index.ts';
import { MANAGEMENT, agentOf, exchange, install, manage, raw, startNode, until } from './network.ts';

const crypto_ = { hasher: nodeHasher, verifier: createNodeVerifier(), bls: nodeBlsVerifier };

let node: RunningNode;
let agent: HttpAgent;
let universal: Principal;
let sleeper: Principal;

before(async () => {
  node = await startNode();
  agent = await agentOf(node);
  universal = await install(agent, await universalCanister(), script.program());
  sleeper = await install(agent, await universalCanister(), script.program());
  const type = IDL.Record({ canister_id: IDL.Principal, settings: IDL.Record({ controllers: IDL.Opt(IDL.Vec(IDL.Principal)) }) });
  const settings = { controllers: [[Principal.anonymous(), sleeper]] };
  await manage(agent, 'update_settings', sleeper, IDL.encode([type], [{ canister_id: sleeper, settings }]));
});
after(async () => node?.close());

const faults: unknown[] = [];

/** A second server in front of the same replica, with limits of its own. */
async function serverWith(limits: Partial<HttpLimits>): Promise<HttpServer> {
  return openHttpServer({
    replica: node.replica,
    crypto: crypto_,
    host: '127.0.0.1',
    port: 0,
    limits,
    onFault: (error) => faults.push(error),
  });
}

/** An anonymous update call of the universal canister. */
function call(program: Uint8Array, canister: Principal = universal): Uint8Array {
  return Cbor.encode({
    content: {
      request_type: 'call',
      canister_id: canister.toUint8Array(),
      method_name: 'update',
      arg: program,
      nonce: crypto.getRandomValues(new Uint8Array(16)),
      ingress_expiry: BigInt(Date.now() + 120_000) * 1_000_000n,
      sender: Principal.anonymous().toUint8Array(),
    },
  });
}

const callPath = (): string => `/api/v4/canister/${universal.toText()}/call`;
/**
 * A call without an end: a canister that waits for being stopped, which waits for the end of that very call. No work is done meanwhile.
 */
const endless = (): Uint8Array =>
  call(
    script.program(
      script.call({
        callee: MANAGEMENT.toUint8Array(),
        method: 'stop_canister',
        argument: script.bytes(about(sleeper)),
        onReply: script.program(script.reply('x')),
      }),
    ),
    sleeper,
  );
const about = (id: Principal): Uint8Array => IDL.encode([IDL.Record({ canister_id: IDL.Principal })], [{ canister_id: id }]);
const sleeperPath = (): string => `/api/v4/canister/${sleeper.toText()}/call`;
/** Ends the endless call. */
const wake = async (): Promise<unknown> => manage(agent, 'start_canister', sleeper, about(sleeper));

describe('bounds', () => {
  it('drop connections that are too slow with their headers or their body', async () => {
    const server = await serverWith({ headersTimeoutMs: 200, requestTimeoutMs: 400 });
    const slowHeaders = exchange(server.port, 'GET /api/v2/status HTTP/1.1\r\nhost: x\r\nx-slow: ', 5_000);
    const slowBody = exchange(server.port, `POST ${callPath()} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nabc`, 5_000);
    assert.match(await slowHeaders, /^HTTP\/1\.1 408 /);
    assert.match(await slowBody, /^HTTP\/1\.1 408 /);
    assert.equal(server.requestsInFlight, 0);
    await server.close();
  });
  it('answer without waiting for the rest of a body that nobody wants', async () => {
    const server = await serverWith({ discardTimeoutMs: 200, requestTimeoutMs: 60_000 });
    for (const [path, length, status] of [
      ['/api/v9/nothing', 1_000, 404],
      [callPath(), 5_000_000, 413],
    ] as const) {
      const head = `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`;
      assert.match(await exchange(server.port, `${head}abc`, 5_000), new RegExp(`^HTTP/1\\.1 ${status} `));
    }
    assert.equal(server.requestsInFlight, 0);
    await server.close();
  });
  it('refuse requests beyond what is worked on together', async () => {
    const server = await serverWith({ callsInFlightMax: 1, callTimeoutMs: 1_500 });
    const waiting = raw(server.port, { method: 'POST', path: sleeperPath(), body: endless() });
    await until(() => server.requestsInFlight > 0);
    await sleep(100);
    const refused = await raw(server.port, { method: 'POST', path: callPath(), body: call(script.program(script.reply('x'))) });
    assert.equal(refused.status, 503);
    assert.equal(refused.headers['retry-after'], '1');
    assert.equal((await waiting).status, 202, 'no outcome in time');
    const accepted = await raw(server.port, { method: 'POST', path: callPath(), body: call(script.program(script.reply('x'))) });
    assert.equal(accepted.status, 200);
    await wake();
    await server.close();
  });
  it('refuse headers that are too large or too many', async () => {
    const server = await serverWith({ headerBytesMax: 4_096 });
    assert.match(
      await exchange(server.port, `GET /api/v2/status HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(8_000)}\r\n\r\n`),
      /^HTTP\/1\.1 431 /,
    );
    await server.close();
  });
  it('end connections that do not read their answers', async () => {
    const server = await serverWith({ answerTimeoutMs: 300 });
    const program = script.program(script.reply(script.filled(1_900_000, 120)));
    const query = Cbor.encode({
      content: {
        request_type: 'query',
        canister_id: universal.toUint8Array(),
        method_name: 'query',
        arg: program,
        ingress_expiry: 0n,
        sender: Principal.anonymous().toUint8Array(),
      },
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    const head = `POST /api/v3/canister/${universal.toText()}/query HTTP/1.1\r\nhost: x\r\ncontent-length: ${query.length}\r\n\r\n`;
    // More than the buffers of the two sockets take.
    for (let count = 0; count < 12; count++) socket.write(Buffer.concat([Buffer.from(head), query]));
    await until(() => server.requestsInFlight > 0);
    await until(() => server.requestsInFlight === 0);
    assert.equal((await raw(server.port, { path: '/api/v2/status' })).status, 200);
    socket.destroy();
    await server.close();
  });
  it('close connections beyond the limit', async () => {
    const server = await serverWith({ connectionsMax: 2 });
    const held = [];
    for (let count = 1; count <= 2; count++) {
      const socket = connect(server.port, '127.0.0.1');
      held.push(socket);
      // It is in use, so that it does not make room.
      socket.write(`POST ${callPath()} HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nabc`);
      await until(() => server.requestsInFlight === count);
    }
    assert.equal(await exchange(server.port, 'GET /api/v2/status HTTP/1.1\r\nhost: x\r\n\r\n'), '');
    for (const socket of held) socket.destroy();
    await until(() => server.connections === 0);
    assert.equal((await raw(server.port, { path: '/api/v2/status' })).status, 200);
    await server.close();
  });
});

describe('strange HTTP', () => {
  for (const [name, text, status] of [
    ['garbage', '\0\x01\x02garbage\r\n\r\n', 400],
    ['TLS', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03', 400],
    ['an unknown method', 'BREW / HTTP/1.1\r\nhost: x\r\n\r\n', 400],
    ['CONNECT', 'CONNECT a.example:443 HTTP/1.1\r\nhost: a.example:443\r\n\r\n', 405],
    ['two lengths', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 400],
    ['length and chunks', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['a negative length', 'POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n', 400],
    ['no host', 'GET /api/v2/status HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
    ['no host in version 1.0', 'GET /api/v2/status HTTP/1.0\r\n\r\n', 200],
    ['two hosts', 'GET /api/v2/status HTTP/1.1\r\nhost: x\r\nhost: y\r\nconnection: close\r\n\r\n', 400],
    ['the target of everything', 'OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n', 400],
  ] as const) {
    it(`${name} gets ${status}`, async () => {
      assert.match(await exchange(node.port, Buffer.from(text, 'latin1')), new RegExp(`^HTTP/1\\.1 ${status} `));
    });
  }
  it('a missing host is named', async () => {
    assert.match(await exchange(node.port, 'GET / HTTP/1.1\r\nconnection: close\r\n\r\n'), /no Host header/);
  });
  it('an upgrade is answered as if it had not been asked for', async () => {
    const text = 'GET /api/v2/status HTTP/1.1\r\nhost: x\r\nconnection: upgrade, close\r\nupgrade: websocket\r\n\r\n';
    assert.match(await exchange(node.port, text), /^HTTP\/1\.1 200 /);
  });
  it('pipelined requests are answered in order', async () => {
    const one = 'GET /api/v2/status HTTP/1.1\r\nhost: x\r\n\r\n';
    const two = 'GET /api/v9/status HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n';
    const answers = (await exchange(node.port, one + two)).match(/HTTP\/1\.1 \d+/g);
    assert.deepEqual(answers, ['HTTP/1.1 200', 'HTTP/1.1 404']);
  });
  it('garbage after a request does not spoil its answer', async () => {
    const first = `GET / HTTP/1.1\r\nhost: ${universal.toText()}.localhost\r\n\r\n`;
    const answers = (await exchange(node.port, `${first}garbage\r\n\r\n`)).match(/HTTP\/1\.1 \d+/g);
    assert.equal(answers?.[0], 'HTTP/1.1 404');
  });
  it('a client that leaves costs nothing', async () => {
    const socket = connect(node.port, '127.0.0.1');
    socket.write(`POST ${callPath()} HTTP/1.1\r\nhost: x\r\ncontent-length: 100000\r\n\r\nabc`);
    await sleep(50);
    socket.resetAndDestroy();
    await sleep(50);
    assert.equal((await raw(node.port, { path: '/api/v2/status' })).status, 200);
  });
});

describe('connections', () => {
  it('are kept for further requests', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number>();
    for (let count = 0; count < 3; count++) {
      const outgoing = request({ host: '127.0.0.1', port: node.port, path: '/api/v2/status', agent });
      outgoing.end();
      const [response] = await once(outgoing, 'response');
      ports.add(response.socket.localPort);
      for await (const _ of response);
    }
    assert.equal(ports.size, 1);
    agent.destroy();
  });
});

describe('closing', () => {
  it('finishes requests in flight and then refuses connections', async () => {
    const server = await serverWith({ closeGraceMs: 3_000 });
    const slow = raw(server.port, { method: 'POST', path: sleeperPath(), body: endless() });
    await until(() => server.requestsInFlight > 0);
    // On its way, not only received.
    await sleep(100);
    const closing = server.close();
    await assert.rejects(raw(server.port, { path: '/api/v2/status' }), /ECONNREFUSED/);
    await wake();
    const answer = await slow;
    assert.equal(answer.status, 200);
    assert.equal(answer.headers['connection'], 'close');
    await closing;
  });
  it('answers 202 to calls that would wait longer than the grace period', async () => {
    const server = await serverWith({ closeGraceMs: 200, callTimeoutMs: 60_000 });
    const waiting = raw(server.port, { method: 'POST', path: sleeperPath(), body: endless() });
    await until(() => server.requestsInFlight > 0);
    await sleep(200);
    const start = performance.now();
    await Promise.all([server.close(), server.close()]);
    assert.ok(performance.now() - start < 2_000);
    assert.equal((await waiting).status, 202);
    await wake();
  });
  it('does not wait for idle or silent connections', async () => {
    const server = await serverWith({ closeGraceMs: 300 });
    const idle = connect(server.port, '127.0.0.1');
    await once(idle, 'connect');
    const start = performance.now();
    await server.close();
    assert.ok(performance.now() - start < 2_000);
    idle.destroy();
  });
});

it('no fault of the server was seen', () => assert.deepEqual(faults, []));
