import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { canisterIdOfIndex } from '@myelin/core/base';
import { managementCanister, managementService } from '@myelin/core/candid';
import type { CanisterSettings, CanisterStatusResult, HttpRequestArgs } from '@myelin/core/candid';

const canister = canisterIdOfIndex(1n);

describe('management canister', () => {
  it('has every method of the interface', () => {
    assert.equal(managementService.methods.length, 43);
    const queries = Object.entries(managementCanister).filter(([, { type }]) => type.annotations.includes('query'));
    assert.deepEqual(
      queries.map(([name]) => name),
      ['canister_status', 'canister_metrics', 'fetch_canister_logs', 'list_canisters'],
    );
  });

  it('reads settings of senders that know fewer of them', () => {
    const sent = IDL.encode(
      [IDL.Record({ settings: IDL.Opt(IDL.Record({ controllers: IDL.Opt(IDL.Vec(IDL.Principal)), log_memory_limit: IDL.Opt(IDL.Nat) })) })],
      [{ settings: [{ controllers: [[Principal.anonymous()]], log_memory_limit: [4096n] }] }],
    );
    const [{ settings, sender_canister_version }] = managementCanister.create_canister.args.decode(sent);
    assert.deepEqual(sender_canister_version, []);
    assert.deepEqual(settings[0]?.controllers, [['04']]);
    assert.deepEqual(settings[0]?.log_memory_limit, [4096n]);
    assert.deepEqual(settings[0]?.freezing_threshold, []);
    assert.equal(Object.keys(settings[0] as CanisterSettings).length, 13);
  });

  it('reads every install mode, also of senders that know an older form', () => {
    const modes = [
      [IDL.Variant({ install: IDL.Null }), { install: null }, { install: null }],
      [IDL.Variant({ install: IDL.Null, reinstall: IDL.Null, upgrade: IDL.Null }), { upgrade: null }, { upgrade: [] }],
      [
        IDL.Variant({ upgrade: IDL.Opt(IDL.Record({ skip_pre_upgrade: IDL.Opt(IDL.Bool) })) }),
        { upgrade: [{ skip_pre_upgrade: [true] }] },
        { upgrade: [{ skip_pre_upgrade: [true], wasm_memory_persistence: [] }] },
      ],
      [
        IDL.Variant({
          upgrade: IDL.Opt(IDL.Record({ wasm_memory_persistence: IDL.Opt(IDL.Variant({ keep: IDL.Null, later: IDL.Null })) })),
        }),
        { upgrade: [{ wasm_memory_persistence: [{ later: null }] }] },
        { upgrade: [{ skip_pre_upgrade: [], wasm_memory_persistence: [] }] },
      ],
    ] as const;
    for (const [type, mode, expected] of modes) {
      const sent = IDL.encode(
        [IDL.Record({ mode: type, canister_id: IDL.Principal, wasm_module: IDL.Vec(IDL.Nat8), arg: IDL.Vec(IDL.Nat8) })],
        [{ mode, canister_id: Principal.fromHex(canister), wasm_module: Uint8Array.of(1, 2), arg: Uint8Array.of(3) }],
      );
      const [args] = managementCanister.install_code.args.decode(Buffer.from(sent));
      assert.equal(args.wasm_module.constructor, Uint8Array);
      assert.deepEqual(args.mode, expected);
      assert.equal(args.canister_id, canister);
      assert.deepEqual(args.wasm_module, Uint8Array.of(1, 2));
    }
  });

  it('answers status that an older client reads', () => {
    const status: CanisterStatusResult = {
      status: { running: null },
      ready_for_migration: false,
      version: 3n,
      settings: {
        controllers: [canister],
        compute_allocation: 0n,
        memory_allocation: 0n,
        freezing_threshold: 2_592_000n,
        reserved_cycles_limit: 5_000_000_000_000n,
        minimum_incoming_canister_call_cycles: 0n,
        log_visibility: { allowed_viewers: [canister] },
        log_memory_limit: 4096n,
        snapshot_visibility: { controllers: null },
        status_visibility: { controllers: null },
        wasm_memory_limit: 0n,
        wasm_memory_threshold: 0n,
        environment_variables: [{ name: 'A', value: 'b' }],
      },
      module_hash: [new Uint8Array(32)],
      memory_size: 1n,
      memory_metrics: {
        wasm_memory_size: 1n,
        stable_memory_size: 2n,
        global_memory_size: 3n,
        wasm_binary_size: 4n,
        custom_sections_size: 5n,
        canister_history_size: 6n,
        wasm_chunk_store_size: 7n,
        snapshots_size: 8n,
        log_memory_store_size: 9n,
      },
      cycles: 1n << 70n,
      reserved_cycles: 0n,
      idle_cycles_burned_per_day: 1n,
      query_stats: { num_calls_total: 0n, num_instructions_total: 0n, request_payload_bytes_total: 0n, response_payload_bytes_total: 0n },
    };
    const bytes = managementCanister.canister_status.result.encode([status]);
    const [old] = IDL.decode(
      [IDL.Record({ cycles: IDL.Nat, status: IDL.Variant({ running: IDL.Null, stopping: IDL.Null, stopped: IDL.Null }) })],
      bytes,
    );
    assert.deepEqual(old, { cycles: 1n << 70n, status: { running: null } });
    assert.deepEqual(managementCanister.canister_status.result.decode(bytes), [status]);
  });

  it('keeps the transform function of an outcall', () => {
    const args: HttpRequestArgs = {
      url: 'https://example.com',
      max_response_bytes: [2000n],
      method: { get: null },
      headers: [],
      body: [],
      transform: [{ function: [canister, 'transform'], context: new Uint8Array() }],
      is_replicated: [false],
    };
    const bytes = managementCanister.http_request.args.encode([args]);
    assert.deepEqual(managementCanister.http_request.args.decode(bytes), [args]);
  });
});
