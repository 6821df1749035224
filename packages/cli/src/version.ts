/**
 * The version of this package.
 * @module
 */
import { readFileSync } from 'node:fs';

/** As in package.json, which lies one folder above the sources and the compiled files alike. */
export function readVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { readonly version: string };
  return manifest.version;
}
