/**
 * The map of requests against `PersistentMap`, which knows nothing of buckets: the same entries, order, hashes and proofs, whatever was done to it and
 * to its forks.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AssertionFault, nobleHasher, toHex } from '@myelin/core/base';
import { createTreeHasher, PersistentMap, RequestMap, ValueAtRest } from '@myelin/core/state';
import { nodeHasher } from '@myelin/node/crypto';
import type { TrieVisitor } from '../../src/state/digest-trie.ts';

type Status = { readonly value: string };

function sha256(...parts: readonly (string | Uint8Array)[]): Uint8Array {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}

const leafHash = (key: string, { value }: Status): Uint8Array => sha256('leaf', key, value);
/** One by one, and many at once. */
const forkHashes = [createTreeHasher(nobleHasher).forkHash, createTreeHasher(nodeHasher).forkHash];

const visitor: TrieVisitor<Status, string> = {
  fork: (left, right) => `(${left} ${right})`,
  leaf: (key, { value }, requested) => `${key}=${requested ? value : '?'}`,
  pruned: (hash) => toHex(hash),
};

class AtRest extends ValueAtRest<Status> {
  readonly #values: ReadonlyMap<string, string>;
  constructor(values: ReadonlyMap<string, string>) {
    super();
    this.#values = values;
  }
  load(key: string): Status {
    return { value: this.#values.get(key) ?? assert.fail(`${key} is not at rest`) };
  }
}

/** Many keys that agree in long prefixes, beside some that are as different as hashes. */
const key = fc.oneof(
  fc.nat(40).map((number) => toHex(sha256(String(number)))),
  fc.array(fc.constantFrom('00', '01', '80', 'ff'), { minLength: 2, maxLength: 3 }).map((bytes) => bytes.join('').padEnd(64, '0')),
  fc.array(fc.constantFrom('00', '01', '80', 'ff'), { minLength: 2, maxLength: 3 }).map((bytes) => bytes.join('').padStart(64, 'a')),
);
/** What is no request id is asked for too. */
const asked = fc.oneof(
  key,
  key.map((text) => text.slice(0, 10)),
  key.map((text) => `${text}00`),
  fc.constantFrom('', 'ff'),
);

type Command =
  | { readonly kind: 'set' | 'delete' | 'rest'; readonly handle: number; readonly key: string }
  | { readonly kind: 'fork' | 'seal' | 'hash' | 'steps'; readonly handle: number }
  | { readonly kind: 'walk'; readonly handle: number; readonly keys: readonly string[] };

const handle = fc.nat({ max: 2 });
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('set' as const), handle, key }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('delete' as const, 'rest' as const), handle, key }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('fork' as const, 'seal' as const, 'hash' as const, 'steps' as const), handle }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('walk' as const), handle, keys: fc.array(asked, { minLength: 1, maxLength: 4 }) }),
  },
);

type Pair = { readonly requests: RequestMap<Status>; readonly model: PersistentMap<Status> };

function compareHashes({ requests, model }: Pair, forkHash: (typeof forkHashes)[number]): void {
  requests.seal();
  model.seal();
  assert.deepEqual(requests.rootHash(0, leafHash, forkHash), model.rootHash(0, leafHash, forkHash));
}

function compareWalks({ requests, model }: Pair, keys: readonly string[], forkHash: (typeof forkHashes)[number]): void {
  requests.seal();
  model.seal();
  const sorted = [...new Set(keys)].sort();
  const hashing = { leafHash, forkHash };
  assert.equal(requests.walk(sorted, 0, hashing, visitor), model.walk(sorted, 0, hashing, visitor));
  for (const text of sorted) {
    assert.deepEqual(requests.get(text), model.get(text));
    assert.equal(requests.has(text), model.has(text));
  }
}

function compareEntries({ requests, model }: Pair): void {
  assert.equal(requests.size, model.size);
  assert.deepEqual([...requests.entries()], [...model.entries()]);
  assert.deepEqual([...requests.keys()], [...model.keys()]);
  assert.deepEqual([...requests.values()], [...model.values()]);
}

function run(commands: readonly Command[], forkHash: (typeof forkHashes)[number]): void {
  const pairs: Pair[] = [{ requests: RequestMap.empty<Status>(), model: PersistentMap.empty<Status>() }];
  for (const [index, one] of commands.entries()) {
    const pair = pairs[one.handle % pairs.length]!;
    const { requests, model } = pair;
    switch (one.kind) {
      case 'set':
        for (const map of [requests, model]) map.set(one.key, { value: String(index) });
        break;
      case 'delete':
        assert.equal(requests.delete(one.key), model.delete(one.key));
        break;
      case 'rest': {
        const value = model.get(one.key);
        if (value !== undefined) requests.rest(one.key, new AtRest(new Map([[one.key, value.value]])));
        break;
      }
      case 'fork':
        if (pairs.length < 3) pairs.push({ requests: requests.fork(), model: model.fork() });
        else pairs[(one.handle + 1) % 3] = { requests: requests.fork(), model: model.fork() };
        break;
      case 'seal':
        for (const map of [requests, model]) map.seal();
        break;
      case 'hash':
        compareHashes(pair, forkHash);
        break;
      case 'steps':
        requests.seal();
        for (const _ of requests.hashInSteps(0, { leafHash, forkHash }, 3));
        break;
      case 'walk':
        compareWalks(pair, one.keys, forkHash);
        break;
      // no default
    }
  }
  for (const pair of pairs) {
    compareEntries(pair);
    compareHashes(pair, forkHash);
    compareWalks(pair, [...pair.model.keys()], forkHash);
  }
}

describe('a map by request id', () => {
  for (const [index, forkHash] of forkHashes.entries()) {
    it(`is as a persistent map with the same entries, ${index === 0 ? 'hashed one by one' : 'many at once'}`, () => {
      fc.assert(
        fc.property(fc.array(command, { maxLength: 250 }), (commands) => run(commands, forkHash)),
        { numRuns: 300 },
      );
    });
  }

  it('is so with many entries that come and go, and what rests is made again when somebody looks', () => {
    const [, forkHash] = forkHashes;
    const idOf = (number: number): string => toHex(sha256(String(number)));
    let pair: Pair = { requests: RequestMap.empty<Status>(), model: PersistentMap.empty<Status>() };
    const values = new Map<string, string>();
    const rest = new AtRest(values);
    const count = 3_000;
    for (let number = 0; number < 3 * count; number++) {
      for (const map of [pair.requests, pair.model]) {
        map.set(idOf(number), { value: String(number) });
        map.delete(idOf(number - count));
      }
      if (number % 100 !== 99) continue;
      compareHashes(pair, forkHash!);
      const certified: Pair = { requests: pair.requests.fork(), model: pair.model.fork() };
      for (let recent = number - 99; recent <= number; recent++) {
        values.set(idOf(recent), String(recent));
        certified.requests.rest(idOf(recent), rest);
      }
      compareWalks(certified, [idOf(number), idOf(number - count - 1), idOf(number - 50)], forkHash!);
      pair = certified;
    }
    assert.equal([...pair.requests.keysAwake()].length, 0);
    compareEntries(pair);
    // All of it goes.
    for (const id of pair.model.keys()) pair.requests.delete(id);
    assert.equal(pair.requests.size, 0);
    pair.requests.seal();
    assert.equal(pair.requests.rootHash(0, leafHash, forkHash!), undefined);
  });

  it('has the hashes that entries were attached with, and looks at no value for them', () => {
    const [, forkHash] = forkHashes;
    const model = PersistentMap.empty<Status>();
    const attached = RequestMap.empty<Status>();
    const values = new Map<string, string>();
    const rest = new AtRest(values);
    for (let number = 0; number < 500; number++) {
      const id = toHex(sha256(String(number)));
      model.set(id, { value: String(number) });
      assert.ok(attached.attach(id, leafHash(id, { value: String(number) }), rest));
    }
    model.seal();
    attached.seal();
    for (const _ of attached.hashInSteps(0, { leafHash, forkHash: forkHash! }, 64));
    assert.deepEqual(attached.rootHash(0, leafHash, forkHash!), model.rootHash(0, leafHash, forkHash!));
    for (const [id, { value }] of model.entries()) values.set(id, value);
    compareEntries({ requests: attached, model });
    const [id] = values.keys();
    assert.deepEqual(attached.hashOf(id!), Uint8Array.from(leafHash(id!, { value: values.get(id!)! })));
    assert.ok(!attached.attach(id!, new Uint8Array(32), rest));
    assert.equal(attached.size, model.size);
  });

  it('takes ids of 32 bytes alone, and is hashed when it is sealed', () => {
    const map = RequestMap.empty<Status>();
    for (const text of ['', '00', 'ab'.repeat(33), 'AB'.repeat(32), 'gg'.repeat(32)]) {
      assert.throws(() => map.set(text, { value: '' }), AssertionFault, text);
    }
    map.set('ab'.repeat(32), { value: 'x' });
    assert.throws(() => map.rootHash(0, leafHash, forkHashes[0]!), AssertionFault);
    map.seal();
    assert.throws(() => map.rootHash(1, leafHash, forkHashes[0]!), AssertionFault);
  });
});
