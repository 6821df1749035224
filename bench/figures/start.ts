/**
 * How long one waits before anything runs: a node from the start of its process, a network inside a process.
 * @module
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark } from '../src/figure.ts';
import { openHttpClient } from '../src/http-client.ts';
import { nextMessage, startProcess, stopProcess } from '../src/child-processes.ts';
import { anvilProgram, freePort, startAnvil, waitUntilAnswered } from '../src/start-anvil.ts';
import { median, summary } from '../src/statistics.ts';

const cli = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
const networkProgram = fileURLToPath(new URL('../programs/network.ts', import.meta.url));

/**
 * Milliseconds until the command has started a node that answers.
 * @param withoutCache - as the first start on a machine is: Node has no compiled code of an earlier one.
 */
async function measureNodeStart(withoutCache = false): Promise<number> {
  const port = await freePort();
  const client = openHttpClient(`http://127.0.0.1:${port}`, 1);
  const began = performance.now();
  const env = { ...process.env, ...(withoutCache ? { NODE_DISABLE_COMPILE_CACHE: '1' } : {}) };
  const child = startProcess(process.execPath, [cli, 'start', '--memory', '--port', String(port)], { stdio: 'ignore', env });
  try {
    await waitUntilAnswered(child, () => client.get('/api/v2/status'));
    return performance.now() - began;
  } finally {
    client.close();
    await stopProcess(child);
  }
}

/** Milliseconds of a Node process that does nothing. */
async function measureBareNode(): Promise<number> {
  const began = performance.now();
  const child = startProcess(process.execPath, ['--eval', '0'], { stdio: 'ignore' });
  await once(child, 'exit');
  return performance.now() - began;
}

async function measureAnvilStart(program: string): Promise<number> {
  const anvil = await startAnvil(program);
  await anvil.close();
  return anvil.startMs;
}

export const nodeStart: Benchmark = async ({ quick, progress }) => {
  const program = anvilProgram();
  const times: number[] = [];
  const first: number[] = [];
  const bare: number[] = [];
  const anvil: number[] = [];
  await measureNodeStart();
  const rounds = quick ? 2 : 7;
  for (let round = 1; round <= rounds; round++) {
    times.push(await measureNodeStart());
    first.push(await measureNodeStart(true));
    bare.push(await measureBareNode());
    if (program !== undefined) anvil.push(await measureAnvilStart(program));
    progress(`round ${round} of ${rounds}: ${times.at(-1)!.toFixed(0)} ms`);
  }
  return [
    {
      name: 'start.node',
      what: '`myelin start --memory` until the status endpoint answers 200',
      unit: 'ms',
      better: 'lower',
      ...summary(times),
      target: 1_500,
      references: [
        ...(anvil.length === 0 ? [] : [{ kind: 'peer', what: 'anvil until its first answer', value: median(anvil) } as const]),
        { kind: 'limit', what: 'a Node process that does nothing', value: median(bare) },
      ],
      parts: { "the first start on a machine, without Node's compile cache, ms": median(first) },
    },
  ];
};

type NetworkTimes = { readonly importMs: number; readonly createMs: number; readonly processMs: number };

/** @param compileCache - where Node keeps compiled code between processes; undefined for nowhere. */
async function measureNetworkStart(compileCache?: string): Promise<NetworkTimes> {
  const env = {
    ...process.env,
    ...(compileCache === undefined ? { NODE_DISABLE_COMPILE_CACHE: '1' } : { NODE_COMPILE_CACHE: compileCache }),
  };
  const child = startProcess(process.execPath, [networkProgram], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'], env });
  try {
    const times = (await nextMessage(child)) as NetworkTimes;
    // Its end writes the cache.
    if (child.exitCode === null) await once(child, 'exit');
    return times;
  } finally {
    await stopProcess(child);
  }
}

export const networkStart: Benchmark = async ({ quick, progress }) => {
  const program = anvilProgram();
  const times: NetworkTimes[] = [];
  const cached: NetworkTimes[] = [];
  const anvil: number[] = [];
  const compileCache = await mkdtemp(join(tmpdir(), 'myelin-bench-'));
  await measureNetworkStart();
  await measureNetworkStart(compileCache);
  const rounds = quick ? 3 : 9;
  for (let round = 1; round <= rounds; round++) {
    times.push(await measureNetworkStart());
    cached.push(await measureNetworkStart(compileCache));
    if (program !== undefined) anvil.push(await measureAnvilStart(program));
    progress(`round ${round} of ${rounds}: ${times.at(-1)!.createMs.toFixed(1)} ms`);
  }
  await rm(compileCache, { recursive: true, force: true });
  const peer = anvil.length === 0 ? [] : [{ kind: 'peer', what: 'anvil until its first answer', value: median(anvil) } as const];
  return [
    {
      name: 'start.network',
      what: '`createNetwork()`, the first call in a fresh process',
      unit: 'ms',
      better: 'lower',
      ...summary(times.map((time) => time.createMs)),
      target: 50,
      references: peer,
      parts: { 'start of Node before it, ms': median(times.map((time) => time.processMs)) },
    },
    {
      name: 'start.network-import',
      what: 'import of `@myelin/network` in a fresh process, TypeScript sources',
      unit: 'ms',
      better: 'lower',
      ...summary(times.map((time) => time.importMs)),
      parts: { "with Node's compile cache, ms": median(cached.map((time) => time.importMs)) },
    },
  ];
};
