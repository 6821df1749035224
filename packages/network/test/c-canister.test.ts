/**
 * A canister in C without a runtime: heap, stable memory, timer, upgrades.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { PrincipalId } from '@myelin/core/base';
import type { Network } from '@myelin/network';
import { cCanister } from '@myelin/test-canisters';
import { numberOf, openNetwork } from './universal-network.ts';
import { numbers } from './wat-canister.ts';

const EMPTY: Uint8Array = new Uint8Array(0);

type Counter = {
  readonly id: PrincipalId;
  readonly update: (method: string, ...values: readonly (number | bigint)[]) => Promise<bigint>;
  readonly query: (method: string) => bigint;
};

async function deploy(network: Network): Promise<Counter> {
  const id = await network.deploy(await cCanister(), { arg: EMPTY });
  return {
    id,
    update: async (method, ...values) => numberOf(await network.updateResult(id, method, numbers(...values))),
    query: (method) => numberOf(network.queryResult(id, method, EMPTY)),
  };
}

describe('a C canister', () => {
  it('counts in its heap and in stable memory', async () => {
    const network = openNetwork();
    const a = await deploy(network);
    assert.equal(await a.update('inc'), 1n);
    assert.equal(await a.update('inc', 41), 42n);
    assert.equal(await a.update('inc_stable', 7), 7n);
    assert.equal(await a.update('inc_stable', (1n << 64n) - 8n), (1n << 64n) - 1n);
    assert.equal(a.query('get'), 42n);
    assert.equal(a.query('get_stable'), (1n << 64n) - 1n);
    assert.equal(network.canister(a.id)?.stablePages, 1);
  });

  it('carries its count over an upgrade through stable memory, also from a compressed module', async () => {
    const network = openNetwork();
    const a = await deploy(network);
    await a.update('inc', 42);
    await network.installCode(a.id, await cCanister(), { mode: 'upgrade', arg: EMPTY });
    assert.equal(a.query('get'), 42n);
    await network.installCode(a.id, Uint8Array.from(gzipSync(await cCanister())), { mode: 'upgrade', arg: EMPTY });
    assert.equal(await a.update('inc'), 43n);
    await network.installCode(a.id, await cCanister(), { mode: 'upgrade', arg: EMPTY, skipPreUpgrade: true });
    assert.equal(a.query('get'), 42n, 'without canister_pre_upgrade the last count was not saved');
    await network.installCode(a.id, await cCanister(), { mode: 'reinstall', arg: EMPTY });
    assert.equal(a.query('get'), 0n);
  });

  it('ticks by its timer until it is told to stop', async () => {
    const network = openNetwork();
    const a = await deploy(network);
    assert.equal(await a.update('tick_every', 1_000_000_000), 0n);
    for (let second = 1; second <= 5; second++) {
      network.advanceTime({ seconds: 1 });
      await network.tick();
      assert.equal(a.query('get'), BigInt(second));
    }
    assert.notEqual(await a.update('tick_every', 0), 0n, 'the timer that was set');
    network.advanceTime({ seconds: 10 });
    await network.tick(3);
    assert.equal(a.query('get'), 5n);
  });
});
