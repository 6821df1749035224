/** The load generator's loop against servers that behave in known ways. */
import assert from 'node:assert/strict';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { createKeptAnswers } from '../src/load/kept-answers.ts';
import { runOpenLoop, type OpenLoopOptions, type OpenLoopResult } from '../src/load/open-loop.ts';

type Handler = (number: number, response: ServerResponse) => void;

async function loadOf(
  handler: Handler,
  options: Partial<OpenLoopOptions>,
): Promise<OpenLoopResult & { readonly requests: readonly string[] }> {
  const requests: string[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request.url ?? '');
    handler(requests.length, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const result = await runOpenLoop({
      port: (server.address() as AddressInfo).port,
      connections: 4,
      ratePerSecond: 200,
      count: 40,
      timeMs: 10_000,
      answerTimeMs: 2_000,
      request: (index) => Buffer.from(`GET /${index} HTTP/1.1\r\nhost: x\r\n\r\n`),
      judge: (_, status) => (status === 200 ? undefined : `HTTP ${status}`),
      ...options,
    });
    return { ...result, requests };
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const answer = (response: ServerResponse, status = 200, body = 'body'): void =>
  void response.writeHead(status, { 'content-length': body.length }).end(body);

describe('open loop', () => {
  it('sends every request once and counts the answers', async () => {
    const { answered, requests, failures, latencies } = await loadOf((_, response) => answer(response), {});
    assert.equal(answered, 40);
    assert.equal(latencies.count, 40);
    assert.deepEqual(failures, {});
    assert.equal(new Set(requests).size, 40);
  });

  it('charges the time that a server stands still to every request that was due then', async () => {
    let held: ServerResponse[] | undefined = [];
    const handler: Handler = (number, response) => {
      if (held === undefined || number === 1) answer(response);
      else if (held.push(response) === 1)
        setTimeout(() => {
          for (const one of held!) answer(one);
          held = undefined;
        }, 400);
    };
    const { latencies, answered } = await loadOf(handler, { connections: 1 });
    assert.equal(answered, 40);
    // 40 requests are due within 200 ms, and one alone waits at the server. A closed loop would see one slow answer, and a median of a few ms.
    assert.ok(latencies.percentile(50) > 150_000, `${latencies.percentile(50)} us`);
  });

  it('tells failures apart by kind', async () => {
    const handler: Handler = (number, response) => {
      if (number % 4 === 1) answer(response, 429);
      else if (number % 4 === 2) response.destroy();
      else answer(response);
    };
    const { answered, failures } = await loadOf(handler, {});
    assert.equal(answered, 20);
    assert.equal(failures['HTTP 429'], 10);
    const broken = Object.entries(failures).filter(([kind]) => kind !== 'HTTP 429');
    assert.equal(
      broken.reduce((sum, [, number]) => sum + number, 0),
      10,
    );
  });

  it('goes on with new connections when a server closes them', async () => {
    const handler: Handler = (_, response) => void response.writeHead(200, { 'content-length': 0, connection: 'close' }).end();
    const { answered, failures } = await loadOf(handler, {});
    assert.equal(answered, 40);
    assert.deepEqual(failures, {});
  });

  it('waits no longer than it is told for answers that never come', async () => {
    const { answered, failures } = await loadOf(() => {}, { answerTimeMs: 100, timeMs: 300 });
    assert.equal(answered, 0);
    assert.equal(failures['no answer in time'], 4);
    assert.equal(failures['not sent in time'], 36);
  });

  it('keeps all connections busy when no rate is given', async () => {
    const { answered } = await loadOf((_, response) => answer(response), { ratePerSecond: Infinity, count: 500 });
    assert.equal(answered, 500);
  });

  it('takes answers that arrive in pieces', async () => {
    const bodies: string[] = [];
    const handler: Handler = (_, response) => {
      response.writeHead(200, { 'content-length': 6 });
      response.write('abc');
      setTimeout(() => response.end('def'), 5);
    };
    await loadOf(handler, {
      count: 5,
      judge: (_, __, body) => {
        bodies.push(body.toString());
        return undefined;
      },
    });
    assert.deepEqual(
      bodies,
      Array.from({ length: 5 }, () => 'abcdef'),
    );
  });
});

describe('kept answers', () => {
  it('gives every so many of them back, with their requests', () => {
    const kept = createKeptAnswers(2 ** 30);
    for (let index = 0; index < 10; index++) kept.keep(index * 7, Buffer.from(`answer ${index}`));
    const every = [...kept.every(4, 1)].map(([index, body]) => [index, Buffer.from(body).toString()]);
    assert.deepEqual(every, [
      [7, 'answer 1'],
      [35, 'answer 5'],
      [63, 'answer 9'],
    ]);
    assert.equal(kept.count, 10);
  });

  it('counts what does not fit', () => {
    const kept = createKeptAnswers(64 * 1024 * 1024);
    const body = new Uint8Array(40 * 1024 * 1024);
    kept.keep(0, body);
    kept.keep(1, body);
    assert.deepEqual([kept.count, kept.dropped], [1, 1]);
  });
});
