/**
 * Program: runs the input log of a directory again, on whatever Node runs it. Arguments: the directory, a schedule. Says the digests on the way.
 */
import { join } from 'node:path';
import { toHex } from '@myelin/core/base';
import { forkState, type ReplicatedState } from '@myelin/core/state';
import { createV8Engine } from '@myelin/engine';
import { createGenesis, SubnetHost } from '@myelin/network';
import { createNodeBlsSigner, nodeHasher } from '../../src/crypto/index.ts';
import { findGenesis, LOG_FOLDER } from '../../src/replica/state-directory.ts';
import { FileInputLog } from '../../src/store/index.ts';

/** How caches are treated before each batch. */
export type Schedule =
  /** Left alone, and run twice: the second time with code that is hot. */
  | 'warm'
  /** No instance, no compiled module, no stack outlives a batch. */
  | 'cold'
  /** One instance at a time, and paused messages build their stacks again. */
  | 'evicted';

/** Batches between two digests. */
const INTERVAL = 16n;

const [directory, schedule] = process.argv.slice(2) as [string, Schedule];
const existing = await findGenesis(directory);
if (existing === undefined) throw new Error(`there is no network in ${directory}`);
const { options } = existing;

async function replay(): Promise<string[]> {
  const genesis = createGenesis(options, nodeHasher);
  const blsSigner = createNodeBlsSigner(genesis.blsSecretKey);
  const open = (state: ReplicatedState): SubnetHost =>
    new SubnetHost({
      state,
      config: genesis.config,
      engine: createV8Engine(schedule === 'evicted' ? { instancesMax: 1 } : {}),
      hasher: nodeHasher,
      blsSigner,
    });
  let host = open(genesis.state);
  const digests: string[] = [];
  const log = await FileInputLog.open({
    folder: join(directory, LOG_FOLDER),
    height: 0n,
    replay: async (batch) => {
      if (schedule === 'cold') host = open(forkState(host.state));
      if (schedule === 'evicted') host.dropStacks();
      await host.runBatch(batch);
      if (batch.height % INTERVAL === 0n) digests.push(toHex(host.digest()));
    },
    compare: () => undefined,
  });
  await log.close();
  host.checkInvariants();
  return [...digests, toHex(host.digest())];
}

const first = await replay();
const second = schedule === 'warm' ? await replay() : first;
if (first.join() !== second.join()) throw new Error('the second run differs from the first');
console.log(JSON.stringify(first));
