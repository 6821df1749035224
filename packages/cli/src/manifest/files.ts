/**
 * Files that a project file refers to, read within bounds.
 * @module
 */
import { readFile, stat } from 'node:fs/promises';
import type { ManifestValue } from './document.ts';
import { ARGUMENT_FILE_BYTES_MAX } from './limits.ts';

/** Reads a file with an argument or another value. `value` is the field that names it. @throws IcError `PROJECT_FILE_INVALID` */
export async function readBoundedFile(path: string, value: ManifestValue): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const { size } = await stat(path);
    if (size > ARGUMENT_FILE_BYTES_MAX) throw value.refuse(`names ${path}, which is larger than ${ARGUMENT_FILE_BYTES_MAX} bytes`);
    return Uint8Array.from(await readFile(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw value.refuse(`names ${path}, which does not exist`, 'correct the path, or make the file');
    if (code === 'EISDIR') throw value.refuse(`names ${path}, which is a folder`);
    throw error;
  }
}

/** The same, as text. */
export async function readBoundedText(path: string, value: ManifestValue): Promise<string> {
  return Buffer.from(await readBoundedFile(path, value)).toString('utf8');
}
