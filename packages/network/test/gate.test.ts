/**
 * The gate: replicas that run the same batches on different schedules agree on every digest.
 *
 * One leader makes batches from a seeded workload. The others run them while their caches are treated differently: instances are
 * dropped, stacks of paused messages are built again, engines are replaced, or the whole history is replayed from the first batch.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { Worker } from 'node:worker_threads';
import { type PrincipalId, toHex } from '@myelin/core/base';
import { argsCodec, text } from '@myelin/core/candid';
import type { Batch } from '@myelin/core/execution';
import { encodeCanisterRecord, type ReplicatedState } from '@myelin/core/state';
import { createNetwork, type Network, type SubnetHost } from '@myelin/network';
import { azleCanister, motokoCanister, randomProgram, script, universalCanister } from '@myelin/test-canisters';
import { GENESIS, openHost } from './gate-replica.ts';
import { RecordedState } from './recorded-state.ts';
import { nodeHasher } from './universal-network.ts';

/** How a replica treats what may be dropped. */
type Schedule = { readonly name: string; readonly instancesMax?: number; readonly before: (replica: Replica, batch: Batch) => void };

class Replica {
  readonly schedule: Schedule;
  readonly #instancesMax: number | undefined;
  host: SubnetHost;

  constructor(schedule: Schedule) {
    this.schedule = schedule;
    this.#instancesMax = schedule.instancesMax;
    this.host = openHost(undefined, this.#instancesMax);
  }

  /** Replaces engine and caches: only the state is kept. */
  restart(): void {
    this.host = openHost(this.host.state, this.#instancesMax);
  }

  /** Goes on from a state of equal contents that shares nothing with the one before. */
  restore(state: ReplicatedState): void {
    this.host = openHost(state, this.#instancesMax);
  }
}

function restoredFromRecords(): Schedule {
  const recorded = new RecordedState();
  return {
    name: 'is built from its records before every fourth batch',
    before: (replica, batch) => {
      recorded.update(replica.host.state);
      if (batch.height % 4n === 0n) replica.restore(recorded.build());
    },
  };
}

/** Its records are up to date before every second batch, and no page is in memory then; sometimes the state comes from the records too. */
function withPagesAway(): Schedule {
  const recorded = new RecordedState();
  return {
    name: 'sends its pages away before every second batch',
    instancesMax: 2,
    before: (replica, batch) => {
      if (batch.height % 2n === 1n) return;
      recorded.sendAway(replica.host.state);
      assert.ok(batch.height < 20n || recorded.bytesAway > 100_000, `${recorded.bytesAway} bytes were sent away`);
      if (batch.height % 8n === 0n) replica.restore(recorded.buildAway());
      else if (batch.height % 4n === 0n) replica.restart();
    },
  };
}

const schedules: readonly Schedule[] = [
  { name: 'undisturbed', before: () => undefined },
  {
    name: 'builds the stacks of paused messages again',
    before: (replica, batch) => (batch.height % 4n === 0n ? replica.host.dropStacks() : undefined),
  },
  { name: 'keeps two instances only', instancesMax: 2, before: () => undefined },
  { name: 'starts anew before every third batch', before: (replica, batch) => (batch.height % 3n === 0n ? replica.restart() : undefined) },
  restoredFromRecords(),
  withPagesAway(),
  { name: 'starts anew before every fifth batch', before: (replica, batch) => (batch.height % 5n === 0n ? replica.restart() : undefined) },
];

/** Says which record differs, for people who have to find out why. */
function explainDivergence(expected: SubnetHost, actual: SubnetHost): string {
  for (const canister of expected.state.canisters.values()) {
    const other = actual.state.canisters.get(canister.id);
    if (other === undefined) return `canister ${canister.id} is missing`;
    if (toHex(encodeCanisterRecord(canister, nodeHasher)) === toHex(encodeCanisterRecord(other, nodeHasher))) continue;
    const names = Object.keys(canister) as (keyof typeof canister)[];
    const show = (value: unknown): string =>
      JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item)) ?? 'undefined';
    const different = names.filter(
      (name) => !['edit', 'heapToken', 'module', 'heap', 'stable'].includes(name) && show(canister[name]) !== show(other[name]),
    );
    return `canister ${canister.id} differs in ${different.join(', ') || 'its pages or globals'}`;
  }
  return 'the records of all canisters are equal: the difference lies in the subnet, its history or the canonical tree';
}

/** Deterministic numbers below a bound. */
function createDice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const SET_ARGUMENT = argsCodec([text, text]);
const { program } = script;

describe('the gate', () => {
  it('replicas with different schedules agree after every batch, and so does a replay', async (context) => {
    const seed = Number(process.env['MYELIN_SEED'] ?? 20_261_120);
    context.diagnostic(`MYELIN_SEED=${seed}`);
    const rounds = Number(process.env['MYELIN_GATE_ROUNDS'] ?? 24);
    const dice = createDice(seed);
    const leader = createNetwork({ ...GENESIS, hasher: nodeHasher, checkInvariants: true });
    const replicas = schedules.map((schedule) => new Replica(schedule));
    const history: Batch[] = [];
    const thread = new Worker(new URL('./gate-worker.ts', import.meta.url));
    context.after(() => thread.terminate());

    const follow = async (batch: Batch): Promise<void> => {
      history.push(batch);
      const expected = leader.digest();
      for (const replica of replicas) {
        replica.schedule.before(replica, batch);
        await replica.host.runBatch(batch);
        const actual = toHex(replica.host.digest());
        if (actual === expected) continue;
        assert.fail(
          `replica '${replica.schedule.name}' diverged at height ${batch.height}: ${explainDivergence(replicas[0]!.host, replica.host)}`,
        );
      }
      const answer = once(thread, 'message');
      thread.postMessage(batch);
      assert.deepEqual(await answer, [expected], `the replica in a thread of its own diverged at height ${batch.height}`);
    };
    const ids: PrincipalId[] = [];
    const wasm = await universalCanister(['canister_heartbeat']);
    const counter = await motokoCanister('counter');
    const runBatch = leader.runBatch.bind(leader);
    leader.runBatch = async (heartbeat) => {
      const batch = await runBatch(heartbeat);
      await follow(batch);
      return batch;
    };
    for (let index = 0; index < 5; index++) ids.push(await leader.deploy(wasm, { arg: program() }));
    const motoko = await leader.deploy(counter.wasm);
    const azle = await leader.deploy((await azleCanister()).gzipped);

    for (let round = 0; round < rounds; round++) {
      for (let count = dice(8); count >= 0; count--) leader.submit(ids[dice(ids.length)]!, 'update', randomProgram(dice, ids));
      if (dice(3) === 0) leader.submit(motoko, 'inc');
      if (dice(6) === 0) leader.submit(azle, 'set', SET_ARGUMENT.encode(['key', `value ${dice(100)}`]));
      if (dice(10) === 0) leader.advanceTime({ seconds: dice(20) });
      if (dice(8) === 0) await manage(leader, dice, ids[dice(ids.length)]!, wasm);
      await leader.runBatch(dice(2) === 0);
    }
    await leader.runUntilIdle();
    assert.ok(history.length > rounds, 'batches were made');

    const replay = openHost();
    for (const batch of history) await replay.runBatch(batch);
    assert.equal(toHex(replay.digest()), leader.digest(), 'a replay of all batches gives the same digest');
  });
});

/** Something that the management canister does to a canister while it has work. */
async function manage(leader: Network, dice: (below: number) => number, id: PrincipalId, wasm: Uint8Array): Promise<void> {
  switch (dice(4)) {
    case 0:
      return await leader.installCode(id, wasm, { mode: 'upgrade', arg: program(), wasmMemory: dice(2) === 0 ? 'keep' : 'replace' });
    case 1:
      await leader.stopCanister(id);
      return await leader.startCanister(id);
    case 2:
      return await leader.updateSettings(id, { freezing_threshold: [BigInt(dice(1_000_000))], compute_allocation: [BigInt(dice(5))] });
    default:
      return await leader.installCode(id, wasm, { mode: 'reinstall', arg: program() });
  }
}
