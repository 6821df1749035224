/**
 * Everything at once: canisters that call each other with and without deadlines, work long, trap, print and grow, while they are stopped,
 * upgraded, emptied, deleted, frozen and paid for. After each batch every invariant of the state holds, and replicas that begin anew agree.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MANAGEMENT_CANISTER_ID, type PrincipalId, principalToBytes } from '@myelin/core/base';
import { type CanisterSettings, managementCanister } from '@myelin/core/candid';
import type { Network } from '@myelin/network';
import { type Program, script, type Statement, universalCanister } from '@myelin/test-canisters';
import { openNetwork } from './universal-network.ts';

const { program, call, reply, drop } = script;

type Dice = (below: number) => number;

/** Deterministic numbers below a bound. */
function createDice(seed: number): Dice {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type World = { readonly dice: Dice; readonly wasm: Uint8Array; ids: PrincipalId[] };

function pick<T>(dice: Dice, items: readonly T[]): T {
  return items[dice(items.length)]!;
}

/** What a canister does for itself in one message. */
function deed({ dice }: World): Statement {
  const register = dice(8);
  switch (dice(13)) {
    case 0:
      return script.setRegister(register, script.filled(dice(3_000), dice(256)));
    case 1:
      return drop(script.memoryGrow(dice(4)));
    case 2:
      return script.sequence(drop(script.stableGrow(1)), script.stableWrite(dice(50_000), script.filled(dice(9_000), 1)));
    case 3:
      return script.debugPrint(script.filled(dice(600), 66));
    case 4:
      return drop(script.cyclesAccept(script.cycles(BigInt(dice(1_000_000)))));
    case 5:
      return drop(script.cyclesBurn(script.cycles(BigInt(dice(1_000_000)))));
    case 6:
      return script.spin(dice(4_000_000));
    case 7:
      return drop(script.setGlobalTimer(script.add(script.time(), dice(3) * 1_000_000_000)));
    case 8:
      return script.setCertifiedData(script.filled(dice(33), 3));
    case 9:
      return script.onTimer(program(script.setRegister(6, script.time())));
    case 10:
      return script.spin(2_000_000 + dice(6_000_000));
    default:
      return script.setRegister(register, script.concat(script.register(dice(8)), 'x'));
  }
}

function response({ dice }: World): Statement {
  return pick(dice, [reply('fine'), reply(), script.reject('no'), script.trap('ouch'), script.unreachable(), drop(script.time())]);
}

/** A program that calls others, who call others, to a depth. */
function errand(world: World, depth: number): Program {
  const { dice, ids } = world;
  const steps: Statement[] = [];
  for (let count = dice(3); count > 0; count--) steps.push(deed(world));
  if (depth > 0) {
    for (let count = dice(3); count > 0; count--) {
      steps.push(
        call({
          callee: dice(15) === 0 ? Uint8Array.of(0, 0, 0, 0, 0, 0x99, 0, 0, 1, 1) : principalToBytes(pick(dice, ids)),
          method: pick(dice, ['update', 'update', 'update', 'query', 'nothing']),
          argument: errand(world, depth - 1),
          cycles: BigInt(dice(3) * dice(1_000_000)),
          ...(dice(3) === 0 ? { bestEffortSeconds: dice(4) } : {}),
          onReply: program(deed(world), response(world)),
          onReject: program(response(world)),
          ...(dice(2) === 0
            ? { onCleanup: program(pick(dice, [script.setRegister(7, 'cleaned'), script.unreachable(), script.spin(dice(3_000_000))])) }
            : {}),
        }),
      );
    }
  }
  return program(...steps, response(world));
}

type Offer = { readonly method: string; readonly payload: Uint8Array };

const NO_SETTINGS: CanisterSettings = {
  controllers: [],
  compute_allocation: [],
  memory_allocation: [],
  freezing_threshold: [],
  reserved_cycles_limit: [],
  minimum_incoming_canister_call_cycles: [],
  log_visibility: [],
  log_memory_limit: [],
  snapshot_visibility: [],
  status_visibility: [],
  wasm_memory_limit: [],
  wasm_memory_threshold: [],
  environment_variables: [],
};

/** Something that a controller does to a canister. */
function measure(world: World, id: PrincipalId): Offer {
  const { dice, wasm } = world;
  const m = managementCanister;
  const canister = { canister_id: id };
  const version = { sender_canister_version: [] as [] };
  const settings = (change: Partial<CanisterSettings>): Offer => ({
    method: 'update_settings',
    payload: m.update_settings.args.encode([{ ...canister, settings: { ...NO_SETTINGS, ...change }, ...version }]),
  });
  switch (dice(14)) {
    case 0:
    case 1:
      return { method: 'stop_canister', payload: m.stop_canister.args.encode([canister]) };
    case 2:
    case 3:
    case 4:
      return { method: 'start_canister', payload: m.start_canister.args.encode([canister]) };
    case 5:
      return { method: 'uninstall_code', payload: m.uninstall_code.args.encode([{ ...canister, ...version }]) };
    case 6:
      return { method: 'delete_canister', payload: m.delete_canister.args.encode([canister]) };
    case 7:
      return settings({ freezing_threshold: [pick(dice, [0n, 2_592_000n, 1n << 40n])] });
    case 8:
      return settings({ memory_allocation: [pick(dice, [0n, 200_000_000n])], compute_allocation: [BigInt(dice(3))] });
    case 9:
      return settings({
        minimum_incoming_canister_call_cycles: [pick(dice, [0n, 1_000n])],
        log_memory_limit: [pick(dice, [0n, 4_096n, 10_000n])],
      });
    case 10:
      return {
        method: 'provisional_top_up_canister',
        payload: m.provisional_top_up_canister.args.encode([{ ...canister, amount: 1_000_000_000_000n }]),
      };
    default: {
      const mode = pick(dice, [{ install: null }, { reinstall: null }, { upgrade: [] as [] }, { upgrade: [] as [] }] as const);
      const arg = program(
        ...Array.from({ length: dice(3) }, () => pick(dice, [deed({ ...world }), script.spin(dice(3_000_000))])),
        ...(dice(5) === 0 ? [script.trap('not today')] : []),
      );
      return { method: 'install_code', payload: m.install_code.args.encode([{ mode, ...canister, wasm_module: wasm, arg, ...version }]) };
    }
  }
}

async function create(network: Network, wasm: Uint8Array): Promise<PrincipalId> {
  return await network.deploy(wasm, { arg: program(), cycles: 5_000_000_000_000n });
}

async function run(seed: number, rounds: number): Promise<{ readonly ended: number; readonly paused: number }> {
  const network = openNetwork();
  const wasm = await universalCanister(['canister_heartbeat']);
  const world: World = { dice: createDice(seed), wasm, ids: [] };
  const { dice } = world;
  for (let count = 0; count < 5; count++) world.ids.push(await create(network, wasm));
  const requests: string[] = [];
  let paused = 0;
  for (let round = 0; round < rounds; round++) {
    for (let count = dice(4); count > 0; count--) requests.push(network.submit(pick(dice, world.ids), 'update', errand(world, 2)));
    if (dice(2) === 0) {
      const id = pick(dice, world.ids);
      const { method, payload } = measure(world, id);
      requests.push(network.submit(MANAGEMENT_CANISTER_ID, method, payload, { effectiveCanisterId: id }));
    }
    if (dice(4) === 0) network.advanceTime({ seconds: dice(5) });
    if (dice(30) === 0) network.advanceTime({ seconds: 60 });
    if (dice(10) === 0) network.dropCaches();
    const heartbeat = dice(2) === 0;
    await network.runBatch(heartbeat);
    if (round % 4 === 3) {
      const anew = network.fork();
      await network.runBatch();
      await anew.runBatch();
      assert.equal(anew.digest(), network.digest(), `seed ${seed}, round ${round}: a replica that began anew differs`);
    }
    paused += network.state.paused.size;
    for (const id of world.ids)
      if (network.canister(id) === undefined) world.ids = [...world.ids.filter((each) => each !== id), await create(network, wasm)];
  }
  // Stopping requests end at the latest after five minutes; nothing else may be left.
  for (let minute = 0; minute < 12; minute++) {
    await network.runUntilIdle();
    network.advanceTime({ seconds: 30 });
    await network.runBatch();
  }
  const open = requests.filter((each) =>
    ['received', 'processing'].includes(network.state.ingressHistory.entries.get(each)?.status ?? 'gone'),
  );
  assert.deepEqual(open, [], `seed ${seed}: every request ends`);
  assert.equal(network.state.deadlines.size, 0);
  assert.equal(network.state.cycles.queued, 0n);
  for (const id of world.ids) {
    const canister = network.canister(id);
    assert.ok(canister !== undefined && canister.callbacks.size === 0 && canister.callContexts.size === 0, `seed ${seed}: no call is left`);
    assert.equal(canister.heldCycles, 0n);
  }
  return { ended: requests.length, paused };
}

describe('canisters whose life is disturbed', () => {
  it('keep every invariant, and every request ends', async (context) => {
    const seed = Number(process.env['MYELIN_SEED'] ?? 20_261_120);
    const rounds = Number(process.env['MYELIN_STRESS_ROUNDS'] ?? 80);
    context.diagnostic(`MYELIN_SEED=${seed}`);
    for (let each = 0; each < 3; each++) {
      const { ended, paused } = await run(seed + each, rounds);
      assert.ok(ended > rounds && paused > 0);
    }
  });
});
