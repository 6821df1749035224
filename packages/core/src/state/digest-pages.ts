/**
 * Digest of paged memory.
 *
 * A page: SHA-256 of its 4,096 bytes. A node: SHA-256 of `myelin-page-node`, its height (1 byte), the set of its children (4 bytes,
 * big-endian, lowest bit for the lowest indexes) and the digests of those children in ascending order. A node's input is shorter
 * than a page, so the two cannot be confused.
 * @module
 */
import { type Hasher, utf8 } from '../base/index.ts';
import { DIGEST_BYTES, type Digest, digestFromBytes, digestInto } from './digest.ts';
import { FAN_OUT, type Page, type PageNode } from './page-node.ts';

const NODE_TAG = utf8('myelin-page-node');
const HEADER_BYTES = NODE_TAG.length + 5;

/** What is hashed for a memory without stored pages. */
export const EMPTY_PAGE_MAP_PREIMAGE: Uint8Array = utf8('myelin-page-map-empty');

function digestPage(page: Page, hasher: Hasher): Digest {
  return (page.digest ??= digestFromBytes(hasher.sha256(page.bytes)));
}

/** Fills in the digests that `digestPageNode` would, with a pause after each node of pages. */
export function* digestPageNodeInSteps(node: PageNode, hasher: Hasher): Generator<void, void, undefined> {
  if (node.digest !== null) return;
  for (const child of node.nodes) if (child !== undefined) yield* digestPageNodeInSteps(child, hasher);
  digestPageNode(node, hasher);
  yield;
}

/** Digest of a node; fills in what is missing below it. */
export function digestPageNode(node: PageNode, hasher: Hasher): Digest {
  if (node.digest !== null) return node.digest;
  const preimage = new Uint8Array(HEADER_BYTES + FAN_OUT * DIGEST_BYTES);
  let length = HEADER_BYTES;
  let present = 0;
  const { pages } = node;
  for (let slot = 0; slot < FAN_OUT; slot++) {
    const page = pages[slot];
    const child = node.nodes[slot];
    if (page === undefined && child === undefined) continue;
    present |= 1 << slot;
    if (page !== undefined) digestInto(digestPage(page, hasher), preimage, length);
    else if (child !== undefined) digestInto(digestPageNode(child, hasher), preimage, length);
    length += DIGEST_BYTES;
  }
  preimage.set(NODE_TAG, 0);
  preimage[HEADER_BYTES - 5] = node.height;
  new DataView(preimage.buffer).setUint32(HEADER_BYTES - 4, present >>> 0);
  node.digest = digestFromBytes(hasher.sha256(preimage.subarray(0, length)));
  return node.digest;
}
