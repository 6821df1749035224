import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { closedLoop, openHttpClient } from '../src/http-client.ts';

describe('closed loop', () => {
  it('sends each request once, as many at a time as it is wide', async () => {
    let open = 0;
    let most = 0;
    const sent: number[] = [];
    const { latencies, perSecond } = await closedLoop(4, 20, 10_000, async (index) => {
      most = Math.max(most, ++open);
      sent.push(index);
      await delay(1);
      open--;
    });
    assert.deepEqual(
      sent.toSorted((a, b) => a - b),
      Array.from({ length: 20 }, (_, index) => index),
    );
    assert.equal(most, 4);
    assert.equal(latencies.length, 20);
    assert.ok(perSecond > 0);
  });

  it('ends when the time is over', async () => {
    const { latencies } = await closedLoop(1, 1_000_000, 20, () => delay(1));
    assert.ok(latencies.length >= 1 && latencies.length <= 21);
  });

  it('passes on what a request throws', async () => {
    await assert.rejects(
      closedLoop(2, 5, 1_000, () => Promise.reject(new Error('refused'))),
      /refused/,
    );
  });
});

describe('HTTP client', () => {
  it('sends bodies and headers over kept connections', async () => {
    let connections = 0;
    const server = createServer((request, response) => {
      request
        .resume()
        .on('end', () =>
          response.end(`${request.method} ${request.url} ${request.headers['content-type']} ${String(request.headers['x-name'])}`),
        );
    });
    server.on('connection', () => connections++);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = openHttpClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, 1);
    const reply = await client.post('/path', Uint8Array.of(1), { 'x-name': 'value' });
    assert.equal(new TextDecoder().decode(reply.body), 'POST /path application/cbor value');
    assert.equal(new TextDecoder().decode((await client.get('/')).body), 'GET / undefined undefined');
    assert.equal(connections, 1);
    client.close();
    server.close();
  });
});
