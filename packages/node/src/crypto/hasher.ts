/**
 * The hash port in native code.
 * @module
 */
import { hash } from 'node:crypto';
import type { Hasher } from '@myelin/core/base';

/** Since V8 14 (Node 25); the declared types of the language version that the project compiles for do not have it. */
type HexTarget = Uint8Array & { setFromHex?(hex: string): unknown };

/**
 * The digest as a plain array of its own. By way of hex, because a digest as a `Buffer` costs three times as much as the hash of a short
 * message: its memory is allocated, accounted and swept outside the heap of JavaScript, while a small array lies in it (Node 26, 80
 * bytes: 4.2 us against 1.3 us).
 */
function digest(algorithm: 'sha256' | 'sha224', size: number, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(size) as HexTarget;
  if (bytes.setFromHex === undefined) bytes.set(hash(algorithm, data, 'buffer'));
  else bytes.setFromHex(hash(algorithm, data, 'hex'));
  return bytes;
}

/** @see Hasher */
export const nodeHasher: Hasher = {
  sha256: (data) => digest('sha256', 32, data),
  sha224: (data) => digest('sha224', 28, data),
};
