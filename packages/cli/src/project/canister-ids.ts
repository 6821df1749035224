/**
 * The canisters that were deployed from a folder, by network and name.
 *
 * A network is known by its root key, not by its address: a network that was wiped is another one, and one that moved to another port
 * is the same.
 * @module
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type PrincipalId, principalFromText, principalToText } from '@myelin/core/base';
import { commandFailure } from '../terminal/index.ts';
import { makeStateFolder, readJson, writeWhole } from './state-folder.ts';

/** Networks that are remembered; the one that was longest not deployed to is forgotten first. */
const NETWORKS_MAX = 50;

/** `address`: where it was last deployed to; empty for one that came out of a file. */
type NetworkEntry = { readonly address: string; readonly canisters: Readonly<Record<string, string>> };
type IdFile = { readonly networks: Readonly<Record<string, NetworkEntry>> };

const idFilePath = (folder: string): string => join(folder, 'canisters.json');

function fingerprint(rootKey: Uint8Array): string {
  return createHash('sha256').update(rootKey).digest('hex').slice(0, 32);
}

async function readIdFile(folder: string): Promise<IdFile> {
  const path = idFilePath(folder);
  const file = (await readJson(path)) as Partial<IdFile> | undefined;
  if (file === undefined) return { networks: {} };
  if (typeof file.networks !== 'object') throw commandFailure('STATE_FILE_INVALID', `${path} has no networks`, 'correct or delete it');
  return { networks: file.networks };
}

/** Ids by name on one network. */
export async function readCanisterIds(folder: string, rootKey: Uint8Array): Promise<ReadonlyMap<string, PrincipalId>> {
  const { networks } = await readIdFile(folder);
  const ids = new Map<string, PrincipalId>();
  for (const [name, text] of Object.entries(networks[fingerprint(rootKey)]?.canisters ?? {})) ids.set(name, principalFromText(text));
  return ids;
}

async function changeEntry(folder: string, rootKey: Uint8Array, change: (entry: NetworkEntry | undefined) => NetworkEntry): Promise<void> {
  await makeStateFolder(folder);
  const { networks } = await readIdFile(folder);
  const key = fingerprint(rootKey);
  const others = Object.entries(networks).filter(([other]) => other !== key);
  const kept = Object.fromEntries([...others.slice(-(NETWORKS_MAX - 1)), [key, change(networks[key])]]);
  await writeWhole(idFilePath(folder), `${JSON.stringify({ networks: kept }, undefined, 2)}\n`);
}

/** Names of the canisters of all networks, each once, in order. */
export async function knownCanisterNames(folder: string): Promise<string[]> {
  const { networks } = await readIdFile(folder);
  return [...new Set(Object.values(networks).flatMap(({ canisters }) => Object.keys(canisters)))].toSorted();
}

/** Names and ids on one network. */
export type KnownNetwork = {
  /** Where it was last; empty for one that came out of a file. */
  readonly address: string;
  readonly canisters: ReadonlyMap<string, PrincipalId>;
};

/** What is known of all networks, the one that was deployed to last at the end. */
export async function readAllCanisterIds(folder: string): Promise<KnownNetwork[]> {
  const { networks } = await readIdFile(folder);
  return Object.values(networks).map(({ address, canisters }) => ({
    address,
    canisters: new Map(Object.entries(canisters).map(([name, text]) => [name, principalFromText(text)])),
  }));
}

/** Forgets a canister, whatever it is called. @returns the names that it had */
export async function forgetCanisterId(folder: string, rootKey: Uint8Array, id: PrincipalId): Promise<string[]> {
  const ids = await readCanisterIds(folder, rootKey);
  const names = [...ids].filter(([, known]) => known === id).map(([name]) => name);
  if (names.length > 0) {
    await replaceCanisterIds(folder, rootKey, new Map([...ids].filter(([, known]) => known !== id)));
  }
  return names;
}

/** Remembers a canister. */
export async function rememberCanisterId(
  folder: string,
  network: { readonly rootKey: Uint8Array; readonly address: string },
  name: string,
  id: PrincipalId,
): Promise<void> {
  await changeEntry(folder, network.rootKey, (entry) => ({
    address: network.address,
    canisters: { ...entry?.canisters, [name]: principalToText(id) },
  }));
}

/** Puts other names in the place of all that were remembered of a network: it was replaced by what it was when it had them. */
export async function replaceCanisterIds(folder: string, rootKey: Uint8Array, ids: ReadonlyMap<string, PrincipalId>): Promise<void> {
  const canisters = Object.fromEntries([...ids].map(([name, id]) => [name, principalToText(id)]));
  await changeEntry(folder, rootKey, (entry) => ({ address: entry?.address ?? '', canisters }));
}
