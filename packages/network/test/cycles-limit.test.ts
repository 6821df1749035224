/**
 * Balances at the end of what 128 bits hold.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MANAGEMENT_CANISTER_ID, type PrincipalId } from '@myelin/core/base';
import { managementCanister } from '@myelin/core/candid';
import type { Network } from '@myelin/network';
import { script } from '@myelin/test-canisters';
import { deployUniversal, numberOf, openNetwork, type Universal } from './universal-network.ts';

const { program, call, reply, argument, cycleBalance, cyclesAccept, cycles, spin } = script;

const CYCLES_MAX = (1n << 128n) - 1n;

function fill(network: Network, id: PrincipalId): void {
  const arg = managementCanister.provisional_top_up_canister.args.encode([{ canister_id: id, amount: CYCLES_MAX }]);
  network.submit(MANAGEMENT_CANISTER_ID, 'provisional_top_up_canister', arg, { effectiveCanisterId: id });
}

/** A canister whose balance went beyond the end, because cycles came back after it had been filled up. */
async function openOverfull(): Promise<{ readonly network: Network; readonly a: Universal; readonly b: Universal }> {
  const network = openNetwork();
  const a = await deployUniversal(network);
  const b = await deployUniversal(network);
  fill(network, a.id);
  await network.runUntilIdle();
  const argumentOfB = program(spin(4_000_000), reply());
  network.submit(a.id, 'update', program(call({ callee: b.bytes, cycles: 1n << 127n, argument: argumentOfB, onReply: program(reply()) })));
  await network.runBatch();
  fill(network, a.id);
  await network.runUntilIdle();
  assert.ok((network.canister(a.id)?.balance ?? 0n) > CYCLES_MAX);
  return { network, a, b };
}

describe('a balance beyond 128 bits', () => {
  it('is read as the largest number', async () => {
    const { a } = await openOverfull();
    assert.equal(numberOf(await a.update(reply(cycleBalance()))), CYCLES_MAX);
  });

  it('accepts nothing more', async () => {
    const { a, b } = await openOverfull();
    const accept = program(reply(cyclesAccept(cycles(1_000n))));
    assert.equal(
      numberOf(await b.update(call({ callee: a.bytes, cycles: 1_000n, argument: accept, onReply: program(reply(argument())) }))),
      0n,
    );
  });

  it('takes no deposit and loses nothing by one', async () => {
    const { network, a } = await openOverfull();
    const before = network.canister(a.id)?.balance;
    fill(network, a.id);
    await network.runUntilIdle();
    const induction = (before ?? 0n) - (network.canister(a.id)?.balance ?? 0n);
    assert.ok(induction >= 0n && induction < 10_000_000n, `${induction}`);
  });
});
