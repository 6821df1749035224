/**
 * The directory of a node: what identifies its network, the newest checkpoint, and the input log since then.
 *
 * `genesis.json` is written once, before the first batch; everything else follows from it and the batches.
 * @module
 */
import { randomBytes } from 'node:crypto';
import { open, readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fromHex, IcError, toHex } from '@myelin/core/base';
import { DEFAULT_PRICE_SET, PROTOCOL_VERSION } from '@myelin/core/execution';
import type { GenesisOptions } from '@myelin/network';
import { diskFailure, makeFolderNow, onDisk, syncFolder } from '../store/index.ts';

const FORMAT = 1;

type GenesisFile = {
  readonly format: number;
  readonly protocolVersion: number;
  readonly seed: string;
  readonly timeNs: string;
  readonly priceSet: string;
  readonly nodes: number;
};

export const LOG_FOLDER = 'log';
export const CHECKPOINT_FOLDER = 'checkpoint';
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

export async function pathExists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
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

function parseGenesis(text: string, path: string): GenesisFile {
  const wrong = (why: string): IcError =>
    new IcError({ code: 'GENESIS_INVALID' }, `${path} can not be used: ${why}. Use another state directory, or start with --clean`);
  let file: Partial<GenesisFile>;
  try {
    file = JSON.parse(text) as Partial<GenesisFile>;
  } catch {
    throw wrong('it is not JSON');
  }
  if (file.format !== FORMAT || file.protocolVersion !== PROTOCOL_VERSION) {
    throw wrong(`it was made by protocol version ${file.protocolVersion ?? 'unknown'}, this program runs version ${PROTOCOL_VERSION}`);
  }
  if (
    typeof file.seed !== 'string' ||
    typeof file.timeNs !== 'string' ||
    typeof file.priceSet !== 'string' ||
    typeof file.nodes !== 'number'
  ) {
    throw wrong('fields are missing');
  }
  return file as GenesisFile;
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

/** The genesis of a directory; undefined when there is no network in it. @throws IcError `GENESIS_INVALID`, `STATE_DISK_FAILED` */
export async function findGenesis(directory: string): Promise<ExistingGenesis | undefined> {
  const text = await readGenesisText(directory);
  if (text !== undefined) return { options: toOptions(parseGenesis(text, join(directory, GENESIS_FILE))), text };
  await assertNoState(directory, join(directory, GENESIS_FILE));
  return undefined;
}

/** Puts a genesis into a directory without one. @throws IcError `GENESIS_INVALID`, `STATE_DISK_FAILED` */
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

/** Undoes a replacement that was interrupted between its two steps. */
export async function undoReplacement(directory: string): Promise<void> {
  if (!(await pathExists(directory)) && (await pathExists(replacedDirectory(directory))))
    await rename(replacedDirectory(directory), directory);
}

/** Opens the genesis of a directory, or makes a new network in it. */
export async function openGenesis(directory: string, nowNs: bigint): Promise<GenesisOptions> {
  await undoReplacement(directory);
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
  return await writeGenesis(directory, `${JSON.stringify(file, undefined, 2)}\n`);
}
