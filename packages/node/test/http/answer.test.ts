/** Answers to clients that do not read them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { sendAnswer } from '../../src/http/answer.ts';
import type { HttpAnswer } from '../../src/http/answer.ts';
import type { BodyBudget } from '../../src/http/body.ts';
import { until } from './network.ts';

const BUDGET = 5_000_000;
const PAGE_BYTES = 2_000_000;
/** More than the buffers of two sockets and the budget take together. */
const REQUESTS = 12;

describe('answers that are not read', () => {
  const budget: BodyBudget = { bytesLeft: BUDGET };
  let body: () => HttpAnswer['body'];
  let asked = 0;
  let open = 0;
  let server: Server;
  const sockets: Socket[] = [];

  before(async () => {
    server = createServer((request, response) => {
      response.on('error', () => {});
      asked++;
      open++;
      const limits = { budget, timeoutMs: 60_000, lastOfConnection: false };
      void sendAnswer(request, response, { status: 200, headers: [], body: body() }, limits).finally(() => open--);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await until(() => open === 0);
    assert.equal(budget.bytesLeft, BUDGET, 'everything was given back');
    asked = 0;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  /** A connection that asks and does not read. */
  function unread(requests: number): Socket {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.on('error', () => {});
    socket.pause();
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n'.repeat(requests));
    sockets.push(socket);
    return socket;
  }

  /** Reads what has come until it matches. */
  async function read(socket: Socket, isAll: (text: string) => boolean): Promise<string> {
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1'))).resume();
    await until(() => isAll(text) || socket.closed);
    return text;
  }

  it('are held within the budget, and refused beyond', async () => {
    body = () => new Uint8Array(PAGE_BYTES);
    const socket = unread(REQUESTS);
    await until(() => asked === REQUESTS);
    assert.ok(budget.bytesLeft >= 0, `${budget.bytesLeft} bytes are left`);
    const statuses = (text: string): string[] => text.match(/(?<=HTTP\/1\.1 )\d+/g) ?? [];
    const answered = statuses(await read(socket, (text) => statuses(text).length === REQUESTS));
    assert.equal(answered[0], '200');
    assert.equal(answered.at(-1), '503');
    body = () => new Uint8Array(PAGE_BYTES);
    const later = unread(1);
    assert.match(await read(later, (text) => text.length > PAGE_BYTES), /^HTTP\/1\.1 200 /);
  });

  it('are held piece by piece when they are streamed, and broken off beyond', async () => {
    let pieces = 0;
    body = async function* () {
      for (;;) {
        pieces++;
        yield await Promise.resolve(new Uint8Array(PAGE_BYTES));
      }
    };
    for (let count = 0; count < REQUESTS; count++) unread(1);
    await until(() => asked === REQUESTS && open <= BUDGET / PAGE_BYTES);
    assert.ok(budget.bytesLeft >= 0, `${budget.bytesLeft} bytes are left`);
    assert.ok(pieces < 5 * REQUESTS, `${pieces} pieces were asked for`);
  });

  it('do not keep small ones from being sent', async () => {
    const held = budget.bytesLeft;
    budget.bytesLeft = 0;
    body = () => 'small';
    assert.match(await read(unread(1), (text) => text.endsWith('small')), /^HTTP\/1\.1 200 /);
    body = async function* () {
      yield await Promise.resolve(new Uint8Array(1));
    };
    assert.match(await read(unread(1), (text) => text.endsWith('later.')), /^HTTP\/1\.1 503 /);
    budget.bytesLeft = held;
  });
});
