import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MANAGEMENT_CANISTER_ID, canisterIdOfIndex } from '@myelin/core/base';
import type { PrincipalId } from '@myelin/core/base';
import { blob, encodeArgs, nat, opt, principal, record, text } from '@myelin/core/candid';
import { checkEffectiveId, checkHosted } from '../../src/http/effective-id.ts';
import type { AddressedContent, HostingState } from '../../src/http/effective-id.ts';
import { principalFieldOf } from '../../src/http/management-argument.ts';
import type { Scope } from '../../src/http/routing.ts';

const CANISTER = canisterIdOfIndex(7n);
const OTHER = canisterIdOfIndex(8n);
const FOREIGN = canisterIdOfIndex(0x1_0000_0000n);
const SUBNET = `${'ab'.repeat(28)}02` as PrincipalId;
const STATE: HostingState = { subnetId: SUBNET, hostsCanisterId: (id) => id !== FOREIGN && id !== MANAGEMENT_CANISTER_ID };

const canister = (id: PrincipalId): Scope => ({ kind: 'canister', id });
const subnet = (id: PrincipalId): Scope => ({ kind: 'subnet', id });
const about = (id: PrincipalId) => encodeArgs([record({ canister_id: principal })], [{ canister_id: id }]);

function content(
  canisterId: PrincipalId,
  methodName: string,
  arg: Uint8Array = new Uint8Array(0),
  requestType: 'call' | 'query' = 'call',
): AddressedContent {
  return { requestType, canisterId, methodName, arg } as AddressedContent;
}

/** 200 or the status of the refusal. */
function status(scope: Scope, request: AddressedContent): number {
  const verdict = checkEffectiveId(STATE, scope, request);
  return verdict.ok ? 200 : verdict.error.status;
}

describe('effective canister id', () => {
  it('of a canister call is that canister', () => {
    for (const kind of ['call', 'query'] as const) {
      assert.equal(status(canister(CANISTER), content(CANISTER, 'x', undefined, kind)), 200);
      assert.equal(status(canister(OTHER), content(CANISTER, 'x', undefined, kind)), 400);
      assert.equal(status(canister(MANAGEMENT_CANISTER_ID), content(CANISTER, 'x', undefined, kind)), 400);
    }
  });
  it('lies in the ranges of the subnet', () => {
    assert.equal(status(canister(FOREIGN), content(FOREIGN, 'x')), 400);
    const verdict = checkHosted(STATE, canister(FOREIGN));
    assert.match(verdict.ok ? '' : verdict.error.message, /^canister_not_found: /);
  });
  it('of a management call is the canister in its argument', () => {
    for (const method of ['install_code', 'update_settings', 'canister_status', 'start_canister', 'provisional_top_up_canister']) {
      assert.equal(status(canister(CANISTER), content(MANAGEMENT_CANISTER_ID, method, about(CANISTER))), 200, method);
      assert.equal(status(canister(OTHER), content(MANAGEMENT_CANISTER_ID, method, about(CANISTER))), 400, method);
    }
    assert.equal(status(canister(OTHER), content(MANAGEMENT_CANISTER_ID, 'canister_status', about(CANISTER), 'query')), 400);
  });
  it('of install_chunked_code is its target', () => {
    const arg = encodeArgs(
      [record({ target_canister: principal, store_canister: opt(principal), canister_id: principal })],
      [{ target_canister: CANISTER, store_canister: [OTHER], canister_id: OTHER }],
    );
    assert.equal(status(canister(CANISTER), content(MANAGEMENT_CANISTER_ID, 'install_chunked_code', arg)), 200);
    assert.equal(status(canister(OTHER), content(MANAGEMENT_CANISTER_ID, 'install_chunked_code', arg)), 400);
  });
  it('of a creating call is any canister of the subnet, or the management canister', () => {
    for (const method of ['create_canister', 'provisional_create_canister_with_cycles']) {
      for (const id of [CANISTER, OTHER, MANAGEMENT_CANISTER_ID])
        assert.equal(status(canister(id), content(MANAGEMENT_CANISTER_ID, method, about(CANISTER))), 200);
      assert.equal(status(canister(FOREIGN), content(MANAGEMENT_CANISTER_ID, method)), 400);
      // As a query it creates nothing.
      assert.equal(status(canister(OTHER), content(MANAGEMENT_CANISTER_ID, method, about(CANISTER), 'query')), 400);
    }
    assert.equal(status(canister(OTHER), content(MANAGEMENT_CANISTER_ID, 'list_canisters', undefined, 'query')), 200);
    assert.equal(status(canister(OTHER), content(MANAGEMENT_CANISTER_ID, 'list_canisters', about(CANISTER))), 400);
  });
  it('of a management call that names no canister is left to the replica', () => {
    for (const arg of [
      new Uint8Array(0),
      new Uint8Array([1, 2, 3]),
      encodeArgs([text], ['x']),
      encodeArgs([record({ canister_id: text })], [{ canister_id: 'x' }]),
    ]) {
      assert.equal(status(canister(CANISTER), content(MANAGEMENT_CANISTER_ID, 'raw_rand', arg)), 200);
    }
  });
});

describe('effective subnet id', () => {
  it('takes creating calls and list_canisters only', () => {
    assert.equal(status(subnet(SUBNET), content(MANAGEMENT_CANISTER_ID, 'create_canister')), 200);
    assert.equal(status(subnet(SUBNET), content(MANAGEMENT_CANISTER_ID, 'provisional_create_canister_with_cycles')), 200);
    assert.equal(status(subnet(SUBNET), content(MANAGEMENT_CANISTER_ID, 'list_canisters', undefined, 'query')), 200);
    assert.equal(status(subnet(SUBNET), content(MANAGEMENT_CANISTER_ID, 'list_canisters')), 400);
    assert.equal(status(subnet(SUBNET), content(MANAGEMENT_CANISTER_ID, 'install_code', about(CANISTER))), 400);
    assert.equal(status(subnet(SUBNET), content(CANISTER, 'create_canister')), 400);
  });
  it('is that of this subnet', () => {
    assert.equal(status(subnet(OTHER), content(MANAGEMENT_CANISTER_ID, 'create_canister')), 400);
    const verdict = checkHosted(STATE, subnet(OTHER));
    assert.match(verdict.ok ? '' : verdict.error.message, /^subnet_not_found: /);
  });
});

describe('the canister in an argument', () => {
  it('is found behind large fields', () => {
    const arg = encodeArgs(
      [record({ wasm_module: blob, canister_id: principal, sender_canister_version: opt(nat) })],
      [{ wasm_module: new Uint8Array(2_000_000), canister_id: CANISTER, sender_canister_version: [] }],
    );
    const start = performance.now();
    assert.equal(principalFieldOf(arg, 'canister_id'), CANISTER);
    assert.ok(performance.now() - start < 100, 'skipping a blob takes no time');
    assert.equal(principalFieldOf(arg, 'target_canister'), undefined);
  });
});
