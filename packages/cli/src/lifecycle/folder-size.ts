/**
 * How much a folder holds.
 * @module
 */
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Files that are looked at. A state folder has some dozens. */
const FILES_MAX = 100_000;

/** Bytes of all files below a folder; links are not followed. Files that go meanwhile, as those of a log do, count nothing. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  let files = 0;
  const waiting = [folder];
  for (let next = waiting.pop(); next !== undefined && files < FILES_MAX; next = waiting.pop()) {
    const entries = await readdir(next, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) waiting.push(path);
      if (!entry.isFile()) continue;
      files++;
      bytes += (await lstat(path).catch(() => undefined))?.size ?? 0;
    }
  }
  return bytes;
}
