/**
 * Pages of a memory in groups of 16: one record each. Stores keep values of 64 KiB at a sixteenth of the overhead of single pages.
 *
 * A value is the set of pages that are not all zero (2 bytes, the lowest first, lowest bit for the lowest index) and those pages.
 * @module
 */
import { IcError } from '../../base/index.ts';
import type { PageMap } from '../page-map.ts';
import { PAGE_BYTES } from '../page-node.ts';

export const GROUP_PAGES = 16;
const HEAD_BYTES = 2;

/** Numbers, ascending, of the groups in which two memories may differ. */
export function* changedGroups(before: PageMap, after: PageMap): Generator<number, void, undefined> {
  let last = -1;
  for (const index of before.unshared(after)) {
    const group = Math.floor(index / GROUP_PAGES);
    if (group === last) continue;
    last = group;
    yield group;
  }
}

/** The value of a group; undefined when all its pages are zero. */
export function encodePageGroup(pages: PageMap, group: number): Uint8Array | undefined {
  const present: Uint8Array[] = [];
  let mask = 0;
  for (let slot = 0; slot < GROUP_PAGES; slot++) {
    const page = pages.get(group * GROUP_PAGES + slot);
    if (page === undefined) continue;
    mask |= 1 << slot;
    present.push(page);
  }
  if (mask === 0) return undefined;
  const value = new Uint8Array(HEAD_BYTES + present.length * PAGE_BYTES);
  value[0] = mask & 255;
  value[1] = mask >> 8;
  for (const [index, page] of present.entries()) value.set(page, HEAD_BYTES + index * PAGE_BYTES);
  return value;
}

/**
 * The pages of a group, and where they are within it.
 * @throws IcError `STATE_RECORD_MALFORMED`
 */
export function* pagesOfGroup(value: Uint8Array): Generator<readonly [slot: number, bytes: Uint8Array], void, undefined> {
  let mask = (value[0] ?? 0) | ((value[1] ?? 0) << 8);
  let offset = HEAD_BYTES;
  for (let slot = 0; mask !== 0; slot++, mask >>= 1) {
    if ((mask & 1) === 0) continue;
    if (offset + PAGE_BYTES > value.length) break;
    yield [slot, value.slice(offset, offset + PAGE_BYTES)];
    offset += PAGE_BYTES;
  }
  if (mask !== 0 || offset !== value.length || offset === HEAD_BYTES) {
    throw new IcError({ code: 'STATE_RECORD_MALFORMED' }, 'a group of pages does not have the size that it names');
  }
}

/**
 * Puts the pages of a group into a memory.
 * @throws IcError `STATE_RECORD_MALFORMED`
 */
export function decodePageGroup(value: Uint8Array, group: number, pages: PageMap): void {
  for (const [slot, bytes] of pagesOfGroup(value)) pages.set(group * GROUP_PAGES + slot, bytes);
}
