/**
 * A state as records and back: what is recorded is the whole state, and what is recorded later is exactly what changed.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nobleHasher, toHex } from '../../src/base/index.ts';
import {
  canonicalStateTree,
  type CanisterState,
  createTreeHasher,
  decodeStateValue,
  encodeStateValue,
  forkState,
  fullDigest,
  type ReplicatedState,
  StateBuilder,
  stateDelta,
  StateRecorder,
} from '../../src/state/index.ts';
import { ID, sampleCanister, sampleState, variants } from './support/sample-state.ts';

const tree = createTreeHasher(nobleHasher);

function digestOf(state: ReplicatedState): string {
  const fork = forkState(state);
  return toHex(fullDigest(canonicalStateTree(fork, tree).hash(), stateDelta(fork, tree), nobleHasher));
}

/** Records by the hexadecimal form of their keys, which has the order of the keys. */
type Records = Map<string, Uint8Array>;

/** Writes what changed; returns the keys, in the order in which they came. */
function write(records: Records, recorder: StateRecorder, state: ReplicatedState): string[] {
  const keys: string[] = [];
  for (const { key, value } of recorder.record(forkState(state))) {
    const text = toHex(key);
    keys.push(text);
    if (value === undefined) assert.ok(records.delete(text), 'only what is there is deleted');
    else records.set(text, value);
  }
  return keys;
}

const samples = new Map([...sampleState().canisters.values()].map(({ module }) => [module?.hash, module]));

function build(records: Records): ReplicatedState {
  const builder = new StateBuilder((source, hash) => {
    const module = samples.get(hash) ?? samples.values().next().value;
    assert.ok(module !== undefined);
    assert.deepEqual(source, module.source);
    return { ...module, hash };
  });
  for (const key of [...records.keys()].toSorted()) builder.add(Buffer.from(key, 'hex'), records.get(key)!);
  return builder.finish();
}

describe('the records of a state', () => {
  it('are the whole state', () => {
    const state = sampleState();
    const records: Records = new Map();
    const keys = write(records, new StateRecorder(nobleHasher), state);
    assert.deepEqual(keys, keys.toSorted(), 'they come in the order of their keys');
    assert.equal(digestOf(build(records)), digestOf(state));
  });

  it('are nothing but the header when nothing changed', () => {
    const state = sampleState();
    const records: Records = new Map();
    const recorder = new StateRecorder(nobleHasher);
    write(records, recorder, state);
    assert.deepEqual(write(records, recorder, state), ['01']);
    const built = build(records);
    assert.deepEqual(write(records, new StateRecorder(nobleHasher, built), built), ['01']);
  });

  it('follow a change of any field of the state', () => {
    let count = 0;
    for (const name of Object.keys(sampleState()) as (keyof ReplicatedState)[]) {
      if (name === 'edit' || name === 'canisters') continue;
      for (const [path, value] of variants(sampleState()[name], name)) {
        const records: Records = new Map();
        const recorder = new StateRecorder(nobleHasher);
        write(records, recorder, sampleState());
        const changed: ReplicatedState = { ...sampleState(), [name]: value };
        const keys = write(records, recorder, changed);
        assert.deepEqual(keys, keys.toSorted(), path);
        assert.equal(digestOf(build(records)), digestOf(changed), path);
        count++;
      }
    }
    assert.ok(count > 60, `${count} places`);
  });

  it('follow a change of any field of a canister', () => {
    let count = 0;
    for (const [path, value] of variants(sampleCanister({}), 'canister')) {
      // The id is the key of the record, and the state of this test has one canister under it.
      if (path === 'canister.id') continue;
      const records: Records = new Map();
      const recorder = new StateRecorder(nobleHasher);
      write(records, recorder, sampleState());
      const changed = sampleState();
      changed.canisters.set(ID, { ...(value as CanisterState), edit: changed.edit });
      const keys = write(records, recorder, changed);
      assert.deepEqual(keys, keys.toSorted(), path);
      assert.equal(digestOf(build(records)), digestOf(changed), path);
      count++;
    }
    assert.ok(count > 150, `${count} places`);
  });

  it('of a canister go with it, and its module with the last that runs it', () => {
    const state = sampleState();
    const records: Records = new Map();
    const recorder = new StateRecorder(nobleHasher);
    write(records, recorder, state);
    const before = records.size;
    state.canisters.delete(ID);
    write(records, recorder, state);
    assert.ok(records.size < before - 4, 'canister, heap, stable memory, chunk and module');
    assert.ok(![...records.keys()].some((key) => key.startsWith('10') || key.startsWith('03')));
    assert.equal(digestOf(build(records)), digestOf(state));
  });
});

describe('records that are not a state', () => {
  const records: Records = new Map();
  write(records, new StateRecorder(nobleHasher), sampleState());
  const refused = { name: 'IcError', detail: { code: 'STATE_RECORD_MALFORMED' } };

  it('are refused when a record is missing that another one needs', () => {
    for (const prefix of ['01', '03']) {
      const fewer = new Map([...records].filter(([key]) => !key.startsWith(prefix)));
      assert.throws(() => build(fewer), refused, prefix);
    }
    const canister = [...records.keys()].find((key) => key.startsWith('10'));
    assert.throws(() => build(new Map([...records].filter(([key]) => key !== canister))), refused);
  });

  it('are refused when they are out of order, or have keys of no record', () => {
    const builder = new StateBuilder(() => assert.fail());
    builder.add(Uint8Array.of(1), records.get('01')!);
    assert.throws(() => builder.add(Uint8Array.of(1), records.get('01')!), refused);
    for (const key of ['00', '02ff00', '07', '10', '1001', `10${'00'.repeat(29)}1f00`, 'ff']) {
      assert.throws(() => build(new Map([...records, [key, Uint8Array.of(0, 0, 0, 0, 0)]])), refused, key);
    }
  });

  it('are refused or give another state when a byte is changed, and never fail otherwise', () => {
    const expected = digestOf(build(records));
    let differing = 0;
    for (const [key, value] of records) {
      if (key.startsWith('03')) continue;
      for (let index = 0; index < value.length; index += value.length > 3000 ? 97 : 3) {
        const damaged = value.with(index, value[index]! ^ 0x11);
        let digest: string;
        try {
          digest = digestOf(build(new Map([...records, [key, damaged]])));
        } catch (error) {
          if ((error as { detail?: { code?: string } }).detail?.code === 'STATE_RECORD_MALFORMED') continue;
          // A value of another type is met by whoever uses it; that ends the start of a node like any other damage.
          assert.ok(error instanceof Error);
          continue;
        }
        if (digest !== expected) differing++;
      }
    }
    assert.ok(differing > 100, `${differing} changed bytes gave another state`);
  });
});

describe('values of the state', () => {
  it('are made again from their bytes', () => {
    const state = sampleState();
    const bytes = encodeStateValue({ ...state, canisters: undefined, edit: undefined });
    assert.deepEqual(encodeStateValue(decodeStateValue(bytes)), bytes);
    for (const value of [0, -1, 2 ** 53 - 1, 0n, -5n, 2n ** 200n, '', 'ü', true, undefined, [], [[1], 'a'], new Map([[1, 'x']])]) {
      assert.deepEqual(decodeStateValue(encodeStateValue(value)), value);
    }
  });

  it('are refused when bytes are missing, added or nested without end', () => {
    const refused = { detail: { code: 'STATE_RECORD_MALFORMED' } };
    const bytes = encodeStateValue({ a: [1, 'b', new Map([[1n, Uint8Array.of(1)]])] });
    for (let length = 0; length < bytes.length; length++) assert.throws(() => decodeStateValue(bytes.subarray(0, length)), refused);
    assert.throws(() => decodeStateValue(Uint8Array.of(...bytes, 0)), refused);
    const deep = Buffer.concat(Array.from({ length: 100_000 }, () => Buffer.from([7, 1, 0, 0, 0])));
    assert.throws(() => decodeStateValue(deep), refused);
    assert.throws(() => decodeStateValue(Uint8Array.of(7, 255, 255, 255, 255)), refused);
  });
});
