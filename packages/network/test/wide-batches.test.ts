/**
 * Batches in which very many canisters have something to do.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { toHex } from '@myelin/core/base';
import type { Batch } from '@myelin/core/execution';
import { createNobleBlsSigner } from '@myelin/core/crypto';
import { createV8Engine } from '@myelin/engine';
import { createGenesis, createNetwork, SubnetHost } from '@myelin/network';
import { GENESIS } from './gate-replica.ts';
import { nodeHasher } from './universal-network.ts';
import { watModule } from './wat-canister.ts';

const CANISTERS = 150;
const INSTANCES_MAX = 16;

describe('a batch with work for 150 canisters', () => {
  it('holds few instances at once, whatever the canisters have written', async () => {
    const leader = createNetwork({ ...GENESIS, hasher: nodeHasher, checkInvariants: true });
    const history: Batch[] = [];
    const runBatch = leader.runBatch.bind(leader);
    leader.runBatch = async (heartbeat) => {
      const batch = await runBatch(heartbeat);
      history.push(batch);
      return batch;
    };
    const wasm = await watModule({ entries: { heartbeat: '(i64.store (i32.const 0) (call $time))' } });
    for (let index = 0; index < CANISTERS; index++) await leader.deploy(wasm, { arg: new Uint8Array(0) });
    await leader.runBatch(true);
    const changed = [...leader.state.canisters.values()].filter((canister) => canister.heap.pages.size > 0).length;
    assert.equal(changed, CANISTERS, 'every canister ran in the last batch');

    const genesis = createGenesis(GENESIS, nodeHasher);
    const engine = createV8Engine({ instancesMax: INSTANCES_MAX });
    const blsSigner = createNobleBlsSigner(genesis.blsSecretKey);
    const host = new SubnetHost({ state: genesis.state, config: genesis.config, engine, hasher: nodeHasher, blsSigner });
    let most = 0;
    for (const batch of history) {
      await host.runBatch(batch);
      most = Math.max(most, engine.instanceCount);
    }
    assert.equal(toHex(host.digest()), leader.digest());
    assert.ok(most <= INSTANCES_MAX + 64, `${most} instances`);
  });
});
