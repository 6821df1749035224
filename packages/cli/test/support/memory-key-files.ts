/**
 * Files of identities in memory, on a disk with habits.
 */
import type { KeyFiles } from '../../src/identity/key-files.ts';

/** What the disk is like. */
export type DiskHabits = {
  /** Takes ALICE for alice, as disks of Windows and macOS do. */
  readonly ignoresCase?: boolean;
  /** A file has one name only. */
  readonly lacksLinks?: boolean;
};

/** A disk, and what is on it by path. */
export type MemoryKeyFiles = KeyFiles & {
  readonly contents: ReadonlyMap<string, string>;
  /** Lets the power go after so many changes from now. */
  cutPowerAfter(changes: number): void;
};

function failed(code: string): Error {
  return Object.assign(new Error(`${code}: on a disk in memory`), { code });
}

/** An empty disk. */
export function createMemoryKeyFiles({ ignoresCase = false, lacksLinks = false }: DiskHabits = {}): MemoryKeyFiles {
  const contents = new Map<string, string>();
  let changesLeft = Infinity;
  const fold = (path: string): string => (ignoresCase ? path.toLowerCase() : path);
  const stored = (path: string): string | undefined => [...contents.keys()].find((other) => fold(other) === fold(path));
  const read = (path: string): string => {
    const found = contents.get(stored(path) ?? '');
    if (found === undefined) throw failed('ENOENT');
    return found;
  };
  const change = (): void => {
    if (changesLeft === 0) throw failed('EIO');
    changesLeft--;
  };
  const add = (path: string, text: string): void => {
    if (stored(path) !== undefined) throw failed('EEXIST');
    change();
    contents.set(path, text);
  };
  return {
    contents,
    cutPowerAfter: (changes) => void (changesLeft = changes),
    list: async (folder) => {
      const files = [...contents.keys()].filter((path) => path.startsWith(folder));
      return await Promise.resolve(files.map((path) => path.slice(folder.length + 1)));
    },
    read: async (path) => await Promise.resolve().then(() => read(path)),
    create: async (path, text) => await Promise.resolve().then(() => add(path, text)),
    replace: async (path, text) =>
      await Promise.resolve().then(() => {
        change();
        contents.set(stored(path) ?? path, text);
      }),
    link: async (path, newPath) =>
      await Promise.resolve().then(() => {
        if (lacksLinks) throw failed('EPERM');
        add(newPath, read(path));
      }),
    remove: async (path) =>
      await Promise.resolve().then(() => {
        change();
        contents.delete(stored(path) ?? '');
      }),
  };
}
