/**
 * What a node takes of a machine while nobody uses it.
 * @module
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Ed25519KeyIdentity } from '@icp-sdk/core/identity';
import { installCanister, openAgent } from '@myelin/test-clients';
import { stopProcess, startProcess } from '../src/child-processes.ts';
import { counterModule } from '../src/counter-modules.ts';
import type { Benchmark } from '../src/figure.ts';
import { openHttpClient } from '../src/http-client.ts';
import { cpuUsOf, residentBytesOf } from '../src/process-cpu.ts';
import { freePort, waitUntilAnswered } from '../src/start-anvil.ts';
import { summary } from '../src/statistics.ts';

/** What is published, as `npm run build` makes it: sources take 30 MiB more. */
const cli = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));
const MIB = 2 ** 20;
/** Until what came with the last request has ended. */
const REST_MS = 5_000;
const WATCHED_SECONDS = 30;

/** What a process used of one core over some time, in percent. */
async function percentOfCore(pid: number, seconds: number): Promise<number> {
  const before = cpuUsOf(pid);
  await setTimeout(seconds * 1_000);
  return ((cpuUsOf(pid) - before) / (seconds * 1e6)) * 100;
}

export const idleNode: Benchmark = async ({ quick, progress }) => {
  if (!existsSync(cli)) throw new Error(`${cli} is missing: run npm run build`);
  const directory = await mkdtemp(join(tmpdir(), 'myelin-bench-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = startProcess(process.execPath, [cli, 'start', '--state', join(directory, 'state'), '--port', String(port)], {
    stdio: 'ignore',
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const pid = child.pid!;
  const seconds = quick ? 2 : WATCHED_SECONDS;
  try {
    const client = openHttpClient(url, 1);
    await waitUntilAnswered(child, () => client.get('/api/v2/status'));
    client.close();
    await setTimeout(quick ? 500 : REST_MS);
    progress(`watching a new node for ${seconds} s`);
    const fresh = { cpu: await percentOfCore(pid, seconds), bytes: residentBytesOf(pid) };
    const agent = await openAgent(url, Ed25519KeyIdentity.generate(new Uint8Array(32).fill(5)));
    await installCanister(agent, await counterModule(), undefined, 10n ** 18n);
    await setTimeout(quick ? 500 : REST_MS);
    progress(`watching it for ${seconds} s after a canister was installed`);
    const used = { cpu: await percentOfCore(pid, seconds), bytes: residentBytesOf(pid) };
    return [
      {
        name: 'idle.cpu',
        what: '`myelin start` that nobody uses: processor time in percent of a core',
        unit: '%',
        better: 'lower',
        ...summary([fresh.cpu]),
        target: 1,
        parts: { 'after a canister was installed': used.cpu },
      },
      {
        name: 'idle.memory',
        what: '`myelin start` that nobody uses: memory of the process',
        unit: 'MiB',
        better: 'lower',
        ...summary([fresh.bytes / MIB]),
        target: 150,
        parts: { 'after a canister was installed': used.bytes / MIB },
      },
    ];
  } finally {
    await stopProcess(child);
    await rm(directory, { recursive: true, force: true });
  }
};
