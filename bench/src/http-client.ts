/**
 * A plain HTTP client with kept connections, and a closed loop of several of them.
 * @module
 */
import { Agent, request } from 'node:http';

export type HttpReply = { readonly status: number; readonly body: Uint8Array };

export type HttpClient = {
  /** The body is CBOR unless a header says otherwise. */
  post(path: string, body: Uint8Array, headers?: Readonly<Record<string, string>>): Promise<HttpReply>;
  get(path: string): Promise<HttpReply>;
  close(): void;
};

/** @param url - origin; @param connections - the most that are open at once. */
export function openHttpClient(url: string, connections: number): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: connections, scheduling: 'fifo' });
  const { hostname, port } = new URL(url);
  const send = (method: string, path: string, body: Uint8Array | undefined, extra: Readonly<Record<string, string>>): Promise<HttpReply> =>
    new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': 'application/cbor', 'content-length': body.length, ...extra };
      const outgoing = request({ hostname, port, method, path, agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Uint8Array.from(Buffer.concat(chunks)) }));
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  return {
    post: (path, body, headers = {}) => send('POST', path, body, headers),
    get: (path) => send('GET', path, undefined, {}),
    close: () => agent.destroy(),
  };
}

export type LoopResult = {
  /** Milliseconds of each request, in the order in which they ended. */
  readonly latencies: readonly number[];
  readonly perSecond: number;
};

/**
 * A closed loop: each of `width` workers sends its next request when its last one is answered, until the requests run out or the time
 * is over.
 */
export async function closedLoop(
  width: number,
  count: number,
  timeMsMax: number,
  send: (index: number) => Promise<void>,
): Promise<LoopResult> {
  const latencies: number[] = [];
  const began = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < count && performance.now() - began < timeMsMax) {
      const index = next++;
      const sent = performance.now();
      await send(index);
      latencies.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, work));
  return { latencies, perSecond: (latencies.length * 1_000) / (performance.now() - began) };
}
