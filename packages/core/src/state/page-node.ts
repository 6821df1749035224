/**
 * Nodes of the radix tree behind `PageMap`: 32 children each, seven levels at most.
 *
 * Functions here take the edit that may change nodes in place; nodes of other edits are copied.
 * @module
 */
import { type Digest, sameDigest } from './digest.ts';
import type { EditToken } from './trie-node.ts';

/** Bytes of a page. */
export const PAGE_BYTES = 4096;

/** Page indexes are below this: 2^35 pages are 128 TiB. */
export const PAGE_INDEX_LIMIT: number = 2 ** 35;

/** Children of a node. */
export const FAN_OUT = 32;

/** Contents of every page that is not stored. Never changed. */
export const ZERO_PAGE: Uint8Array = new Uint8Array(PAGE_BYTES);

/** Page indexes per child, by height of the node. */
const INDEXES_PER_CHILD: readonly number[] = [1, 2 ** 5, 2 ** 10, 2 ** 15, 2 ** 20, 2 ** 25, 2 ** 30];

/** A stored page. */
export class Page {
  /** `ZERO_PAGE` as long as only zeros were written to a page that was not stored. */
  bytes: Uint8Array;
  /** The edit that owns `bytes`; null: nobody does. */
  readonly edit: EditToken | null;
  /** Zeros were written: perhaps all zero now. */
  zeroSuspect = false;
  digest: Digest | null = null;
  constructor(bytes: Uint8Array, edit: EditToken | null) {
    this.bytes = bytes;
    this.edit = edit;
  }
}

/** Where the pages of a node are while they are away from memory. */
export interface PageSource {
  /**
   * The pages, by slot. Synchronous: a message that needs them waits.
   * @param digest - of the node: what is read is compared with it.
   * @throws what ends the replica: the pages can not be read, or are others
   */
  load(digest: Digest): (Page | undefined)[];
}

const NO_NODES: (PageNode | undefined)[] = [];
const NO_PAGES: (Page | undefined)[] = [];

/** The slots that hold something: the lowest bit for the lowest index. */
function slotsPresent(pages: readonly (Page | undefined)[]): number {
  let present = 0;
  for (let slot = 0; slot < pages.length; slot++) if (pages[slot] !== undefined) present |= 1 << slot;
  return present >>> 0;
}

function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** A node with pages (height 0) or with nodes of the next lower height. The pages of one may be away; looking at them brings them back. */
export class PageNode {
  readonly height: number;
  readonly nodes: (PageNode | undefined)[];
  readonly edit: EditToken;
  digest: Digest | null = null;
  /** The last walk over many memories that met this node: nodes are shared. */
  walk = 0;
  #pages: (Page | undefined)[];
  /** Where the pages are, and which there are, while they are away. */
  #source: PageSource | null = null;
  #present = 0;

  constructor(height: number, nodes: (PageNode | undefined)[], pages: (Page | undefined)[], edit: EditToken) {
    this.height = height;
    this.nodes = nodes;
    this.#pages = pages;
    this.edit = edit;
  }

  /** A node of height 0 whose pages are away. @param present - the slots that hold a page. */
  static away(digest: Digest, present: number, source: PageSource, edit: EditToken): PageNode {
    const node = new PageNode(0, NO_NODES, NO_PAGES, edit);
    node.digest = digest;
    node.#source = source;
    node.#present = present;
    return node;
  }

  get pages(): (Page | undefined)[] {
    if (this.#source !== null) this.#bringBack(this.#source);
    return this.#pages;
  }

  get isAway(): boolean {
    return this.#source !== null;
  }

  /** The slots that hold a page: the lowest bit for the lowest index. */
  get present(): number {
    return this.#source === null ? slotsPresent(this.#pages) : this.#present;
  }

  /** Number of pages in this node itself. */
  get pageCount(): number {
    return countBits(this.present);
  }

  /** Lets the pages go; they are read again when somebody looks. The source has exactly them. */
  sendAway(source: PageSource): void {
    if (this.#source !== null || this.height > 0 || this.digest === null) return;
    this.#present = slotsPresent(this.#pages);
    this.#source = source;
    this.#pages = NO_PAGES;
  }

  #bringBack(source: PageSource): void {
    this.#pages = source.load(this.digest!);
    this.#source = null;
  }
}

function emptySlots<T>(): (T | undefined)[] {
  return new Array<T | undefined>(FAN_OUT).fill(undefined);
}

export function createPageNode(height: number, edit: EditToken): PageNode {
  return height === 0 ? new PageNode(0, NO_NODES, emptySlots<Page>(), edit) : new PageNode(height, emptySlots<PageNode>(), NO_PAGES, edit);
}

/** `node` if it belongs to `edit`, otherwise a copy that does. */
export function ownPageNode(node: PageNode, edit: EditToken): PageNode {
  if (node.edit === edit) return node;
  return node.height === 0
    ? new PageNode(0, NO_NODES, node.pages.slice(), edit)
    : new PageNode(node.height, node.nodes.slice(), NO_PAGES, edit);
}

/** Which child of a node of that height covers `index`. */
export function slotOf(height: number, index: number): number {
  // The quotient is cut to 32 bits, which keeps the five lowest ones.
  return (index / INDEXES_PER_CHILD[height]!) & (FAN_OUT - 1);
}

/** A root of that height covers the indexes below this number. */
export function indexesCovered(height: number): number {
  return INDEXES_PER_CHILD[height]! * FAN_OUT;
}

/** The stored page at `index`. */
export function findPage(root: PageNode | null, index: number): Page | undefined {
  if (root === null || index >= indexesCovered(root.height)) return undefined;
  let node = root;
  while (node.height > 0) {
    const next = node.nodes[slotOf(node.height, index)];
    if (next === undefined) return undefined;
    node = next;
  }
  return node.pages[index & (FAN_OUT - 1)];
}

/** Whether anything is stored below a node. */
function isEmpty(node: PageNode): boolean {
  if (node.height === 0) return node.present === 0;
  for (const child of node.nodes) if (child !== undefined) return false;
  return true;
}

function countPages(node: PageNode): number {
  let count = node.height === 0 ? node.pageCount : 0;
  for (const child of node.nodes) if (child !== undefined) count += countPages(child);
  return count;
}

/** Number of stored pages from `index` on, which lies among the indexes that the node covers. */
export function countPagesFrom(node: PageNode, index: number): number {
  const slot = slotOf(node.height, index);
  if (node.height === 0) return countBits(node.present >>> slot);
  const child = node.nodes[slot];
  let count = child === undefined ? 0 : countPagesFrom(child, index);
  for (let at = slot + 1; at < FAN_OUT; at++) {
    const dropped = node.nodes[at];
    if (dropped !== undefined) count += countPages(dropped);
  }
  return count;
}

/** The subtree without the page at `index`; undefined when nothing is left. */
export function withoutPage(node: PageNode, index: number, edit: EditToken): PageNode | undefined {
  const owned = ownPageNode(node, edit);
  const slot = slotOf(node.height, index);
  if (owned.height === 0) {
    owned.pages[slot] = undefined;
  } else {
    const child = owned.nodes[slot];
    if (child !== undefined) owned.nodes[slot] = withoutPage(child, index, edit);
  }
  return isEmpty(owned) ? undefined : owned;
}

/** The subtree without the pages from `index` on; undefined when nothing is left. `index` lies among those that it covers. */
export function withoutPagesFrom(node: PageNode, index: number, edit: EditToken): PageNode | undefined {
  const owned = ownPageNode(node, edit);
  const slot = slotOf(node.height, index);
  if (owned.height === 0) {
    owned.pages.fill(undefined, slot);
  } else {
    owned.nodes.fill(undefined, slot + 1);
    const child = owned.nodes[slot];
    if (child !== undefined) owned.nodes[slot] = withoutPagesFrom(child, index, edit);
  }
  return isEmpty(owned) ? undefined : owned;
}

/** The lowest node that still covers all that is stored below `root`. */
export function lowestRoot(root: PageNode): PageNode {
  let node = root;
  while (node.height > 0) {
    const first = node.nodes[0];
    if (first === undefined) return node;
    for (let slot = 1; slot < FAN_OUT; slot++) if (node.nodes[slot] !== undefined) return node;
    node = first;
  }
  return node;
}

/** Pages in ascending order; `base` is the first index that the node covers. */
export function* pagesOf(node: PageNode, base: number): Generator<readonly [number, Page], void, undefined> {
  const { pages } = node;
  for (let slot = 0; slot < FAN_OUT; slot++) {
    const start = base + slot * INDEXES_PER_CHILD[node.height]!;
    const page = pages[slot];
    const child = node.nodes[slot];
    if (page !== undefined) yield [start, page];
    else if (child !== undefined) yield* pagesOf(child, start);
  }
}

function childAt(node: PageNode | undefined, height: number, slot: number): PageNode | undefined {
  if (node === undefined || node.height === height) return node?.nodes[slot];
  return slot === 0 ? node : undefined;
}

/** Nothing is brought back to be compared: pages that are away are shared with nobody, unless the digests are equal. */
function* unsharedSlots(a: PageNode | undefined, b: PageNode | undefined, base: number): Generator<number, void, undefined> {
  if (a?.isAway === true || b?.isAway === true) {
    if (a?.digest && b?.digest && sameDigest(a.digest, b.digest)) return;
    const present = (a?.present ?? 0) | (b?.present ?? 0);
    for (let slot = 0; slot < FAN_OUT; slot++) if (((present >>> slot) & 1) === 1) yield base + slot;
    return;
  }
  for (let slot = 0; slot < FAN_OUT; slot++) if (a?.pages[slot] !== b?.pages[slot]) yield base + slot;
}

/** Nodes of height 0 below a node that cover indexes from `first` to below `end`, and the first index that each covers. */
export function* leavesOf(
  node: PageNode,
  base: number,
  first: number,
  end: number,
): Generator<readonly [index: number, leaf: PageNode], void, undefined> {
  if (base >= end || base + indexesCovered(node.height) <= first) return;
  if (node.height === 0) {
    yield [base, node];
    return;
  }
  for (let slot = 0; slot < FAN_OUT; slot++) {
    const child = node.nodes[slot];
    if (child !== undefined) yield* leavesOf(child, base + slot * INDEXES_PER_CHILD[node.height]!, first, end);
  }
}

/** Indexes, ascending, of the pages that two trees do not share; `base` is the first index that they cover. */
export function* unsharedPages(a: PageNode | undefined, b: PageNode | undefined, base: number): Generator<number, void, undefined> {
  if (a === b) return;
  const height = Math.max(a?.height ?? 0, b?.height ?? 0);
  if (height === 0) {
    yield* unsharedSlots(a, b, base);
    return;
  }
  for (let slot = 0; slot < FAN_OUT; slot++) {
    const start = base + slot * INDEXES_PER_CHILD[height]!;
    yield* unsharedPages(childAt(a, height, slot), childAt(b, height, slot), start);
  }
}

/** Whether `bytes[start, end)` are zeros. */
export function isAllZero(bytes: Uint8Array, start: number, end: number): boolean {
  // Most blocks are not zero: a few samples tell that sooner than the first bytes, which often are.
  for (let index = end - 1; index >= start; index -= 61) if (bytes[index] !== 0) return false;
  for (let index = start; index < end; index++) if (bytes[index] !== 0) return false;
  return true;
}
