/**
 * What one request costs at the least on this machine: bare node:http and the disk, without anything of ours.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { closedLoop, openHttpClient, type LoopResult } from './http-client.ts';
import { nextMessage, startProcess, stopProcess } from './child-processes.ts';

export type FloorOptions = {
  /** Whether each request waits for the disk. */
  readonly durable: boolean;
  readonly requestBytes: number;
  readonly replyBytes: number;
  readonly connections: number;
  readonly requests: number;
  readonly timeMsMax: number;
};

/** A closed loop of requests of the same sizes against the bare server. */
export async function measureFloor(options: FloorOptions): Promise<LoopResult> {
  const directory = await mkdtemp(join(tmpdir(), 'myelin-bench-'));
  const program = fileURLToPath(new URL('../programs/floor-server.ts', import.meta.url));
  const child = startProcess(process.execPath, [program, join(directory, 'log')], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    const { url } = (await nextMessage(child)) as { readonly url: string };
    const client = openHttpClient(url, options.connections);
    const body = new Uint8Array(options.requestBytes);
    const path = options.durable ? '/durable' : '/plain';
    const send = async (): Promise<void> => {
      const reply = await client.post(path, body, { 'x-reply-bytes': String(options.replyBytes) });
      if (reply.status !== 200 || reply.body.length !== options.replyBytes) throw new Error(`the bare server answered ${reply.status}`);
    };
    await closedLoop(options.connections, Math.ceil(options.requests / 4), options.timeMsMax, send);
    const result = await closedLoop(options.connections, options.requests, options.timeMsMax, send);
    client.close();
    return result;
  } finally {
    await stopProcess(child);
    await rm(directory, { recursive: true, force: true });
  }
}
