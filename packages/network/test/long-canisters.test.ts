/**
 * Real canisters at work for many slices: runtimes, garbage collectors and allocators that are cut anywhere, on replicas that begin anew before
 * every slice.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MANAGEMENT_CANISTER_ID, type PrincipalId } from '@myelin/core/base';
import { type CanisterInstallMode, managementCanister } from '@myelin/core/candid';
import type { Network } from '@myelin/network';
import { azleCanister, compileMotoko } from '@myelin/test-canisters';
import { actor, deployActor } from './candid-actor.ts';
import { openNetwork } from './universal-network.ts';

/** Sorts, allocates, and leaves garbage: about 20 million instructions per thousand. */
const WORKER = `
import Array "mo:core/Array";
import Map "mo:core/Map";
import Nat "mo:core/Nat";
import Nat32 "mo:core/Nat32";

persistent actor {
  let seen = Map.empty<Nat, Text>();
  var checksum : Nat32 = 0;

  public func work(rounds : Nat) : async Nat32 {
    var seed : Nat32 = 1;
    for (round in Nat.range(0, rounds)) {
      let numbers = Array.tabulate<Nat32>(1000, func(index) { seed := seed *% 1664525 +% 1013904223; seed ^ Nat32.fromNat(index) });
      let sorted = Array.sort(numbers, Nat32.compare);
      checksum := checksum *% 31 +% sorted[0] +% sorted[999];
      Map.add(seen, Nat.compare, round, Nat32.toText(sorted[500]));
    };
    checksum;
  };

  public query func size() : async Nat { Map.size(seen) };
};`;

/**
 * Runs a request to its end. Before each batch, or every so many, a replica is made that has neither instances nor stacks; afterwards both
 * agree.
 * @returns batches that ended with a paused message.
 */
async function runComparing(network: Network, id: PrincipalId, request: string, every = 1): Promise<number> {
  let pauses = 0;
  await network.runBatch();
  for (; network.resultOf(request) === undefined; pauses++) {
    assert.ok(network.canister(id)?.paused !== undefined);
    const anew = pauses % every === 0 ? network.fork() : undefined;
    if (pauses % (3 * every) === 0) network.dropCaches();
    await network.runBatch();
    if (anew === undefined) continue;
    await anew.runBatch();
    assert.equal(anew.digest(), network.digest(), `after pause ${pauses} a replica that began anew differs`);
  }
  return pauses;
}

function install(network: Network, id: PrincipalId, wasm: Uint8Array, mode: CanisterInstallMode): string {
  const arg = Uint8Array.of(0x44, 0x49, 0x44, 0x4c, 0, 0);
  const payload = managementCanister.install_code.args.encode([
    { mode, canister_id: id, wasm_module: wasm, arg, sender_canister_version: [] },
  ]);
  return network.submit(MANAGEMENT_CANISTER_ID, 'install_code', payload, { effectiveCanisterId: id });
}

describe('real canisters over many slices', () => {
  for (const mode of ['enhancedOP', 'classicOP'] as const) {
    it(`Motoko, ${mode}`, async () => {
      const canister = await compileMotoko(WORKER, { mode });
      const network = openNetwork();
      const a = await deployActor(network, canister);
      const undisturbed = network.fork();
      const there = actor(undisturbed, a.id, canister.candid);
      const expected = await there.update('work', '(60)');
      const request = network.submit(a.id, 'work', a.encode('work', '(60)'));
      const pauses = await runComparing(network, a.id, request);
      assert.ok(pauses >= 3, `${pauses} pauses`);
      assert.equal(a.show('work', network.resultOf(request)!), expected);
      assert.equal(network.digest(), undisturbed.digest());
      assert.equal(a.query('size'), '(60 : nat)');
    });
  }

  it('Azle: the JavaScript engine begins in slices, and goes on after an upgrade in slices', async () => {
    const { wasm, candid } = await azleCanister();
    const network = openNetwork();
    const id = await network.createCanister();
    const first = install(network, id, wasm, { install: null });
    const pauses = await runComparing(network, id, first, 8);
    assert.equal(network.resultOf(first)?.kind, 'reply');
    const a = actor(network, id, candid);
    await a.update('set', '("kept", "yes")');
    const second = install(network, id, wasm, { upgrade: [] });
    const more = await runComparing(network, id, second, 16);
    assert.ok(pauses + more >= 2, `${pauses} and ${more} pauses`);
    assert.equal(a.query('get', '("kept")'), '(opt "yes")');
  });
});
