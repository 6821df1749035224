/**
 * Counts the connections of a server and refuses those that are too many, of one source or of all.
 *
 * When they become scarce, the one that is idle for the longest time makes room for the next: whoever holds connections without using them can not keep others out.
 * @module
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { SCARCE_CONNECTIONS_SHARE } from './limits.ts';
import { answerRaw } from './raw-answer.ts';
import type { Sources } from './sources.ts';

export type Connections = {
  readonly count: number;
  /** Whether answers should be the last ones of their connections. */
  readonly areScarce: boolean;
  /** A connection has a request. */
  use(socket: Socket): void;
  /** All requests of a connection are answered. */
  rest(socket: Socket): void;
};

/**
 * Watches the connections of a server.
 *
 * @param max - connections of all sources together, at all addresses that the server listens on.
 */
export function guardConnections(server: Server, sources: Sources, max: number): Connections {
  let count = 0;
  const scarceFrom = max * SCARCE_CONNECTIONS_SHARE;
  /** Those that were answered and are not used; the first for the longest time. Ones without any request yet are not among them. */
  const resting = new Set<Socket>();

  function makeRoom(): void {
    for (const socket of resting) {
      socket.destroy();
      resting.delete(socket);
      return;
    }
  }

  server.on('drop', makeRoom);
  server.on('connection', (socket: Socket) => {
    count += 1;
    socket.once('close', () => {
      count -= 1;
      resting.delete(socket);
    });
    if (count > scarceFrom) makeRoom();
    if (count > max) socket.destroy();
    else if (sources.admit(socket) === undefined) answerRaw(socket, '429 Too Many Requests', 'There are too many connections of yours.');
  });
  return {
    get count(): number {
      return count;
    },
    get areScarce(): boolean {
      return count > scarceFrom;
    },
    use: (socket) => void resting.delete(socket),
    rest(socket) {
      if (!socket.destroyed) resting.add(socket);
    },
  };
}
