import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ANONYMOUS_PRINCIPAL, canisterIdOfIndex, fromHex, principalToBytes, toHex, utf8 } from '@myelin/core/base';
import type { PrincipalId } from '@myelin/core/base';
import { checkReadStatePaths } from '../../src/http/read-state-access.ts';
import type { AccessState, ReadStateRequest } from '../../src/http/read-state-access.ts';

const CANISTER = canisterIdOfIndex(7n);
const OTHER_CANISTER = canisterIdOfIndex(8n);
const SUBNET = `${'ab'.repeat(28)}02` as PrincipalId;
const OTHER_SUBNET = `${'cd'.repeat(28)}02` as PrincipalId;
const NODE = `${'ef'.repeat(28)}02` as PrincipalId;
const ALICE = `${'11'.repeat(28)}02` as PrincipalId;
const BOB = `${'22'.repeat(28)}02` as PrincipalId;
const KNOWN = '33'.repeat(32);
const UNKNOWN = '44'.repeat(32);

const ROOT: AccessState = {
  subnetId: SUBNET,
  isRoot: true,
  controllersOf: (id) => (id === CANISTER ? [ALICE] : undefined),
  requestOwner: (id) => (toHex(id) === KNOWN ? { sender: ALICE, receiver: CANISTER, effectiveCanisterId: CANISTER } : undefined),
  metadataVisibility: (canister, name) =>
    canister !== CANISTER ? undefined : name === 'open' ? 'public' : name === 'secret' ? 'private' : undefined,
};
const LEAF: AccessState = { ...ROOT, isRoot: false };

/** `/canister/@id/...`: labels in text, principals and request ids as `@hex`. */
function path(text: string): Uint8Array[] {
  return text
    .split('/')
    .slice(1)
    .map((label) => (label.startsWith('@') ? fromHex(label.slice(1)) : utf8(label)));
}

const CANISTER_READ: ReadStateRequest = {
  version: 3,
  scope: { kind: 'canister', id: CANISTER },
  sender: ALICE,
  paths: [],
  targets: undefined,
};
const SUBNET_READ: ReadStateRequest = { ...CANISTER_READ, scope: { kind: 'subnet', id: SUBNET } };

/** 200, or the status of the refusal. */
function status(request: ReadStateRequest, paths: readonly string[], state: AccessState = ROOT): number {
  const verdict = checkReadStatePaths({ ...request, paths: paths.map(path) }, state);
  return verdict.ok ? 200 : verdict.error.status;
}

describe('read_state paths that anyone may read', () => {
  for (const text of [
    '/time',
    '/api_boundary_nodes',
    `/api_boundary_nodes/@${NODE}`,
    `/api_boundary_nodes/@${NODE}/domain`,
    `/api_boundary_nodes/@${NODE}/ipv4_address`,
    `/api_boundary_nodes/@${NODE}/ipv6_address`,
    '/subnet',
    `/subnet/@${SUBNET}`,
    `/subnet/@${OTHER_SUBNET}/public_key`,
    `/subnet/@${OTHER_SUBNET}/type`,
    `/subnet/@${SUBNET}/node`,
    `/subnet/@${SUBNET}/node/@${NODE}`,
    `/subnet/@${SUBNET}/node/@${NODE}/public_key`,
    `/request_status/@${UNKNOWN}`,
    `/request_status/@${UNKNOWN}/reply`,
  ]) {
    it(text.replaceAll(/@(..)\w+/g, '@$1…'), () => {
      for (const request of [CANISTER_READ, SUBNET_READ, { ...CANISTER_READ, sender: ANONYMOUS_PRINCIPAL }])
        assert.equal(status(request, [text]), 200);
    });
  }
});

describe('read_state paths that nobody may read', () => {
  for (const text of [
    '/',
    '/nothing',
    '/time/x',
    '/canister',
    `/canister/@${CANISTER}`,
    `/canister/@${CANISTER}/certified_data`,
    `/canister/@${CANISTER}/metadata`,
    `/canister/@${CANISTER}/metadata/open/x`,
    `/canister/@${CANISTER}/module_hash/x`,
    `/canister/@${CANISTER}/x`,
    '/request_status',
    `/request_status/@${KNOWN}/x`,
    `/request_status/@${KNOWN}/status/x`,
    `/subnet/@${SUBNET}/x`,
    `/subnet/@${SUBNET}/type/x`,
    `/subnet/@${SUBNET}/node/@${NODE}/x`,
    `/subnet/@${SUBNET}/node/@${NODE}/public_key/x`,
    '/canister_ranges',
    `/canister_ranges/@${SUBNET}/@${CANISTER}`,
    `/api_boundary_nodes/@${NODE}/x`,
    `/api_boundary_nodes/@${NODE}/domain/x`,
    '/streams',
    '/@ff',
  ]) {
    it(text.replaceAll(/@(..)\w+/g, '@$1…'), () => {
      for (const request of [CANISTER_READ, SUBNET_READ]) assert.equal(status(request, [text]), 404);
    });
  }
  it('the whole tree: a path without labels', () => {
    assert.equal(checkReadStatePaths({ ...CANISTER_READ, paths: [[]] }, ROOT).ok, false);
  });
});

describe('read_state: canister information', () => {
  it('at the endpoint of that canister only', () => {
    for (const leaf of [
      'module_hash',
      'controllers',
      'canister_creation_timestamp',
      'last_install_timestamp',
      'metadata/open',
      'metadata/none',
    ]) {
      assert.equal(status({ ...CANISTER_READ, sender: ANONYMOUS_PRINCIPAL }, [`/canister/@${CANISTER}/${leaf}`]), 200, leaf);
      assert.equal(status(CANISTER_READ, [`/canister/@${OTHER_CANISTER}/${leaf}`]), 400, leaf);
      assert.equal(status(SUBNET_READ, [`/canister/@${CANISTER}/${leaf}`]), 404, leaf);
    }
  });
  it('private metadata for controllers only', () => {
    const secret = [`/canister/@${CANISTER}/metadata/secret`];
    assert.equal(status(CANISTER_READ, secret), 200);
    assert.equal(status({ ...CANISTER_READ, sender: BOB }, secret), 403);
    assert.equal(status({ ...CANISTER_READ, sender: ANONYMOUS_PRINCIPAL }, secret), 403);
    const anonymousController: AccessState = { ...ROOT, controllersOf: () => [ANONYMOUS_PRINCIPAL] };
    assert.equal(status({ ...CANISTER_READ, sender: ANONYMOUS_PRINCIPAL }, secret, anonymousController), 200);
  });
  it('metadata of a canister that does not exist: nothing to hide', () => {
    const request: ReadStateRequest = { ...CANISTER_READ, scope: { kind: 'canister', id: OTHER_CANISTER } };
    assert.equal(status(request, [`/canister/@${OTHER_CANISTER}/metadata/secret`]), 200);
  });
  it('a metadata name that is not UTF-8', () => assert.equal(status(CANISTER_READ, [`/canister/@${CANISTER}/metadata/@ff`]), 400));
  it('an id that is no principal', () => assert.equal(status(CANISTER_READ, [`/canister/@${'00'.repeat(30)}/module_hash`]), 400));
});

describe('read_state: request status', () => {
  const known = `/request_status/@${KNOWN}`;
  it('for the sender of the request', () => {
    assert.equal(status(CANISTER_READ, [known, `${known}/reply`]), 200);
    assert.equal(status({ ...CANISTER_READ, sender: BOB }, [known]), 403);
    assert.equal(status({ ...CANISTER_READ, sender: ANONYMOUS_PRINCIPAL }, [`${known}/status`]), 403);
  });
  it('at the effective canister of the request', () => {
    assert.equal(status({ ...CANISTER_READ, scope: { kind: 'canister', id: OTHER_CANISTER } }, [known]), 403);
    assert.equal(status(SUBNET_READ, [known]), 403);
  });
  it('within the targets of the delegation', () => {
    assert.equal(status({ ...CANISTER_READ, targets: new Set([CANISTER]) }, [known]), 200);
    assert.equal(status({ ...CANISTER_READ, targets: new Set([OTHER_CANISTER]) }, [known]), 403);
    assert.equal(status({ ...CANISTER_READ, targets: new Set() }, [known]), 403);
  });
  it('of one request at a time', () => assert.equal(status(CANISTER_READ, [known, `/request_status/@${UNKNOWN}`]), 400));
  it('by ids of 32 bytes', () => {
    assert.equal(status(CANISTER_READ, ['/request_status/@00']), 400);
    assert.equal(status(CANISTER_READ, [`/request_status/@${'00'.repeat(33)}`]), 400);
  });
});

describe('read_state: canister ranges and metrics', () => {
  const v2 = (request: ReadStateRequest): ReadStateRequest => ({ ...request, version: 2 });
  it('/subnet/<id>/canister_ranges at version 2, or of the root subnet', () => {
    const own = [`/subnet/@${SUBNET}/canister_ranges`];
    const other = [`/subnet/@${OTHER_SUBNET}/canister_ranges`];
    for (const request of [CANISTER_READ, SUBNET_READ]) {
      assert.equal(status(v2(request), own, LEAF), 200);
      assert.equal(status(v2(request), other), 200);
      assert.equal(status(request, own), 200);
      assert.equal(status(request, other), 404);
      assert.equal(status(request, own, LEAF), 404);
    }
  });
  it('/canister_ranges/<id> at the endpoint of a subnet, one subnet at a time', () => {
    assert.equal(status(SUBNET_READ, [`/canister_ranges/@${SUBNET}`]), 200);
    assert.equal(status(v2(SUBNET_READ), [`/canister_ranges/@${OTHER_SUBNET}`]), 200);
    assert.equal(status(CANISTER_READ, [`/canister_ranges/@${SUBNET}`]), 404);
    assert.equal(status(SUBNET_READ, [`/canister_ranges/@${SUBNET}`, `/canister_ranges/@${OTHER_SUBNET}`]), 400);
  });
  it('/subnet/<id>/metrics at the endpoint of that subnet', () => {
    assert.equal(status(SUBNET_READ, [`/subnet/@${SUBNET}/metrics`]), 200);
    assert.equal(status(SUBNET_READ, [`/subnet/@${OTHER_SUBNET}/metrics`]), 404);
    assert.equal(status(CANISTER_READ, [`/subnet/@${SUBNET}/metrics`]), 404);
  });
});

describe('read_state: bounds and strangers', () => {
  it('at most 1000 paths of 127 labels', () => {
    assert.equal(status(CANISTER_READ, Array<string>(1000).fill('/time')), 200);
    assert.equal(status(CANISTER_READ, Array<string>(1001).fill('/time')), 400);
    assert.equal(status(CANISTER_READ, [`/time${'/x'.repeat(127)}`]), 400);
  });
  it('one bad path spoils all', () =>
    assert.equal(status(CANISTER_READ, ['/time', `/canister/@${CANISTER}/certified_data`, '/time']), 404));

  it('no random path is allowed unless it is listed above', () => {
    const label = fc.oneof(
      fc.constantFrom(
        ...[
          'time',
          'canister',
          'subnet',
          'request_status',
          'metadata',
          'certified_data',
          'node',
          'canister_ranges',
          'reply',
          'open',
          'secret',
        ].map(utf8),
      ),
      fc.constantFrom(...[CANISTER, OTHER_CANISTER, SUBNET].map(principalToBytes), fromHex(KNOWN)),
      fc.uint8Array({ maxLength: 40 }),
    );
    const mallory: ReadStateRequest = { ...CANISTER_READ, sender: BOB };
    fc.assert(
      fc.property(fc.array(fc.array(label, { maxLength: 6 }), { maxLength: 4 }), (paths) => {
        const verdict = checkReadStatePaths({ ...mallory, paths }, ROOT);
        if (!verdict.ok) {
          assert.ok([400, 403, 404].includes(verdict.error.status));
          assert.ok(verdict.error.message.length < 1_000);
          return;
        }
        for (const one of paths) {
          assert.ok(one.length > 0);
          const text = one.map((part) => new TextDecoder().decode(part));
          assert.ok(!text.includes('certified_data') || text[0] !== 'canister');
          assert.notDeepEqual(text.slice(2), ['metadata', 'secret']);
          assert.ok(text[0] !== 'request_status' || toHex(one[1]!) !== KNOWN);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
