/**
 * While a canister's message takes many slices: the others go on, queries answer, and whatever is meant for the canister waits its turn.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MANAGEMENT_CANISTER_ID, type PrincipalId, principalToBytes } from '@myelin/core/base';
import { managementCanister } from '@myelin/core/candid';
import { createNobleBlsSigner } from '@myelin/core/crypto';
import { createV8Engine } from '@myelin/engine';
import { createGenesis, Network, SubnetHost } from '@myelin/network';
import { script, type Statement, universalCanister } from '@myelin/test-canisters';
import { deployUniversal, nodeHasher, numberOf, openNetwork, textOf, type Universal } from './universal-network.ts';
import { deployWat, type WatCanister, watModule } from './wat-canister.ts';

const { program, reply, call, argument, register, setRegister, concat, drop, spin } = script;

const EMPTY: Uint8Array = new Uint8Array(0);

/** Steps of `spin` that use up about one slice of 30 million instructions. */
const STEPS_PER_SLICE = 1_560_000;

function work(slices: number): ReturnType<typeof spin> {
  return spin(Math.floor(slices * STEPS_PER_SLICE));
}

function isPaused(network: Network, { id }: Universal): boolean {
  return network.canister(id)?.paused !== undefined;
}

/** Begins a message that is paused after the batch, and does so for some more. */
async function begin(network: Network, a: Universal, slices: number, ...after: readonly Statement[]): Promise<string> {
  const request = network.submit(a.id, 'update', program(setRegister(1, 'begun'), work(slices), setRegister(1, 'done'), ...after));
  await network.runBatch();
  assert.ok(isPaused(network, a), 'the message has used up its first slice');
  return request;
}

async function finish(network: Network, ...requests: readonly string[]): Promise<string[]> {
  await network.runUntilIdle();
  return requests.map((request) => {
    const result = network.resultOf(request);
    return result === undefined ? 'no result' : textOf(result);
  });
}

/** Offers a call to the management canister. */
function manage(
  network: Network,
  target: PrincipalId,
  method: 'stop_canister' | 'delete_canister' | 'uninstall_code' | 'start_canister',
): string {
  const arg =
    method === 'uninstall_code'
      ? managementCanister.uninstall_code.args.encode([{ canister_id: target, sender_canister_version: [] }])
      : managementCanister[method].args.encode([{ canister_id: target }]);
  return network.submit(MANAGEMENT_CANISTER_ID, method, arg, { effectiveCanisterId: target });
}

describe('while a message of a canister is paused', () => {
  it('other canisters run in every batch, and queries see the state before it', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    await a.update(setRegister(1, 'before'), reply());
    const request = await begin(network, a, 8, reply(register(1)));
    for (let count = 0; count < 4; count++) {
      const height = network.height;
      assert.equal(textOf(await b.update(reply(`answer ${count}`))), `answer ${count}`);
      assert.equal(network.height, height + 1n, 'nobody waits for the long message');
      assert.ok(isPaused(network, a));
      assert.equal(textOf(a.query(reply(register(1)))), 'before');
      assert.equal(textOf(a.query(setRegister(1, 'written in a query'), reply(register(1)))), 'written in a query');
      assert.equal(
        textOf(
          b.composite(
            call({ callee: a.bytes, method: 'query', argument: program(reply(register(1))), onReply: program(reply(argument())) }),
          ),
        ),
        'before',
      );
    }
    assert.deepEqual(await finish(network, request), ['done']);
    assert.equal(textOf(a.query(reply(register(1)))), 'done');
  });

  it('a query of many slices runs at once', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const request = await begin(network, a, 4, reply());
    assert.equal(textOf(a.query(work(4), reply('queried'))), 'queried');
    assert.ok(isPaused(network, a));
    assert.deepEqual(await finish(network, request), ['']);
  });

  it('its messages wait, and run in the order in which they came', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const append = (mark: string): ReturnType<typeof program> => program(setRegister(2, concat(register(2), mark)), reply(register(2)));
    const request = await begin(network, a, 6, reply());
    const requests: string[] = [];
    for (const mark of ['1', '2']) requests.push(network.submit(a.id, 'update', append(mark)));
    await network.runBatch();
    for (const mark of ['x', 'y'])
      await network.updateResult(b.id, 'update', program(call({ callee: a.bytes, argument: append(mark) }), reply()));
    for (const mark of ['3', '4']) requests.push(network.submit(a.id, 'update', append(mark)));
    await network.runBatch();
    assert.ok(isPaused(network, a));
    for (const each of requests) assert.equal(network.resultOf(each), undefined);
    const [first, ...others] = await finish(network, request, ...requests);
    assert.equal(first, '');
    // Users and canisters take turns; each side keeps its order.
    const order = textOf(a.query(reply(register(2))));
    assert.equal(order.replaceAll(/\D/g, ''), '1234');
    assert.equal(order.replaceAll(/\d/g, ''), 'xy');
    for (const [index, answer] of others.entries()) assert.ok(answer.endsWith(String(index + 1)), answer);
  });

  it('time goes on: timers fire, storage is paid for and messages expire as soon as it is done', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const due = network.timeNs + 2_000_000_000n;
    await a.update(script.onTimer(program(setRegister(3, script.time()))), drop(script.setGlobalTimer(due)), reply());
    const request = await begin(network, a, 5, reply(script.time()));
    const started = network.timeNs;
    const late = network.submit(a.id, 'update', program(reply('in time')));
    await network.runBatch();
    network.advanceTime({ seconds: 600 });
    await network.runBatch();
    assert.ok(isPaused(network, a));
    const balance = network.canister(a.id)?.balance ?? 0n;
    await network.runUntilIdle();
    const answer = network.resultOf(request);
    assert.ok(answer !== undefined);
    assert.equal(numberOf(answer), started, 'a message sees the time of its start');
    assert.match(
      textOf(network.resultOf(late) ?? { kind: 'reject', rejectCode: 0, errorCode: 0, message: 'no result' }),
      /^reject 2 202: .*timed out waiting to start/,
    );
    await network.tick(2);
    assert.equal(numberOf(a.query(reply(register(3)))) > due, true, 'the timer fired after the message');
    network.advanceTime({ seconds: 10 });
    await network.tick();
    const paid = balance + 40_000_000_000n - (network.canister(a.id)?.balance ?? 0n);
    assert.ok(paid > 610n * 10_000n, `ten minutes of storage are paid: ${paid}`);
  });

  it('more than four may wait: all come to their end, with and without their stacks', async () => {
    const network = openNetwork();
    const canisters: Universal[] = [];
    for (let count = 0; count < 9; count++) canisters.push(await deployUniversal(network));
    const forgetful = network.fork();
    const [requests] = [network, forgetful].map((each) =>
      canisters.map(({ id }, index) => each.submit(id, 'update', program(work(2 + index / 2), reply(String(index))))),
    );
    assert.ok(requests !== undefined);
    let most = 0;
    for (let batch = 0; batch < 60; batch++) {
      forgetful.dropCaches();
      await network.runBatch();
      await forgetful.runBatch();
      const paused = canisters.filter((each) => isPaused(network, each)).length;
      most = Math.max(most, paused);
      if (batch > 10 && paused === 0) break;
    }
    assert.ok(most > 4, `${most} were paused at the same time`);
    assert.deepEqual(
      await finish(network, ...requests),
      canisters.map((_, index) => String(index)),
    );
    await forgetful.runUntilIdle();
    assert.equal(forgetful.digest(), network.digest());
  });
});

describe('a canister whose message is paused', () => {
  it('stops when it is done', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const request = await begin(network, a, 5, reply('done'));
    const stop = manage(network, a.id, 'stop_canister');
    await network.runBatch();
    assert.equal(network.resultOf(stop), undefined);
    assert.ok(isPaused(network, a));
    const [answer] = await finish(network, request, stop);
    assert.equal(answer, 'done');
    assert.equal(network.resultOf(stop)?.kind, 'reply');
    assert.equal(network.canister(a.id)?.status.kind, 'stopped');
  });

  it('stops, is deleted, and its message is answered before', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const request = await begin(network, a, 5, reply('done'));
    const stop = manage(network, a.id, 'stop_canister');
    await network.runBatch();
    const deletion = manage(network, a.id, 'delete_canister');
    await network.runBatch();
    assert.equal(network.resultOf(deletion), undefined);
    assert.deepEqual((await finish(network, request, stop, deletion))[0], 'done');
    assert.equal(network.resultOf(deletion)?.kind, 'reply', textOf(network.resultOf(deletion)!));
    assert.ok(network.canister(a.id) === undefined);
  });

  it('is not deleted while it runs', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const request = await begin(network, a, 4, reply('done'));
    const [answer, refusal] = await finish(network, request, manage(network, a.id, 'delete_canister'));
    assert.equal(answer, 'done');
    assert.match(refusal ?? '', /^reject 5 510: .*must be stopped before it is deleted/);
  });

  it('is uninstalled after its message', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const request = await begin(network, a, 4, reply('done'));
    const uninstall = manage(network, a.id, 'uninstall_code');
    const behind = network.submit(a.id, 'update', program(reply('too late')));
    const [answer, , late] = await finish(network, request, uninstall, behind);
    assert.equal(answer, 'done');
    assert.equal(network.resultOf(uninstall)?.kind, 'reply');
    assert.match(late ?? '', /^reject 5 537: .*contains no Wasm module/);
    assert.ok(network.canister(a.id)?.module === undefined);
  });

  it('is upgraded after its message, which the new code finds done', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const request = await begin(network, a, 4, drop(script.stableGrow(1)), script.stableWrite(0, 'from the long message'), reply('done'));
    const payload = managementCanister.install_code.args.encode([
      {
        mode: { upgrade: [] },
        canister_id: a.id,
        wasm_module: await universalCanister(),
        arg: program(setRegister(5, script.stableRead(0, 21))),
        sender_canister_version: [],
      },
    ]);
    const upgrade = network.submit(MANAGEMENT_CANISTER_ID, 'install_code', payload, { effectiveCanisterId: a.id });
    const [answer] = await finish(network, request, upgrade);
    assert.equal(answer, 'done');
    assert.equal(network.resultOf(upgrade)?.kind, 'reply');
    assert.equal(textOf(a.query(reply(register(5)))), 'from the long message');
  });

  it('is given cycles and settings after its message, and none are lost', async () => {
    const network = openNetwork();
    const a = await deployUniversal(network);
    const b = await deployUniversal(network);
    const request = await begin(network, a, 5, reply(script.cycleBalance()));
    const before = network.canister(a.id)?.balance ?? 0n;
    const deposit = managementCanister.deposit_cycles.args.encode([{ canister_id: a.id }]);
    const gift = network.submit(
      b.id,
      'update',
      program(
        call({
          callee: EMPTY,
          method: 'deposit_cycles',
          cycles: 3_000_000_000_000n,
          argument: script.bytes(deposit),
          onReply: program(reply('given')),
          onReject: program(reply(script.rejectMessage())),
        }),
      ),
    );
    await network.runBatch();
    assert.equal(network.canister(a.id)?.balance, before);
    assert.equal(network.resultOf(gift), undefined);
    const [, given] = await finish(network, request, gift);
    assert.equal(given, 'given');
    const result = network.resultOf(request);
    assert.ok(result !== undefined && numberOf(result) <= before, 'it sees the balance of its start');
    assert.ok((network.canister(a.id)?.balance ?? 0n) > before + 2_900_000_000_000n);
  });
});

/** A network whose installations have another limit. */
function openWithInstallLimit(install: bigint): Network {
  const seed = new Uint8Array(32).fill(5);
  const timeNs = 1_700_000_000_000_000_000n;
  const genesis = createGenesis({ seed, subnetType: 'application', nodes: 13, timeNs, firstCanisterIndex: 0n }, nodeHasher);
  const { instructions } = genesis.config;
  const config = { ...genesis.config, instructions: { ...instructions, install } };
  const engine = createV8Engine({});
  const blsSigner = createNobleBlsSigner(genesis.blsSecretKey);
  const host = new SubnetHost({ state: genesis.state, config, engine, hasher: nodeHasher, blsSigner });
  const { rootKeyDer } = genesis;
  return new Network({ host, engine, hasher: nodeHasher, blsSigner, rootKeyDer, seed, checkInvariants: true, timeNs, nonce: 0n });
}

describe('instruction limits', () => {
  /** Work by the cheapest instructions there are for their weight: a reference to a function weighs 130. */
  const heavy = (refs: number): string => `(func $heavy (param $n i64)
    (loop
      ${'(drop (ref.func $heavy))'.repeat(refs)}
      (br_if 0 (i64.ne (local.tee $n (i64.sub (local.get $n) (i64.const 1))) (i64.const 0)))))
    (elem declare func $heavy)`;
  const REFS = 200;
  const PER_TURN = REFS * 131 + 8;
  const turnsFor = (instructions: number): string => `(i64.const ${Math.floor(instructions / PER_TURN)})`;

  it('of an update: 40 billion', async () => {
    const network = openNetwork({ checkInvariants: false });
    const entries = {
      'update under': `(call $heavy ${turnsFor(39_990_000_000)}) (call $msg_reply)`,
      'update over': `(call $heavy ${turnsFor(40_010_000_000)}) (call $msg_reply)`,
    };
    const id = await deployWat(network, { entries, more: heavy(REFS) });
    assert.equal((await network.updateResult(id, 'under', EMPTY)).kind, 'reply');
    const before = network.canister(id)?.balance ?? 0n;
    assert.match(textOf(await network.updateResult(id, 'over', EMPTY)), /^reject 5 522: .*exceeded the limit of 40000000000 instructions/);
    const paid = before - (network.canister(id)?.balance ?? 0n);
    assert.ok(paid > 40_000_000_000n && paid < 40_020_000_000n, `everything up to the limit is paid: ${paid}`);
  });

  it('of a query: 5 billion', async () => {
    const network = openNetwork({ checkInvariants: false });
    const entries = {
      'query under': `(call $heavy ${turnsFor(4_990_000_000)}) (call $msg_reply)`,
      'query over': `(call $heavy ${turnsFor(5_010_000_000)}) (call $msg_reply)`,
    };
    const id = await deployWat(network, { entries, more: heavy(REFS) });
    assert.equal(network.queryResult(id, 'under', EMPTY).kind, 'reply');
    assert.match(textOf(network.queryResult(id, 'over', EMPTY)), /^reject 5 522: .*exceeded the limit of 5000000000 instructions/);
    // The same query as an update has the limit of updates.
    assert.equal((await network.updateResult(id, 'over', EMPTY)).kind, 'reply');
  });

  it('of inspect_message: 200 million', async () => {
    const network = openNetwork({ checkInvariants: false });
    const inspect = `(call $msg_method_name_copy (i32.const 0) (i32.const 0) (i32.const 1))
      (if (i32.eq (i32.load8_u (i32.const 0)) (i32.const 117))
        (then (call $heavy ${turnsFor(199_900_000)}))
        (else (call $heavy ${turnsFor(200_100_000)})))
      (call $accept_message)`;
    const id = await deployWat(network, { entries: { inspect_message: inspect }, more: heavy(REFS) });
    assert.equal(network.inspect(id, 'under', EMPTY), undefined);
    const refusal = network.inspect(id, 'over', EMPTY);
    assert.equal(refusal?.code, 522);
    assert.match(refusal.message, /exceeded the limit of 200000000 instructions/);
  });

  it('of an installation: 300 billion, over all its functions', async () => {
    assert.equal(openNetwork().config.instructions.install, 300_000_000_000n);
    // A hundredth of it, to be done in time.
    const network = openWithInstallLimit(3_000_000_000n);
    const functions = (start: number, init: number): WatCanister => ({
      entries: { init: `(call $heavy ${turnsFor(init)})`, 'query ok': '(call $msg_reply)' },
      more: `${heavy(REFS)} (func $begin (call $heavy ${turnsFor(start)})) (start $begin)`,
    });
    // Compiling the module counts as well, at 6,000 an instruction.
    const id = await deployWat(network, functions(1_490_000_000, 1_490_000_000));
    assert.equal(network.queryResult(id, 'ok', EMPTY).kind, 'reply');
    const before = network.canister(id);
    await assert.rejects(
      network.installCode(id, await watModule(functions(1_500_000_000, 1_510_000_000)), { mode: 'reinstall', arg: EMPTY }),
      (error: unknown) => {
        const { errorCode, rejectMessage } = (error as { detail: { errorCode: string; rejectMessage: string } }).detail;
        assert.equal(errorCode, 'IC0522');
        assert.match(rejectMessage, /exceeded the limit of 3000000000 instructions/);
        return true;
      },
    );
    assert.equal(network.canister(id)?.module?.hash, before?.module?.hash);
    const paid = (before?.balance ?? 0n) - (network.canister(id)?.balance ?? 0n);
    assert.ok(paid > 3_000_000_000n && paid < 3_100_000_000n, `everything up to the limit is paid: ${paid}`);
  });

  it('of a callback leave a share for its cleanup', async () => {
    const network = openNetwork({ checkInvariants: false });
    const b = await deployUniversal(network);
    const callee = [...principalToBytes(b.id)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
    const id = await deployWat(network, {
      entries: {
        'update run': `(call $call_new (i32.const 0) (i32.const 10) (i32.const 16) (i32.const 6) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))
          (call $call_on_cleanup (i32.const 1) (i32.const 0)) (drop (call $call_perform))`,
        'query cleaned': '(call $answer64 (i64.load (i32.const 32)))',
      },
      more: `(table 2 funcref) (elem (i32.const 0) func $forever $clean) (data (i32.const 0) "${callee}") (data (i32.const 16) "update")
        (func $forever (param i32) (call $heavy (i64.const -1)))
        (func $clean (param i32) (call $heavy ${turnsFor(1_500_000_000)}) (i64.store (i32.const 32) (i64.const 1)))
        ${heavy(REFS)}`,
    });
    assert.match(textOf(await network.updateResult(id, 'run', EMPTY)), /^reject 5 522: /);
    assert.equal(numberOf(network.queryResult(id, 'cleaned', EMPTY)), 1n);
  });
});
