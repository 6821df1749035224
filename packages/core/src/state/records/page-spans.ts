/**
 * What there is of 1,024 pages of a memory, without the pages: the nodes that hold them, and their digests. With these records a state has its
 * digest before any page is read.
 *
 * A value has 37 bytes for each node of 32 pages that is not empty: its number within the span, the set of its pages (4 bytes, the lowest first, lowest
 * bit for the lowest index), its digest.
 * @module
 */
import { type Hasher, IcError } from '../../base/index.ts';
import { DIGEST_BYTES, type Digest, digestFromBytes, digestInto } from '../digest.ts';
import { digestPageNode } from '../digest-pages.ts';
import type { PageMap } from '../page-map.ts';
import { FAN_OUT } from '../page-node.ts';

export const SPAN_PAGES: number = FAN_OUT * FAN_OUT;
const ENTRY_BYTES: number = 5 + DIGEST_BYTES;

/** Spans, ascending, in which there is one of these pages, which are ascending too. */
export function* spansOf(indexes: Iterable<number>): Generator<number, void, undefined> {
  let last = -1;
  for (const index of indexes) {
    const span = Math.floor(index / SPAN_PAGES);
    if (span !== last) yield (last = span);
  }
}

/** The value of a span; undefined when it has no pages. @param pages - sealed */
export function encodePageSpan(pages: PageMap, span: number, hasher: Hasher): Uint8Array | undefined {
  const value = new Uint8Array(FAN_OUT * ENTRY_BYTES);
  const view = new DataView(value.buffer);
  let length = 0;
  for (const [index, leaf] of pages.leaves(span * SPAN_PAGES, (span + 1) * SPAN_PAGES)) {
    value[length] = (index / FAN_OUT) % FAN_OUT;
    view.setUint32(length + 1, leaf.present, true);
    digestInto(digestPageNode(leaf, hasher), value, length + 5);
    length += ENTRY_BYTES;
  }
  return length === 0 ? undefined : value.slice(0, length);
}

export type SpanLeaf = {
  /** Number of the node: it holds the pages from 32 times that on. */
  readonly leaf: number;
  readonly present: number;
  readonly digest: Digest;
};

/** @throws IcError `STATE_RECORD_MALFORMED` */
export function decodePageSpan(value: Uint8Array, span: number): SpanLeaf[] {
  const leaves: SpanLeaf[] = [];
  const view = new DataView(value.buffer, value.byteOffset, value.length);
  let last = -1;
  for (let offset = 0; offset + ENTRY_BYTES <= value.length; offset += ENTRY_BYTES) {
    const slot = value[offset]!;
    const present = view.getUint32(offset + 1, true);
    if (slot <= last || slot >= FAN_OUT || present === 0) break;
    last = slot;
    leaves.push({ leaf: span * FAN_OUT + slot, present, digest: digestFromBytes(value.slice(offset + 5, offset + ENTRY_BYTES)) });
  }
  if (leaves.length === 0 || leaves.length * ENTRY_BYTES !== value.length) {
    throw new IcError({ code: 'STATE_RECORD_MALFORMED' }, 'a span of pages is not what this version writes');
  }
  return leaves;
}
