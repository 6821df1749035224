/**
 * A large heap: how long batches wait for a checkpoint of it, and how soon a node that holds it is ready again.
 * @module
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { PrincipalId } from '@myelin/core/base';
import { type LocalNode, openLocalNode } from '@myelin/node';
import { counterModule, largeHeapModule } from '../src/counter-modules.ts';
import type { Benchmark } from '../src/figure.ts';
import { localDeploy, localUpdate } from '../src/local-updates.ts';
import { summary } from '../src/statistics.ts';

const NO_ARGUMENT = new Uint8Array(0);
const WASM_PAGES_PER_FILL = 256;
const CHECKPOINTS = 5;
const UPDATE_EVERY_MS = 5;
/** Updates on their way at any time. */
const IN_FLIGHT = 500;
const PROGRESS_EVERY = 20_000;
/** Batches between two checkpoints while they are measured. */
const OFTEN = 20;
/** None comes by itself. */
const NEVER = 1_000_000_000;

function open(stateDirectory: string, batches = NEVER): Promise<LocalNode> {
  return openLocalNode({
    stateDirectory,
    host: '127.0.0.1',
    port: 0,
    checkpoints: { batches: BigInt(batches), logBytes: NEVER },
    onFault: (error) => {
      throw error;
    },
  });
}

function u32(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

async function fill(node: LocalNode, id: PrincipalId, wasmPages: number): Promise<void> {
  for (let page = 0; page < wasmPages; page += WASM_PAGES_PER_FILL) await localUpdate(node, id, 'fill', u32(page));
}

async function count(node: LocalNode, id: PrincipalId, updates: number, progress: (line: string) => void): Promise<void> {
  let left = updates;
  const send = async (): Promise<void> => {
    while (left-- > 0) {
      await localUpdate(node, id, 'inc', NO_ARGUMENT);
      if (left > 0 && left % PROGRESS_EVERY === 0) progress(`${left} updates left`);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, send));
}

type Pause = { readonly longestMs: number; readonly tookMs: number };

/** Updates every few milliseconds until a checkpoint is complete: how long the thread of the replica was busy with one thing meanwhile. */
async function pauseOfCheckpoint(node: LocalNode, counter: PrincipalId): Promise<Pause> {
  const taken = async (): Promise<number> => (await node.replica.snapshot()).checkpoints?.taken ?? 0;
  const before = await taken();
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const began = performance.now();
  while ((await taken()) === before) {
    await localUpdate(node, counter, 'inc', NO_ARGUMENT);
    await setTimeout(UPDATE_EVERY_MS);
  }
  delays.disable();
  return { longestMs: delays.max / 1e6, tookMs: performance.now() - began };
}

/** Milliseconds until a node on these files answers. */
async function timeStart(directory: string): Promise<{ readonly ms: number; readonly replayed: number; readonly stopMs: number }> {
  const began = performance.now();
  const node = await open(directory);
  const ms = performance.now() - began;
  const { replayed } = node;
  const stopBegan = performance.now();
  await node.close();
  return { ms, replayed, stopMs: performance.now() - stopBegan };
}

export const largeState: Benchmark = async ({ quick, progress }) => {
  const wasmPages = quick ? 1_024 : 16_384;
  const updates = quick ? 2_000 : 100_000;
  const mib = wasmPages / 16;
  const directory = await mkdtemp(join(tmpdir(), 'myelin-bench-'));
  try {
    let node = await open(join(directory, 'node'), OFTEN);
    const large = await localDeploy(node, await largeHeapModule(wasmPages), NO_ARGUMENT);
    const counter = await localDeploy(node, await counterModule(), NO_ARGUMENT);
    progress(`filling ${mib} MiB`);
    await fill(node, large, wasmPages);
    const first = await pauseOfCheckpoint(node, counter);
    const pauses: Pause[] = [];
    for (let round = 0; round < CHECKPOINTS; round++) {
      // Every hundredth page, others in each round.
      await localUpdate(node, large, 'touch', u32(round));
      pauses.push(await pauseOfCheckpoint(node, counter));
    }
    await node.close();
    node = await open(join(directory, 'node'));
    await count(node, counter, updates, progress);
    progress('starting on what a crash would leave');
    const crashed = join(directory, 'crashed');
    await cp(join(directory, 'node'), crashed, { recursive: true, filter: (path) => !path.endsWith('lock') });
    await node.close();
    const afterCrash = await timeStart(crashed);
    const clean = await timeStart(crashed);
    return [
      {
        name: 'large.pause',
        what: `Longest pause of the replica's thread while a checkpoint of a heap of ${mib} MiB is taken, of which 1 % has changed`,
        unit: 'ms',
        better: 'lower',
        ...summary(pauses.map(({ longestMs }) => longestMs)),
        target: 20,
        parts: {
          'from one to the end of the next, ms': summary(pauses.map(({ tookMs }) => tookMs)).value,
          'the first one, of all of it, ms': first.tookMs,
          'pause of the first one': first.longestMs,
        },
      },
      {
        name: 'large.start-after-crash',
        what: `Start of a node with ${mib} MiB of heap and ${updates} updates since the checkpoint`,
        unit: 'ms',
        better: 'lower',
        ...summary([afterCrash.ms]),
        target: 10_000,
        parts: { 'batches replayed': afterCrash.replayed, 'stop with its checkpoint, ms': afterCrash.stopMs },
      },
      {
        name: 'large.start-after-stop',
        what: `Start of the same node after a clean stop`,
        unit: 'ms',
        better: 'lower',
        ...summary([clean.ms]),
        target: 1_000,
        parts: { 'batches replayed': clean.replayed },
      },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
