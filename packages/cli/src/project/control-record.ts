/**
 * How the commands of a project reach the process that runs its network: `control.json` in the state folder.
 *
 * It holds a secret that is made for each start, so only who may read the folder can stop the network. It is written by who holds the
 * lock, and whoever takes the lock removes the one of the process before: it is never believed without the lock.
 * @module
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readJson, writeWhole } from './state-folder.ts';

export type ControlRecord = {
  readonly pid: number;
  /** Loopback address and port of the control interface. */
  readonly url: string;
  /** What the node answers with, so that another program at the port is not taken for it. */
  readonly instance: string;
  /** What a request must bring. */
  readonly secret: string;
};

const controlRecordPath = (folder: string): string => join(folder, 'control.json');

export async function writeControlRecord(folder: string, record: ControlRecord): Promise<void> {
  await writeWhole(controlRecordPath(folder), `${JSON.stringify(record, undefined, 2)}\n`);
}

/** @throws IcError `STATE_FILE_INVALID` */
export async function readControlRecord(folder: string): Promise<ControlRecord | undefined> {
  const record = (await readJson(controlRecordPath(folder))) as Partial<ControlRecord> | null | undefined;
  const { pid, url, instance, secret } = record ?? {};
  if (typeof pid !== 'number' || typeof url !== 'string' || typeof instance !== 'string' || typeof secret !== 'string') return undefined;
  return { pid, url, instance, secret };
}

export async function removeControlRecord(folder: string): Promise<void> {
  await rm(controlRecordPath(folder), { force: true });
}
