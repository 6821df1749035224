/**
 * What differs between two tries. Parts that both share are skipped, so the cost follows the changes when one came from the other.
 * @module
 */
import { firstDifference, firstLeaf, isFork, keyBit, NO_POSITION, type TrieFork, type TrieLeaf, type TrieNode } from './trie-node.ts';

/** An entry that is in one of the maps only, or has other values in the two. A value that was not made yet is made when it is asked for. */
export type TrieChange<V> = { readonly key: string; readonly before: V | undefined; readonly after: V | undefined };

class LeafChange<V> implements TrieChange<V> {
  readonly #before: TrieLeaf<V> | undefined;
  readonly #after: TrieLeaf<V> | undefined;
  readonly key: string;

  constructor(before: TrieLeaf<V> | undefined, after: TrieLeaf<V> | undefined) {
    this.#before = before;
    this.#after = after;
    this.key = (after ?? before)!.key;
  }

  get before(): V | undefined {
    return this.#before?.value;
  }

  get after(): V | undefined {
    return this.#after?.value;
  }
}

type Subtree<V> = TrieNode<V> | null;

/** Two subtrees that hold all keys of their maps in some range of keys. */
type Pair<V> = readonly [before: Subtree<V>, after: Subtree<V>];

/** The pairs below `a` and `b`, of which at least one is a fork; the smaller keys first. `flip` when `a` is the later one. */
function split<V>(a: TrieFork<V>, b: TrieNode<V>, flip: boolean): Pair<V>[] {
  const pair = (x: Subtree<V>, y: Subtree<V>): Pair<V> => (flip ? [y, x] : [x, y]);
  const key = firstLeaf(b).key;
  const difference = firstDifference(firstLeaf(a).key, key);
  // They part before either of them branches: no key in common.
  if (difference !== NO_POSITION && difference < a.position && (!isFork(b) || difference < b.position)) {
    return keyBit(key, difference) === 1 ? [pair(a, null), pair(null, b)] : [pair(null, b), pair(a, null)];
  }
  if (isFork(b) && b.position === a.position) return [pair(a.left, b.left), pair(a.right, b.right)];
  return keyBit(key, a.position) === 0 ? [pair(a.left, b), pair(a.right, null)] : [pair(a.left, null), pair(a.right, b)];
}

function leafChanges<V>(before: TrieLeaf<V>, after: TrieLeaf<V>): TrieChange<V>[] {
  if (before.key === after.key) return [new LeafChange(before, after)];
  const removed = new LeafChange(before, undefined);
  const added = new LeafChange(undefined, after);
  return removed.key < added.key ? [removed, added] : [added, removed];
}

function pairsBelow<V>(before: Subtree<V>, after: Subtree<V>): Pair<V>[] {
  if (before === null)
    return isFork(after!)
      ? [
          [null, after.left],
          [null, after.right],
        ]
      : [];
  if (after === null)
    return isFork(before)
      ? [
          [before.left, null],
          [before.right, null],
        ]
      : [];
  if (isFork(before) && (!isFork(after) || before.position <= after.position)) return split(before, after, false);
  return isFork(after) ? split(after, before, true) : [];
}

/** Changes from one trie to the other, in ascending order of keys. Iterative: keys decide the depth. */
export function* trieChanges<V>(before: Subtree<V>, after: Subtree<V>): Generator<TrieChange<V>, void, undefined> {
  const stack: Pair<V>[] = [[before, after]];
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    const [a, b] = pair;
    if (a === b) continue;
    const below = pairsBelow(a, b);
    if (below.length > 0) for (const next of below.toReversed()) stack.push(next);
    else if (a === null) yield new LeafChange(undefined, b as TrieLeaf<V>);
    else if (b === null) yield new LeafChange(a as TrieLeaf<V>, undefined);
    else yield* leafChanges(a as TrieLeaf<V>, b as TrieLeaf<V>);
  }
}
