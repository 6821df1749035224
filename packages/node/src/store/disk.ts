/**
 * What the input log asks of a disk, so that tests can put one beneath it that crashes, tears and loses what was not synced.
 * @module
 */
import { mkdir, open, readdir, rm } from 'node:fs/promises';

/** An open file; a part of Node's `FileHandle`. */
export interface DiskFile {
  stat(): Promise<{ readonly size: number }>;
  /** Reads at most `length` bytes from `position` into `buffer` at `offset`. */
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
  /** Writes at most `length` bytes of `buffer` from `offset` to `position`. */
  write(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>;
  truncate(size: number): Promise<void>;
  /** Makes the contents durable, and the size. */
  sync(): Promise<void>;
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export interface Disk {
  makeFolder(folder: string): Promise<void>;
  /** Names in a folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Opens a file for reading and writing; makes it when there is none. */
  open(path: string): Promise<DiskFile>;
  remove(path: string): Promise<void>;
  /** Makes the names in a folder durable: what was made there, and what was removed. */
  syncFolder(folder: string): Promise<void>;
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function openForUpdate(path: string): Promise<DiskFile> {
  const file = await open(path, 'a+');
  await file.close();
  return await open(path, 'r+');
}

/** The disks of the machine. */
export const nodeDisk: Disk = {
  makeFolder: async (folder) => void (await mkdir(folder, { recursive: true, mode: 0o700 })),
  list: (folder) => readdir(folder),
  open: openForUpdate,
  remove: (path) => rm(path),
  syncFolder,
};
