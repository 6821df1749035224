/**
 * Signatures found valid, remembered within a bound: a session sends the same delegations with every request.
 * @module
 */
import { assert } from '@myelin/core/base';
import type { SignatureMemo } from '@myelin/core/crypto';

/** A memo that forgets what was neither asked for nor added among the last half of its entries. */
export type BoundedMemo = SignatureMemo & { readonly size: number };

/**
 * Two generations of at most `max / 2` keys: when the young one is full it becomes the old one, and the old one is forgotten.
 * @param max - 2 or more.
 */
export function createSignatureMemo(max: number): BoundedMemo {
  assert(max >= 2, 'a memo has room for two keys');
  const generationMax = Math.floor(max / 2);
  let young = new Set<string>();
  let old = new Set<string>();
  const add = (key: string): void => {
    if (young.has(key)) return;
    if (young.size >= generationMax) {
      old = young;
      young = new Set();
    }
    young.add(key);
  };
  return {
    has(key) {
      if (young.has(key)) return true;
      if (!old.has(key)) return false;
      add(key);
      return true;
    },
    add,
    get size(): number {
      return young.size + old.size;
    },
  };
}
