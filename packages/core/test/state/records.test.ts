/**
 * A state as records and back: what is recorded is the whole state, and what is recorded later is exactly what changed.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nobleHasher, toHex } from '../../src/base/index.ts';
import {
  canonicalStateTree,
  type CanisterModule,
  type CanisterState,
  createTreeHasher,
  decodeStateValue,
  encodeStateValue,
  forkState,
  fullDigest,
  type PagesPlace,
  PersistentMap,
  RECORD_KIND,
  type ReplicatedState,
  restDueRequests,
  StateBuilder,
  stateDelta,
  StateRecorder,
  StoredPages,
} from '../../src/state/index.ts';
import { ID, sampleCanister, sampleState, stateVariants, variants } from './support/sample-state.ts';

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

function loadModule(source: Uint8Array, hash: string): CanisterModule {
  const module = samples.get(hash) ?? samples.values().next().value;
  assert.ok(module !== undefined);
  assert.deepEqual(source, module.source);
  return { ...module, hash };
}

/** The state of which canisters, requests and pages are made when somebody looks at them. */
function buildLater(records: Records): ReplicatedState {
  const shelf = (place: PagesPlace): StoredPages => new StoredPages(place, (key) => records.get(toHex(key)), nobleHasher);
  const builder = new StateBuilder(loadModule, { shelf, hasher: nobleHasher });
  for (const key of [...records.keys()].toSorted()) {
    const bytes = Buffer.from(key, 'hex');
    if (bytes[0] !== RECORD_KIND.pages) builder.add(bytes, records.get(key)!);
  }
  return builder.finish();
}

/** Entries that were made; requests that are open are made at once. */
function loaded({ canisters, ingressHistory: { entries, open } }: ReplicatedState): number {
  return [...canisters.loadedFrom('')].length + [...entries.keysAwake()].length - open.size;
}

function build(records: Records): ReplicatedState {
  const builder = new StateBuilder(loadModule);
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
    for (const [path, name, value] of stateVariants()) {
      // There is no such status.
      if (name === 'ingressHistory' && path.endsWith('.status')) continue;
      const records: Records = new Map();
      const recorder = new StateRecorder(nobleHasher);
      write(records, recorder, sampleState());
      const changed: ReplicatedState = { ...sampleState(), [name]: value };
      const keys = write(records, recorder, changed);
      assert.deepEqual(keys, keys.toSorted(), path);
      assert.equal(digestOf(build(records)), digestOf(changed), path);
      count++;
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

describe('the records of a state that is made when it is needed', () => {
  /** Records with hashes: a state is recorded after its digest was taken. */
  function recorded(state: ReplicatedState): Records {
    digestOf(state);
    const records: Records = new Map();
    write(records, new StateRecorder(nobleHasher), state);
    return records;
  }

  it('have its digest before anything is made, and after all is', () => {
    const state = sampleState();
    const expected = digestOf(state);
    const built = buildLater(recorded(state));
    assert.deepEqual([...built.canisters.keys()], [...state.canisters.keys()]);
    assert.equal(digestOf(built), expected);
    assert.equal(loaded(built), 0);
    for (const _ of built.canisters.values());
    for (const _ of built.ingressHistory.entries.values());
    assert.equal(loaded(built), state.canisters.size, 'canisters stay; a status is made for whoever looks');
    const fresh = sampleState();
    fresh.canisters = PersistentMap.empty();
    for (const [id, canister] of built.canisters.entries()) fresh.canisters.set(id, canister);
    assert.equal(digestOf(fresh), expected, 'what was made is what was hashed');
  });

  it('follow a change of any field of a canister, whoever looks at it first', () => {
    for (const [path, value] of variants(sampleCanister({}), 'canister')) {
      if (path === 'canister.id') continue;
      const changed = sampleState();
      changed.canisters.set(ID, { ...(value as CanisterState), edit: changed.edit });
      const expected = digestOf(changed);
      const built = buildLater(recorded(changed));
      const canister = built.canisters.get(ID)!;
      built.canisters.set(ID, { ...canister });
      assert.equal(digestOf(built), expected, path);
    }
  });

  it('are recorded anew as what has changed alone, and only that is made', () => {
    const state = sampleState();
    const records = recorded(state);
    const built = buildLater(records);
    const recorder = new StateRecorder(nobleHasher, built);
    built.ingressHistory.entries.delete('aa'.repeat(32));
    built.ingressHistory.entries.delete('bb'.repeat(32));
    built.ingressHistory.pruneAt.delete('cc');
    digestOf(built);
    assert.deepEqual(write(records, recorder, built), ['01', '21cc00000000']);
    assert.equal(loaded(built), 0);
    assert.equal(digestOf(buildLater(records)), digestOf(built));
    assert.equal(digestOf(build(records)), digestOf(built));
  });

  const refused = { name: 'IcError', detail: { code: 'STATE_RECORD_MALFORMED' } };
  it('are refused when what is made is not what was hashed, or the digest is another one', () => {
    const state = sampleState();
    const expected = digestOf(state);
    const records = recorded(state);
    const [key] = [...records.keys()].filter((text) => text.startsWith('10'));
    const sound = records.get(key!)!;
    const look = (built: ReplicatedState): void => {
      for (const _ of built.canisters.values());
    };
    let found = 0;
    for (let at = 1; at < sound.length; at++) {
      const damaged = sound.slice();
      damaged[at]! ^= 1;
      records.set(key!, damaged);
      const built = buildLater(records);
      if (at < 65) assert.notEqual(digestOf(built), expected, `a hash, byte ${at}`);
      else
        assert.throws(
          () => look(built),
          refused,
          `the content, byte ${at} ${JSON.stringify(Buffer.from(sound.subarray(at - 40, at + 10)).toString('latin1'))}`,
        );
      found++;
    }
    assert.ok(found > 100);
    records.set(key!, sound.subarray(0, 40));
    assert.throws(() => buildLater(records), refused);
  });

  it('of requests are refused, or give another digest, when any byte is another one', () => {
    const state = sampleState();
    const expected = digestOf(state);
    const records = recorded(state);
    const key = '21cc00000000';
    const sound = records.get(key)!;
    let differing = 0;
    for (let at = 0; at < sound.length; at++) {
      records.set(key, sound.with(at, sound[at]! ^ 1));
      // What is read at once has hashes of its own, and is compared with the records instead.
      for (const read of at < sound.length - 64 ? [buildLater, build] : [buildLater]) {
        try {
          assert.notEqual(digestOf(read(records)), expected, `byte ${at}`);
          differing++;
        } catch (error) {
          assert.equal((error as { detail?: { code?: string } }).detail?.code, 'STATE_RECORD_MALFORMED', String(error));
        }
      }
    }
    assert.ok(differing > 100, `${differing} of ${sound.length} bytes`);
    for (let length = 0; length < sound.length; length++) {
      records.set(key, sound.subarray(0, length));
      assert.throws(() => buildLater(records), refused);
    }
    records.delete(key);
    records.set('21cc00000001', sound);
    assert.throws(() => buildLater(records), refused, 'the first record of a time is missing');
    for (const other of ['21cc00000001', '21cd00000000']) {
      const twice: Records = new Map([...records, [key, sound], [other, sound]]);
      assert.throws(() => buildLater(twice), refused, 'requests are there twice');
      assert.throws(() => build(twice), refused);
    }
  });

  it('of requests hold their statuses, which are made when somebody looks', () => {
    const state = sampleState();
    const { entries, open } = state.ingressHistory;
    const before = new Map(sampleState().ingressHistory.entries.entries());
    const expected = digestOf(sampleState());
    recorded(state);
    for (const due of state.ingressHistory.pruneAt.values()) restDueRequests(due, entries);
    assert.deepEqual([...entries.keysAwake()], [...open.keys()]);
    assert.deepEqual(new Map(entries.entries()), before);
    assert.equal(digestOf(state), expected);
  });

  it('of requests with large replies are several', () => {
    const state = sampleState();
    const { entries, pruneAt } = state.ingressHistory;
    const known = { sender: ID, receiver: ID, expiryNs: 1n, status: 'replied' } as const;
    const requestIds = Array.from({ length: 40 }, (_, index) => `f0${toHex(Uint8Array.of(index))}`.padEnd(64, '0'));
    const large = 'f1'.repeat(32);
    const replyBytes = 30_000;
    for (const requestId of requestIds) entries.set(requestId, { ...known, reply: new Uint8Array(replyBytes) });
    entries.set(large, { ...known, reply: new Uint8Array(1_000_000) });
    const due = { edit: {}, requestIds: [...requestIds, large], bytes: 40 * replyBytes + 1_000_000, records: undefined };
    pruneAt.set('dd', due);
    const expected = digestOf(state);
    const records: Records = new Map();
    const recorder = new StateRecorder(nobleHasher);
    write(records, recorder, state);
    const sizes = [...records].filter(([key]) => key.startsWith('21dd')).map(([, value]) => value.length);
    assert.ok(sizes.length > 5, `${sizes.length} records`);
    assert.ok(
      sizes.slice(0, -1).every((size) => size < 270_000),
      String(sizes),
    );
    assert.equal(digestOf(build(records)), expected);
    assert.equal(digestOf(buildLater(records)), expected);
    for (const requestId of [...requestIds.splice(10), large]) entries.delete(requestId);
    pruneAt.set('dd', { ...due, requestIds, bytes: 10 * replyBytes, records: undefined });
    write(records, recorder, state);
    assert.equal([...records.keys()].filter((key) => key.startsWith('21dd')).length, 2, 'those that are no more go');
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
