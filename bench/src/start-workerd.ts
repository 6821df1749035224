/**
 * Starts workerd, the runtime of Cloudflare Workers, as a peer: a Durable Object that reads, adds and stores one value for each request.
 *
 * The platform's binary is run directly, as its package's install script would arrange.
 * @module
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { startProcess, stopProcess } from './child-processes.ts';
import { openHttpClient } from './http-client.ts';
import { freePort, waitUntilAnswered } from './start-anvil.ts';

const PLATFORMS: Readonly<Record<string, string>> = {
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-64',
  'linux-arm64': 'linux-arm64',
  'linux-x64': 'linux-64',
  'win32-x64': 'windows-64',
};

const WORKER = `import { DurableObject } from 'cloudflare:workers';
export class Counter extends DurableObject {
  async fetch() {
    const count = ((await this.ctx.storage.get('count')) ?? 0) + 1;
    await this.ctx.storage.put('count', count);
    return new Response(String(count));
  }
}
export default { fetch: (request, env) => env.COUNTER.get(env.COUNTER.idFromName('counter')).fetch(request) };
`;

const configuration = (port: number, directory: string): string => `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .counter),
    (name = "disk", disk = (path = ${JSON.stringify(directory)}, writable = true)) ],
  sockets = [ (name = "http", address = "127.0.0.1:${port}", http = (), service = "main") ] );
const counter :Workerd.Worker = (
  modules = [ (name = "worker.js", esModule = embed "worker.js") ],
  compatibilityDate = "2025-01-01",
  durableObjectNamespaces = [ (className = "Counter", uniqueKey = "counter", enableSql = true) ],
  durableObjectStorage = (localDisk = "disk"),
  bindings = [ (name = "COUNTER", durableObjectNamespace = "Counter") ] );
`;

/** Path of workerd's program; undefined where npm has none for this platform. */
export function workerdProgram(): string | undefined {
  const platform = PLATFORMS[`${process.platform}-${process.arch}`];
  if (platform === undefined) return undefined;
  try {
    const manifest = createRequire(import.meta.url).resolve(`@cloudflare/workerd-${platform}/package.json`);
    return join(dirname(manifest), 'bin', process.platform === 'win32' ? 'workerd.exe' : 'workerd');
  } catch {
    return undefined;
  }
}

export type PeerProcess = {
  readonly port: number;
  readonly pid: number;
  readonly close: () => Promise<void>;
};

/** Every request to it adds one. */
export async function startWorkerd(program: string): Promise<PeerProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'myelin-bench-'));
  const state = join(directory, 'state');
  await mkdir(state);
  await writeFile(join(directory, 'worker.js'), WORKER);
  const port = await freePort();
  await writeFile(join(directory, 'config.capnp'), configuration(port, state));
  const child = startProcess(program, ['serve', join(directory, 'config.capnp')], { stdio: 'ignore' });
  const client = openHttpClient(`http://127.0.0.1:${port}`, 1);
  const close = async (): Promise<void> => {
    await stopProcess(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await waitUntilAnswered(child, () => client.get('/'));
    return { port, pid: child.pid!, close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    client.close();
  }
}
