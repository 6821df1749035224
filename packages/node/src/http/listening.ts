/**
 * Addresses that a server listens on.
 *
 * `localhost` is two addresses, 127.0.0.1 and ::1, and clients take whichever they like: both are listened on, at the same port. A
 * machine without IPv6 has the first alone.
 * @module
 */
import type { Server } from 'node:http';
import { createServer, type AddressInfo, type Server as SocketServer } from 'node:net';

export type Listening = {
  readonly port: number;
  /** Stops accepting connections and resolves when the last one has ended. */
  stop(): Promise<void>;
};

/** Connections that may wait to be accepted; the system may allow fewer. Beyond it, clients try again after a second or more. */
const BACKLOG = 4_096;

/** Attempts to find a port that is free at both addresses. */
const ATTEMPTS_MAX = 10;

function listenAt(server: SocketServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function stopAll(servers: readonly SocketServer[]): Promise<unknown> {
  return Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
}

const portOf = (server: SocketServer): number => (server.address() as AddressInfo).port;
const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException).code;

/** A second address whose connections are served by `server`; undefined when the machine does not have it. */
async function listenBeside(server: Server, host: string, port: number): Promise<SocketServer | undefined> {
  const beside = createServer({ noDelay: true }, (socket) => server.emit('connection', socket));
  beside.maxConnections = server.maxConnections;
  beside.on('drop', (dropped) => server.emit('drop', dropped));
  try {
    await listenAt(beside, host, port);
    return beside;
  } catch (error) {
    if (codeOf(error) === 'EADDRNOTAVAIL' || codeOf(error) === 'EAFNOSUPPORT') return undefined;
    throw error;
  }
}

/**
 * Starts listening.
 *
 * @param host - an address, or `localhost` for both addresses of the machine itself.
 * @param port - 0 for any that is free.
 * @throws the system's error when an address cannot be bound.
 */
export async function listenOn(server: Server, host: string, port: number): Promise<Listening> {
  if (host !== 'localhost') {
    await listenAt(server, host, port);
    return { port: portOf(server), stop: async () => void (await stopAll([server])) };
  }
  for (let attempt = 1; ; attempt++) {
    await listenAt(server, '127.0.0.1', port);
    try {
      const beside = await listenBeside(server, '::1', portOf(server));
      const servers = beside === undefined ? [server] : [server, beside];
      return { port: portOf(server), stop: async () => void (await stopAll(servers)) };
    } catch (error) {
      await stopAll([server]);
      if (port !== 0 || codeOf(error) !== 'EADDRINUSE' || attempt === ATTEMPTS_MAX) throw error;
    }
  }
}
