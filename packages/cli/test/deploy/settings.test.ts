import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { principalFromText } from '@myelin/core/base';
import type { DefiniteCanisterSettings } from '@myelin/core/candid';
import { settingsToChange } from '../../src/deploy/settings.ts';

const ME = principalFromText('aaaaa-aa');
const OTHER = principalFromText('2vxsx-fae');

const CURRENT: DefiniteCanisterSettings = {
  controllers: [ME, OTHER],
  compute_allocation: 0n,
  memory_allocation: 0n,
  freezing_threshold: 30n,
  reserved_cycles_limit: 5n,
  minimum_incoming_canister_call_cycles: 0n,
  log_visibility: { allowed_viewers: [OTHER] },
  log_memory_limit: 4_096n,
  snapshot_visibility: { controllers: null },
  status_visibility: { controllers: null },
  wasm_memory_limit: 0n,
  wasm_memory_threshold: 0n,
  environment_variables: [
    { name: 'MODE', value: 'a' },
    { name: 'PUBLIC_CANISTER_ID:gone', value: 'x' },
  ],
};

const NONE = new Map<string, string>();

describe('settingsToChange', () => {
  it('names what differs alone, whatever the order of lists and fields', () => {
    const same = {
      controllers: [OTHER, ME],
      freezing_threshold: 30n,
      log_visibility: { allowed_viewers: [OTHER] },
      environment_variables: [
        { value: 'x', name: 'PUBLIC_CANISTER_ID:gone' },
        { value: 'a', name: 'MODE' },
      ],
    };
    assert.deepEqual(settingsToChange({ settings: same, keepsSettings: true }, CURRENT, NONE, false), {});
    const different = { ...same, freezing_threshold: 31n, log_visibility: { public: null } };
    assert.deepEqual(settingsToChange({ settings: different, keepsSettings: true }, CURRENT, NONE, false), {
      freezing_threshold: 31n,
      log_visibility: { public: null },
    });
  });

  it('leaves those of a canister that exists alone where the file is for new ones', () => {
    const canister = { settings: { freezing_threshold: 31n }, keepsSettings: false };
    assert.deepEqual(settingsToChange(canister, CURRENT, NONE, false), {});
    assert.deepEqual(settingsToChange(canister, CURRENT, NONE, true), { freezing_threshold: 31n });
  });

  it('gives the ids of the project, keeps other variables, and takes away ids that are no more', () => {
    const ids = new Map([
      ['b', 'id-b'],
      ['a', 'id-a'],
    ]);
    assert.deepEqual(settingsToChange({ settings: {}, keepsSettings: true }, CURRENT, ids, false), {
      environment_variables: [
        { name: 'MODE', value: 'a' },
        { name: 'PUBLIC_CANISTER_ID:a', value: 'id-a' },
        { name: 'PUBLIC_CANISTER_ID:b', value: 'id-b' },
      ],
    });
    const many = new Map(Array.from({ length: 40 }, (_, index) => [`c${index}`, 'id']));
    assert.deepEqual(settingsToChange({ settings: {}, keepsSettings: true }, CURRENT, many, false), {
      environment_variables: [{ name: 'MODE', value: 'a' }],
    });
  });
});
