/**
 * Counts the connections of a server and refuses those that are too many, of one source or of all.
 *
 * When they become scarce, a source that has many gets no more, and the one that has the most loses the connection that it has not used for
 * the longest time to whoever comes with few. So nobody can keep others out by holding connections.
 * @module
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { MODEST_CONNECTIONS_MAX, SCARCE_CONNECTIONS_SHARE } from './limits.ts';
import { answerRaw } from './raw-answer.ts';
import type { Source, Sources } from './sources.ts';

export type Connections = {
  readonly count: number;
  /** Whether answers to a source should be the last ones of their connections. */
  areScarceFor(source: Source): boolean;
};

/**
 * Watches the connections of a server.
 *
 * @param max - connections of all sources together, at all addresses that the server listens on.
 */
export function guardConnections(server: Server, sources: Sources, max: number): Connections {
  let count = 0;
  const scarceFrom = max * SCARCE_CONNECTIONS_SHARE;

  const areScarceFor = (source: Source): boolean => count > scarceFrom && source.connections.count > MODEST_CONNECTIONS_MAX;

  function makeRoom(): void {
    const [longest] = sources.greediest()?.idle ?? [];
    longest?.destroy();
  }

  server.on('drop', makeRoom);
  server.on('connection', (socket: Socket) => {
    count += 1;
    socket.once('close', () => (count -= 1));
    const isScarce = count > scarceFrom;
    // Before the newcomer is known, so that it is not the one that goes.
    if (isScarce) makeRoom();
    const source = count > max ? undefined : sources.admit(socket);
    if (count > max) socket.destroy();
    else if (source === undefined || areScarceFor(source))
      answerRaw(socket, '429 Too Many Requests', 'There are too many connections of yours, or too many requests on one. Try again later.');
  });
  return {
    get count(): number {
      return count;
    },
    areScarceFor,
  };
}
