/**
 * Canisters that are committed as binaries, because what builds them is not on npm. How to rebuild each is beside it.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';

async function readFixture(path: string): Promise<Uint8Array> {
  return Uint8Array.from(await readFile(new URL(`../fixtures/${path}`, import.meta.url)));
}

/** A counter in C: heap, stable memory, timer; numbers are 8 bytes, little-endian. See fixtures/c/counter.c. */
export async function cCanister(): Promise<Uint8Array> {
  return await readFixture('c/counter.wasm');
}

/** A guest book in TypeScript, built with Azle: 3.5 MB of Rust-built engine. See fixtures/azle/guestbook.ts. */
export async function azleCanister(): Promise<{ readonly wasm: Uint8Array; readonly gzipped: Uint8Array; readonly candid: string }> {
  const gzipped = await readFixture('azle/guestbook.wasm.gz');
  const candid = new TextDecoder().decode(await readFixture('azle/guestbook.did'));
  return { wasm: Uint8Array.from(gunzipSync(gzipped)), gzipped, candid };
}
