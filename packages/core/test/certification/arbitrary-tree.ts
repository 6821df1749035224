/** Random hash trees for property tests. */
import fc from 'fast-check';
import { compareBytes, toHex } from '../../src/base/index.ts';
import { EMPTY_TREE, fork, labeled, leaf } from '../../src/certification/index.ts';
import type { HashTree } from '../../src/certification/index.ts';

/** A labelled tree before it has a shape: children by label, or a value. */
export type PlainTree = { readonly value: Uint8Array } | { readonly children: readonly (readonly [Uint8Array, PlainTree])[] };

const label = fc.uint8Array({ maxLength: 3 });

/** Random content, some levels deep. */
export function plainTreeOf(labels: fc.Arbitrary<Uint8Array>): fc.Arbitrary<PlainTree> {
  return fc.letrec<{ tree: PlainTree; value: PlainTree; node: PlainTree }>((tie) => ({
    tree: fc.oneof({ depthSize: 'small', withCrossShrink: true }, tie('value'), tie('node')),
    value: fc.record({ value: fc.uint8Array({ maxLength: 8 }) }),
    node: fc.record({
      children: fc
        .array(fc.tuple(labels, tie('tree')), { maxLength: 5 })
        .map((entries) => [...new Map(entries.map((entry) => [toHex(entry[0]), entry])).values()].sort((a, b) => compareBytes(a[0], b[0]))),
    }),
  })).tree;
}

/** Gives content a shape: `choices` decide where forks split and where an empty tree is put in. */
export function shape(plain: PlainTree, choices: Iterator<number>): HashTree {
  if ('value' in plain) return leaf(plain.value);
  return join(
    plain.children.map(([name, child]) => labeled(name, shape(child, choices))),
    choices,
  );
}

function join(items: readonly HashTree[], choices: Iterator<number>): HashTree {
  const choice: number = choices.next().value ?? 1;
  if (items.length === 0) return EMPTY_TREE;
  if (items.length === 1) return choice % 7 === 0 ? fork(items[0]!, EMPTY_TREE) : items[0]!;
  const middle = 1 + (choice % (items.length - 1));
  return fork(join(items.slice(0, middle), choices), join(items.slice(middle), choices));
}

/** A well-formed tree and the content it came from. */
export const shapedTree: fc.Arbitrary<{ readonly plain: PlainTree; readonly tree: HashTree }> = fc
  .tuple(plainTreeOf(label), fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }))
  .map(([plain, choices]) => ({ plain, tree: shape(plain, endless(choices)) }));

function* endless(choices: readonly number[]): Generator<number> {
  for (;;) yield* choices;
}

/** Paths that are often, but not always, in a tree. */
export const somePaths: fc.Arbitrary<Uint8Array[][]> = fc.array(fc.array(label, { maxLength: 3 }), { maxLength: 4 });

/** The answer that the content itself gives for a path. */
export function lookupPlain(plain: PlainTree, path: readonly Uint8Array[]): Uint8Array | 'absent' | 'error' {
  const [first, ...rest] = path;
  if ('value' in plain) return first === undefined ? plain.value : 'absent';
  if (first === undefined) return plain.children.length === 0 ? 'absent' : 'error';
  const child = plain.children.find(([name]) => compareBytes(name, first) === 0);
  return child === undefined ? 'absent' : lookupPlain(child[1], rest);
}

/** Every path to a leaf. */
export function pathsOf(plain: PlainTree, prefix: readonly Uint8Array[] = []): (readonly Uint8Array[])[] {
  if ('value' in plain) return [prefix];
  return plain.children.flatMap(([name, child]) => pathsOf(child, [...prefix, name]));
}
