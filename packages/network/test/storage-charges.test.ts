/**
 * What canisters pay for being there.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MANAGEMENT_CANISTER_ID, type PrincipalId } from '@myelin/core/base';
import { managementCanister } from '@myelin/core/candid';
import type { Network } from '@myelin/network';
import { openNetwork } from './universal-network.ts';
import { watModule } from './wat-canister.ts';

/** A canister that could not pay for its allocation and has lost everything, long ago. */
async function openEmptied(): Promise<{ readonly network: Network; readonly id: PrincipalId }> {
  const network = openNetwork();
  const id = await network.createCanister({
    cycles: 3_000_000_000n,
    settings: { memory_allocation: [10n << 30n], freezing_threshold: [0n] },
  });
  for (let hour = 0; hour < 2; hour++) {
    network.advanceTime({ seconds: 3_600 });
    await network.tick();
  }
  assert.equal(network.canister(id)?.balance, 0n);
  assert.equal(network.canister(id)?.countedBytes, 0n);
  network.advanceTime({ seconds: 365 * 86_400 });
  await network.tick();
  const arg = managementCanister.provisional_top_up_canister.args.encode([{ canister_id: id, amount: 10n ** 14n }]);
  await network.updateResult(MANAGEMENT_CANISTER_ID, 'provisional_top_up_canister', arg, { effectiveCanisterId: id });
  return { network, id };
}

/** Cycles that leave the balance when storage is charged next. */
async function charged(network: Network, id: PrincipalId): Promise<bigint> {
  const before = network.canister(id)?.balance ?? 0n;
  network.advanceTime({ seconds: 10 });
  await network.tick();
  return before - (network.canister(id)?.balance ?? 0n);
}

describe('a canister that had nothing for a year', () => {
  it('pays for its memory from when it has some', async () => {
    const { network, id } = await openEmptied();
    await network.installCode(id, await watModule({ entries: {}, pages: 160 }), { arg: new Uint8Array(0) });
    const cycles = await charged(network, id);
    assert.ok(cycles > 0n && cycles < 1_000_000n, `${cycles} cycles for ten seconds`);
  });

  it('pays for its compute allocation from when it has one', async () => {
    const { network, id } = await openEmptied();
    await network.updateSettings(id, { compute_allocation: [1n], freezing_threshold: [0n] });
    const cycles = await charged(network, id);
    assert.ok(cycles >= 100_000_000n && cycles < 200_000_000n, `${cycles} cycles for ten seconds`);
  });
});

describe('a canister of which nothing runs', () => {
  it('pays for all the time that has passed before something of it runs, and shows it to queries at once', async () => {
    const network = openNetwork();
    const wasm = await watModule({ entries: { 'query see': '' }, pages: 160 });
    const settings = { memory_allocation: [10n << 30n] as [bigint] };
    const often = await network.deploy(wasm, { arg: new Uint8Array(0), settings });
    const seldom = await network.deploy(wasm, { arg: new Uint8Array(0), settings });
    const before = await network.canisterStatus(seldom);
    for (let minute = 0; minute < 30; minute++) {
      network.advanceTime({ seconds: 60 });
      await network.canisterStatus(often);
    }
    const seen = network.queryResult(
      MANAGEMENT_CANISTER_ID,
      'canister_status',
      managementCanister.canister_status.args.encode([{ canister_id: seldom }]),
    );
    assert.equal(seen.kind, 'reply');
    const shown = managementCanister.canister_status.result.decode(seen.kind === 'reply' ? seen.data : new Uint8Array(0))[0].cycles;
    const after = await network.canisterStatus(seldom);
    const paid = before.cycles - after.cycles;
    const perDay = after.idle_cycles_burned_per_day;
    const expected = (perDay * 1_800n) / 86_400n;
    assert.ok(paid >= expected && paid < expected + expected / 100n, `${paid} cycles instead of ${expected}`);
    assert.ok(shown - after.cycles < expected / 100n, 'a query sees what is left');
    assert.ok((network.canister(seldom)?.balance ?? 0n) - (network.canister(often)?.balance ?? 0n) < expected / 100n);
  });

  it('loses its code about when its cycles end, though nobody looks at it', async () => {
    const network = openNetwork();
    const id = await network.deploy(await watModule({ entries: {}, pages: 160 }), {
      arg: new Uint8Array(0),
      cycles: 500_000_000_000n,
      settings: { memory_allocation: [10n << 30n], freezing_threshold: [0n] },
    });
    const { cycles, idle_cycles_burned_per_day: perDay } = await network.canisterStatus(id);
    const lastsSeconds = Number((cycles * 86_400n) / perDay);
    for (let passed = 0; passed + 1_000 < lastsSeconds; passed += 1_000) {
      network.advanceTime({ seconds: 1_000 });
      await network.tick();
    }
    assert.notEqual(network.canister(id)?.module, undefined);
    network.advanceTime({ seconds: 2_000 });
    await network.tick(2);
    assert.equal(network.canister(id)?.module, undefined);
    network.advanceTime({ seconds: 10_000 });
    await network.tick();
    assert.equal(network.state.charges.size, 0, 'and is never visited again');
  });
});
