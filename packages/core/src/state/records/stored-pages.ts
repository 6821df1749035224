/**
 * Pages that lie in a store: the records of one node, read when somebody looks at them.
 * @module
 */
import { type Hasher, IcError, plainBytes, type PrincipalId } from '../../base/index.ts';
import { type Digest, sameDigest } from '../digest.ts';
import { digestPageNode } from '../digest-pages.ts';
import { FAN_OUT, Page, PageNode, type PageSource } from '../page-node.ts';
import { createEditToken } from '../trie-node.ts';
import { GROUP_PAGES, pagesOfGroup } from './page-groups.ts';
import { pageGroupKey } from './record-keys.ts';

/** Which node of which memory. */
export type PagesPlace = {
  readonly canister: PrincipalId;
  /** Heap or stable memory: see `CANISTER_PART`. */
  readonly part: number;
  /** It holds the pages from 32 times this number on. */
  readonly leaf: number;
};

/** Reads the record under a key; undefined when there is none. */
export type RecordReader = (key: Uint8Array) => Uint8Array | undefined;

const GROUPS_PER_NODE: number = FAN_OUT / GROUP_PAGES;

/** Keys of the records that hold the pages of a node. */
export function keysOfPages({ canister, part, leaf }: PagesPlace): readonly Uint8Array[] {
  return Array.from({ length: GROUPS_PER_NODE }, (_, half) => pageGroupKey(canister, part, leaf * GROUPS_PER_NODE + half));
}

function otherPages(place: PagesPlace): IcError {
  const { canister, part, leaf } = place;
  return new IcError(
    { code: 'CHECKPOINT_UNREADABLE' },
    `the checkpoint has other pages of canister ${canister} (part ${part}, pages from ${leaf * FAN_OUT} on) than were written: the disk has damaged them. Restore the whole state directory from a backup or a snapshot`,
  );
}

/** The pages of one node in a store. */
export class StoredPages implements PageSource {
  readonly place: PagesPlace;
  readonly #read: RecordReader;
  readonly #hasher: Hasher;
  /** The records, kept because the store has others by now. */
  #retained: readonly (Uint8Array | undefined)[] | undefined;

  constructor(place: PagesPlace, read: RecordReader, hasher: Hasher) {
    this.place = place;
    this.#read = read;
    this.#hasher = hasher;
  }

  #records(): readonly (Uint8Array | undefined)[] {
    return this.#retained ?? keysOfPages(this.place).map((key) => this.#read(key));
  }

  /** Whether the store has other records by now. */
  get isRetained(): boolean {
    return this.#retained !== undefined;
  }

  /** Reads the records now, because they are about to be replaced. */
  retain(): void {
    this.#retained = this.#records();
  }

  /** @throws IcError `CHECKPOINT_UNREADABLE`, and what the reader throws */
  load(digest: Digest): (Page | undefined)[] {
    const pages = new Array<Page | undefined>(FAN_OUT).fill(undefined);
    for (const [half, value] of this.#records().entries()) {
      if (value === undefined) continue;
      for (const [slot, bytes] of pagesOfGroup(plainBytes(value))) pages[half * GROUP_PAGES + slot] = new Page(bytes, null);
    }
    const read = digestPageNode(new PageNode(0, [], pages, createEditToken()), this.#hasher);
    if (!sameDigest(read, digest)) throw otherPages(this.place);
    return pages;
  }
}
