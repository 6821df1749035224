/**
 * What watched files look like at one moment: enough to tell whether something has changed.
 * @module
 */
import { readdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { WatchedPaths } from '../build/index.ts';
import { commandFailure } from '../terminal/index.ts';
import { WATCHED_DEPTH_MAX, WATCHED_FILES_MAX } from './limits.ts';

/** Path to time and size. */
export type Snapshot = ReadonlyMap<string, string>;

/** What builds and tools make, and nobody writes by hand. Folders that begin with a dot are left out, too. */
const PASSED_OVER = new Set(['node_modules', 'target', 'dist', 'build', 'out']);

async function lookAt(path: string): Promise<string | undefined> {
  try {
    const { mtimeMs, size } = await stat(path);
    return `${mtimeMs}:${size}`;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

async function walk(folder: string, depth: number, files: Set<string>, folders: Set<string>): Promise<void> {
  folders.add(folder);
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (entry.name.startsWith('.') || PASSED_OVER.has(entry.name)) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth < WATCHED_DEPTH_MAX) await walk(path, depth + 1, files, folders);
    else if (entry.isFile()) files.add(path);
    if (files.size > WATCHED_FILES_MAX) {
      throw commandFailure(
        'WATCH_TOO_MANY',
        `there are more than ${WATCHED_FILES_MAX} files in ${folder}`,
        'move what is no source out of it',
      );
    }
  }
}

/** Files of a folder that a source may import when they come to be. */
async function addSources(folder: string, files: Set<string>): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) if (name.endsWith('.mo')) files.add(join(folder, name));
}

/**
 * Looks at everything that is watched.
 * @returns also the folders whose changes tell that it has to be looked at again.
 * @throws IcError `WATCH_TOO_MANY`
 */
export async function takeSnapshot(
  watched: readonly WatchedPaths[],
): Promise<{ readonly snapshot: Snapshot; readonly folders: ReadonlySet<string> }> {
  const files = new Set<string>();
  const folders = new Set<string>();
  for (const { files: single, folders: whole } of watched) {
    for (const file of single) {
      files.add(file);
      if (!folders.has(dirname(file)) && file.endsWith('.mo')) await addSources(dirname(file), files);
      folders.add(dirname(file));
    }
    for (const folder of whole) await walk(folder, 0, files, folders);
  }
  const snapshot = new Map<string, string>();
  for (const file of files) {
    const seen = await lookAt(file);
    if (seen !== undefined) snapshot.set(file, seen);
  }
  return { snapshot, folders };
}

/** Paths that differ. */
export function changedPaths(before: Snapshot, after: Snapshot): string[] {
  const changed = [...after].filter(([path, seen]) => before.get(path) !== seen).map(([path]) => path);
  return [...changed, ...[...before.keys()].filter((path) => !after.has(path))];
}
