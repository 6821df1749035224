import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { discardBody, readBody } from '../../src/http/body.ts';
import type { BodyBudget } from '../../src/http/body.ts';
import { until } from './network.ts';

const BYTES_MAX = 1_000;
const BUDGET = 3_000;

describe('receiving bodies', () => {
  const budget: BodyBudget = { bytesLeft: BUDGET };
  const outcomes: string[] = [];
  let server: Server;
  let port = 0;

  before(async () => {
    server = createServer();
    const listener: Parameters<typeof server.on>[1] = (request, response) => {
      void readBody(request, response, { bytesMax: BYTES_MAX, budget }).then((outcome) => {
        outcomes.push(outcome === undefined ? 'left' : outcome.ok ? `${outcome.value.length}` : `${outcome.error.status}`);
        if (outcome === undefined) return;
        if (outcome.ok) budget.bytesLeft += outcome.value.length;
        if (outcome.ok) assert.equal(outcome.value.buffer.byteLength, outcome.value.length, 'memory of its own');
        void discardBody(request, { bytesMax: 100_000, timeoutMs: 10_000 }).then(() =>
          response.writeHead(outcome.ok ? 200 : outcome.error.status).end(),
        );
      });
    };
    server.on('request', listener).on('checkContinue', listener);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const post = async (body: Uint8Array | ReadableStream): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      body,
      ...(body instanceof ReadableStream ? { duplex: 'half' } : {}),
    });
    await response.arrayBuffer();
    return response.status;
  };

  it('takes bodies up to the limit', async () => {
    for (const length of [0, 1, BYTES_MAX]) assert.equal(await post(new Uint8Array(length)), 200);
    assert.deepEqual(outcomes.splice(0), ['0', '1', '1000']);
  });

  it('refuses more, whether announced or not, and keeps the connection usable', async () => {
    assert.equal(await post(new Uint8Array(BYTES_MAX + 1)), 413);
    let sent = 0;
    const chunks = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(new Uint8Array(400));
        if (++sent > 4) controller.close();
      },
    });
    assert.equal(await post(chunks), 413);
    assert.equal(await post(new Uint8Array(5)), 200);
    assert.deepEqual(outcomes.splice(0), ['413', '413', '5']);
  });

  it('does not ask for a body that it will refuse', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write(`POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: ${BYTES_MAX + 1}\r\n\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 413 /);
    socket.destroy();
    assert.deepEqual(outcomes.splice(0), ['413']);
  });

  it('asks for a body that it wants', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    assert.match(answer.toString(), /^HTTP\/1\.1 100 /);
    socket.write('abc');
    const [final] = (await once(socket, 'data')) as [Buffer];
    assert.match(final.toString(), /^HTTP\/1\.1 200 /);
    socket.destroy();
    assert.deepEqual(outcomes.splice(0), ['3']);
  });

  it('gives bytes back when a client leaves', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 900\r\n\r\n' + 'x'.repeat(500));
    await until(() => budget.bytesLeft !== BUDGET);
    assert.equal(budget.bytesLeft, BUDGET - 500);
    socket.destroy();
    await until(() => budget.bytesLeft === BUDGET);
    assert.deepEqual(outcomes.splice(0), ['left']);
  });

  it('refuses with 503 when all bodies together are too large', async () => {
    const sockets = Array.from({ length: 3 }, () => {
      const socket = connect(port, '127.0.0.1');
      socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 950\r\n\r\n' + 'x'.repeat(900));
      return socket;
    });
    await until(() => budget.bytesLeft === BUDGET - 2_700);
    assert.equal(await post(new Uint8Array(400)), 503);
    for (const socket of sockets) socket.destroy();
    await until(() => budget.bytesLeft === BUDGET);
    assert.equal(await post(new Uint8Array(400)), 200);
  });
});
