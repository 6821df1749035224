/**
 * A bounded memory of signatures found valid.
 * @module
 */
import type { SignatureMemo } from '@myelin/core/crypto';
import { BoundedCache } from './bounded-cache.ts';

/** Each entry takes some 200 bytes. */
const ENTRIES = 50_000;

/** A memo for delegations and certificates, for one process. */
export function createSignatureMemo(entries: number = ENTRIES): SignatureMemo {
  const cache = new BoundedCache<true>(entries);
  return {
    has: (key) => cache.get(key) === true,
    add(key) {
      if (cache.get(key) === undefined) cache.set(key, true);
    },
  };
}
