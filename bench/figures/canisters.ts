/**
 * Many canisters, nearly all of them idle: what each costs, and whether work still costs what it did with few. `MYELIN_BENCH_CANISTERS` says how many.
 * @module
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrincipalId } from '@myelin/core/base';
import { type LocalNode, openLocalNode } from '@myelin/node';
import { motokoCanister } from '@myelin/test-canisters';
import type { Benchmark } from '../src/figure.ts';
import { localDeploy, localDeployer, localUpdate } from '../src/local-updates.ts';
import { peakAddressBytesOf } from '../src/process-cpu.ts';
import { median, percentile, summary } from '../src/statistics.ts';

const COUNT_DEFAULT = 2_000;
const COUNT_QUICK = 100;
/** Canisters that are being created at any time. */
const IN_FLIGHT = 32;
const PROGRESS_EVERY = 10_000;
const HOT_CALLS = 200;
/** More than there are instances at a time. */
const COLD_CALLS_MAX = 5_000;
const NO_VALUES: Uint8Array = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);
const MIB = 2 ** 20;

function open(stateDirectory: string): Promise<LocalNode> {
  return openLocalNode({
    stateDirectory,
    host: '127.0.0.1',
    port: 0,
    onFault: (error) => {
      throw error;
    },
  });
}

async function createMany(node: LocalNode, wasm: Uint8Array, count: number, progress: (line: string) => void): Promise<PrincipalId[]> {
  const deploy = await localDeployer(node, wasm, NO_VALUES);
  const ids: PrincipalId[] = [];
  let left = count;
  const create = async (): Promise<void> => {
    while (left-- > 0) if (ids.push(await deploy()) % PROGRESS_EVERY === 0) progress(`${ids.length} created`);
  };
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, count) }, create));
  return ids;
}

/** Milliseconds of calls, one after the other; the first is not among them. */
async function timeCalls(node: LocalNode, ids: readonly PrincipalId[]): Promise<number[]> {
  const times: number[] = [];
  await localUpdate(node, ids[0]!, 'inc', NO_VALUES);
  for (const id of ids) {
    const began = performance.now();
    await localUpdate(node, id, 'inc', NO_VALUES);
    times.push(performance.now() - began);
  }
  return times;
}

/** A few of the canisters, spread over all of them. */
function spread(ids: readonly PrincipalId[], count: number): PrincipalId[] {
  const step = Math.max(1, Math.floor(ids.length / count));
  return ids.filter((_, index) => index % step === 0).slice(0, count);
}

export const manyCanisters: Benchmark = async ({ quick, progress }) => {
  const count = quick ? COUNT_QUICK : Number(process.env['MYELIN_BENCH_CANISTERS'] ?? COUNT_DEFAULT);
  const directory = await mkdtemp(join(tmpdir(), 'myelin-bench-'));
  try {
    const { wasm } = await motokoCanister('counter');
    let node = await open(join(directory, 'node'));
    const first = await localDeploy(node, wasm, NO_VALUES);
    const alone = median(await timeCalls(node, Array<PrincipalId>(HOT_CALLS).fill(first)));

    progress(`creating ${count} canisters`);
    const began = performance.now();
    const processor = process.cpuUsage();
    const ids = await createMany(node, wasm, count, progress);
    const creating = (performance.now() - began) / count;
    const { user, system } = process.cpuUsage(processor);
    const hot = median(await timeCalls(node, Array<PrincipalId>(HOT_CALLS).fill(first)));

    progress('stopping and starting');
    const stopBegan = performance.now();
    await node.close();
    const stopping = performance.now() - stopBegan;
    const startBegan = performance.now();
    node = await open(join(directory, 'node'));
    const starting = performance.now() - startBegan;

    progress('cold calls');
    const cold = await timeCalls(node, spread(ids, COLD_CALLS_MAX));
    const addressBytes = peakAddressBytesOf(process.pid);
    const rss = process.memoryUsage.rss() / MIB;
    await node.close();
    return [
      {
        name: 'canisters.create',
        what: `Creating each of ${count} Motoko counters: canister, code from a chunk store, certificates`,
        unit: 'ms',
        better: 'lower',
        ...summary([creating]),
        target: 6,
        parts: { 'processor ms': (user + system) / 1_000 / count },
      },
      {
        name: 'canisters.cold-call',
        what: 'Update of a canister whose instance is gone and whose pages are on disk, with certificate and log',
        unit: 'ms',
        better: 'lower',
        ...summary(cold),
        target: 5,
      },
      {
        name: 'canisters.cold-call-p99',
        what: 'The same: 99th percentile',
        unit: 'ms',
        better: 'lower',
        ...summary([percentile(cold, 99)]),
        target: 50,
        parts: { calls: cold.length },
      },
      {
        name: 'canisters.hot-call',
        what: `Update of one canister beside ${count} idle ones`,
        unit: 'ms',
        better: 'lower',
        ...summary([hot]),
        references: [{ kind: 'limit', what: 'the same canister alone', value: alone }],
      },
      {
        name: 'canisters.start',
        what: `Start of a node with ${count} canisters after a clean stop`,
        unit: 'ms',
        better: 'lower',
        ...summary([starting]),
        parts: { 'stop with its checkpoint, ms': stopping },
      },
      {
        name: 'canisters.memory',
        what: `Memory of the whole process with ${count} canisters`,
        unit: 'MiB',
        better: 'lower',
        ...summary([rss]),
        target: 4_096,
        // V8 sets some aside for each memory of Wasm.
        ...(addressBytes === undefined ? {} : { parts: { 'peak address space, GiB': addressBytes / 2 ** 30 } }),
      },
    ];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
};
