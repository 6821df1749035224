/**
 * The files of identities. What a change has made is on the disk when the change is done: also a machine that loses its power the moment
 * after has the key.
 * @module
 */
import { link, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** What identities ask of a disk, so that tests can put one beneath them that fails, has no links, or takes ALICE for alice. */
export interface KeyFiles {
  /** Names in a folder. @throws ENOENT */
  list(folder: string): Promise<readonly string[]>;
  /** @throws ENOENT */
  read(path: string): Promise<string>;
  /** Makes a file, and the folders above it that are missing. @throws EEXIST */
  create(path: string, text: string): Promise<void>;
  /** Makes a file, and folders as {@link create} does, or puts it whole in the place of the one that is there. */
  replace(path: string, text: string): Promise<void>;
  /** Gives a file a second name. @throws EEXIST, ENOENT; others where a file has one name only */
  link(path: string, newPath: string): Promise<void>;
  remove(path: string): Promise<void>;
}

/** What the system calls a failure: ENOENT, EEXIST, … */
export function systemCode(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

/** Codes of those that do not let a folder be synced: it is another user's, or the file system can not. */
const NOT_TO_SYNC: readonly (string | undefined)[] = ['EACCES', 'EPERM', 'EINVAL'];

/** Makes the names in a folder durable. Windows keeps them in the journal of its file system, and refuses to sync a folder. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!NOT_TO_SYNC.includes(systemCode(error))) throw error;
  }
}

async function makeFolder(folder: string): Promise<void> {
  const path = resolve(folder);
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  const last = dirname(first);
  for (let above = dirname(path); ; above = dirname(above)) {
    await syncFolder(above);
    if (above === last) return;
  }
}

async function writeThrough(path: string, text: string, flag: 'w' | 'wx'): Promise<void> {
  const file = await open(path, flag, 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } catch (error) {
    // Half a key is none, and would hold its name for ever.
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/** Makes a file that its owner alone can read; its folder is there. @throws EEXIST */
export async function createSecretFile(path: string, text: string): Promise<void> {
  await writeThrough(path, text, 'wx');
  await syncFolder(dirname(resolve(path)));
}

/** Those of the machine. */
export const diskKeyFiles: KeyFiles = {
  list: (folder) => readdir(folder),
  read: (path) => readFile(path, 'utf8'),
  create: async (path, text) => {
    await makeFolder(dirname(path));
    await createSecretFile(path, text);
  },
  replace: async (path, text) => {
    await makeFolder(dirname(path));
    await writeThrough(`${path}.new`, text, 'w');
    await rename(`${path}.new`, path);
    await syncFolder(dirname(path));
  },
  link: async (path, newPath) => {
    await link(path, newPath);
    await syncFolder(dirname(newPath));
  },
  remove: async (path) => {
    await rm(path);
    await syncFolder(dirname(path));
  },
};
