/**
 * Where the programs of threads are.
 * @module
 */
import { extname } from 'node:path';

/** A program beside this file: a source where sources run as they are, else what was compiled from it. */
export function programUrl(name: `./${string}`): URL {
  return new URL(`${name}${extname(import.meta.url)}`, import.meta.url);
}
