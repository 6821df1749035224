/**
 * The directory of a node: what identifies its network, the newest checkpoint, and the input log since then.
 *
 * `genesis.json` is written once, before the first batch; everything else follows from it and the batches.
 * @module
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fromHex, IcError, toHex } from '@myelin/core/base';
import { DEFAULT_PRICE_SET, PROTOCOL_VERSION } from '@myelin/core/execution';
import type { GenesisOptions } from '@myelin/network';
import { newerProtocol } from './protocol-versions.ts';
import { diskFailure, type FolderLock, isDiskFailure, LOCK_FILE, lockFolder, makeFolderNow, onDisk, syncFolder } from '../store/index.ts';

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
  return `${resolve(directory)}.going`;
}

/** Where a network is put together that replaces another one. */
export function comingDirectory(directory: string): string {
  return `${resolve(directory)}.coming`;
}

/** Where a network goes to be removed. */
function goneDirectory(directory: string): string {
  return `${resolve(directory)}.gone`;
}

/** Where a look at the state of a directory puts in order what a crash has left. */
export function asideDirectory(directory: string): string {
  return `${resolve(directory)}.look`;
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

/** Windows renames no folder in which a file is open: there the files of a running node keep it in its place by themselves. */
const RENAMES_WHAT_IS_OPEN: boolean = process.platform !== 'win32';
const NOT_HELD: FolderLock = { release: () => undefined };

/**
 * Keeps nodes from a network that is to lose its name.
 * @throws IcError `STATE_DIRECTORY_IN_USE` when one has it open, `STATE_DISK_FAILED`
 */
export function holdNetwork(directory: string): FolderLock {
  const folder = join(directory, CHECKPOINT_FOLDER);
  if (!existsSync(join(folder, LOCK_FILE))) return NOT_HELD;
  try {
    const lock = lockFolder(folder);
    if (RENAMES_WHAT_IS_OPEN) return lock;
    lock.release();
  } catch (error) {
    if (error instanceof IcError || isDiskFailure(error)) throw diskFailure(join(folder, LOCK_FILE), 'locked', error);
    // Nobody holds what is no lock.
  }
  return NOT_HELD;
}

async function removeFolder(path: string): Promise<void> {
  await onDisk(path, 'removed', () => rm(path, { recursive: true, force: true }));
}

async function makeNamesDurable(directory: string): Promise<void> {
  await onDisk(dirname(directory), 'written', () => syncFolder(dirname(directory)));
}

/** Removes what has lost its name, which is durable before: else the half of it could have the name again. */
async function removeGone(directory: string): Promise<void> {
  const gone = goneDirectory(directory);
  if (!(await pathExists(gone))) return;
  await makeNamesDurable(directory);
  await removeFolder(gone);
}

/** Codes of folders that can not be renamed: a file system is mounted there, or it comes from a lower layer of one. */
const NOT_TO_RENAME: readonly (string | undefined)[] = ['EBUSY', 'EXDEV'];

/**
 * Takes a network's name from it for good, before it is removed: whoever is killed while he removes it under its name leaves half of it where a
 * start, or an undone replacement, finds it: a network that begins again with the same keys.
 * @param directory - that of the network that stays, or is to be forgotten: what lies at `path` goes to its {@link goneDirectory}.
 */
async function takeName(path: string, directory: string): Promise<void> {
  await removeGone(directory);
  try {
    await rename(path, goneDirectory(directory));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    if (!NOT_TO_RENAME.includes(code)) throw diskFailure(path, 'renamed', error);
    // Without its keys the rest of it is refused.
    await onDisk(path, 'removed', async () => {
      await rm(join(path, GENESIS_FILE), { force: true });
      await syncFolder(path);
      await rm(path, { recursive: true, force: true });
    });
  }
}

/** Removes what a network has replaced. */
async function removeReplaced(directory: string): Promise<void> {
  const replaced = replacedDirectory(directory);
  if (await pathExists(replaced)) {
    // What goes is kept until what came has its name for good.
    await makeNamesDurable(directory);
    const lock = holdNetwork(replaced);
    try {
      await takeName(replaced, directory);
    } finally {
      lock.release();
    }
  }
  await removeGone(directory);
}

async function failureOf(work: () => Promise<void>): Promise<string | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Comes to the end of a replacement that was interrupted: it is undone, or what it has replaced goes, which would else be undone to some day.
 * @returns why some of what has to go is still there; the network of the directory is whole all the same.
 * @throws IcError `STATE_DISK_FAILED` when it could not be undone
 */
export async function settleReplacement(directory: string): Promise<string | undefined> {
  await undoReplacement(directory);
  return await failureOf(() => removeReplaced(directory));
}

/** What comes after {@link replaceNetwork}. @returns why it is not done: the network has its name all the same. */
export async function finishReplacement(directory: string): Promise<string | undefined> {
  return await failureOf(async () => {
    await makeNamesDurable(directory);
    await removeReplaced(directory);
  });
}

/**
 * Puts the network that came in the place of the one of a directory, if there is one. When this fails it was not put there.
 * @throws IcError `STATE_DIRECTORY_IN_USE`, `STATE_DISK_FAILED`
 */
export async function replaceNetwork(directory: string): Promise<void> {
  const lock = holdNetwork(directory);
  try {
    await onDisk(directory, 'renamed', async () => {
      // Between the two renames there is none of the name: whoever comes then takes back what goes.
      if (await pathExists(directory)) await rename(directory, replacedDirectory(directory));
      await rename(comingDirectory(directory), directory);
    });
  } finally {
    lock.release();
  }
}

/**
 * Forgets the network of a directory, and what an interrupted replacement has left of others: none of them may come back.
 * @throws IcError `STATE_DIRECTORY_IN_USE`, `STATE_DISK_FAILED`
 */
export async function forgetNetwork(directory: string): Promise<void> {
  const lock = holdNetwork(directory);
  try {
    // Were the directory's own network the first to go, what it has replaced would be undone to.
    await takeName(replacedDirectory(directory), directory);
    await removeFolder(comingDirectory(directory));
    await takeName(directory, directory);
  } finally {
    lock.release();
  }
  await removeGone(directory);
}

/**
 * Opens the genesis of a directory, or makes a new network in it.
 * @param onLeftover - told why some of what has to go beside it is still there.
 */
export async function openGenesis(directory: string, nowNs: bigint, onLeftover?: (why: string) => void): Promise<GenesisOptions> {
  const leftover = await settleReplacement(directory);
  if (leftover !== undefined) onLeftover?.(leftover);
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
