/**
 * The names of canisters where a deployment keeps them: in the state folder, and in the files of other tools.
 * @module
 */
import { type PrincipalId, principalToText } from '@myelin/core/base';
import type { Connection, ConnectionOptions } from '../client/index.ts';
import { forgetFiledId, readFiledIds, writeFiledIds } from '../deploy/index.ts';
import { findProject, type Project } from '../manifest/index.ts';
import { forgetCanisterId, readCanisterIds, rememberCanisterId } from '../project/index.ts';
import { explain, type Terminal } from '../terminal/index.ts';

/** Where names are kept for a network. */
export type NamePlace = {
  readonly connection: Connection;
  readonly stateFolder: string;
};

/** The project of this folder, if the files of its tool may say something of this network: of one that is known by its address they do not. */
export async function projectOf({ network = 'local' }: ConnectionOptions): Promise<Project | undefined> {
  return network === 'local' || network === 'ic' ? await findProject('.', network) : undefined;
}

/** Ids by name. @throws IcError `PROJECT_FILE_INVALID`, `STATE_FILE_INVALID` */
export async function knownIds(
  { connection, stateFolder }: NamePlace,
  project: Project | undefined,
): Promise<ReadonlyMap<string, PrincipalId>> {
  const filed = project === undefined ? new Map<string, PrincipalId>() : await readFiledIds(project);
  return new Map([...filed, ...(await readCanisterIds(stateFolder, connection.rootKey))]);
}

/** Keeps a name. The files of other tools are told of the project's own canisters. */
export async function recordName(
  { connection, stateFolder }: NamePlace,
  project: Project | undefined,
  name: string,
  id: PrincipalId,
): Promise<void> {
  await rememberCanisterId(stateFolder, { rootKey: connection.rootKey, address: connection.url }, name, id);
  if (project?.entries.some((entry) => entry.name === name) === true) {
    await writeFiledIds(project, new Map([[name, principalToText(id)]]));
  }
}

/** Forgets a canister. What can not be changed in the files of other tools is told: the canister is gone whatever they say. */
export async function forgetName(
  { connection, stateFolder }: NamePlace,
  options: ConnectionOptions,
  id: PrincipalId,
  terminal: Terminal,
): Promise<string[]> {
  const names = await forgetCanisterId(stateFolder, connection.rootKey, id);
  try {
    const project = await projectOf(options);
    if (project !== undefined) await forgetFiledId(project, principalToText(id));
  } catch (error) {
    terminal.warn(`the id stays in the files of the project: ${explain(error).message}`);
  }
  return names;
}
