/**
 * The control interface of a running network: HTTP on a free port of the loopback address, for who knows the secret.
 *
 * Signals alone would not do: Windows ends a process with them at once, and another container has other process ids. A request must
 * bring the secret of this start in a header, which no web page can read or guess.
 *
 * * `GET /facts` answers what the node is and does.
 * * `POST /stop` asks it to stop. The answer has no end of its own: the connection ends with the process, which is what the asker
 *   waits for.
 * @module
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CONNECTIONS_MAX, HEADER_BYTES_MAX, REQUEST_MS_MAX } from './limits.ts';
import type { NodeFacts } from './node-facts.ts';

/** What is asked of the node. */
export type ControlledNode = {
  readonly facts: () => Promise<NodeFacts>;
  /** Begins to stop; more than once is the same as once. */
  readonly stop: () => void;
};

export type ControlServer = {
  readonly url: string;
  readonly instance: string;
  readonly secret: string;
  /** Takes no more requests. Who waits for the end of the process goes on waiting. */
  close(): void;
};

function isAllowed({ headers }: IncomingMessage, secret: string): boolean {
  const given = Buffer.from(headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${secret}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function answerJson(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(value));
}

async function listenAt(server: Server, host: string): Promise<AddressInfo> {
  server.listen({ host, port: 0 });
  await once(server, 'listening');
  return server.address() as AddressInfo;
}

async function listen(server: Server): Promise<AddressInfo> {
  try {
    return await listenAt(server, '127.0.0.1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRNOTAVAIL') throw error;
    return await listenAt(server, '::1');
  }
}

async function answer(node: ControlledNode, instance: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  switch (`${request.method} ${request.url}`) {
    case 'GET /facts':
      answerJson(response, 200, { instance, ...(await node.facts()) });
      return;
    case 'POST /stop':
      response.writeHead(202, { 'content-type': 'application/json' });
      response.write(`${JSON.stringify({ instance })}\n`);
      node.stop();
      return;
    default:
      answerJson(response, 404, { error: 'there is GET /facts and POST /stop' });
  }
}

/** Opens the control interface. It does not keep the process alive. */
export async function openControlServer(node: ControlledNode): Promise<ControlServer> {
  const secret = randomBytes(32).toString('hex');
  const instance = randomBytes(16).toString('hex');
  const server = createServer(
    { maxHeaderSize: HEADER_BYTES_MAX, headersTimeout: REQUEST_MS_MAX, requestTimeout: REQUEST_MS_MAX },
    (request, response) => {
      if (isAllowed(request, secret)) void answer(node, instance, request, response).catch(() => response.destroy());
      else answerJson(response, 403, { error: 'the secret is missing or wrong' });
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  // Connections of those who wait must not keep the process that they wait for.
  server.on('connection', (socket) => socket.unref());
  const { address, port } = await listen(server);
  server.unref();
  return {
    url: `http://${address.includes(':') ? `[${address}]` : address}:${port}`,
    instance,
    secret,
    close: () => void server.close(),
  };
}
