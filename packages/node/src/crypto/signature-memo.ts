/**
 * A bounded memory of signatures found valid.
 * @module
 */
import type { CacheCounters } from '@myelin/core/execution';
import type { SignatureMemo } from '@myelin/core/crypto';
import { BoundedCache } from './bounded-cache.ts';

/** Each entry takes some 200 bytes. */
const ENTRIES = 50_000;

/** A memo for delegations and certificates, for one process. */
export function createSignatureMemo(entries: number = ENTRIES): SignatureMemo & { readonly counters: Readonly<CacheCounters> } {
  const cache = new BoundedCache<true>(entries);
  const counters: CacheCounters = { hits: 0, misses: 0 };
  return {
    counters,
    has(key) {
      const isKnown = cache.get(key) === true;
      if (isKnown) counters.hits++;
      else counters.misses++;
      return isKnown;
    },
    add(key) {
      if (cache.get(key) === undefined) cache.set(key, true);
    },
  };
}
