/**
 * Clients of one address that take all they can get, while those of another are served: on a node in this process, with small limits.
 *
 * Addresses beside 127.0.0.1 are there without setting anything up on Linux alone.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Cbor } from '@icp-sdk/core/agent';
import { Principal } from '@icp-sdk/core/principal';
import { script, universalCanister } from '@myelin/test-canisters';
import { createNodeVerifier, nodeBlsVerifier, nodeHasher } from '../../src/crypto/index.ts';
import { openHttpServer } from '../../src/http/index.ts';
import type { HttpLimits, HttpServer } from '../../src/http/index.ts';
import type { RunningNode } from '../../src/node/index.ts';
import { agentOf, exchange, install, raw, startNode, until } from './network.ts';

const HOSTILE = '127.0.0.2';
const oneAddress = process.platform === 'linux' ? false : 'only Linux has further addresses of its own';

let node: RunningNode;
let canister: Principal;
/** Update calls that are held back before they reach the replica. */
let held: (() => void)[] | undefined;
const faults: unknown[] = [];
const sockets: Socket[] = [];

before(async () => {
  node = await startNode();
  canister = await install(await agentOf(node), await universalCanister(), script.program());
});
after(async () => {
  for (const socket of sockets) socket.destroy();
  await node?.close();
});

/** A server in front of the node's replica; calls can be held back on their way to it, queries delayed. */
async function serverWith(limits: Partial<HttpLimits>, beforeQuery?: () => Promise<void>): Promise<HttpServer> {
  const { replica } = node;
  const submit = async (...asked: Parameters<typeof replica.submit>): ReturnType<typeof replica.submit> => {
    if (held !== undefined) await new Promise<void>((resolve) => held?.push(resolve));
    return replica.submit(...asked);
  };
  const query: typeof replica.query = async (...asked) => {
    await beforeQuery?.();
    return replica.query(...asked);
  };
  const queryIfProven: typeof replica.queryIfProven = async (...asked) => {
    await beforeQuery?.();
    return replica.queryIfProven(...asked);
  };
  const watched = new Proxy(replica, {
    get: (target, name) => {
      if (name === 'submit') return submit;
      if (name === 'query') return query;
      if (name === 'queryIfProven') return queryIfProven;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  const crypto = { hasher: nodeHasher, verifier: createNodeVerifier(), bls: nodeBlsVerifier };
  return openHttpServer({ replica: watched, crypto, host: '127.0.0.1', port: 0, limits, onFault: (error) => faults.push(error) });
}

function release(): void {
  const waiting = held ?? [];
  held = undefined;
  for (const go of waiting) go();
}

/** A connection from the hostile address. */
async function hostile(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: HOSTILE });
  socket.on('error', () => {});
  sockets.push(socket);
  await once(socket, 'connect');
  return socket;
}

/** Everything that comes from a connection until it ends or is silent for half a second. */
async function read(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.setTimeout(500, () => socket.destroy());
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

const STATUS = 'GET /api/v2/status HTTP/1.1\r\nhost: x\r\n\r\n';
const callPath = (): string => `/api/v4/canister/${canister.toText()}/call`;

function callBody(): Uint8Array {
  return Cbor.encode({
    content: {
      request_type: 'call',
      canister_id: canister.toUint8Array(),
      method_name: 'update',
      arg: script.program(script.reply('x')),
      nonce: crypto.getRandomValues(new Uint8Array(16)),
      ingress_expiry: BigInt(Date.now() + 120_000) * 1_000_000n,
      sender: Principal.anonymous().toUint8Array(),
    },
  });
}

const call = (port: number): ReturnType<typeof raw> => raw(port, { method: 'POST', path: callPath(), body: callBody() });

/** A call from the hostile address, sent and not waited for. */
async function sendCall(port: number): Promise<Socket> {
  const socket = await hostile(port);
  const body = callBody();
  socket.write(`POST ${callPath()} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`);
  socket.write(body);
  return socket;
}

describe('one source', { skip: oneAddress }, () => {
  it('has so many connections; one more is told so, and others connect', async () => {
    const server = await serverWith({ sourceConnectionsMax: 3 });
    const open = await Promise.all([hostile(server.port), hostile(server.port), hostile(server.port)]);
    const refused = await read(await hostile(server.port));
    assert.match(refused, /^HTTP\/1\.1 429 .*\r\nretry-after: 1\r\n/s);
    assert.equal((await raw(server.port, { path: '/api/v2/status' })).status, 200);
    open[0]?.destroy();
    await until(() => server.connections === 2);
    const again = await hostile(server.port);
    again.write(STATUS);
    assert.match(await read(again), /^HTTP\/1\.1 200 /);
    await server.close();
  });

  it('has so many requests in flight, even when it leaves and comes back', async () => {
    const server = await serverWith({ sourceRequestsInFlightMax: 2 });
    held = [];
    const first = await sendCall(server.port);
    await sendCall(server.port);
    await until(() => held?.length === 2);
    first.destroy();
    const third = await sendCall(server.port);
    assert.match(await read(third), /^HTTP\/1\.1 429 .*\r\nretry-after: 1\r\n/s);
    assert.equal((await raw(server.port, { path: '/api/v2/status' })).status, 200);
    release();
    await until(() => server.requestsInFlight === 0);
    assert.match(await read(await sendCall(server.port)), /^HTTP\/1\.1 200 /);
    await server.close();
  });

  it('that has left is not worked for any more', async () => {
    let ran = 0;
    const server = await serverWith({ turnsMax: 1, sourceTurnsMax: 1 }, async () => {
      ran += 1;
      await new Promise((resolve) => setTimeout(resolve, 100));
    });
    const page = `GET / HTTP/1.1\r\nhost: ${canister.toText()}.localhost\r\n\r\n`;
    const clients = await Promise.all([1, 2, 3, 4].map(() => hostile(server.port)));
    for (const socket of clients) socket.write(page);
    await until(() => server.requestsInFlight === 4);
    for (const socket of clients) socket.destroy();
    await until(() => server.requestsInFlight === 0);
    assert.equal(ran, 1);
    await server.close();
  });

  it('has so many bytes on their way', async () => {
    const server = await serverWith({ sourceBodiesBytesMax: 100_000, discardTimeoutMs: 100 });
    const uploads = await Promise.all([1, 2].map(() => hostile(server.port)));
    for (const socket of uploads) {
      socket.write(`POST ${callPath()} HTTP/1.1\r\nhost: x\r\ncontent-length: 90000\r\n\r\n`);
      socket.write(new Uint8Array(60_000));
    }
    const answers = await Promise.all(uploads.map(read));
    assert.equal(answers.filter((answer) => answer.startsWith('HTTP/1.1 429 ')).length, 1);
    assert.equal((await call(server.port)).status, 200);
    await server.close();
  });
});

describe('a node that is behind', () => {
  it('refuses further calls of those who have many, before their bodies are there, and serves others', { skip: oneAddress }, async () => {
    const server = await serverWith({ waitingCallsMin: 20, waitingMsMax: 50 });
    held = [];
    for (let count = 0; count < 20; count++) await sendCall(server.port);
    await until(() => held?.length === 20);
    await new Promise((resolve) => setTimeout(resolve, 60));
    const late = await hostile(server.port);
    // Nothing of the body is sent: the answer does not wait for it.
    late.write(`POST ${callPath()} HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 300\r\n\r\n`);
    assert.match(await read(late), /^HTTP\/1\.1 429 .*\r\nretry-after: 1\r\n/s);
    const reading = await hostile(server.port);
    reading.write(STATUS);
    assert.match(await read(reading), /^HTTP\/1\.1 200 /, 'only calls are put off');
    const modest = call(server.port);
    await until(() => held?.length === 21);
    release();
    assert.equal((await modest).status, 200);
    await until(() => server.requestsInFlight === 0);
    await server.close();
  });
});

describe('one connection', () => {
  it('that pipelines without end is ended, and its source shut out for a while', async () => {
    const server = await serverWith({ shutMs: 400 });
    held = [];
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => {});
    const body = callBody();
    socket.write(`POST ${callPath()} HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`);
    socket.write(body);
    // All of these wait for the first one, which waits for us.
    socket.write(STATUS.repeat(50_000));
    await new Promise((resolve) => socket.once('close', resolve));
    assert.ok(server.requestsInFlight <= 32);
    const shut = await exchange(server.port, STATUS);
    assert.ok(shut === '' || shut.startsWith('HTTP/1.1 429 '), shut);
    release();
    await until(() => server.requestsInFlight === 0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal((await raw(server.port, { path: '/api/v2/status' })).status, 200);
    await server.close();
  });

  it('with too many headers is told so, and may go on with fewer', async () => {
    const server = await serverWith({});
    const many = Array.from({ length: 101 }, (_, index) => `x-${index}: y\r\n`).join('');
    const answers = await exchange(server.port, `GET /api/v2/status HTTP/1.1\r\n${many}\r\n${STATUS}`);
    assert.deepEqual(answers.match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 431', 'HTTP/1.1 200']);
    await server.close();
  });

  it('that sends its body byte by byte is answered', async () => {
    const server = await serverWith({});
    const body = callBody();
    const socket = connect({ port: server.port, host: '127.0.0.1', noDelay: true });
    socket.write(`POST ${callPath()} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`);
    const answer = read(socket);
    for (const byte of body) {
      socket.write(Uint8Array.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.match(await answer, /^HTTP\/1\.1 200 /);
    await server.close();
  });
});

describe('connections that are scarce', () => {
  it('are taken from those who do not use them', async () => {
    const server = await serverWith({ connectionsMax: 10 });
    const agent = new Agent({ keepAlive: true });
    const ask = async (): Promise<string> => {
      const outgoing = request({ host: '127.0.0.1', port: server.port, path: '/api/v2/status', agent });
      outgoing.end();
      const [response] = await once(outgoing, 'response');
      for await (const _ of response);
      return response.headers.connection;
    };
    await Promise.all(Array.from({ length: 8 }, ask));
    assert.equal(server.connections, 8, 'eight connections are kept');
    const newcomers = await Promise.all([1, 2, 3].map(() => raw(server.port, { path: '/api/v2/status' })));
    assert.deepEqual(
      newcomers.map(({ status }) => status),
      [200, 200, 200],
    );
    agent.destroy();
    await server.close();
  });

  it('are no longer given to who has many, and taken from there', { skip: oneAddress }, async () => {
    const server = await serverWith({ connectionsMax: 110 });
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async (): Promise<number> => {
      const outgoing = request({ host: '127.0.0.1', port: server.port, path: '/api/v2/status', agent: kept });
      outgoing.end();
      const [response] = await once(outgoing, 'response');
      const { localPort } = response.socket;
      for await (const _ of response);
      return localPort;
    };
    const port = await ask();
    // They never send a request, and have come after the one that is kept.
    for (let count = 0; count < 98; count++) await hostile(server.port);
    await until(() => server.connections === 99);
    assert.match(await read(await hostile(server.port)), /^HTTP\/1\.1 429 /);
    assert.equal((await raw(server.port, { path: '/api/v2/status' })).status, 200);
    assert.equal(await ask(), port, 'a client with one connection keeps it');
    await until(() => server.connections < 99);
    kept.destroy();
    await server.close();
  });
});

it('no fault of the server was seen', () => assert.deepEqual(faults, []));
