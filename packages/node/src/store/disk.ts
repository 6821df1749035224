/**
 * What the input log asks of a disk, so that tests can put one beneath it that crashes, fails, tears and loses what was not synced.
 * @module
 */
import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { type FileHandle, open, readdir, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AssertionFault } from '@myelin/core/base';
import { diskFailure, onDisk } from './disk-failure.ts';

/** An open file. */
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

/** All of it throws IcError `STATE_DISK_FAILED`. */
export interface Disk {
  /** Makes a folder and those above it, if they are not there, and their names durable. */
  makeFolder(folder: string): Promise<void>;
  /** Names in a folder. */
  list(folder: string): Promise<readonly string[]>;
  /** Opens a file for reading and writing; makes it when there is none. */
  open(path: string): Promise<DiskFile>;
  /** Size of the file that has this name now; undefined when none has. */
  sizeOf(path: string): Promise<number | undefined>;
  remove(path: string): Promise<void>;
  /** Makes the names in a folder durable: what was made there, and what was removed. */
  syncFolder(folder: string): Promise<void>;
}

/** Windows keeps names in the journal of its file system, and refuses to sync a folder. */
const SYNCS_FOLDERS: boolean = process.platform !== 'win32';

/** Codes of those that do not let a folder be synced: it is another user's, or the file system can not. What is in it is its owner's care. */
const NOT_TO_SYNC: readonly (string | undefined)[] = ['EACCES', 'EPERM', 'EINVAL'];

/** @throws the error, unless the folder is one that can not be synced */
function unlessNotToSync(error: unknown): void {
  if (!NOT_TO_SYNC.includes((error as NodeJS.ErrnoException).code)) throw error;
}

/** Makes the names in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  if (!SYNCS_FOLDERS) return;
  let folder: FileHandle | undefined;
  try {
    folder = await open(path, 'r');
    await folder.sync();
  } catch (error) {
    unlessNotToSync(error);
  } finally {
    await folder?.close();
  }
}

function syncFolderNow(path: string): void {
  if (!SYNCS_FOLDERS) return;
  let folder: number | undefined;
  try {
    folder = openSync(path, 'r');
    fsyncSync(folder);
  } catch (error) {
    unlessNotToSync(error);
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
}

/** Makes a folder and those above it, for this user alone, and their names durable. Waits for the disk: for the start of a node. */
export function makeFolderNow(folder: string): void {
  const path = resolve(folder);
  const first = mkdirSync(path, { recursive: true, mode: 0o700 });
  // Also when it is there: who has made it may have been stopped before its name was durable.
  const last = dirname(first ?? path);
  for (let above = dirname(path); ; above = dirname(above)) {
    syncFolderNow(above);
    if (above === last) return;
  }
}

async function openForUpdate(path: string): Promise<FileHandle> {
  const file = await open(path, 'a+', 0o600);
  await file.close();
  return await open(path, 'r+');
}

function explained(path: string, file: FileHandle): DiskFile {
  return {
    stat: () => onDisk(path, 'read', () => file.stat()),
    read: (...where) => onDisk(path, 'read', () => file.read(...where)),
    write: (...where) => onDisk(path, 'written', () => file.write(...where)),
    truncate: (size) => onDisk(path, 'cut', () => file.truncate(size)),
    sync: () => onDisk(path, 'written', () => file.sync()),
    datasync: () => onDisk(path, 'written', () => file.datasync()),
    close: () => onDisk(path, 'closed', () => file.close()),
  };
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** The disks of the machine. */
export const nodeDisk: Disk = {
  makeFolder: (folder) => onDisk(folder, 'made', async () => makeFolderNow(folder)),
  list: (folder) => onDisk(folder, 'read', () => readdir(folder)),
  open: async (path) => explained(path, await onDisk(path, 'opened', () => openForUpdate(path))),
  sizeOf: (path) => onDisk(path, 'read', () => sizeOf(path)),
  remove: (path) => onDisk(path, 'removed', () => rm(path)),
  syncFolder: (folder) => onDisk(folder, 'written', () => syncFolder(folder)),
};

type Readable = Pick<DiskFile, 'stat' | 'read' | 'close'>;

const NO_FILE: Readable = {
  stat: () => Promise.resolve({ size: 0 }),
  read: () => Promise.resolve({ bytesRead: 0 }),
  close: () => Promise.resolve(),
};

async function openToRead(path: string): Promise<Readable> {
  try {
    return explained(path, await open(path, 'r'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return NO_FILE;
    throw diskFailure(path, 'opened', error);
  }
}

/** What is written is taken and forgotten, but never called durable. */
function lookedAt(path: string, { stat: look, read, close }: Readable): DiskFile {
  return {
    stat: look,
    read,
    close,
    write: (_buffer, _offset, length) => Promise.resolve({ bytesWritten: length }),
    truncate: () => Promise.resolve(),
    sync: () => Promise.resolve(),
    datasync: () => Promise.reject(new AssertionFault(`${path} is only read`)),
  };
}

/**
 * The disks of the machine for somebody who only looks: nothing there changes. What the opening of a log mends, a torn end or a header that is not there,
 * is mended for this one alone; nothing can be appended.
 */
export const lookedAtDisk: Disk = {
  makeFolder: () => Promise.resolve(),
  list: async (folder) => ((await nodeDisk.sizeOf(folder)) === undefined ? [] : await nodeDisk.list(folder)),
  open: async (path) => lookedAt(path, await openToRead(path)),
  sizeOf: (path) => nodeDisk.sizeOf(path),
  remove: (path) => Promise.reject(new AssertionFault(`${path} is only read`)),
  syncFolder: () => Promise.resolve(),
};
