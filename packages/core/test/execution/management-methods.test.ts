import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ANONYMOUS_PRINCIPAL,
  canisterIdOfIndex,
  fromUtf8,
  MANAGEMENT_CANISTER_ID,
  nobleHasher,
  principalToText,
  toHex,
} from '@myelin/core/base';
import { hashOfContent } from '@myelin/core/crypto';
import { ingressAdmissionError, limits } from '@myelin/core/execution';
import { script } from '@myelin/test-canisters';
import {
  ALICE,
  BOB,
  callerOf,
  canisterOf,
  decodeReply,
  deployCaller,
  encodeArgs,
  errorOf,
  manage,
  NO_SETTINGS,
  note,
  openNetwork,
  tellingModule,
  traceOf,
} from './management-network.ts';

const NOBODY = ANONYMOUS_PRINCIPAL;
const { program, reply } = script;
const FEE = 500_000_000_000n;

describe('create_canister', () => {
  it('takes its fee from the attached cycles; the rest is the balance', async () => {
    const network = openNetwork({ nodes: 13 });
    const caller = await deployCaller(network);
    const burned = network.state.cycles.burned;
    const result = await caller.call('create_canister', [{ settings: [], sender_canister_version: [] }], FEE + 7n);
    const id = decodeReply('create_canister', result)[0].canister_id;
    const canister = canisterOf(network, id);
    assert.equal(canister.balance, 7n);
    assert.equal(canister.consumedCycles, FEE);
    assert.equal(network.state.cycles.burned - burned > FEE, true);
    assert.deepEqual(canister.settings.controllers, [caller.id]);
    assert.equal(canister.version, 0);
    assert.deepEqual(canister.history, [
      {
        timestampNs: canister.createdNs,
        canisterVersion: 0,
        origin: { kind: 'canister', id: caller.id, version: undefined },
        details: { kind: 'creation', controllers: [caller.id], environmentVariablesHash: undefined },
      },
    ]);
  });

  it('gives everything back when the cycles are too few or the settings wrong', async () => {
    const network = openNetwork({ nodes: 13 });
    const caller = await deployCaller(network);
    const canisters = network.state.canisters.size;
    const poor = await caller.call('create_canister', [{ settings: [], sender_canister_version: [] }], FEE - 1n);
    assert.equal(
      errorOf(poor),
      `4, IC00: Creating a canister requires a fee of ${FEE} that is deducted from the canister's initial balance but only ${FEE - 1n} cycles were received with the create_canister request.`,
    );
    const before = canisterOf(network, caller.id).balance;
    const wrong = await caller.call(
      'create_canister',
      [{ settings: [{ ...NO_SETTINGS, compute_allocation: [101n] }], sender_canister_version: [] }],
      2n * FEE,
    );
    assert.match(errorOf(wrong), /^5, .*ComputeAllocation expected to be in the range/);
    assert.equal(before - canisterOf(network, caller.id).balance < 100_000_000_000n, true);
    assert.equal(network.state.canisters.size, canisters);
  });

  it('is for canisters', async () => {
    const network = openNetwork();
    assert.equal(
      errorOf(await manage(network, ALICE, 'create_canister', { settings: [], sender_canister_version: [] })),
      '4, IC0406: Only canisters can call ic00 method create_canister',
    );
  });

  it('checks sender_canister_version', async () => {
    const network = openNetwork();
    const caller = await deployCaller(network);
    const { version } = canisterOf(network, caller.id);
    const wrong = await caller.call('create_canister', [{ settings: [], sender_canister_version: [BigInt(version) + 1n] }], 2n * FEE);
    assert.match(errorOf(wrong), /^4, .*The sender_canister_version is 2, but the canister made the call at its version 1$/);
    const right = await caller.call(
      'create_canister',
      [{ settings: [], sender_canister_version: [BigInt(canisterOf(network, caller.id).version)] }],
      2n * FEE,
    );
    const id = decodeReply('create_canister', right)[0].canister_id;
    const origin = canisterOf(network, id).history[0]?.origin;
    assert.equal(origin?.kind === 'canister' && origin.version !== undefined, true);
  });
});

describe('provisional methods', () => {
  it('create canisters with minted cycles and the ids that are asked for', async () => {
    const network = openNetwork();
    const [first, third] = [await network.createCanister(), await network.createCanister({ id: canisterIdOfIndex(2n), cycles: 5n })];
    const [second, fourth] = [await network.createCanister(), await network.createCanister()];
    assert.deepEqual([first, second, third, fourth], [0n, 1n, 2n, 3n].map(canisterIdOfIndex));
    assert.equal(canisterOf(network, first).balance, 100_000_000_000_000n);
    assert.equal(canisterOf(network, third).balance, 5n);
    assert.equal(network.state.cycles.minted, 300_000_000_000_005n);
    const again = network.createCanister({ id: third });
    await assert.rejects(again, new RegExp(`canister id ${principalToText(third)} already exists`));
    const outside = network.createCanister({ id: canisterIdOfIndex(1n << 40n) });
    await assert.rejects(outside, /is not in the canister ranges of subnet/);
    await assert.rejects(network.createCanister({ id: ALICE }), /is not in the canister ranges of subnet/);
    await assert.rejects(network.createCanister({ cycles: 1n << 128n }), /does not fit into 128 bits/);
  });

  it('top up any canister, and give attached cycles back', async () => {
    const network = openNetwork();
    const caller = await deployCaller(network);
    const id = await network.createCanister({ cycles: 0n });
    assert.equal(errorOf(await manage(network, BOB, 'provisional_top_up_canister', { canister_id: id, amount: 9n })), 'a reply');
    assert.equal(canisterOf(network, id).balance, 9n);
    const before = canisterOf(network, caller.id).balance;
    assert.equal(errorOf(await caller.call('provisional_top_up_canister', [{ canister_id: id, amount: 1n }], 10n ** 12n)), 'a reply');
    assert.equal(before - canisterOf(network, caller.id).balance < 10n ** 11n, true);
    await manage(network, BOB, 'provisional_top_up_canister', { canister_id: id, amount: 1n << 130n });
    assert.equal(canisterOf(network, id).balance, limits.CYCLES_MAX);
  });
});

describe('update_settings', () => {
  it('changes what the payload names, records controllers, and moves to the next version', async () => {
    const network = openNetwork();
    const id = await network.createCanister();
    await network.updateSettings(id, {
      freezing_threshold: [5n],
      environment_variables: [
        [
          { name: 'b', value: '2' },
          { name: 'a', value: '1' },
        ],
      ],
    });
    let canister = canisterOf(network, id);
    assert.equal(canister.settings.freezingThreshold, 5n);
    assert.deepEqual(
      canister.settings.environmentVariables.map(({ name }) => name),
      ['a', 'b'],
    );
    assert.deepEqual([canister.version, canister.historyLength], [1, 1]);
    await network.updateSettings(id, { controllers: [[BOB, ALICE]] });
    canister = canisterOf(network, id);
    assert.equal(canister.settings.freezingThreshold, 5n);
    assert.deepEqual(canister.settings.controllers, [ALICE, BOB]);
    assert.deepEqual(canister.history.at(-1)?.details, { kind: 'controllers_change', controllers: [ALICE, BOB] });
    assert.equal(canister.history.at(-1)?.canisterVersion, 2);
    const refused = await manage(network, NOBODY, 'update_settings', {
      canister_id: id,
      settings: NO_SETTINGS,
      sender_canister_version: [],
    });
    assert.equal(
      errorOf(refused),
      `5, IC0512: Only the controllers of the canister ${principalToText(id)} can control it.\nCanister's controllers: ${principalToText(ALICE)} ${principalToText(BOB)}\nSender's ID: 2vxsx-fae`,
    );
  });

  it('holds the compute and the memory that the subnet has', async () => {
    const network = openNetwork();
    const unfrozen = { freezing_threshold: [0n] } as const;
    const [a, b] = [
      await network.createCanister({ settings: { compute_allocation: [40n], ...unfrozen } }),
      await network.createCanister({ settings: unfrozen }),
    ];
    assert.equal(network.state.computeAllocated, 40);
    await assert.rejects(
      network.updateSettings(b, { compute_allocation: [11n] }),
      /requested a compute allocation of 11% which cannot be satisfied because the Subnet's remaining compute capacity is 10%/,
    );
    await network.updateSettings(b, { compute_allocation: [10n] });
    await network.updateSettings(a, { compute_allocation: [39n] });
    assert.equal(network.state.computeAllocated, 49);
    const most = limits.SUBNET_MEMORY_BYTES_MAX;
    await assert.rejects(
      network.updateSettings(a, { memory_allocation: [most + 1n] }),
      /Canister requested \d+ bytes of memory but only \d+ bytes are available/,
    );
    await network.updateSettings(a, { memory_allocation: [most / 2n] });
    assert.equal(network.state.reservedMemoryBytes, most / 2n - canisterOf(network, a).countedBytes);
    await assert.rejects(
      network.updateSettings(b, { memory_allocation: [most / 2n + 1n] }),
      /Canister requested \d+ bytes of memory but only \d+ bytes are available/,
    );
    await network.updateSettings(a, { memory_allocation: [0n] });
    assert.equal(network.state.reservedMemoryBytes, 0n);
    assert.deepEqual([canisterOf(network, a).version, canisterOf(network, b).version], [3, 1]);
  });

  it('wants cycles for more resources', async () => {
    const network = openNetwork();
    const id = await network.createCanister({ cycles: 10n ** 12n });
    await assert.rejects(
      network.updateSettings(id, { compute_allocation: [1n] }),
      /^IcError.*Cannot increase compute allocation to 1% due to insufficient cycles\. At least \d+ additional cycles are required\./s,
    );
    await assert.rejects(
      network.updateSettings(id, { memory_allocation: [1n << 36n] }),
      /Cannot increase memory allocation to \d+ bytes due to insufficient cycles/,
    );
    await network.updateSettings(id, { freezing_threshold: [10n ** 9n] });
  });

  it('reaches a frozen canister, which no other call of a user does', async () => {
    const network = openNetwork();
    const id = await network.createCanister({ cycles: 10n ** 12n });
    await network.updateSettings(id, { freezing_threshold: [10n ** 12n] });
    const frozen = await manage(network, NOBODY, 'canister_status', { canister_id: id });
    assert.match(errorOf(frozen), /^2, IC0207: Canister [a-z0-9-]+ is out of cycles/);
    const arg = encodeArgs('start_canister', { canister_id: id });
    const message = {
      kind: 'ingress',
      requestId: '00'.repeat(32),
      sender: NOBODY,
      receiver: MANAGEMENT_CANISTER_ID,
      effectiveCanisterId: id,
      expiryNs: 0n,
    } as const;
    const refused = ingressAdmissionError(network.state, network.config, { ...message, methodName: 'start_canister', arg });
    assert.equal(refused?.code, 207);
    const thaw = encodeArgs('update_settings', {
      canister_id: id,
      settings: { ...NO_SETTINGS, freezing_threshold: [0n] },
      sender_canister_version: [],
    });
    assert.equal(ingressAdmissionError(network.state, network.config, { ...message, methodName: 'update_settings', arg: thaw }), undefined);
    await network.updateSettings(id, { freezing_threshold: [0n] });
    assert.equal(errorOf(await manage(network, NOBODY, 'canister_status', { canister_id: id })), 'a reply');
  });

  it('refuses a heap limit below what is used', async () => {
    const network = openNetwork();
    const id = await network.deploy(await tellingModule({}));
    await assert.rejects(
      network.updateSettings(id, { wasm_memory_limit: [65_535n] }),
      /wasm_memory_limit of 65535 bytes is below the 65536 bytes/,
    );
    await network.updateSettings(id, { wasm_memory_limit: [65_536n] });
  });

  it('shortens the log', async () => {
    const network = openNetwork();
    const caller = await deployCaller(network);
    for (let count = 0; count < 3; count++)
      await network.update(caller.id, 'update', program(script.debugPrint(script.filled(1500, 65)), reply()));
    assert.equal(canisterOf(network, caller.id).logs.size, 2);
    await network.updateSettings(caller.id, { log_memory_limit: [0n] });
    assert.deepEqual([canisterOf(network, caller.id).logs.size, canisterOf(network, caller.id).logBytes], [0, 0]);
  });

  it('hashes environment variables of a new canister into its history', async () => {
    const network = openNetwork();
    const id = await network.createCanister({ settings: { environment_variables: [[{ name: 'K', value: 'v' }]] } });
    const details = canisterOf(network, id).history[0]?.details;
    assert.equal(
      details?.kind === 'creation' && toHex(details.environmentVariablesHash ?? new Uint8Array(0)),
      toHex(hashOfContent({ K: 'v' }, nobleHasher)),
    );
  });

  it('keeps the last twenty changes and counts all', async () => {
    const network = openNetwork();
    const caller = await deployCaller(network, { controller: ALICE });
    const id = await network.createCanister();
    for (let count = 0; count < 25; count++) await network.updateSettings(id, { controllers: [[NOBODY]] });
    const info = async (changes: bigint[]) =>
      decodeReply(
        'canister_info',
        await caller.call('canister_info', [{ canister_id: id, num_requested_changes: changes as [bigint] }]),
      )[0];
    const all = await info([100n]);
    assert.deepEqual([all.total_num_changes, all.recent_changes.length], [26n, 20]);
    assert.deepEqual((await info([2n])).recent_changes, all.recent_changes.slice(-2));
    assert.deepEqual((await info([])).recent_changes, []);
    assert.deepEqual(all.recent_changes.at(-1)?.origin, { from_user: { user_id: NOBODY } });
    assert.deepEqual(all.controllers, [NOBODY]);
  });
});

describe('upload_chunk', () => {
  it('takes chunks of 1 MiB, a hundred at most, and charges each', async () => {
    const network = openNetwork();
    const id = await network.createCanister({ settings: { freezing_threshold: [0n] } });
    const chunk = new Uint8Array(1024 * 1024);
    const before = canisterOf(network, id).balance;
    const stored = await manage(network, NOBODY, 'upload_chunk', { canister_id: id, chunk });
    assert.equal(toHex(decodeReply('upload_chunk', stored)[0].hash), toHex(nobleHasher.sha256(chunk)));
    assert.equal(before - canisterOf(network, id).balance >= 200_000_000n, true);
    const tooLong = await manage(network, NOBODY, 'upload_chunk', { canister_id: id, chunk: new Uint8Array(1024 * 1024 + 1) });
    assert.equal(
      errorOf(tooLong),
      '5, IC0504: Error from Wasm chunk store: Wasm chunk size 1048577 exceeds the maximum chunk size of 1048576.',
    );
    for (let index = 1; index < 100; index++)
      await manage(network, NOBODY, 'upload_chunk', { canister_id: id, chunk: Uint8Array.of(index) });
    assert.equal(canisterOf(network, id).chunkStore.size, 100);
    assert.match(
      errorOf(await manage(network, NOBODY, 'upload_chunk', { canister_id: id, chunk: Uint8Array.of(200) })),
      /already reached maximum capacity of 104857600 bytes or the maximum number of entries, 100/,
    );
    assert.equal(errorOf(await manage(network, NOBODY, 'upload_chunk', { canister_id: id, chunk })), 'a reply');
    assert.equal(canisterOf(network, id).countedBytes >= 104_857_600n, true);
  });

  it('is refused to a canister that could not keep the chunk', async () => {
    const network = openNetwork();
    const id = await network.createCanister({ cycles: 10n ** 9n });
    const result = await manage(network, NOBODY, 'upload_chunk', { canister_id: id, chunk: new Uint8Array(1) });
    assert.match(errorOf(result), /IC0(532: Error from Wasm chunk store: Canister cannot grow memory|207: Canister)/);
    assert.equal(canisterOf(network, id).chunkStore.size, 0);
  });
});

describe('what canisters ask', () => {
  it('raw_rand: 32 bytes that the next batch decides, never the same', async () => {
    const network = openNetwork();
    const caller = await deployCaller(network);
    const call = script.call({
      callee: new Uint8Array(0),
      method: 'raw_rand',
      argument: script.bytes(encodeArgs('raw_rand')),
      onReply: program(reply(script.argument())),
    });
    const requests = [0, 1].map(() => network.submit(caller.id, 'update', program(call)));
    await network.runBatch();
    assert.deepEqual(
      requests.map((id) => network.resultOf(id)),
      [undefined, undefined],
    );
    assert.equal(network.state.randomnessRequests.length, 2);
    await network.runUntilIdle();
    const bytes = requests.map((id) => decodeReply('raw_rand', network.resultOf(id)!)[0]);
    assert.deepEqual(
      bytes.map((each) => each.length),
      [32, 32],
    );
    assert.notEqual(toHex(bytes[0]!), toHex(bytes[1]!));
    assert.equal(errorOf(await caller.callRaw('raw_rand', Uint8Array.of(7))).startsWith('4, IC00: Error decoding candid'), true);
  });

  it('deposit_cycles: everything that is attached', async () => {
    const network = openNetwork();
    const caller = await deployCaller(network);
    const id = await network.createCanister({ cycles: 3n, sender: ALICE });
    assert.equal(errorOf(await caller.call('deposit_cycles', [{ canister_id: id }], 40n)), 'a reply');
    assert.equal(canisterOf(network, id).balance, 43n);
    const missing = await caller.call('deposit_cycles', [{ canister_id: canisterIdOfIndex(77n) }], 40n);
    assert.match(errorOf(missing), /^3, IC00: Canister [a-z0-9-]+ not found\.$/);
  });

  it('canister_metadata: public sections for all, private ones for controllers', async () => {
    const network = openNetwork();
    const id = await network.deploy(await tellingModule({ custom: { 'icp:public a': 'open', 'icp:private b': 'closed' } }));
    const caller = await deployCaller(network);
    const section = async (name: string): Promise<string> => {
      const result = await caller.call('canister_metadata', [{ canister_id: id, name }]);
      return result.kind === 'reply' ? (fromUtf8(decodeReply('canister_metadata', result)[0].value) ?? '') : errorOf(result);
    };
    assert.equal(await section('a'), 'open');
    assert.match(await section('b'), /has no metadata section 'b' that the caller may read/);
    await network.updateSettings(id, { controllers: [[NOBODY, caller.id]] });
    assert.equal(await section('b'), 'closed');
    assert.match(await section('c'), /has no metadata section 'c'/);
    const empty = await network.createCanister();
    assert.match(errorOf(await caller.call('canister_metadata', [{ canister_id: empty, name: 'a' }])), /has no Wasm module/);
  });

  it('canister_status: the whole record; a canister sees its own', async () => {
    const network = openNetwork();
    const caller = await deployCaller(network, { controller: ALICE });
    const status = decodeReply('canister_status', await caller.call('canister_status', [{ canister_id: caller.id }]))[0];
    const canister = canisterOf(network, caller.id);
    assert.deepEqual(status.status, { running: null });
    assert.equal(toHex(status.module_hash[0] ?? new Uint8Array(0)), canister.module?.hash);
    assert.deepEqual(status.settings.controllers, [ALICE]);
    const { snapshots_size: snapshots, ...metrics } = status.memory_metrics;
    assert.equal(
      Object.values(metrics).reduce((sum, bytes) => sum + bytes, 0n),
      status.memory_size,
    );
    assert.equal(snapshots, 0n);
    assert.equal(status.idle_cycles_burned_per_day > 0n, true);
    const other = await network.createCanister({ sender: BOB });
    assert.match(errorOf(await caller.call('canister_status', [{ canister_id: other }])), /is not allowed to read the canister status/);
  });

  it('fetch_canister_logs, subnet_info', async () => {
    const network = openNetwork();
    const caller = await deployCaller(network);
    await network.update(caller.id, 'update', program(script.debugPrint('hello'), reply()));
    const refused = await caller.call('fetch_canister_logs', [{ canister_id: caller.id }]);
    assert.match(errorOf(refused), /is not allowed to access canister logs/);
    await network.updateSettings(caller.id, { log_visibility: [{ public: null }] });
    const logs = decodeReply('fetch_canister_logs', await caller.call('fetch_canister_logs', [{ canister_id: caller.id }]))[0]
      .canister_log_records;
    assert.deepEqual(
      logs.map(({ idx, content }) => [idx, fromUtf8(content)]),
      [[0n, 'hello']],
    );
    const info = decodeReply('subnet_info', await caller.call('subnet_info', [{ subnet_id: network.subnetId }]))[0];
    assert.deepEqual(info, { replica_version: '1', registry_version: 1n });
    assert.match(errorOf(await caller.call('subnet_info', [{ subnet_id: ALICE }])), /is not part of this network/);
  });

  it('methods that are not offered, or do not exist', async () => {
    const network = openNetwork();
    const caller = await deployCaller(network);
    const before = canisterOf(network, caller.id).balance;
    assert.match(
      errorOf(await caller.callRaw('http_request', Uint8Array.of(0), 10n ** 12n)),
      /^4, IC00: The method http_request of the management canister is not offered on this network$/,
    );
    assert.match(
      errorOf(await caller.callRaw('brew', Uint8Array.of(0), 10n ** 12n)),
      /^5, IC00: Management canister has no method 'brew'$/,
    );
    assert.equal(before - canisterOf(network, caller.id).balance < 10n ** 11n, true);
  });
});

describe('calls that are refused', () => {
  it('change nothing', async () => {
    const network = openNetwork();
    const id = await network.deploy(await tellingModule({ init: note.init }));
    await manage(network, NOBODY, 'upload_chunk', { canister_id: id, chunk: Uint8Array.of(1) });
    const before = traceOf(network, id);
    const { memoryBytes, computeAllocated } = network.state;
    const calls = [
      manage(network, ALICE, 'update_settings', { canister_id: id, settings: NO_SETTINGS, sender_canister_version: [] }),
      manage(network, ALICE, 'uninstall_code', { canister_id: id, sender_canister_version: [] }),
      manage(network, ALICE, 'stop_canister', { canister_id: id }),
      manage(network, ALICE, 'start_canister', { canister_id: id }),
      manage(network, ALICE, 'delete_canister', { canister_id: id }),
      manage(network, ALICE, 'upload_chunk', { canister_id: id, chunk: Uint8Array.of(2) }),
      manage(network, ALICE, 'clear_chunk_store', { canister_id: id }),
      manage(network, ALICE, 'stored_chunks', { canister_id: id }),
      manage(network, ALICE, 'canister_status', { canister_id: id }),
      manage(network, NOBODY, 'delete_canister', { canister_id: id }),
      manage(network, NOBODY, 'update_settings', {
        canister_id: id,
        settings: { ...NO_SETTINGS, controllers: [[ALICE]], compute_allocation: [99n] },
        sender_canister_version: [],
      }),
    ];
    for (const result of await Promise.all(calls)) assert.equal(result.kind, 'reject');
    assert.deepEqual(traceOf(network, id), before);
    assert.deepEqual([network.state.memoryBytes, network.state.computeAllocated], [memoryBytes, computeAllocated]);
  });

  it('for coming too late are told so', async () => {
    const network = openNetwork();
    const id = await network.createCanister();
    const slow = await tellingModule({ init: '(call $spin (i32.const 60000000))' });
    const order = {
      canister_id: id,
      mode: { install: null },
      wasm_module: slow,
      arg: new Uint8Array(0),
      sender_canister_version: [],
    } as const;
    network.submit(MANAGEMENT_CANISTER_ID, 'install_code', encodeArgs('install_code', order));
    const late = network.submit(MANAGEMENT_CANISTER_ID, 'start_canister', encodeArgs('start_canister', { canister_id: id }));
    await network.runBatch();
    network.advanceTime({ seconds: 1000 });
    await network.runUntilIdle();
    assert.match(errorOf(network.resultOf(late)!), /^2, IC0202: Ingress message 0x[0-9a-f]{64} timed out waiting to start executing\.$/);
    assert.equal(callerOf(network, id).id, id);
  });
});
