/**
 * The directory of a node: what identifies its network, the newest checkpoint, and the input log since then.
 *
 * `genesis.json` is written once, before the first batch; everything else follows from it and the batches.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fromHex, IcError, toHex } from '@myelin/core/base';
import { DEFAULT_PRICE_SET, PROTOCOL_VERSION } from '@myelin/core/execution';
import type { GenesisOptions } from '@myelin/network';
import { newerProtocol } from './protocol-versions.ts';
import { diskFailure, makeFolderNow, onDisk, syncFolder } from '../store/index.ts';

const FORMAT = 1;

type GenesisFile = {
  readonly format: number;
  /** Of the program that made the network. */
  readonly protocolVersion: number;
  readonly seed: string;
  readonly timeNs: string;
  readonly priceSet: string;
  readonly nodes: number;
  /** Of the other fields, hexadecimal. */
  readonly checksum?: string;
};

export const LOG_FOLDER = 'log';
export const CHECKPOINT_FOLDER = 'checkpoint';
/** Rewritten modules: a cache. */
export const MODULES_FOLDER = 'modules';
const GENESIS_FILE = 'genesis.json';
/** Nodes that prices are computed for: a subnet of the public network. */
const PRICE_NODES = 13;

function toOptions(file: GenesisFile): GenesisOptions {
  return {
    seed: fromHex(file.seed),
    subnetType: 'application',
    nodes: file.nodes,
    priceSet: file.priceSet,
    timeNs: BigInt(file.timeNs),
    firstCanisterIndex: 0n,
  };
}

async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}

/** Whether there is something of that name; a disk that does not say so is no answer. @throws IcError `STATE_DISK_FAILED` */
export async function pathExists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw diskFailure(path, 'read', error);
  }
}

/** A state without its genesis is that of a network whose keys are lost: it must not go on as another one. */
async function assertNoState(directory: string, genesisPath: string): Promise<void> {
  for (const name of [LOG_FOLDER, CHECKPOINT_FOLDER]) {
    const path = join(directory, name);
    if (!(await pathExists(path))) continue;
    const message = `${genesisPath} is missing, but ${path} is there: the keys of that network are lost. Restore the file, use another state directory, or start with --clean`;
    throw new IcError({ code: 'GENESIS_INVALID' }, message);
  }
}

/** A damaged seed is another network's: replaying the log on it would give a wrong state. */
function checksumOf({ format, protocolVersion, seed, timeNs, priceSet, nodes }: Partial<GenesisFile>): string {
  const text = JSON.stringify([format, protocolVersion, seed, timeNs, priceSet, nodes]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function isGenesis(file: Partial<GenesisFile>): file is GenesisFile {
  const { seed, timeNs, priceSet, nodes } = file;
  return (
    /^[0-9a-f]{64}$/.test(String(seed)) &&
    /^\d{1,20}$/.test(String(timeNs)) &&
    typeof priceSet === 'string' &&
    Number.isSafeInteger(nodes) &&
    Number(nodes) > 0
  );
}

function parseGenesis(text: string, path: string): GenesisFile {
  const wrong = (why: string): IcError => {
    const message = `${path} can not be used: ${why}. It holds the keys of the network: restore it from a backup, use another state directory, or start with --clean`;
    return new IcError({ code: 'GENESIS_INVALID' }, message);
  };
  let file: Partial<GenesisFile> | null;
  try {
    file = JSON.parse(text) as Partial<GenesisFile> | null;
  } catch {
    throw wrong('it is not JSON');
  }
  const { format, protocolVersion, checksum } = file ?? {};
  if (file === null || !Number.isSafeInteger(format) || !Number.isSafeInteger(protocolVersion)) throw wrong('fields are missing');
  // What an older version made goes on under this one: genesis says who the network is.
  if (Number(format) > FORMAT || Number(protocolVersion) > PROTOCOL_VERSION) throw newerProtocol(path, protocolVersion, PROTOCOL_VERSION);
  if (!isGenesis(file)) throw wrong('fields are missing or malformed');
  // Networks of the first days have none.
  if (checksum !== undefined && checksum !== checksumOf(file)) throw wrong('its checksum is another one');
  return file;
}

/** Text of the genesis of a directory; undefined when there is no network in it. */
async function readGenesisText(directory: string): Promise<string | undefined> {
  try {
    return await readFile(join(directory, GENESIS_FILE), 'utf8');
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOENT') return undefined;
    throw diskFailure(join(directory, GENESIS_FILE), 'read', error);
  }
}

/** A genesis that exists, and its text. */
export type ExistingGenesis = { readonly options: GenesisOptions; readonly text: string };

/** The genesis of a directory; undefined when there is no network in it. @throws IcError `GENESIS_INVALID`, `PROTOCOL_VERSION_NEWER`, `STATE_DISK_FAILED` */
export async function findGenesis(directory: string): Promise<ExistingGenesis | undefined> {
  const text = await readGenesisText(directory);
  if (text !== undefined) return { options: toOptions(parseGenesis(text, join(directory, GENESIS_FILE))), text };
  await assertNoState(directory, join(directory, GENESIS_FILE));
  return undefined;
}

/** Puts a genesis into a directory without one. @throws IcError `GENESIS_INVALID`, `PROTOCOL_VERSION_NEWER`, `STATE_DISK_FAILED` */
export async function writeGenesis(directory: string, text: string): Promise<GenesisOptions> {
  const path = join(directory, GENESIS_FILE);
  const options = toOptions(parseGenesis(text, path));
  await onDisk(path, 'written', async () => {
    makeFolderNow(directory);
    await writeDurably(path, text);
  });
  return options;
}

/** Where a network goes that another one replaces. */
export function replacedDirectory(directory: string): string {
  return `${directory}.going`;
}

/** Where a network is put together that replaces another one. */
export function comingDirectory(directory: string): string {
  return `${directory}.coming`;
}

/** Where the network of a directory lies: a replacement that was interrupted between its two renames has left it under the other name. */
export async function placeOf(directory: string): Promise<string> {
  const replaced = replacedDirectory(directory);
  return !(await pathExists(directory)) && (await pathExists(replaced)) ? replaced : directory;
}

/** Undoes a replacement that was interrupted between its two renames. */
export async function undoReplacement(directory: string): Promise<void> {
  const place = await placeOf(directory);
  if (place === directory) return;
  await onDisk(place, 'renamed', async () => {
    await rename(place, directory);
    await syncFolder(dirname(directory));
  });
}

/** Comes to the end of a replacement that was interrupted: it is undone, or what it has replaced goes, which would else be undone to some day. */
export async function settleReplacement(directory: string): Promise<void> {
  await undoReplacement(directory);
  const replaced = replacedDirectory(directory);
  if (!(await pathExists(replaced))) return;
  await onDisk(replaced, 'removed', async () => {
    // What goes is kept until what came has its name for good.
    await syncFolder(dirname(directory));
    await rm(replaced, { recursive: true, force: true });
  });
}

/** Forgets the network of a directory, and what an interrupted replacement has left of others: none of them may come back. */
export async function forgetNetwork(directory: string): Promise<void> {
  for (const path of [replacedDirectory(directory), comingDirectory(directory), directory])
    await rm(path, { recursive: true, force: true });
}

/** Opens the genesis of a directory, or makes a new network in it. */
export async function openGenesis(directory: string, nowNs: bigint): Promise<GenesisOptions> {
  await settleReplacement(directory);
  const found = await findGenesis(directory);
  if (found !== undefined) return found.options;
  const file: GenesisFile = {
    format: FORMAT,
    protocolVersion: PROTOCOL_VERSION,
    seed: toHex(randomBytes(32)),
    timeNs: String(nowNs),
    priceSet: DEFAULT_PRICE_SET,
    nodes: PRICE_NODES,
  };
  return await writeGenesis(directory, `${JSON.stringify({ ...file, checksum: checksumOf(file) }, undefined, 2)}\n`);
}
