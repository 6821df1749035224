/**
 * What hostile and slow clients do to a node. Each attack gets a crowd, does its worst until the time is over, and returns.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Crowd } from './crowd.ts';

export type AttackOptions = {
  readonly crowd: Crowd;
  /** How long it lasts, milliseconds. */
  readonly timeMs: number;
  /** Share of the full number of clients. */
  readonly scale: number;
  /** Path of the query endpoint of a canister that replies with a mebibyte, and the body of an anonymous query for it. */
  readonly large: { readonly path: string; readonly body: Uint8Array };
};

export type Attack = {
  readonly name: string;
  /** Clients at full scale. */
  readonly clients: number;
  /** Addresses that they come from. */
  readonly addresses: number;
  /** Bytes of a body or of answers that each client wants the node to keep; none by default. */
  readonly heldBytes?: number;
  readonly run: (options: AttackOptions, clients: number) => Promise<void>;
};

const STATUS = 'GET /api/v2/status HTTP/1.1\r\nhost: x\r\n\r\n';
const MIB = 1024 * 1024;
/** What a client asks for at once without reading any of it. */
const UNREAD_ANSWERS = 10;

function post(path: string, length: number): string {
  return `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: application/cbor\r\ncontent-length: ${length}\r\n\r\n`;
}

/** Once a second until the time is over. */
async function everySecond(timeMs: number, act: () => void): Promise<void> {
  const end = performance.now() + timeMs;
  while (performance.now() < end) {
    act();
    await delay(Math.min(1_000, Math.max(1, end - performance.now())));
  }
}

/** Every attack, in the order in which they run. */
export const ATTACKS: readonly Attack[] = [
  {
    name: 'headers at a byte per second',
    clients: 2_000,
    addresses: 1,
    async run({ crowd, timeMs }, clients) {
      const began = performance.now();
      await crowd.openMany(clients, (socket) => socket.write('GET / HTTP/1.1\r\nhost: x\r\nx-slow: '));
      await everySecond(timeMs - (performance.now() - began), () => crowd.forEach((socket) => socket.write('x')));
    },
  },
  {
    name: 'bodies at a byte per second',
    clients: 2_000,
    addresses: 1,
    async run({ crowd, timeMs, large }, clients) {
      const began = performance.now();
      await crowd.openMany(clients, (socket) => socket.write(post(large.path, MIB)));
      await everySecond(timeMs - (performance.now() - began), () => crowd.forEach((socket) => socket.write('x')));
    },
  },
  {
    name: 'bodies in packets of a byte',
    clients: 50,
    addresses: 1,
    async run({ crowd, timeMs, large }, clients) {
      const end = performance.now() + timeMs;
      const byte = Uint8Array.of(0);
      await crowd.openMany(clients, (socket) => socket.write(post(large.path, 4 * MIB)));
      while (performance.now() < end) {
        crowd.forEach((socket) => socket.write(byte));
        await delay(0);
      }
    },
  },
  {
    name: 'connections that say nothing, of five addresses',
    clients: 10_000,
    addresses: 5,
    async run({ crowd, timeMs }, clients) {
      const end = performance.now() + timeMs;
      await crowd.openMany(clients, () => {});
      await delay(Math.max(0, end - performance.now()));
    },
  },
  {
    name: 'more connections of one address than it may have',
    clients: 4_000,
    addresses: 1,
    async run({ crowd, timeMs }, clients) {
      const end = performance.now() + timeMs;
      await crowd.openMany(clients, () => {});
      await delay(Math.max(0, end - performance.now()));
    },
  },
  {
    name: 'requests as fast as they are answered, of one address',
    clients: 500,
    addresses: 1,
    async run({ crowd, timeMs }, clients) {
      const end = performance.now() + timeMs;
      await crowd.openMany(clients, (socket) => {
        socket.on('data', () => socket.write(STATUS));
        socket.write(STATUS);
      });
      await delay(Math.max(0, end - performance.now()));
    },
  },
  {
    name: 'bodies of 4 MiB',
    clients: 200,
    addresses: 1,
    heldBytes: 4 * MIB,
    run({ crowd, timeMs, large }, clients) {
      const body = new Uint8Array(4 * MIB);
      const send = (socket: { write(data: string | Uint8Array): unknown }): void => {
        socket.write(post(large.path, body.length));
        socket.write(body);
      };
      return crowd.repeat(clients, performance.now() + timeMs, send, timeMs);
    },
  },
  {
    name: 'answers of 1 MiB that nobody reads',
    clients: 500,
    addresses: 1,
    heldBytes: UNREAD_ANSWERS * MIB,
    async run({ crowd, timeMs, large }, clients) {
      const end = performance.now() + timeMs;
      const ask = Buffer.concat([Buffer.from(post(large.path, large.body.length)), large.body]);
      const askOften = Buffer.concat(Array.from({ length: UNREAD_ANSWERS }, () => ask));
      await crowd.openMany(clients, (socket) => socket.pause().write(askOften), false);
      await delay(Math.max(0, end - performance.now()));
    },
  },
  {
    name: 'pipelines without end',
    clients: 200,
    addresses: 1,
    run({ crowd, timeMs }, clients) {
      const many = STATUS.repeat(5_000);
      return crowd.repeat(clients, performance.now() + timeMs, (socket) => socket.write(many), 2_000);
    },
  },
  {
    name: 'garbage',
    clients: 200,
    addresses: 1,
    run({ crowd, timeMs }, clients) {
      return crowd.repeat(clients, performance.now() + timeMs, (socket) => socket.write(randomBytes(2_000)), 1_000);
    },
  },
  {
    name: 'ten thousand headers, and headers of 100 kB',
    clients: 200,
    addresses: 1,
    run({ crowd, timeMs }, clients) {
      const many = `GET / HTTP/1.1\r\n${Array.from({ length: 10_000 }, (_, index) => `x-${index}: y`).join('\r\n')}\r\n\r\n`;
      const long = `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'y'.repeat(100_000)}\r\n\r\n`;
      let turn = 0;
      return crowd.repeat(clients, performance.now() + timeMs, (socket) => socket.write(turn++ % 2 === 0 ? many : long), 1_000);
    },
  },
  {
    name: 'clients that leave in the middle, or close their half',
    clients: 200,
    addresses: 1,
    run({ crowd, timeMs, large }, clients) {
      let turn = 0;
      return crowd.repeat(
        clients,
        performance.now() + timeMs,
        (socket) => {
          if (turn++ % 2 === 0) socket.end(post(large.path, large.body.length));
          else socket.write(post(large.path, MIB), () => socket.resetAndDestroy());
        },
        500,
      );
    },
  },
];
