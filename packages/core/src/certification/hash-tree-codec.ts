/**
 * CBOR form of hash trees: `[0]`, `[1, left, right]`, `[2, label, tree]`, `[3, value]`, `[4, hash]`.
 *
 * Source: IC interface specification, "Encoding of certificates".
 * @module
 */
import { IcError } from '../base/index.ts';
import { decodeCbor, encodeCbor } from '../codec/index.ts';
import type { CborInput, CborValue } from '../codec/index.ts';
import { EMPTY_TREE, HASH_BYTES } from './hash-tree.ts';
import type { HashTree } from './hash-tree.ts';
import { CERTIFICATE_CBOR_LIMITS, HASH_TREE_DEPTH_MAX } from './limits.ts';

function invalid(what: string): IcError {
  return new IcError({ code: 'HASH_TREE_INVALID' }, `not a hash tree: ${what}`);
}

/** The tree as a CBOR value, to be put into a larger message. */
export function hashTreeToCbor(tree: HashTree): CborInput {
  switch (tree.kind) {
    case 'empty':
      return [0];
    case 'fork':
      return [1, hashTreeToCbor(tree.left), hashTreeToCbor(tree.right)];
    case 'labeled':
      return [2, tree.label, hashTreeToCbor(tree.tree)];
    case 'leaf':
      return [3, tree.value];
    case 'pruned':
      return [4, tree.hash];
  }
}

/** CBOR bytes of a tree, without the self-described tag. */
export function encodeHashTree(tree: HashTree): Uint8Array<ArrayBuffer> {
  return encodeCbor(hashTreeToCbor(tree));
}

/**
 * Reads a decoded CBOR value as a tree. Labels, values and hashes are views into the decoded bytes.
 * @throws IcError `HASH_TREE_INVALID` when it is not one, or deeper than {@link HASH_TREE_DEPTH_MAX}.
 */
export function hashTreeFromCbor(value: CborValue | undefined): HashTree {
  return readNode(value, HASH_TREE_DEPTH_MAX);
}

function readNode(value: CborValue | undefined, depthLeft: number): HashTree {
  if (!isArray(value)) throw invalid('a node is not an array');
  if (depthLeft < 0) throw invalid(`it is more than ${HASH_TREE_DEPTH_MAX} nodes deep`);
  const [tag, first, second] = value;
  switch (tag) {
    case 0:
      checkLength(value, 1);
      return EMPTY_TREE;
    case 1:
      checkLength(value, 3);
      return { kind: 'fork', left: readNode(first, depthLeft - 1), right: readNode(second, depthLeft - 1) };
    case 2:
      checkLength(value, 3);
      return { kind: 'labeled', label: readBlob(first), tree: readNode(second, depthLeft - 1) };
    case 3:
      checkLength(value, 2);
      return { kind: 'leaf', value: readBlob(first) };
    case 4: {
      checkLength(value, 2);
      const hash = readBlob(first);
      if (hash.length !== HASH_BYTES) throw invalid(`a pruned node has a hash of ${hash.length} bytes instead of ${HASH_BYTES}`);
      return { kind: 'pruned', hash };
    }
    default:
      throw invalid('a node starts with something else than 0 to 4');
  }
}

function isArray(value: CborValue | undefined): value is readonly CborValue[] {
  return Array.isArray(value);
}

function checkLength(node: readonly CborValue[], length: number): void {
  if (node.length !== length) throw invalid(`a node has ${node.length} elements instead of ${length}`);
}

function readBlob(value: CborValue | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw invalid('a label, value or hash is not a byte string');
  return value;
}

/**
 * Decodes the CBOR bytes of a tree, with or without the self-described tag.
 * @throws IcError `HASH_TREE_INVALID`, or a `CBOR_…` code for bytes that are not CBOR.
 */
export function decodeHashTree(bytes: Uint8Array): HashTree {
  return hashTreeFromCbor(decodeCbor(bytes, CERTIFICATE_CBOR_LIMITS));
}
