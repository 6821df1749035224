/**
 * Benchmarks of the structures that hold the replicated state. Nothing runs on import; the caller gives hasher and clock.
 * @module
 */
import { toHex, utf8, type Hasher } from '@myelin/core/base';
import { PAGE_BYTES, PageMap, PersistentMap, createTreeHasher, stateLabel, treeOfLabels, type TreeHasher } from '@myelin/core/state';

export type BenchOptions = {
  readonly hasher: Hasher;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
};

/** Figures by name; the unit ends the name. */
export type Figures = Readonly<Record<string, number>>;

/** Fixed sequence of 32-byte keys as hex. */
export function createKeys(seed: number): () => string {
  const words = Int32Array.from({ length: 8 }, (_, index) => Math.imul(seed + index + 1, 0x9e3779b1));
  const bytes = new Uint8Array(words.buffer);
  let state = seed | 1;
  return () => {
    for (let index = 0; index < 8; index++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[index] = state;
    }
    return toHex(bytes);
  };
}

/** Median of at least one number. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

type HistoryEntry = { readonly reply: Uint8Array };

const REPLY = stateLabel('reply');
const STATUS = stateLabel('status');

/** Hash of an entry as the state tree has it: a reply below its request id. */
function createEntryHash(tree: TreeHasher): (key: string, entry: HistoryEntry) => Uint8Array {
  const status = tree.leafHash(utf8('replied'));
  return (key, { reply }) =>
    tree.labeledHexHash(
      key,
      treeOfLabels(
        [
          [REPLY, tree.leafHash(reply)],
          [STATUS, status],
        ],
        tree,
      ),
    );
}

/**
 * Batches of updates in a full ingress history: each update adds an entry and drops the oldest; then the tree is hashed again.
 * Times are microseconds per update, medians over the batches.
 */
export function benchHistory(
  options: BenchOptions & { readonly entries: number; readonly perBatch: number; readonly batches: number },
): Figures {
  const { hasher, now, entries, perBatch, batches } = options;
  const tree = createTreeHasher(hasher);
  const entryHash = createEntryHash(tree);
  const nextKey = createKeys(7);
  const keys = Array.from({ length: entries }, () => nextKey());
  const map = PersistentMap.empty<HistoryEntry>();
  const buildStart = now();
  for (const key of keys) map.set(key, { reply: new Uint8Array(12) });
  map.seal();
  const hashStart = now();
  map.rootHash(0, entryHash, tree.forkHash);
  const hashEnd = now();
  const write: number[] = [];
  const rehash: number[] = [];
  for (let batch = 0; batch < batches; batch++) {
    const fresh = Array.from({ length: perBatch }, () => nextKey());
    for (const key of fresh) key.charCodeAt(0);
    const start = now();
    for (let update = 0; update < perBatch; update++) {
      map.set(fresh[update]!, { reply: new Uint8Array(12) });
      map.delete(keys[batch * perBatch + update]!);
    }
    map.seal();
    const written = now();
    map.rootHash(0, entryHash, tree.forkHash);
    write.push(((written - start) * 1000) / perBatch);
    rehash.push(((now() - written) * 1000) / perBatch);
    for (const key of fresh) keys.push(key);
  }
  return {
    'build, us/entry': ((hashStart - buildStart) * 1000) / entries,
    'first hash, us/entry': ((hashEnd - hashStart) * 1000) / entries,
    'write, us/update': median(write),
    'hash, us/update': median(rehash),
  };
}

type CanisterLike = { balance: number; version: number; readonly id: string };

/** Forks of a map of canister-like records, and one record changed in each fork. */
export function benchForks(options: BenchOptions & { readonly records: number; readonly forks: number }): Figures {
  const { now, records, forks } = options;
  const nextKey = createKeys(3);
  const map = PersistentMap.empty<CanisterLike>();
  const keys = Array.from({ length: records }, () => nextKey().slice(0, 20));
  for (const id of keys) map.set(id, { id, balance: 1, version: 0 });
  const kept: PersistentMap<CanisterLike>[] = [];
  const start = now();
  for (let fork = 0; fork < forks; fork++) kept.push(map.fork());
  const forked = now();
  for (let fork = 0; fork < forks; fork++) kept[fork]!.getOwned(keys[fork % records]!, (record) => ({ ...record }))!.balance++;
  const written = now();
  let balance = 0;
  for (let round = 0; round < 100; round++) for (let fork = 0; fork < forks; fork++) balance += map.get(keys[fork % records]!)!.balance;
  const read = now();
  if (balance !== 100 * forks) throw new Error('a fork saw what another one wrote');
  return {
    'fork, us': ((forked - start) * 1000) / forks,
    'first write in a fork, us': ((written - forked) * 1000) / forks,
    'get, us': ((read - written) * 10) / forks,
  };
}

/** Pages of a canister: set, get, small writes to stable memory, and the digest after a few of them changed. */
export function benchPages(options: BenchOptions & { readonly pages: number; readonly rounds: number }): Figures {
  const { hasher, now, pages, rounds } = options;
  const map = PageMap.empty();
  const page = new Uint8Array(PAGE_BYTES).fill(1);
  const start = now();
  for (let index = 0; index < pages; index++) map.set(index, page);
  const set = now();
  let found = 0;
  for (let index = 0; index < pages; index++) if (map.get((index * 7919) % pages) !== undefined) found++;
  const got = now();
  if (found !== pages) throw new Error('a page is missing');
  map.seal();
  map.rootDigest(hasher);
  const digested = now();
  const data = new Uint8Array(64).fill(2);
  let writing = 0;
  let digesting = 0;
  for (let round = 0; round < rounds; round++) {
    const begin = now();
    for (let write = 0; write < 10; write++) map.write(((round * 7919 + write * 31) % pages) * PAGE_BYTES + 100, data);
    map.seal();
    const between = now();
    map.rootDigest(hasher);
    writing += between - begin;
    digesting += now() - between;
  }
  return {
    'set, us/page': ((set - start) * 1000) / pages,
    'get, us/page': ((got - set) * 1000) / pages,
    'first digest, us/page': ((digested - got) * 1000) / pages,
    'first write to a page, us': (writing * 100) / rounds,
    'digest, us/changed page': (digesting * 100) / rounds,
  };
}
