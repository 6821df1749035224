import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AssertionFault } from '@myelin/core/base';
import { PersistentMap } from '@myelin/core/state';

type Command =
  | { readonly kind: 'set' | 'own'; readonly handle: number; readonly key: string; readonly value: number }
  | { readonly kind: 'delete'; readonly handle: number; readonly key: string }
  | { readonly kind: 'fork' | 'seal' | 'hash'; readonly handle: number };

type Box = { value: number };

/** Few distinct bytes, so that keys meet, share prefixes and are prefixes of each other. */
const hexKey = fc.array(fc.constantFrom('00', '01', '10', '7f', '80', 'a5', 'ff'), { maxLength: 4 }).map((bytes) => bytes.join(''));

const handle = fc.nat({ max: 3 });

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('set' as const), handle, key: hexKey, value: fc.nat(999) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('own' as const), handle, key: hexKey, value: fc.nat(999) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('delete' as const), handle, key: hexKey }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('fork' as const, 'seal' as const, 'hash' as const), handle }) },
);

function sha256(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

const leafHash = (key: string, box: Box): Uint8Array => sha256('leaf', key, ':', String(box.value));
const forkHash = (left: Uint8Array, right: Uint8Array): Uint8Array => sha256('fork', left, right);

function bitsOf(key: string): string {
  let bits = '';
  for (const digit of key) bits += `1${Number.parseInt(digit, 16).toString(2).padStart(4, '0')}`;
  return bits;
}

/** The hash by the definition of the shape: split where the bit strings of the keys differ first. */
function naiveHash(entries: readonly (readonly [string, Box])[], length: number): Uint8Array {
  if (entries.length === 1) return leafHash(...entries[0]!);
  for (let at = 0; at < length; at++) {
    const left = entries.filter(([key]) => (bitsOf(key)[at] ?? '0') === '0');
    if (left.length === 0 || left.length === entries.length) continue;
    const right = entries.filter((entry) => !left.includes(entry));
    return forkHash(naiveHash(left, length), naiveHash(right, length));
  }
  throw new Error('two keys are equal');
}

function sorted(model: ReadonlyMap<string, number>): [string, number][] {
  return [...model].sort(([a], [b]) => (a < b ? -1 : 1));
}

function checkAgainst(map: PersistentMap<Box>, model: ReadonlyMap<string, number>): void {
  const expected = sorted(model);
  assert.equal(map.size, model.size);
  assert.deepEqual(
    Array.from(map.entries(), ([key, box]) => [key, box.value]),
    expected,
  );
  assert.equal(map.first()?.[0], expected[0]?.[0]);
  assert.equal(map.last()?.[0], expected.at(-1)?.[0]);
}

function checkHash(map: PersistentMap<Box>): void {
  map.seal();
  const entries = Array.from(map.entries());
  const hash = map.rootHash(0, leafHash, forkHash);
  if (entries.length === 0) assert.equal(hash, undefined);
  else assert.deepEqual(Buffer.from(hash!), naiveHash(entries, 40));
}

function apply(maps: PersistentMap<Box>[], models: Map<string, number>[], step: Command): void {
  const at = step.handle % maps.length;
  const map = maps[at]!;
  const model = models[at]!;
  if (step.kind === 'set') {
    map.set(step.key, { value: step.value });
    model.set(step.key, step.value);
  } else if (step.kind === 'own') {
    const box = map.getOwned(step.key, (old) => ({ ...old }));
    assert.equal(box !== undefined, model.has(step.key));
    if (box === undefined) return;
    box.value = step.value;
    model.set(step.key, step.value);
  } else if (step.kind === 'delete') {
    assert.equal(map.delete(step.key), model.delete(step.key));
  } else if (step.kind === 'fork' && maps.length < 4) {
    maps.push(map.fork());
    models.push(new Map(model));
  } else if (step.kind === 'seal') {
    map.seal();
  } else if (step.kind === 'hash') {
    checkHash(map);
  }
}

describe('PersistentMap', () => {
  it('behaves like a sorted map, also when forks are written to in turns, and hashes by its definition', () => {
    fc.assert(
      fc.property(fc.array(command, { maxLength: 60, size: 'max' }), fc.array(hexKey, { maxLength: 5, size: 'max' }), (steps, probes) => {
        const maps = [PersistentMap.empty<Box>()];
        const models = [new Map<string, number>()];
        for (const step of steps) apply(maps, models, step);
        for (const [at, map] of maps.entries()) {
          const model = models[at]!;
          checkAgainst(map, model);
          for (const probe of probes) {
            assert.equal(map.get(probe)?.value, model.get(probe));
            assert.equal(map.has(probe), model.has(probe));
            const keys = sorted(model).map(([key]) => key);
            assert.equal(
              map.firstAtOrAfter(probe)?.[0],
              keys.find((key) => key >= probe),
            );
            assert.equal(
              map.lastBefore(probe)?.[0],
              keys.findLast((key) => key < probe),
            );
            assert.deepEqual(
              Array.from(map.entriesFrom(probe), ([key]) => key),
              keys.filter((key) => key >= probe),
            );
          }
          checkHash(map);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('has the same hash whatever the order of insertion, and after entries came and went', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(hexKey, { minLength: 1, maxLength: 30, size: 'max' }),
        fc.array(hexKey, { maxLength: 20, size: 'max' }),
        fc.infiniteStream(fc.nat()),
        (keys, others, order) => {
          const hashOf = (sequence: readonly string[], passing: readonly string[]): string => {
            const map = PersistentMap.empty<Box>();
            for (const key of passing) map.set(key, { value: 7 });
            for (const key of sequence) map.set(key, { value: key.length });
            if (passing.length > 0) map.fork().rootHash(0, leafHash, forkHash);
            for (const key of passing) if (!sequence.includes(key)) map.delete(key);
            map.seal();
            return Buffer.from(map.rootHash(0, leafHash, forkHash)!).toString('hex');
          };
          const shuffled = keys
            .map((key) => [order.next().value, key] as const)
            .sort(([a], [b]) => a - b)
            .map(([, key]) => key);
          assert.equal(hashOf(shuffled, others), hashOf(keys, []));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('gives the same hash with a batch of any capacity as one by one', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(hexKey, { minLength: 1, maxLength: 60, size: 'max' }),
        fc.integer({ min: 1, max: 9 }),
        (keys, capacity) => {
          const map = PersistentMap.empty<Box>();
          for (const key of keys) map.set(key, { value: 1 });
          map.seal();
          const input = new Int32Array(16 * capacity);
          const output = new Int32Array(8 * capacity);
          const bytes = (words: Int32Array): Uint8Array => {
            const view = new DataView(new ArrayBuffer(32));
            for (const [at, word] of words.entries()) view.setInt32(4 * at, word);
            return new Uint8Array(view.buffer);
          };
          const run = (count: number): void => {
            for (let at = 0; at < count; at++) {
              const words = input.subarray(16 * at, 16 * at + 16);
              const hash = new DataView(Uint8Array.from(forkHash(bytes(words.subarray(0, 8)), bytes(words.subarray(8)))).buffer);
              for (let word = 0; word < 8; word++) output[8 * at + word] = hash.getInt32(4 * word);
            }
          };
          const batched = Object.assign((left: Uint8Array, right: Uint8Array) => forkHash(left, right), {
            batch: { capacity, input, output, run },
          });
          assert.deepEqual(map.rootHash(1, leafHash, batched), map.rootHash(0, leafHash, forkHash));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('hashes only what changed since the last time, in each slot', () => {
    const map = PersistentMap.empty<Box>();
    for (let at = 0; at < 4096; at++) map.set(at.toString(16).padStart(4, '0'), { value: at });
    map.seal();
    let leaves = 0;
    let forks = 0;
    const hash = (slot: 0 | 1): void => {
      leaves = 0;
      forks = 0;
      map.rootHash(
        slot,
        (key, box) => (leaves++, leafHash(key, box)),
        (left, right) => (forks++, forkHash(left, right)),
      );
    };
    hash(0);
    assert.deepEqual([leaves, forks], [4096, 4095]);
    hash(0);
    assert.deepEqual([leaves, forks], [0, 0]);
    map.set('0123', { value: 0 });
    map.seal();
    hash(0);
    assert.deepEqual([leaves, forks], [1, 12]);
    hash(1);
    assert.deepEqual([leaves, forks], [4096, 4095]);
    map.delete('0123');
    map.seal();
    hash(1);
    assert.deepEqual([leaves, forks], [0, 11]);
  });

  it('keeps 10,000 entries apart in two forks', () => {
    const map = PersistentMap.empty<Box>();
    const keys = Array.from({ length: 10_000 }, (_, at) => Buffer.from(sha256(String(at))).toString('hex'));
    for (const [at, key] of keys.entries()) map.set(key, { value: at });
    const before = map.fork();
    const other = map.fork();
    for (const [at, key] of keys.entries()) {
      if (at % 3 === 0) map.delete(key);
      else map.getOwned(key, (box) => ({ ...box }))!.value += 1;
      if (at % 2 === 0) other.set(key, { value: -1 });
    }
    for (const [at, key] of keys.entries()) {
      assert.equal(before.get(key)?.value, at);
      assert.equal(map.get(key)?.value, at % 3 === 0 ? undefined : at + 1);
      assert.equal(other.get(key)?.value, at % 2 === 0 ? -1 : at);
    }
  });

  it('hashes and walks a trie that is as deep as it has keys', () => {
    const map = PersistentMap.empty<Box>();
    const keys = Array.from({ length: 3_000 }, (_, at) => '00'.repeat(at));
    for (const key of keys) map.set(key, { value: 0 });
    map.seal();
    const hash = map.rootHash(0, leafHash, forkHash);
    const visitor = { fork: forkHash, leaf: leafHash, pruned: (pruned: Uint8Array): Uint8Array => pruned };
    const walked = map.walk<Uint8Array>([keys[7]!, keys.at(-1)!], 0, { leafHash, forkHash }, visitor);
    assert.deepEqual(Buffer.from(walked!), Buffer.from(hash!));
  });

  it('lets the map be changed while it is walked', () => {
    const map = PersistentMap.empty<Box>();
    for (const key of ['00', '10', '20', '30', '40']) map.set(key, { value: 0 });
    map.seal();
    const seen: string[] = [];
    for (const [key] of map.entries()) {
      seen.push(key);
      if (key === '10') {
        map.delete('10');
        map.delete('20');
        map.set('05', { value: 0 });
        map.set('35', { value: 0 });
      }
    }
    assert.deepEqual(seen, ['00', '10', '30', '35', '40']);
  });

  it('tells what changed since an earlier map, in order, of its own past or a stranger', () => {
    const entries = fc.array(fc.tuple(hexKey, fc.nat(3)), { maxLength: 12 });
    fc.assert(
      fc.property(entries, entries, fc.array(hexKey, { maxLength: 8 }), fc.boolean(), (first, second, removed, isStranger) => {
        const before = PersistentMap.empty<Box>();
        for (const [key, value] of first) before.set(key, { value });
        const after = isStranger ? PersistentMap.empty<Box>() : before.fork();
        for (const [key, value] of second) after.set(key, { value });
        for (const key of removed) after.delete(key);
        const changes = [...after.changesSince(before)];
        const keys = changes.map(({ key }) => key);
        assert.deepEqual(keys, keys.toSorted());
        assert.equal(new Set(keys).size, keys.length);
        for (const change of changes) {
          assert.equal(change.before, before.get(change.key));
          assert.equal(change.after, after.get(change.key));
        }
        const all = new Set([...before.keys(), ...after.keys()]);
        for (const key of all) if (before.get(key) !== after.get(key)) assert.ok(keys.includes(key), `${key} changed`);
        const touched = new Set([...second.map(([key]) => key), ...removed]);
        if (!isStranger) for (const key of keys) assert.ok(touched.has(key), `${key} was left alone`);
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses hashes while values may still be changed in place', () => {
    const map = PersistentMap.empty<Box>();
    map.set('00', { value: 1 });
    assert.throws(() => map.rootHash(0, leafHash, forkHash), AssertionFault);
    map.seal();
    const hash = map.rootHash(0, leafHash, forkHash);
    map.getOwned('00', (box) => ({ ...box }))!.value = 2;
    assert.throws(() => map.rootHash(0, leafHash, forkHash), AssertionFault);
    map.seal();
    assert.notDeepEqual(map.rootHash(0, leafHash, forkHash), hash);
  });

  it('refuses keys that are not the lower-case hex of bytes', () => {
    for (const key of ['0', 'AB', 'zz', '0g', 'é0']) assert.throws(() => PersistentMap.empty<number>().set(key, 1), AssertionFault);
  });
});
