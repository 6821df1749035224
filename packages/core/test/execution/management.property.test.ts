/**
 * Any sequence of management calls keeps the invariants of the state, and gives the same state on a replica that starts anew before each
 * batch: nothing lives in caches, and a paused installation can be built again from its record.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANONYMOUS_PRINCIPAL, canisterIdOfIndex, MANAGEMENT_CANISTER_ID, type PrincipalId, principalToBytes } from '@myelin/core/base';
import type { Network } from '@myelin/network';
import { type Program, script, universalCanister } from '@myelin/test-canisters';
import fc from 'fast-check';
import { type ArgsOf, encodeArgs, type MethodName, NO_SETTINGS, note, openNetwork, tellingModule } from './management-network.ts';

const CANISTERS = 4;
const KEEP = { 'icp:private enhanced-orthogonal-persistence': '1' } as const;
const SPIN = '(call $spin (i32.const 20000000))';
const COUNT = '(i32.store (i32.const 40) (i32.add (i32.load (i32.const 40)) (i32.const 1)))';
const EMPTY = new Uint8Array(0);
const { program, call, reply, argument, rejectMessage } = script;

/** What is submitted before one of the batches. */
type Step = (network: Network) => void;

/** A call of a user who controls everything. */
function manage<M extends MethodName>(method: M, ...args: ArgsOf<M>): Step {
  const payload = encodeArgs(method, ...args);
  return (network) => void network.submit(MANAGEMENT_CANISTER_ID, method, payload);
}

function run(id: PrincipalId, what: Program): Step {
  return (network) => void network.submit(id, 'update', what);
}

async function arbitraryStep(): Promise<fc.Arbitrary<Step>> {
  const universal = await universalCanister();
  const modules = await Promise.all([
    tellingModule({ custom: KEEP, start: COUNT, init: note.init, preUpgrade: note.preUpgrade, postUpgrade: note.postUpgrade }),
    tellingModule({
      custom: KEEP,
      start: `${SPIN} ${COUNT}`,
      init: SPIN,
      preUpgrade: `${SPIN} ${COUNT}`,
      postUpgrade: `${SPIN} (drop (memory.grow (i32.const 1)))`,
    }),
    tellingModule({ custom: KEEP, start: COUNT, init: `${note.init} (unreachable)`, postUpgrade: `${SPIN} (unreachable)` }),
    tellingModule({
      preUpgrade: `${COUNT} (unreachable)`,
      more: '(func (export "canister_heartbeat") (call $print (i32.const 100) (i32.const 2)))',
    }),
    tellingModule({
      more: `(func (export "canister_global_timer") ${COUNT}) (func (export "canister_post_upgrade") (drop (call $timer (i64.const 5))))`,
    }),
  ]);
  const anyId = fc.nat({ max: CANISTERS - 1 }).map((index) => canisterIdOfIndex(BigInt(index)));
  const anyModule = fc.oneof({ weight: 2, arbitrary: fc.constant(universal) }, { weight: 3, arbitrary: fc.constantFrom(...modules) });
  const anyMode: fc.Arbitrary<ArgsOf<'install_code'>[0]['mode']> = fc.constantFrom(
    { install: null },
    { reinstall: null },
    { upgrade: [] },
    { upgrade: [{ skip_pre_upgrade: [true], wasm_memory_persistence: [{ replace: null }] }] },
    { upgrade: [{ skip_pre_upgrade: [], wasm_memory_persistence: [{ keep: null }] }] },
  );
  const install = fc
    .record({ canister_id: anyId, mode: anyMode, wasm_module: anyModule })
    .map((order) => manage('install_code', { ...order, arg: EMPTY, sender_canister_version: [] }));
  const settings = fc.record({
    canister_id: anyId,
    settings: fc.constantFrom(
      { ...NO_SETTINGS, memory_allocation: [1n << 24n] as const },
      { ...NO_SETTINGS, memory_allocation: [0n] as const, compute_allocation: [3n] as const },
      { ...NO_SETTINGS, compute_allocation: [0n] as const, freezing_threshold: [1n] as const, log_memory_limit: [0n] as const },
      { ...NO_SETTINGS, freezing_threshold: [10n ** 10n] as const },
      { ...NO_SETTINGS, wasm_memory_threshold: [1n << 40n] as const, controllers: [[ANONYMOUS_PRINCIPAL]] as const },
    ),
  });
  const plain = fc.tuple(
    fc.constantFrom('start_canister', 'stop_canister', 'delete_canister', 'clear_chunk_store', 'canister_status'),
    anyId,
  );
  const inner = fc.tuple(
    anyId,
    anyId,
    fc.constantFrom('stop_canister', 'deposit_cycles', 'canister_info', 'create_canister', 'raw_rand'),
    fc.bigInt(0n, 10n ** 13n),
  );
  const callArgs = (method: string, target: PrincipalId): Uint8Array => {
    if (method === 'raw_rand') return encodeArgs('raw_rand');
    if (method === 'create_canister') return encodeArgs('create_canister', { settings: [], sender_canister_version: [] });
    if (method === 'canister_info') return encodeArgs('canister_info', { canister_id: target, num_requested_changes: [3n] });
    return encodeArgs(method as 'stop_canister', { canister_id: target });
  };
  return fc.oneof(
    { weight: 4, arbitrary: install },
    { weight: 1, arbitrary: settings.map((args) => manage('update_settings', { ...args, sender_canister_version: [] })) },
    { weight: 2, arbitrary: plain.map(([method, id]) => manage(method as 'start_canister', { canister_id: id })) },
    { weight: 1, arbitrary: anyId.map((id) => manage('uninstall_code', { canister_id: id, sender_canister_version: [] })) },
    {
      weight: 1,
      arbitrary: fc.tuple(anyId, fc.nat(3)).map(([id, byte]) => manage('upload_chunk', { canister_id: id, chunk: Uint8Array.of(byte) })),
    },
    { weight: 1, arbitrary: anyId.map((id) => manage('provisional_top_up_canister', { canister_id: id, amount: 10n ** 14n })) },
    {
      weight: 1,
      arbitrary: fc.option(anyId).map((id) =>
        manage('provisional_create_canister_with_cycles', {
          amount: [10n ** 14n],
          settings: [],
          specified_id: id === null ? [] : [id],
          sender_canister_version: [],
        }),
      ),
    },
    {
      weight: 2,
      arbitrary: inner.map(([from, target, method, cycles]) =>
        run(
          from,
          program(
            call({
              callee: EMPTY,
              method,
              argument: script.bytes(callArgs(method, target)),
              cycles,
              onReply: program(reply(argument())),
              onReject: program(reply(rejectMessage())),
            }),
          ),
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(anyId, anyId).map(([from, to]) =>
        run(
          from,
          program(
            call({
              callee: principalToBytes(to),
              cycles: 10n ** 9n,
              argument: program(script.spin(8_000_000), reply('x')),
              onReply: program(reply()),
            }),
          ),
        ),
      ),
    },
    {
      weight: 1,
      arbitrary: anyId.map(
        (id): Step =>
          (network) =>
            void network.submit(id, 'bump'),
      ),
    },
    { weight: 1, arbitrary: fc.constant<Step>((network) => network.advanceTime({ seconds: 400 })) },
  );
}

async function open(): Promise<Network> {
  const network = openNetwork();
  const wasm = await universalCanister();
  for (let index = 0; index < CANISTERS; index++) await network.deploy(wasm, { arg: program() });
  return network;
}

describe('sequences of management calls', () => {
  it('keep the invariants, and need no cache', async (context) => {
    const seed = Number(process.env['MYELIN_SEED'] ?? 11);
    context.diagnostic(`MYELIN_SEED=${seed}`);
    const steps = fc.array(fc.tuple(await arbitraryStep(), fc.boolean()), { minLength: 5, maxLength: 25 });
    const first = await open();
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const network = first.fork();
        let restarted = first.fork();
        const batch = async (): Promise<void> => {
          await network.tick();
          await restarted.tick();
          assert.equal(restarted.digest(), network.digest());
          restarted = restarted.fork();
        };
        for (const [step, endsBatch] of sequence) {
          step(network);
          step(restarted);
          if (endsBatch) await batch();
        }
        for (let count = 0; count < 8; count++) await batch();
      }),
      { numRuns: Number(process.env['MYELIN_RUNS'] ?? 10), seed, endOnFailure: true },
    );
  });
});
