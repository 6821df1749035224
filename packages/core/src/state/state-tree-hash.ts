/**
 * Hashes of the nodes of a hash tree, as the state tree needs them: many and small.
 *
 * The same hashes as those of certification/hash-tree.ts, computed in prepared buffers.
 * Source: IC interface specification, "Certificate".
 * @module
 */
import { type Hasher, assert, utf8 } from '../base/index.ts';
import { DIGEST_BYTES } from './digest.ts';
import type { ForkHash } from './digest-trie.ts';

/** Hashes of the five kinds of node. Results are valid for good unless said otherwise. */
export type TreeHasher = {
  readonly hasher: Hasher;
  /** Hash of a tree without labels. */
  readonly emptyHash: Uint8Array;
  readonly leafHash: (value: Uint8Array) => Uint8Array;
  readonly labeledHash: (label: Uint8Array, subtreeHash: Uint8Array) => Uint8Array;
  /** Like `labeledHash`, for a label given as lower-case hex. */
  readonly labeledHexHash: (labelHex: string, subtreeHash: Uint8Array) => Uint8Array;
  readonly forkHash: ForkHash;
};

/** Labels and values up to this many bytes are hashed without a buffer of their own. */
const PREPARED_BYTES_MAX = 128;

/** A text, with its length in front. */
function domainSeparator(text: string): Uint8Array {
  const bytes = utf8(text);
  return Uint8Array.of(bytes.length, ...bytes);
}

function createBuffer(separator: Uint8Array, size: number): Uint8Array {
  const buffer = new Uint8Array(separator.length + size);
  buffer.set(separator);
  return buffer;
}

/** Gives, for a size, a buffer that starts with the separator and has `size` more bytes; short ones are used again and again. */
function createBuffers(separator: Uint8Array): (size: number) => Uint8Array {
  const prepared = Array.from({ length: PREPARED_BYTES_MAX + 1 }, (_, size) => createBuffer(separator, size));
  return (size) => prepared[size] ?? createBuffer(separator, size);
}

function hexDigit(code: number): number {
  return (code & 15) + (code >> 6) * 9;
}

/** Hashes for one `Hasher`. Make it once and keep it: it holds buffers. */
export function createTreeHasher(hasher: Hasher): TreeHasher {
  const leafSeparator = domainSeparator('ic-hashtree-leaf');
  const labeledSeparator = domainSeparator('ic-hashtree-labeled');
  const forkSeparator = domainSeparator('ic-hashtree-fork');
  const leafBuffer = createBuffers(leafSeparator);
  const labeledBuffer = createBuffers(labeledSeparator);
  const forkBuffer = createBuffer(forkSeparator, 2 * DIGEST_BYTES);
  const hashLabel = (buffer: Uint8Array, subtreeHash: Uint8Array): Uint8Array => {
    assert(subtreeHash.length === DIGEST_BYTES, 'a hash has 32 bytes');
    buffer.set(subtreeHash, buffer.length - DIGEST_BYTES);
    return hasher.sha256(buffer);
  };
  const forkHash = (left: Uint8Array, right: Uint8Array): Uint8Array => {
    assert(left.length === DIGEST_BYTES && right.length === DIGEST_BYTES, 'a hash has 32 bytes');
    forkBuffer.set(left, forkSeparator.length);
    forkBuffer.set(right, forkSeparator.length + DIGEST_BYTES);
    return hasher.sha256(forkBuffer);
  };
  return {
    hasher,
    emptyHash: hasher.sha256(domainSeparator('ic-hashtree-empty')),
    leafHash: (value) => {
      const buffer = leafBuffer(value.length);
      buffer.set(value, leafSeparator.length);
      return hasher.sha256(buffer);
    },
    labeledHash: (label, subtreeHash) => {
      const buffer = labeledBuffer(label.length + DIGEST_BYTES);
      buffer.set(label, labeledSeparator.length);
      return hashLabel(buffer, subtreeHash);
    },
    labeledHexHash: (labelHex, subtreeHash) => {
      const length = labelHex.length >> 1;
      const buffer = labeledBuffer(length + DIGEST_BYTES);
      for (let index = 0; index < length; index++) {
        const high = hexDigit(labelHex.charCodeAt(2 * index));
        buffer[labeledSeparator.length + index] = (high << 4) | hexDigit(labelHex.charCodeAt(2 * index + 1));
      }
      return hashLabel(buffer, subtreeHash);
    },
    forkHash: Object.assign(forkHash, { batch: hasher.hashTreeForks }),
  };
}
