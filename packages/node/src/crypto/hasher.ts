/**
 * The hash port in native code.
 * @module
 */
import { hash } from 'node:crypto';
import type { Hasher } from '@myelin/core/base';

/** Node gives a `Buffer`, whose `slice` shares memory: the core must never meet one. */
function plainBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** @see Hasher */
export const nodeHasher: Hasher = {
  sha256: (data) => plainBytes(hash('sha256', data, 'buffer')),
  sha224: (data) => plainBytes(hash('sha224', data, 'buffer')),
};
