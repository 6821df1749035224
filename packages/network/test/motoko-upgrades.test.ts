/**
 * Motoko canisters that outlive their code: upgrades that keep the heap or go through stable memory, upgrades that do not fit, and a ledger
 * under some thousands of calls.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type PrincipalId, principalFromBytes, principalToText } from '@myelin/core/base';
import type { InstallOptions, Network } from '@myelin/network';
import { compileMotoko, type MotokoCanister, motokoCanister } from '@myelin/test-canisters';
import { type Actor, deployActor } from './candid-actor.ts';
import { openNetwork } from './universal-network.ts';

type Persistence = 'enhancedOP' | 'classicOP';

/** How a canister of each kind is upgraded so that its state stays. */
const KEEPING: Readonly<Record<Persistence, InstallOptions>> = {
  enhancedOP: { mode: 'upgrade', wasmMemory: 'keep' },
  classicOP: { mode: 'upgrade' },
};

/** What went wrong with an upgrade. */
async function failureOf(upgrade: Promise<void>): Promise<string> {
  try {
    await upgrade;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return assert.fail('the upgrade went well');
}

/** A later version of `counter`: one more variable, one method gone, one new. */
const COUNTER_2 = `persistent actor {
  var count : Nat = 0;
  var upgrades : [Text] = ["second version"];
  public func inc() : async Nat { count += 10; count };
  public query func get() : async Nat { count };
  public query func history() : async [Text] { upgrades };
};`;

/** A version whose variable has another type. */
const COUNTER_MISFIT = `persistent actor {
  var count : Text = "";
  public query func get() : async Text { count };
};`;

/** A version that traps when it is installed. */
const COUNTER_TRAP = `import Runtime "mo:core/Runtime";
persistent actor {
  var count : Nat = 0;
  public query func get() : async Nat { count };
  transient let unlucky = if (count > 0) { Runtime.trap("not with this count") };
};`;

for (const mode of ['enhancedOP', 'classicOP'] as const) {
  const keeping = KEEPING[mode];
  const compile = (source: string): Promise<MotokoCanister> => compileMotoko(source, { mode });

  describe(`upgrades of Motoko canisters, ${mode}`, () => {
    it('keep what is persistent, and begin anew with what is transient', async () => {
      const network = openNetwork();
      const canister = await motokoCanister('stable', { mode });
      const a = await deployActor(network, canister);
      for (const name of ['Ada', 'Grace', 'Barbara']) await a.update('add', `("${name}")`);
      await a.update('write', '(70000, blob "in a region")');
      for (let round = 0; round < 3; round++) {
        await network.installCode(a.id, canister.wasm, keeping);
        assert.equal(a.query('all'), '(record { sinceUpgrade = 0 : nat; names = vec { "Ada"; "Grace"; "Barbara" } })');
        assert.equal(a.query('read', '(70000, 11)'), '(blob "in a region")');
      }
      assert.equal(await a.update('add', '("Katherine")'), '(4 : nat)');
      assert.match(a.query('all'), /sinceUpgrade = 1 : nat/);
      await network.installCode(a.id, canister.wasm, { mode: 'reinstall' });
      assert.equal(a.query('all'), '(record { sinceUpgrade = 0 : nat; names = vec {} })');
    });

    it('go to a later version with another interface', async () => {
      const network = openNetwork();
      const a = await deployActor(network, await motokoCanister('counter', { mode }));
      await a.update('add', '(41)');
      const next = await compile(COUNTER_2);
      await network.installCode(a.id, next.wasm, keeping);
      assert.equal(await a.update('inc'), '(51 : nat)');
      assert.match(await a.update('add', '(1)'), /^reject 5 536: .*no update method 'add'/);
      assert.equal(network.canister(a.id)?.module?.source.length, next.wasm.length);
    });

    it('that do not fit trap, and the old version goes on with its state', async () => {
      const network = openNetwork();
      const old = await motokoCanister('counter', { mode });
      const a = await deployActor(network, old);
      await a.update('add', '(41)');
      const before = network.canister(a.id);
      // In the classic mode a variable of another type begins anew: the runtime refuses nothing.
      const misfits = mode === 'enhancedOP' ? [[COUNTER_MISFIT, /Memory-incompatible program upgrade/] as const] : [];
      for (const [source, expected] of [...misfits, [COUNTER_TRAP, /not with this count/] as const]) {
        const { wasm } = await compile(source);
        assert.match(await failureOf(network.installCode(a.id, wasm, keeping)), expected);
        const after = network.canister(a.id);
        assert.equal(after?.module?.hash, before?.module?.hash);
        assert.equal(a.query('get'), '(41 : nat)');
      }
      assert.equal(await a.update('inc'), '(42 : nat)');
      await network.installCode(a.id, old.wasm, keeping);
      assert.equal(a.query('get'), '(42 : nat)');
    });

    it('keep timers out: they are gone, and can be started again', async () => {
      const network = openNetwork();
      const canister = await motokoCanister('timers', { mode });
      const a = await deployActor(network, canister);
      await a.update('startRecurring', '(2)');
      await network.installCode(a.id, canister.wasm, keeping);
      network.advanceTime({ seconds: 10 });
      await network.tick(3);
      assert.equal(a.query('counts'), '(record { ticks = 0 : nat; once = 0 : nat })');
      await a.update('startRecurring', '(2)');
      network.advanceTime({ seconds: 3 });
      await network.tick(3);
      assert.match(a.query('counts'), /ticks = 1 : nat/);
    });
  });
}

describe('upgrades that keep the heap', () => {
  it('must be asked for: a canister that needs it is not upgraded without a word', async () => {
    const network = openNetwork();
    const canister = await motokoCanister('counter');
    const a = await deployActor(network, canister);
    await a.update('add', '(7)');
    assert.match(
      await failureOf(network.installCode(a.id, canister.wasm, { mode: 'upgrade' })),
      /Missing upgrade option: .*wasm_memory_persistence/,
    );
    assert.equal(a.query('get'), '(7 : nat)');
    // `replace` is said on purpose: the heap is given up.
    await network.installCode(a.id, canister.wasm, { mode: 'upgrade', wasmMemory: 'replace' });
    assert.equal(a.query('get'), '(0 : nat)');
  });

  it('need a module that can take the heap over', async () => {
    const network = openNetwork();
    const classic = await motokoCanister('counter', { mode: 'classicOP' });
    const enhanced = await motokoCanister('counter');
    const a = await deployActor(network, enhanced);
    await a.update('add', '(7)');
    assert.match(
      await failureOf(network.installCode(a.id, classic.wasm, { mode: 'upgrade', wasmMemory: 'keep' })),
      /Invalid upgrade option: .*enhanced orthogonal persistence/i,
    );
    assert.equal(a.query('get'), '(7 : nat)');
  });

  it('are no way from the classic mode by accident: the runtime refuses, and the classic canister goes on', async () => {
    const network = openNetwork();
    const a = await deployActor(network, await motokoCanister('stable', { mode: 'classicOP' }));
    await a.update('add', '("kept")');
    await a.update('write', '(0, blob "region")');
    const enhanced = await motokoCanister('stable');
    assert.match(
      await failureOf(network.installCode(a.id, enhanced.wasm, { mode: 'upgrade' })),
      /Detected implicit upgrade from classical/,
    );
    assert.match(a.query('all'), /names = vec \{ "kept" \}/);
    assert.equal(a.query('read', '(0, 6)'), '(blob "region")');
  });
});

const LEDGER = `
import List "mo:core/List";
import Map "mo:core/Map";
import Nat "mo:core/Nat";
import Principal "mo:core/Principal";

persistent actor {
  public type Entry = { from : Principal; to : Principal; amount : Nat };
  public type Outcome = { #ok : Nat; #insufficient : Nat };

  let balances = Map.empty<Principal, Nat>();
  let entries = List.empty<Entry>();
  var minted : Nat = 0;

  func held(owner : Principal) : Nat {
    switch (Map.get(balances, Principal.compare, owner)) { case (?amount) amount; case null 0 };
  };

  public shared ({ caller }) func mint(amount : Nat) : async Nat {
    Map.add(balances, Principal.compare, caller, held(caller) + amount);
    minted += amount;
    held(caller);
  };

  public shared ({ caller }) func transfer(to : Principal, amount : Nat) : async Outcome {
    let before = held(caller);
    if (before < amount) return #insufficient before;
    Map.add(balances, Principal.compare, caller, Nat.sub(before, amount));
    Map.add(balances, Principal.compare, to, held(to) + amount);
    List.add(entries, { from = caller; to; amount });
    #ok(List.size(entries));
  };

  public query func balanceOf(owner : Principal) : async Nat { held(owner) };

  public query func totals() : async { minted : Nat; sum : Nat; entries : Nat; owners : Nat } {
    var sum = 0;
    for (amount in Map.values(balances)) { sum += amount };
    { minted; sum; entries = List.size(entries); owners = Map.size(balances) };
  };
};`;

/** Deterministic numbers below a bound. */
function createDice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const owners: readonly PrincipalId[] = Array.from({ length: 60 }, (_, index) => principalFromBytes(Uint8Array.of(1, 9, index, 1)));

/** Submits calls from all owners, follows them in a model, and compares. */
async function trade(network: Network, ledger: Actor, rounds: number, dice: (below: number) => number): Promise<Map<PrincipalId, bigint>> {
  const model = new Map<PrincipalId, bigint>();
  const held = (owner: PrincipalId): bigint => model.get(owner) ?? 0n;
  let entries = 0;
  for (let round = 0; round < rounds; round++) {
    const expected: [requestId: string, method: string, outcome: RegExp][] = [];
    for (let count = 0; count < 100; count++) {
      const sender = owners[dice(owners.length)]!;
      const to = owners[dice(owners.length)]!;
      const amount = BigInt(dice(2_000));
      const isMint = dice(4) === 0;
      const args = isMint ? `(${amount})` : `(principal "${principalToText(to)}", ${amount})`;
      const method = isMint ? 'mint' : 'transfer';
      const id = network.submit(ledger.id, method, ledger.encode(method, args), { sender });
      const before = held(sender);
      if (isMint) {
        model.set(sender, before + amount);
        expected.push([id, method, new RegExp(`^\\(${before + amount} : nat\\)$`)]);
      } else if (before < amount) {
        expected.push([id, method, new RegExp(`insufficient = ${before} : nat`)]);
      } else {
        model.set(sender, before - amount);
        model.set(to, held(to) + amount);
        expected.push([id, method, new RegExp(`ok = ${++entries} : nat`)]);
      }
    }
    await network.runUntilIdle();
    for (const [id, method, outcome] of expected) {
      const result = network.resultOf(id);
      assert.ok(result !== undefined);
      assert.match(ledger.show(method, result).replaceAll('_', ''), outcome);
    }
  }
  return model;
}

describe('a ledger in Motoko', () => {
  for (const mode of ['enhancedOP', 'classicOP'] as const) {
    it(`keeps its books over 3,000 calls, dropped caches, forks and upgrades: ${mode}`, async (context) => {
      const seed = Number(process.env['MYELIN_SEED'] ?? 20_261_120);
      context.diagnostic(`MYELIN_SEED=${seed}`);
      const canister = await compileMotoko(LEDGER, { mode });
      const network = openNetwork({ checkInvariants: false });
      const ledger = await deployActor(network, canister);
      const dice = createDice(seed);
      const model = await trade(network, ledger, 30, dice);
      const check = (at: Network): void => {
        const books = {
          ...ledger,
          query: (method: string, args = '()') => ledger.show(method, at.queryResult(ledger.id, method, ledger.encode(method, args))),
        };
        const sum = [...model.values()].reduce((total, amount) => total + amount, 0n);
        const totals = books.query('totals').replaceAll('_', '');
        assert.match(totals, new RegExp(`sum = ${sum} : nat`));
        assert.match(totals, new RegExp(`minted = ${sum} : nat`));
        for (const owner of owners) {
          assert.equal(
            books.query('balanceOf', `(principal "${principalToText(owner)}")`).replaceAll('_', ''),
            `(${model.get(owner) ?? 0n} : nat)`,
          );
        }
      };
      check(network);
      const fork = network.fork();
      assert.equal(fork.digest(), network.digest());
      for (const each of [network, fork]) {
        await each.installCode(ledger.id, canister.wasm, KEEPING[mode]);
        each.dropCaches();
        check(each);
      }
      assert.equal(fork.digest(), network.digest(), 'an upgrade gives the same state in a network that has no instances');
    });
  }
});
