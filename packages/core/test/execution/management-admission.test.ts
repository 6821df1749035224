import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ANONYMOUS_PRINCIPAL, nobleHasher, type PrincipalId, principalToText } from '@myelin/core/base';
import { managementCanister } from '@myelin/core/candid';
import { checkManagementIngress, createExecutionConfig, type ExecutionEnvironment, ModuleCache } from '@myelin/core/execution';
import { addCanister, type CanisterSettings, createCanisterState, createReplicatedState, type ReplicatedState } from '@myelin/core/state';
import { createV8Engine } from '@myelin/engine';
import fc from 'fast-check';
import { inductManagementCall } from '../../src/execution/management/induction.ts';
import { managementIngressPayer } from '../../src/execution/management/ingress.ts';
import { managementMethods } from '../../src/execution/management/methods.ts';
import { queryManagement } from '../../src/execution/management/query.ts';
import { defaultSettings } from '../../src/execution/management/settings.ts';
import { ALICE, BOB, encodeArgs, type MethodName, NO_SETTINGS } from './management-network.ts';

const ID = '00000000000000050101' as PrincipalId;
const MISSING = '00000000000000060101' as PrincipalId;
const SUBNET = 'aabb02' as PrincipalId;

function stateWith(settings: Partial<CanisterSettings> = {}): ReplicatedState {
  const subnet = { id: SUBNET, type: 'application' as const, publicKey: new Uint8Array(0), nodes: [], ranges: [] };
  const state = createReplicatedState({
    subnet,
    network: [subnet],
    rootKey: new Uint8Array(0),
    timeNs: 5n,
    protocolVersion: 1,
    firstCanisterIndex: 0n,
  });
  addCanister(
    state,
    createCanisterState({
      edit: state.edit,
      id: ID,
      settings: { ...defaultSettings(ALICE), ...settings },
      balance: 0n,
      timeNs: 5n,
      firstCallbackId: 1,
    }),
  );
  return state;
}

const config = createExecutionConfig({ subnetType: 'application', nodes: 13 });
const noProvisional = createExecutionConfig({ subnetType: 'application', nodes: 13, provisional: false });

/** A payload of each method that names a canister. */
function payloadFor(method: string, target: PrincipalId): Uint8Array {
  const common = {
    canister_id: target,
    target_canister: target,
    sender_canister_version: [],
    settings: NO_SETTINGS,
    mode: { install: null },
  };
  const all = {
    ...common,
    chunk: new Uint8Array(1),
    wasm_module: new Uint8Array(8),
    arg: new Uint8Array(0),
    store_canister: [],
    chunk_hashes_list: [],
    wasm_module_hash: new Uint8Array(32),
    amount: 5n,
    name: 'x',
    num_requested_changes: [],
  };
  return (managementCanister[method as MethodName].args.encode as (values: unknown) => Uint8Array)([all]);
}

function check(method: string, sender: PrincipalId, arg: Uint8Array, effective: PrincipalId = ID, state = stateWith()): string | undefined {
  const error = checkManagementIngress(state, config, { sender, methodName: method, arg, effectiveCanisterId: effective });
  return error === undefined ? undefined : `IC0${error.code}: ${error.message}`;
}

const CONTROLLED = [
  'update_settings',
  'upload_chunk',
  'clear_chunk_store',
  'stored_chunks',
  'install_code',
  'install_chunked_code',
  'uninstall_code',
  'start_canister',
  'stop_canister',
  'delete_canister',
] as const;

describe('update calls of users to the management canister', () => {
  for (const method of CONTROLLED) {
    it(`${method}: for controllers`, () => {
      const arg = payloadFor(method, ID);
      assert.equal(check(method, ALICE, arg), undefined);
      assert.equal(check(method, BOB, arg), `IC0512: Only controllers of canister ${principalToText(ID)} can call ic00 method ${method}`);
      assert.match(check(method, ALICE, payloadFor(method, MISSING), MISSING) ?? '', /^IC0301: Canister [a-z0-9-]+ not found$/);
      assert.match(
        check(method, ALICE, arg, MISSING) ?? '',
        /^IC0408: The effective canister id is [a-z0-9-]+, but the payload names canister [a-z0-9-]+$/,
      );
      assert.match(check(method, ALICE, Uint8Array.of(1, 2, 3)) ?? '', /^IC0408: Error decoding candid: /);
      assert.equal(managementIngressPayer({ methodName: method, arg }), ID);
    });
  }

  for (const method of ['create_canister', 'canister_info', 'canister_metadata', 'deposit_cycles', 'raw_rand', 'subnet_info']) {
    it(`${method}: for canisters only`, () => {
      assert.equal(check(method, ALICE, new Uint8Array(0)), `IC0406: Only canisters can call ic00 method ${method}`);
      assert.equal(managementIngressPayer({ methodName: method, arg: new Uint8Array(0) }), undefined);
    });
  }

  it('fetch_canister_logs and list_canisters: as queries only', () => {
    assert.equal(
      check('fetch_canister_logs', ALICE, payloadFor('fetch_canister_logs', ID)),
      'IC0406: fetch_canister_logs API is not accessible via ingress in replicated mode',
    );
    assert.equal(check('list_canisters', ALICE, new Uint8Array(0)), 'IC0406: list_canisters API is not accessible in replicated mode');
  });

  it('canister_status: for those whom status_visibility names', () => {
    const arg = payloadFor('canister_status', ID);
    const viewers = stateWith({ statusVisibility: { kind: 'allowed_viewers', viewers: [BOB] } });
    const open = stateWith({ statusVisibility: { kind: 'public' } });
    assert.equal(check('canister_status', ALICE, arg), undefined);
    assert.match(check('canister_status', BOB, arg) ?? '', /^IC0542: Caller [a-z0-9-]+ is not allowed to read the canister status/);
    assert.equal(check('canister_status', BOB, arg, ID, viewers), undefined);
    assert.equal(check('canister_status', ALICE, arg, ID, viewers), undefined);
    assert.match(check('canister_status', ANONYMOUS_PRINCIPAL, arg, ID, viewers) ?? '', /^IC0542/);
    assert.equal(check('canister_status', ANONYMOUS_PRINCIPAL, arg, ID, open), undefined);
  });

  it('provisional methods: for everybody, paid by nobody, where they are offered', () => {
    const create = encodeArgs('provisional_create_canister_with_cycles', {
      amount: [],
      settings: [],
      specified_id: [],
      sender_canister_version: [],
    });
    const topUp = payloadFor('provisional_top_up_canister', ID);
    assert.equal(check('provisional_create_canister_with_cycles', BOB, create, MISSING), undefined);
    assert.equal(check('provisional_top_up_canister', BOB, topUp), undefined);
    assert.equal(managementIngressPayer({ methodName: 'provisional_create_canister_with_cycles', arg: create }), undefined);
    assert.equal(managementIngressPayer({ methodName: 'provisional_top_up_canister', arg: topUp }), undefined);
    const error = checkManagementIngress(stateWith(), noProvisional, {
      sender: BOB,
      methodName: 'provisional_top_up_canister',
      arg: topUp,
      effectiveCanisterId: ID,
    });
    assert.match(error?.message ?? '', /^Caller [a-z0-9-]+ is not allowed to call ic00 method provisional_top_up_canister$/);
  });

  it('every method of the interface is offered or refused by name', () => {
    for (const method of Object.keys(managementCanister)) {
      if (managementMethods.has(method)) continue;
      const error = check(method, ALICE, new Uint8Array(0)) ?? '';
      assert.match(
        error,
        /^IC0407: The method [a-z_0-9]+ of the management canister is not offered on this network$|^IC0406: list_canisters/,
        method,
      );
    }
    assert.equal(check('make_coffee', ALICE, new Uint8Array(0)), "IC0536: Management canister has no method 'make_coffee'");
  });

  it('no payload throws', () => {
    const methods = [...managementMethods.keys(), 'unknown'];
    fc.assert(
      fc.property(fc.constantFrom(...methods), fc.uint8Array({ maxLength: 60 }), fc.boolean(), (methodName, tail, prefixed) => {
        const arg = prefixed ? Uint8Array.of(0x44, 0x49, 0x44, 0x4c, ...tail) : tail;
        check(methodName, ALICE, arg);
        managementIngressPayer({ methodName, arg });
        queryManagement(stateWith(), config, { sender: ALICE, methodName, arg });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('what a batch brings in although no pool would have', () => {
  function environmentWith(provisional: boolean): ExecutionEnvironment {
    const hasher = nobleHasher;
    return {
      state: stateWith(),
      config: createExecutionConfig({ subnetType: 'application', nodes: 13, provisional }),
      engine: createV8Engine({}),
      hasher,
      modules: new ModuleCache(hasher),
      stacks: new Map(),
      written: { pages: 0 },
    };
  }

  function inducted(methodName: string, payload: Uint8Array, provisional = true): string {
    const environment = environmentWith(provisional);
    const origin = { kind: 'ingress', requestId: '00'.repeat(32), sender: BOB } as const;
    inductManagementCall(environment, { kind: 'management', origin, sender: BOB, methodName, payload, cycles: 0n });
    const { state } = environment;
    const status = state.ingressHistory.entries.get('00'.repeat(32));
    if (status?.status === 'rejected') return `${status.errorCode}: ${status.rejectMessage}`;
    if (state.managementQueue.size === 1) return 'waits for the subnet';
    return state.active.has(ID) ? 'waits for the canister' : 'is lost';
  }

  it('is rejected at once or waits for the canister that it acts on', () => {
    assert.equal(inducted('start_canister', payloadFor('start_canister', ID)), 'waits for the canister');
    assert.equal(inducted('install_chunked_code', payloadFor('install_chunked_code', ID)), 'waits for the canister');
    assert.match(inducted('start_canister', payloadFor('start_canister', MISSING)), /^IC0301: Canister [a-z0-9-]+ not found\.$/);
    assert.match(inducted('start_canister', Uint8Array.of(1)), /^IC0408: Error decoding candid/);
    assert.equal(inducted('raw_rand', new Uint8Array(0)), 'IC0406: Only canisters can call ic00 method raw_rand');
    assert.equal(inducted('brew', new Uint8Array(0)), "IC0536: Management canister has no method 'brew'");
    assert.match(inducted('take_canister_snapshot', new Uint8Array(0)), /^IC0407: /);
  });

  it('gets no cycles where provisional methods are not offered', () => {
    const create = encodeArgs('provisional_create_canister_with_cycles', {
      amount: [],
      settings: [],
      specified_id: [],
      sender_canister_version: [],
    });
    assert.equal(inducted('provisional_create_canister_with_cycles', create), 'waits for the subnet');
    assert.match(
      inducted('provisional_create_canister_with_cycles', create, false),
      /^IC0406: Caller [a-z0-9-]+ is not allowed to call ic00 method/,
    );
    assert.match(inducted('provisional_top_up_canister', payloadFor('provisional_top_up_canister', ID), false), /^IC0406: Caller/);
  });

  it('never throws, whatever the payload', () => {
    const methods = fc.constantFrom(...managementMethods.keys(), 'unknown');
    fc.assert(
      fc.property(methods, fc.uint8Array({ maxLength: 40 }), (methodName, tail) => {
        assert.notEqual(inducted(methodName, Uint8Array.of(0x44, 0x49, 0x44, 0x4c, ...tail)), 'is lost');
      }),
      { numRuns: 300 },
    );
  });
});

describe('query calls of users to the management canister', () => {
  function query(methodName: string, sender: PrincipalId, arg: Uint8Array, state = stateWith()): string {
    const result = queryManagement(state, config, { sender, methodName, arg });
    return result.kind === 'reply' ? 'reply' : `IC0${result.errorCode}: ${result.message}`;
  }

  it('canister_status and fetch_canister_logs follow their visibility', () => {
    const status = payloadFor('canister_status', ID);
    const logs = payloadFor('fetch_canister_logs', ID);
    assert.equal(query('canister_status', ALICE, status), 'reply');
    assert.match(query('canister_status', BOB, status), /^IC0542/);
    assert.equal(query('fetch_canister_logs', ALICE, logs), 'reply');
    assert.match(query('fetch_canister_logs', BOB, logs), /^IC0406: Caller [a-z0-9-]+ is not allowed to access canister logs$/);
    assert.equal(
      query('fetch_canister_logs', BOB, logs, stateWith({ logVisibility: { kind: 'allowed_viewers', viewers: [BOB] } })),
      'reply',
    );
    assert.equal(query('fetch_canister_logs', BOB, logs, stateWith({ logVisibility: { kind: 'public' } })), 'reply');
    assert.match(query('canister_status', ALICE, payloadFor('canister_status', MISSING)), /^IC0301: Canister [a-z0-9-]+ not found\.$/);
    assert.match(query('canister_status', ALICE, Uint8Array.of(0)), /^IC0408: Error decoding candid/);
  });

  it('others are refused', () => {
    assert.match(query('list_canisters', ALICE, new Uint8Array(0)), /^IC0410: Caller [a-z0-9-]+ is not a subnet admin/);
    assert.match(query('canister_metrics', ALICE, new Uint8Array(0)), /^IC0407: /);
    assert.match(
      query('start_canister', ALICE, new Uint8Array(0)),
      /^IC0536: Management canister has no query method 'start_canister'\. It can be called with an update call\.$/,
    );
    assert.match(query('make_coffee', ALICE, new Uint8Array(0)), /^IC0536: Management canister has no query method 'make_coffee'\.$/);
  });
});
