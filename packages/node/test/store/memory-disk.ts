/**
 * A disk in memory that counts its operations and what is open, can refuse any of them, or crash before it, and then holds whatever a real disk might
 * hold: of what was not synced, each sector and each name is there or not, whatever the order in which it was written.
 */
import { basename, dirname } from 'node:path';
import type { Disk, DiskFile } from '../../src/store/disk.ts';

const SECTOR_BYTES = 512;

/** The machine has stopped. */
export class Crash extends Error {}

type Content = { synced: Uint8Array; now: Uint8Array };

function resized(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size);
  copy.set(bytes.subarray(0, size));
  return copy;
}

export class MemoryDisk implements Disk {
  /** Files by path, as programs see them, and as they are named after a crash. */
  #names = new Map<string, Content>();
  #syncedNames = new Map<string, Content>();
  /** Operations that change something until the crash. */
  #left: number;
  operations = 0;
  /** Files that are open. */
  openFiles = 0;
  #refusal: { readonly from: number; readonly count: number; readonly error: Error } | undefined;

  /** @param crashAfter - operations that are carried out before the crash. */
  constructor(crashAfter = Infinity) {
    this.#left = crashAfter;
  }

  #operate(): void {
    if (this.#left <= 0) throw new Crash('the machine has stopped');
    this.#left--;
    this.operations++;
    const { from, count, error } = this.#refusal ?? { from: Infinity, count: 0, error: undefined };
    if (this.operations > from && this.operations <= from + count) throw error as Error;
  }

  /** Lets `count` operations fail after the next `after`. */
  refuse(after: number, count: number, error: Error): void {
    this.#refusal = { from: this.operations + after, count, error };
  }

  /** Everything is as it should be again. */
  mend(): void {
    this.#refusal = undefined;
  }

  /** Lets the machine stop after so many more operations. */
  crashAfter(operations: number): void {
    this.#left = operations;
  }

  makeFolder(): Promise<void> {
    return Promise.resolve();
  }

  async list(folder: string): Promise<string[]> {
    return [...this.#names.keys()].filter((path) => dirname(path) === folder).map((path) => basename(path));
  }

  async open(path: string): Promise<DiskFile> {
    let content = this.#names.get(path);
    if (content === undefined) {
      this.#operate();
      content = { synced: new Uint8Array(0), now: new Uint8Array(0) };
      this.#names.set(path, content);
    }
    return this.#file(content);
  }

  #file(content: Content): DiskFile {
    this.openFiles++;
    const write = (bytes: Uint8Array, position: number): void => {
      if (position + bytes.length > content.now.length) content.now = resized(content.now, position + bytes.length);
      content.now.set(bytes, position);
    };
    const sync = async (): Promise<void> => {
      this.#operate();
      content.synced = content.now.slice();
    };
    return {
      stat: async () => ({ size: content.now.length }),
      read: async (buffer, offset, length, position) => {
        const part = content.now.subarray(position, position + length);
        buffer.set(part, offset);
        return { bytesRead: part.length };
      },
      write: async (buffer, offset, length, position) => {
        try {
          this.#operate();
        } catch (error) {
          // A disk that fails may have written a part; one that has stopped has none.
          if (!(error instanceof Crash)) write(buffer.subarray(offset, offset + Math.floor(length / 2)), position);
          throw error;
        }
        write(buffer.subarray(offset, offset + length), position);
        return { bytesWritten: length };
      },
      truncate: async (size) => {
        this.#operate();
        content.now = resized(content.now, size);
      },
      sync,
      datasync: sync,
      close: async () => {
        this.openFiles--;
      },
    };
  }

  async sizeOf(path: string): Promise<number | undefined> {
    return this.#names.get(path)?.now.length;
  }

  async remove(path: string): Promise<void> {
    this.#operate();
    this.#names.delete(path);
  }

  async syncFolder(folder: string): Promise<void> {
    this.#operate();
    for (const path of this.#syncedNames.keys()) if (dirname(path) === folder && !this.#names.has(path)) this.#syncedNames.delete(path);
    for (const [path, content] of this.#names) if (dirname(path) === folder) this.#syncedNames.set(path, content);
  }

  /** What the disk may hold after a crash now. @param dice - decides, below a bound. */
  afterCrash(dice: (below: number) => number): MemoryDisk {
    const disk = new MemoryDisk();
    for (const path of new Set([...this.#names.keys(), ...this.#syncedNames.keys()])) {
      const now = this.#names.get(path);
      const synced = this.#syncedNames.get(path);
      const content = now === synced || dice(2) === 0 ? now : synced;
      if (content === undefined) continue;
      const bytes = survivor(content, dice);
      const kept = { synced: bytes, now: bytes.slice() };
      disk.#names.set(path, kept);
      disk.#syncedNames.set(path, kept);
    }
    return disk;
  }
}

/** Contents after a crash: the size and each sector is the synced one or the last one; a sector that never was written is zeros. */
function survivor({ synced, now }: Content, dice: (below: number) => number): Uint8Array {
  const sizes = [synced.length, now.length];
  // The file may have been made longer sector by sector.
  const between = Math.max(now.length - synced.length, 0);
  sizes.push(synced.length + Math.floor(dice(between + 1) / SECTOR_BYTES) * SECTOR_BYTES);
  const bytes = new Uint8Array(sizes[dice(sizes.length)]!);
  for (let start = 0; start < bytes.length; start += SECTOR_BYTES) {
    const source = dice(2) === 0 ? now : synced;
    bytes.set(source.subarray(start, Math.min(start + SECTOR_BYTES, bytes.length)), start);
  }
  return bytes;
}
