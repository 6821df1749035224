/**
 * What a disk's refusal means and what to do about it, in words.
 * @module
 */
import { IcError } from '@myelin/core/base';

/** Meaning and remedy by the system's code, or by the first byte of SQLite's. */
type Explanation = readonly [meaning: string, remedy: string];

const FULL: Explanation = ['the disk is full', 'Make room'];
const BROKEN: Explanation = ['the disk reports an input/output error', 'Copy the state directory to another disk, check this one'];
const FORBIDDEN: Explanation = ['this user may not', 'Give the whole state directory to the user who runs the node'];
const READ_ONLY: Explanation = ['the file system is read-only, or the file is', 'Make it writable, or copy the state directory elsewhere'];
const GONE: Explanation = ['it is not there', 'Put the state directory back where it was, or restore it from a backup'];
const NAME_TOO_LONG: Explanation = ['its path is too long', 'Use a state directory with a shorter path'];
const NO_FOLDER: Explanation = ['a part of its path is no directory', 'Name another state directory'];

const SYSTEM: Readonly<Record<string, Explanation>> = {
  ENOSPC: FULL,
  EDQUOT: ['the disk quota of this user is used up', 'Make room'],
  EFBIG: ['the file would become larger than this process may write', 'Raise the limit (ulimit -f)'],
  EIO: BROKEN,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EROFS: READ_ONLY,
  ENOENT: GONE,
  ESTALE: GONE,
  EMFILE: ['too many files are open', 'Raise the limit (ulimit -n)'],
  ENFILE: ['too many files are open on this machine', 'Close what is not needed'],
  ENAMETOOLONG: NAME_TOO_LONG,
  ENOTDIR: NO_FOLDER,
  EISDIR: ['it is a directory', 'Move it out of the way'],
};

/** Primary result codes of SQLite that say something of the disk and nothing of what is in the file. */
const SQLITE: Readonly<Record<number, Explanation>> = {
  3: FORBIDDEN,
  5: ['another process works on it', 'Stop that one: a state directory is for one process'],
  8: READ_ONLY,
  10: BROKEN,
  13: FULL,
  14: ['it can not be opened', 'See that the directory is there and belongs to the user who runs the node'],
};

function explanationOf(cause: unknown): Explanation | undefined {
  const { code, errcode } = cause as { readonly code?: unknown; readonly errcode?: unknown };
  if (typeof errcode === 'number') return SQLITE[errcode & 255];
  return typeof code === 'string' ? SYSTEM[code] : undefined;
}

/** Whether an error is a refusal of the disk, not something about the contents of a file. */
export function isDiskFailure(error: unknown): boolean {
  return error instanceof Error && explanationOf(error) !== undefined;
}

function kept(path: string, failed: string, [meaning, remedy]: Explanation, why: string): string {
  return `${path} could not be ${failed}: ${meaning}${why}. What was answered is kept. ${remedy}, then start again`;
}

/**
 * A failure of the disk as people can use it; what is an `IcError` already stays as it is.
 * @param failed - what could not be done with the path: `written`.
 */
export function diskFailure(path: string, failed: string, cause: unknown): unknown {
  if (cause instanceof IcError || !(cause instanceof Error)) return cause;
  const explanation = explanationOf(cause) ?? ['the system refuses', 'See what keeps it from that'];
  return new IcError({ code: 'STATE_DISK_FAILED' }, kept(path, failed, explanation, ` (${cause.message})`), { cause });
}

/** A file of a running node that somebody has removed, moved or replaced. */
export function fileGone(path: string): IcError {
  const gone: Explanation = ['it was removed, moved or replaced while the node ran', GONE[1]];
  const message = kept(path, 'written', gone, '').replace('What was answered is kept', 'What was answered is in the files that were there');
  return new IcError({ code: 'STATE_DISK_FAILED' }, message);
}

/** Does something with a file. @throws IcError `STATE_DISK_FAILED` */
export async function onDisk<T>(path: string, failed: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw diskFailure(path, failed, error);
  }
}
