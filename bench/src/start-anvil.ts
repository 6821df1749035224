/**
 * Starts anvil, a local Ethereum node, as the peer that figures are read against. The platform's binary is run directly: the start of the
 * package's Node wrapper is not counted against it.
 * @module
 */
import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openHttpClient } from './http-client.ts';
import { startProcess, stopProcess } from './child-processes.ts';

const START_MS_MAX = 30_000;
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', arm64: 'arm64' };

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port: 0 }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

/** Path of anvil's program; undefined where npm has none for this platform. */
export function anvilProgram(): string | undefined {
  const architecture = ARCHITECTURES[process.arch] ?? process.arch;
  try {
    const manifest = createRequire(import.meta.url).resolve(`@foundry-rs/anvil-${process.platform}-${architecture}/package.json`);
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'anvil.exe' : 'anvil');
  } catch {
    return undefined;
  }
}

/**
 * Asks again and again until a server answers 200.
 *
 * @param ask - one attempt; throws while nobody listens.
 * @throws Error when the program ends or nothing answers in time.
 */
export async function waitUntilAnswered(child: ChildProcess, ask: () => Promise<{ readonly status: number }>): Promise<void> {
  const began = performance.now();
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`${child.spawnfile} ended with ${child.exitCode ?? child.signalCode}`);
    const status = await ask().then(
      (reply) => reply.status,
      () => undefined,
    );
    if (status === 200) return;
    if (performance.now() - began > START_MS_MAX) throw new Error(`${child.spawnfile} does not answer after ${START_MS_MAX} ms`);
    await delay(2);
  }
}

export type AnvilProcess = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** From the start of the process to its first answer. */
  readonly startMs: number;
  readonly close: () => Promise<void>;
};

/** Starts anvil with its defaults: a block for each transaction. */
export async function startAnvil(program: string): Promise<AnvilProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const client = openHttpClient(url, 1);
  const question = new TextEncoder().encode('{"jsonrpc":"2.0","id":1,"method":"eth_chainId","params":[]}');
  const began = performance.now();
  const child = startProcess(program, ['--host', '127.0.0.1', '--port', String(port), '--silent'], { stdio: 'ignore' });
  try {
    await waitUntilAnswered(child, () => client.post('/', question, { 'content-type': 'application/json' }));
    return { url, port, pid: child.pid!, startMs: performance.now() - began, close: () => stopProcess(child) };
  } catch (error) {
    await stopProcess(child);
    throw error;
  } finally {
    client.close();
  }
}
