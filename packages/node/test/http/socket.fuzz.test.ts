/** Strangers at the door of a real node: whatever they send, the node answers the next one, and keeps nothing of them. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { canisterIdOfIndex, principalToBytes, principalToText } from '@myelin/core/base';
import { encodeSelfDescribedCbor } from '@myelin/core/codec';
import type { RunningNode } from '../../src/node/index.ts';
import { FUZZ_SECONDS } from './fuzz-time.ts';
import { exchange, raw, startNode } from './network.ts';

let node: RunningNode;
before(async () => {
  node = await startNode();
});
after(async () => node?.close());

const CANISTER = canisterIdOfIndex(0n);

/** Runs an asynchronous property for a share of the time. */
async function fuzzAsync<T>(share: number, arbitrary: fc.Arbitrary<T>, check: (value: T) => Promise<void>): Promise<void> {
  await fc.assert(fc.asyncProperty(arbitrary, check), {
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: FUZZ_SECONDS * share * 1_000,
    markInterruptAsFailure: false,
  });
}

async function isAlive(): Promise<void> {
  assert.equal((await raw(node.port, { path: '/api/v2/status' })).status, 200);
}

const segment = fc.oneof(
  fc.constantFrom(
    'api',
    'v2',
    'v3',
    'v4',
    'canister',
    'subnet',
    'call',
    'query',
    'read_state',
    'status',
    principalToText(CANISTER),
    'aaaaa-aa',
    '%00',
    '..',
    '',
  ),
  fc.stringMatching(/^[!-~]{0,12}$/),
);
const path = fc.array(segment, { maxLength: 7 }).map((segments) => `/${segments.join('/')}`);
const endpoint = fc.constantFrom(
  ...['v2', 'v3', 'v4'].flatMap((version) =>
    ['call', 'query', 'read_state'].map((name) => `/api/${version}/canister/${principalToText(CANISTER)}/${name}`),
  ),
);

describe('strangers', () => {
  it('send bytes that are no HTTP', async () => {
    await fuzzAsync(0.2, fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
      // Without an end the server waits for more: the line end makes it decide.
      const answer = await exchange(node.port, Buffer.concat([bytes, Buffer.from('\r\n\r\n')]), 200);
      assert.ok(answer === '' || /^HTTP\/1\.1 4\d\d /.test(answer), answer.slice(0, 80));
    });
    await isAlive();
  });

  it('ask for random URLs with random methods and headers', async () => {
    const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE');
    const header = fc.tuple(fc.stringMatching(/^x-[a-z]{1,8}$/), fc.stringMatching(/^[ -~]{0,30}$/));
    await fuzzAsync(
      0.25,
      fc.tuple(method, path, fc.array(header, { maxLength: 5 }), fc.uint8Array({ maxLength: 200 })),
      async ([verb, url, headers, body]) => {
        const answer = await raw(node.port, { method: verb, path: url, headers: Object.fromEntries(headers), body });
        if (['/api/v2/status', '/'].includes(url.split('?')[0]!) || verb === 'OPTIONS') return;
        assert.ok(answer.status >= 400 && answer.status < 500, `${verb} ${url}: ${answer.status}`);
      },
    );
    await isAlive();
  });

  it('post bodies that are no requests', async () => {
    const content = {
      request_type: 'query',
      canister_id: principalToBytes(CANISTER),
      method_name: 'x',
      arg: new Uint8Array(0),
      sender: new Uint8Array([4]),
      ingress_expiry: 0n,
    };
    const valid = encodeSelfDescribedCbor({ content });
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => valid.map((old, index) => (index === at ? byte : old))),
      fc.nat(valid.length).map((length) => valid.slice(0, length)),
    );
    await fuzzAsync(0.35, fc.tuple(endpoint, body), async ([url, bytes]) => {
      const { status, body: text } = await raw(node.port, { method: 'POST', path: url, body: bytes });
      // An altered anonymous query may still be one.
      if (status === 200 && url.endsWith('/query')) return;
      assert.ok(status >= 400 && status < 500, `${url}: ${status}`);
      assert.ok(text.length > 0 && text.length < 2_000);
    });
    await isAlive();
  });

  it('leave in the middle', async () => {
    await fuzzAsync(0.1, fc.tuple(endpoint, fc.nat(2_000)), async ([url, length]) => {
      await exchange(node.port, `POST ${url} HTTP/1.1\r\nhost: x\r\ncontent-length: ${length + 1}\r\n\r\n${'x'.repeat(length)}`, 5);
    });
    await isAlive();
  });

  it('leave nothing behind', async () => {
    // The collector is asked for at run time, so that the test needs no flag.
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const heap = async (): Promise<number> => {
      collect();
      // Closing sockets let go of their buffers a little later.
      await sleep(200);
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const flood = async (count: number): Promise<void> => {
      for (let round = 0; round < count; round++) {
        await Promise.all(
          Array.from({ length: 20 }, () =>
            raw(node.port, { method: 'POST', path: `/api/v4/canister/${principalToText(CANISTER)}/call`, body: new Uint8Array(50_000) }),
          ),
        );
      }
    };
    await flood(5);
    const before = await heap();
    await flood(15);
    const grown = (await heap()) - before;
    // 300 bodies of 50 kB are 15 MB.
    assert.ok(grown < 5_000_000, `memory grew by ${grown} bytes`);
    await isAlive();
  });
});
