import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { principalFromBytes, type PrincipalId } from '@myelin/core/base';
import type { CanisterSettings } from '@myelin/core/candid';
import fc from 'fast-check';
import { parseSettings } from '../../src/execution/management/settings.ts';
import { ALICE, BOB, NO_SETTINGS } from './management-network.ts';

function parsed(settings: Partial<CanisterSettings>): unknown {
  const result = parseSettings({ ...NO_SETTINGS, ...settings });
  return result.ok ? result.value : `IC0${result.error.code}: ${result.error.message}`;
}

function principals(count: number): PrincipalId[] {
  return Array.from({ length: count }, (_, index) => principalFromBytes(Uint8Array.of(index, 1)));
}

const EXACT: readonly (readonly [field: keyof CanisterSettings, most: bigint, name: string])[] = [
  ['compute_allocation', 100n, 'ComputeAllocation'],
  ['memory_allocation', 2n ** 64n - 1n, 'MemoryAllocation'],
  ['freezing_threshold', 2n ** 64n - 1n, 'freezing_threshold'],
  ['reserved_cycles_limit', 2n ** 128n - 1n, 'reserved_cycles_limit'],
  ['minimum_incoming_canister_call_cycles', 2n ** 128n - 1n, 'minimum_incoming_canister_call_cycles'],
  ['wasm_memory_limit', 2n ** 48n, 'wasm_memory_limit'],
  ['wasm_memory_threshold', 2n ** 48n, 'wasm_memory_threshold'],
];

describe('parseSettings', () => {
  it('leaves out what the payload leaves out', () => {
    assert.deepEqual(parsed({}), {});
  });

  for (const [field, most, name] of EXACT) {
    it(`bounds ${field} exactly`, () => {
      assert.equal(typeof parsed({ [field]: [most] }), 'object');
      assert.equal(
        parsed({ [field]: [most + 1n] }),
        `IC0504: Could not validate the settings: ${name} expected to be in the range of [0..${most}], got ${most + 1n}`,
      );
    });
  }

  it('sorts controllers, each once, at most ten', () => {
    assert.deepEqual(parsed({ controllers: [[BOB, ALICE, BOB]] }), { controllers: [ALICE, BOB] });
    assert.deepEqual(parsed({ controllers: [principals(10)] }), { controllers: principals(10) });
    assert.equal(
      parsed({ controllers: [principals(11)] }),
      "IC0504: Could not validate the settings: Invalid settings: 'controllers' length exceeds maximum size allowed of 10.",
    );
  });

  it('takes every visibility of logs and status, with at most ten viewers', () => {
    for (const [field, key] of [
      ['log_visibility', 'logVisibility'],
      ['status_visibility', 'statusVisibility'],
    ] as const) {
      assert.deepEqual(parsed({ [field]: [{ public: null }] }), { [key]: { kind: 'public' } });
      assert.deepEqual(parsed({ [field]: [{ controllers: null }] }), { [key]: { kind: 'controllers' } });
      assert.deepEqual(parsed({ [field]: [{ allowed_viewers: [BOB, ALICE] }] }), {
        [key]: { kind: 'allowed_viewers', viewers: [ALICE, BOB] },
      });
      assert.match(
        String(parsed({ [field]: [{ allowed_viewers: principals(11) }] })),
        /'allowed_viewers' length exceeds maximum size allowed of 10/,
      );
    }
  });

  it('refuses a snapshot_visibility that it could not keep', () => {
    assert.deepEqual(parsed({ snapshot_visibility: [{ controllers: null }] }), { snapshotVisibility: { kind: 'controllers' } });
    assert.match(
      String(parsed({ snapshot_visibility: [{ public: null }] })),
      /^IC0504: Could not validate the settings: snapshot_visibility other than controllers/,
    );
  });

  it('takes a log of 0 bytes, or of 4 KiB to 2 MiB', () => {
    assert.deepEqual(parsed({ log_memory_limit: [0n] }), { logMemoryLimit: 0 });
    assert.deepEqual(parsed({ log_memory_limit: [4096n] }), { logMemoryLimit: 4096 });
    assert.deepEqual(parsed({ log_memory_limit: [2_097_152n] }), { logMemoryLimit: 2_097_152 });
    assert.match(String(parsed({ log_memory_limit: [4095n] })), /The log memory limit of 4095 bytes is too low/);
    assert.match(String(parsed({ log_memory_limit: [2_097_153n] })), /The log memory limit of 2097153 bytes is too high/);
  });

  it('bounds environment variables in number and UTF-8 bytes, and refuses a name twice', () => {
    const many = (count: number): { name: string; value: string }[] =>
      Array.from({ length: count }, (_, index) => ({ name: `n${String(index).padStart(2, '0')}`, value: '' }));
    assert.deepEqual(parsed({ environment_variables: [many(32)] }), { environmentVariables: many(32) });
    assert.match(String(parsed({ environment_variables: [many(33)] })), /Too many environment variables: 33 \(max: 32\)/);
    assert.equal(typeof parsed({ environment_variables: [[{ name: 'é'.repeat(64), value: 'é'.repeat(64) }]] }), 'object');
    assert.match(
      String(parsed({ environment_variables: [[{ name: 'é'.repeat(65), value: '' }]] })),
      /name .* exceeds the maximum length of 128 bytes/,
    );
    assert.match(
      String(parsed({ environment_variables: [[{ name: 'a', value: 'é'.repeat(65) }]] })),
      /value of the environment variable a exceeds/,
    );
    assert.match(
      String(
        parsed({
          environment_variables: [
            [
              { name: 'a', value: '1' },
              { name: 'a', value: '2' },
            ],
          ],
        }),
      ),
      /Duplicate environment variables are not allowed: a/,
    );
  });

  it('orders environment variables by name, however they come', () => {
    const variables = fc.uniqueArray(fc.record({ name: fc.string({ maxLength: 20 }), value: fc.string({ maxLength: 20 }) }), {
      maxLength: 32,
      selector: ({ name }) => name,
    });
    fc.assert(
      fc.property(variables, fc.infiniteStream(fc.nat()), (given, dice) => {
        const shuffled = given.map((variable) => [dice.next().value as number, variable] as const).sort(([a], [b]) => a - b);
        const [once, again] = [
          parsed({ environment_variables: [given] }),
          parsed({ environment_variables: [shuffled.map(([, variable]) => variable)] }),
        ];
        assert.deepEqual(once, again);
        const names = (once as { environmentVariables: { name: string }[] }).environmentVariables.map(({ name }) => name);
        assert.deepEqual(
          names,
          names.toSorted((a, b) => (a < b ? -1 : 1)),
        );
      }),
    );
  });
});
