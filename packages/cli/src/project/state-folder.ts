/**
 * What lies in a state folder (`.myelin`): the network itself, who runs it, and the canisters that were deployed.
 * @module
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { commandFailure } from '../terminal/index.ts';

/** Used when none is named, in the current folder. */
export const DEFAULT_STATE_FOLDER = '.myelin';

/** How the process that runs the network is reached. */
export type NodeRecord = {
  readonly pid: number;
  readonly url: string;
  /** Hex of the DER-encoded key. */
  readonly rootKey: string;
  /** ISO 8601. */
  readonly startedAt: string;
};

/** Folder of the network's own files. */
export function networkFolder(folder: string): string {
  return join(folder, 'network');
}

/** Makes the folder if there is none. Version control is told to leave it alone: it holds the network's secret keys. */
export async function makeStateFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '.gitignore'), '*\n', { flag: 'wx' }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  });
}

/** Writes a file so that it is there as a whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, path);
}

/** Reads a JSON file, undefined when there is none. @throws IcError `STATE_FILE_INVALID` */
export async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw commandFailure('STATE_FILE_INVALID', `${path} is not JSON: ${(error as Error).message}`, 'correct or delete it', {
      cause: error,
    });
  }
}

const nodeRecordPath = (folder: string): string => join(folder, 'node.json');

/** Says how the running network is reached. */
export async function writeNodeRecord(folder: string, record: NodeRecord): Promise<void> {
  await writeWhole(nodeRecordPath(folder), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** Who runs, or last ran without an orderly end, the network of this folder. */
export async function readNodeRecord(folder: string): Promise<NodeRecord | undefined> {
  const record = (await readJson(nodeRecordPath(folder))) as Partial<NodeRecord> | undefined;
  if (typeof record?.url !== 'string' || typeof record.rootKey !== 'string' || typeof record.pid !== 'number') return undefined;
  return { pid: record.pid, url: record.url, rootKey: record.rootKey, startedAt: record.startedAt ?? '' };
}

/** Takes the record of this process away. */
export async function removeNodeRecord(folder: string): Promise<void> {
  await rm(nodeRecordPath(folder), { force: true });
}
