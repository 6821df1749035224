/**
 * Sparse paged memory: a canister's heap or stable memory as 4 KiB pages, an absent page being all zero.
 *
 * A radix tree with 32 children per node. A handle is mutable; nodes and pages are shared with other handles and copied before
 * they are changed. The first change starts an edit, `seal()` and `fork()` end it; a page is copied at most once per edit.
 * Invariants of a sealed handle, which make its digest depend on the contents only: P1 no stored page is all zero; P2 no node is
 * empty; P3 the root is as low as its largest index allows.
 * Invariant P4: what belongs to the running edit has no digest, so digests are taken of a sealed handle only (asserted).
 * @module
 */
import { assert, equalBytes, type Hasher } from '../base/index.ts';
import { digestToBytes } from './digest.ts';
import { EMPTY_PAGE_MAP_PREIMAGE, digestPageNode, digestPageNodeInSteps } from './digest-pages.ts';
import {
  FAN_OUT,
  PAGE_BYTES,
  PAGE_INDEX_LIMIT,
  Page,
  type PageNode,
  ZERO_PAGE,
  countPagesFrom,
  createPageNode,
  findPage,
  indexesCovered,
  isAllZero,
  leavesOf,
  lowestRoot,
  ownPageNode,
  pagesOf,
  slotOf,
  unsharedPages,
  withoutPage,
  withoutPagesFrom,
} from './page-node.ts';
import { type EditToken, createEditToken } from './trie-node.ts';

/** A page and its index. The bytes must not be changed. */
export type PageEntry = readonly [index: number, bytes: Uint8Array];

function assertPageIndex(index: number): void {
  assert(Number.isInteger(index) && index >= 0 && index < PAGE_INDEX_LIMIT, 'a page index is an integer from 0 to 2^35 - 1');
}

function assertRange(offset: number, size: number): void {
  assert(Number.isSafeInteger(offset) && offset >= 0, 'an offset is a natural number');
  assert(Number.isSafeInteger(size) && size >= 0, 'a size is a natural number');
  assert(offset + size <= PAGE_INDEX_LIMIT * PAGE_BYTES, 'a range ends below 2^47');
}

/** A handle on a memory; see the module description for edits. */
export class PageMap {
  #root: PageNode | null;
  #size: number;
  /** The running edit, or null on a sealed handle. */
  #edit: EditToken | null = null;
  /** Pages of the running edit into which zeros were written: those that are all zero are dropped when it ends. */
  #zeroSuspects: number[] = [];
  /** Counts changes, so that an iterator notices them. */
  #changes = 0;

  private constructor(root: PageNode | null, size: number) {
    this.#root = root;
    this.#size = size;
  }

  /** A new memory of zeros. */
  static empty(): PageMap {
    return new PageMap(null, 0);
  }

  /** Number of stored pages. A page of zeros that `write` made counts until the edit ends. */
  get size(): number {
    return this.#size;
  }

  /** Whether no edit is running: digests may be taken. */
  get sealed(): boolean {
    return this.#edit === null;
  }

  /** The page at `index`, or undefined when it is not stored: all zero. Valid until the next write; not to be changed. */
  get(index: number): Uint8Array | undefined {
    return findPage(this.#root, index)?.bytes;
  }

  /**
   * Stores a page; all zeros are the same as `delete`.
   * @param bytes - 4,096 bytes that nobody changes from now on.
   */
  set(index: number, bytes: Uint8Array): void {
    assertPageIndex(index);
    assert(bytes.length === PAGE_BYTES, 'a page has 4,096 bytes');
    if (isAllZero(bytes, 0, PAGE_BYTES)) this.delete(index);
    else this.#put(this.#leafFor(index), index, new Page(bytes, null));
  }

  /** Makes a page all zero; tells whether it was stored. */
  delete(index: number): boolean {
    const root = this.#root;
    if (root === null || findPage(root, index) === undefined) return false;
    this.#changes++;
    this.#size--;
    this.#setRoot(withoutPage(root, index, this.#startEdit()));
    return true;
  }

  /** Makes all pages with index ≥ `firstIndexToDrop` zero. The cost follows the number of pages dropped. */
  truncate(firstIndexToDrop: number): void {
    assert(Number.isSafeInteger(firstIndexToDrop) && firstIndexToDrop >= 0, 'a page index is a natural number');
    const root = this.#root;
    if (root === null || firstIndexToDrop >= indexesCovered(root.height)) return;
    const dropped = countPagesFrom(root, firstIndexToDrop);
    if (dropped === 0) return;
    this.#changes++;
    this.#size -= dropped;
    this.#setRoot(withoutPagesFrom(root, firstIndexToDrop, this.#startEdit()));
  }

  /** Stored pages in ascending order of index; the map must not be changed meanwhile (asserted). */
  *entries(): Generator<PageEntry, void, undefined> {
    if (this.#root === null) return;
    const changes = this.#changes;
    for (const [index, page] of pagesOf(this.#root, 0)) {
      yield [index, page.bytes];
      assert(changes === this.#changes, 'a page map is not changed while it is walked');
    }
  }

  /**
   * Indexes, ascending, of the pages in which this memory may differ from another one: those that the two do not share. The cost follows
   * their number when one was forked from the other. Neither map is changed meanwhile.
   */
  unshared(other: PageMap): Generator<number, void, undefined> {
    return unsharedPages(this.#root ?? undefined, other.#root ?? undefined, 0);
  }

  /** A copy of the bytes `[offset, offset + size)`. */
  read(offset: number, size: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size);
    this.readInto(offset, bytes);
    return bytes;
  }

  /** Fills `target`, which must be all zero, with the bytes from `offset` on. */
  readInto(offset: number, target: Uint8Array): void {
    assertRange(offset, target.length);
    for (let done = 0; done < target.length;) {
      const within = (offset + done) % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - within, target.length - done);
      const page = findPage(this.#root, (offset + done - within) / PAGE_BYTES);
      if (page !== undefined)
        target.set(within === 0 && count === PAGE_BYTES ? page.bytes : page.bytes.subarray(within, within + count), done);
      done += count;
    }
  }

  /**
   * Writes `bytes` from `offset` on.
   *
   * @param onNewDirtyPage - called with the index of each page that this edit has not written to before, before it is written.
   * What it throws ends the write; the pages before that one are written then.
   */
  write(offset: number, bytes: Uint8Array, onNewDirtyPage?: (index: number) => void): void {
    assertRange(offset, bytes.length);
    this.#changes++;
    for (let done = 0; done < bytes.length;) {
      const within = (offset + done) % PAGE_BYTES;
      const count = Math.min(PAGE_BYTES - within, bytes.length - done);
      this.#writePage((offset + done - within) / PAGE_BYTES, within, bytes.subarray(done, done + count), onNewDirtyPage);
      done += count;
    }
  }

  /**
   * Takes the contents of another memory, keeping the pages that are equal already. The cost follows the pages that the two do not share.
   * @param other - sealed: its pages are not changed in place any more.
   */
  assign(other: PageMap): void {
    assert(other.sealed, 'pages are shared when nobody changes them any more');
    for (const index of Array.from(this.unshared(other))) {
      const bytes = other.get(index);
      const own = this.get(index);
      if (bytes === undefined) this.delete(index);
      else if (own === undefined || !equalBytes(own, bytes)) this.set(index, bytes);
    }
    this.seal();
  }

  /** An independent handle on the same memory, in constant time but for the zeros written in the edit, which it ends. */
  fork(): PageMap {
    this.seal();
    return new PageMap(this.#root, this.#size);
  }

  /**
   * Puts a node with pages into its place, where nothing is yet. Nodes may be shared with other maps.
   * @param index - the first page index that it covers.
   */
  attach(index: number, leaf: PageNode): void {
    assertPageIndex(index);
    assert(leaf.height === 0 && index % FAN_OUT === 0, 'a node with pages begins at a multiple of 32');
    const edit = this.#startEdit();
    this.#changes++;
    this.#size += leaf.pageCount;
    if (this.#root === null && index === 0) {
      this.#root = leaf;
      return;
    }
    const parent = this.#nodeFor(index, 1);
    const slot = slotOf(1, index);
    assert(parent.nodes[slot] === undefined && parent.edit === edit, 'a node is put where nothing is');
    parent.nodes[slot] = leaf;
  }

  /** The nodes with pages, and the first page index that each covers, from page `first` to below `end`. */
  *leaves(first = 0, end: number = PAGE_INDEX_LIMIT): Generator<readonly [index: number, leaf: PageNode], void, undefined> {
    if (this.#root === null) return;
    for (const entry of leavesOf(this.#root, 0, first, end)) yield entry;
  }

  /** Ends the running edit, drops the pages that became all zero in it. */
  seal(): void {
    if (this.#edit === null) return;
    for (const index of this.#zeroSuspects) {
      const page = findPage(this.#root, index);
      if (page === undefined || !page.zeroSuspect) continue;
      page.zeroSuspect = false;
      if (isAllZero(page.bytes, 0, PAGE_BYTES)) this.delete(index);
    }
    this.#zeroSuspects = [];
    this.#edit = null;
  }

  /**
   * SHA-256 over the tree of pages; depends on the contents only. Kept in the nodes, so the cost follows what changed.
   * @throws AssertionFault unless the handle is sealed.
   */
  rootDigest(hasher: Hasher): Uint8Array {
    assert(this.#edit === null, 'digests are taken of a sealed page map');
    return this.#root === null ? hasher.sha256(EMPTY_PAGE_MAP_PREIMAGE) : digestToBytes(digestPageNode(this.#root, hasher));
  }

  /**
   * Fills in the digests that `rootDigest` would, with a pause after each 32 pages at most.
   * @throws AssertionFault unless the handle is sealed.
   */
  *digestInSteps(hasher: Hasher): Generator<void, void, undefined> {
    assert(this.#edit === null, 'digests are taken of a sealed page map');
    if (this.#root !== null) yield* digestPageNodeInSteps(this.#root, hasher);
  }

  #startEdit(): EditToken {
    return (this.#edit ??= createEditToken());
  }

  #setRoot(root: PageNode | undefined): void {
    this.#root = root === undefined ? null : lowestRoot(root);
  }

  /** The node that holds page `index`, belonging to the running edit; made if need be. */
  #leafFor(index: number): PageNode {
    return this.#nodeFor(index, 0);
  }

  /** The node of a height that covers page `index`, belonging to the running edit; made if need be. */
  #nodeFor(index: number, height: number): PageNode {
    const edit = this.#startEdit();
    let node = this.#root ?? createPageNode(height, edit);
    while (index >= indexesCovered(node.height) || node.height < height) {
      const above = createPageNode(node.height + 1, edit);
      if (this.#root !== null) above.nodes[0] = node;
      node = above;
    }
    node = ownPageNode(node, edit);
    this.#root = node;
    while (node.height > height) {
      const slot = slotOf(node.height, index);
      const child = node.nodes[slot];
      const owned: PageNode = child === undefined ? createPageNode(node.height - 1, edit) : ownPageNode(child, edit);
      node.nodes[slot] = owned;
      node = owned;
    }
    return node;
  }

  #put(leaf: PageNode, index: number, page: Page): void {
    const slot = index & (FAN_OUT - 1);
    if (leaf.pages[slot] === undefined) this.#size++;
    leaf.pages[slot] = page;
    this.#changes++;
  }

  #writePage(index: number, within: number, bytes: Uint8Array, onNewDirtyPage: ((index: number) => void) | undefined): void {
    const edit = this.#startEdit();
    let page = findPage(this.#root, index);
    if (page === undefined || page.edit !== edit) {
      onNewDirtyPage?.(index);
      page = new Page(page === undefined ? ZERO_PAGE : bytes.length === PAGE_BYTES ? bytes.slice() : page.bytes.slice(), edit);
      this.#put(this.#leafFor(index), index, page);
    }
    const isZero = isAllZero(bytes, 0, bytes.length);
    if (isZero && !page.zeroSuspect) {
      page.zeroSuspect = true;
      this.#zeroSuspects.push(index);
    }
    if (page.bytes === ZERO_PAGE) {
      if (isZero) return;
      page.bytes = new Uint8Array(PAGE_BYTES);
    }
    page.bytes.set(bytes, within);
  }
}
