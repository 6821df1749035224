/**
 * How long one waits before anything runs: a node from the start of its process, a network inside a process.
 * @module
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Benchmark } from '../src/figure.ts';
import { openHttpClient } from '../src/http-client.ts';
import { nextMessage, startProcess, stopProcess } from '../src/child-processes.ts';
import { anvilProgram, freePort, startAnvil, waitUntilAnswered } from '../src/start-anvil.ts';
import { median, summary } from '../src/statistics.ts';

const cli = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url));
const networkProgram = fileURLToPath(new URL('../programs/network.ts', import.meta.url));

/** Milliseconds until the command has started a node that answers. */
async function measureNodeStart(): Promise<number> {
  const port = await freePort();
  const client = openHttpClient(`http://127.0.0.1:${port}`, 1);
  const began = performance.now();
  const child = startProcess(process.execPath, [cli, 'start', '--memory', '--port', String(port)], { stdio: 'ignore' });
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
  if (!existsSync(cli)) throw new Error('the command line is not there');
  const program = anvilProgram();
  const times: number[] = [];
  const bare: number[] = [];
  const anvil: number[] = [];
  await measureNodeStart();
  const rounds = quick ? 2 : 7;
  for (let round = 1; round <= rounds; round++) {
    times.push(await measureNodeStart());
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
    },
  ];
};

type NetworkTimes = { readonly importMs: number; readonly createMs: number; readonly processMs: number };

async function measureNetworkStart(): Promise<NetworkTimes> {
  const child = startProcess(process.execPath, [networkProgram], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    return (await nextMessage(child)) as NetworkTimes;
  } finally {
    await stopProcess(child);
  }
}

export const networkStart: Benchmark = async ({ quick, progress }) => {
  const program = anvilProgram();
  const times: NetworkTimes[] = [];
  const anvil: number[] = [];
  await measureNetworkStart();
  const rounds = quick ? 3 : 9;
  for (let round = 1; round <= rounds; round++) {
    times.push(await measureNetworkStart());
    if (program !== undefined) anvil.push(await measureAnvilStart(program));
    progress(`round ${round} of ${rounds}: ${times.at(-1)!.createMs.toFixed(1)} ms`);
  }
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
    },
  ];
};
