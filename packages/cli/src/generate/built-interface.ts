/**
 * Interfaces of what has sources here: named in the project file, or found by compiling Motoko.
 * @module
 */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { type PrincipalId, principalToText } from '@myelin/core/base';
import type { BuildContext, PreparedBuild } from '../build/index.ts';
import { prepareBuild } from '../build/index.ts';
import { readMetadata } from '../client/index.ts';
import { planFile } from '../deploy/index.ts';
import { isRemote, type Project, type ProjectCanister, readCanisters, type RemoteCanister } from '../manifest/index.ts';
import { readCanisterIds } from '../project/index.ts';
import type { Surroundings } from './surroundings.ts';

const shownPath = (path: string): string => relative('.', path) || path;

async function showInterface({ connection }: Surroundings, id: PrincipalId): Promise<string | undefined> {
  return await readMetadata(await connection(), id, 'candid:service');
}

/** What the build is told of other canisters: those of the network, if it imports any. */
async function contextOf(build: PreparedBuild, surroundings: Surroundings): Promise<BuildContext> {
  const { connection, stateFolder, terminal } = surroundings;
  const ids =
    build.imports.length === 0 ? new Map<string, PrincipalId>() : await readCanisterIds(stateFolder, (await connection()).rootKey);
  return {
    ids: new Map([...ids].map(([name, id]) => [name, principalToText(id)])),
    interfaces: new Map(),
    interfaceFiles: new Map(),
    readInterface: async (id) => await showInterface(surroundings, id),
    environment: 'local',
    terminal,
  };
}

async function compile(build: PreparedBuild, surroundings: Surroundings): Promise<string | undefined> {
  const { candid } = await build.build(await contextOf(build, surroundings));
  return candid;
}

/** The interface of a Motoko source. @throws IcError `MOTOKO_…`, and those of a connection where something is imported */
export async function motokoInterface(file: string, surroundings: Surroundings): Promise<string | undefined> {
  const { canisters } = await planFile(file, undefined, {});
  const [planned] = canisters;
  return planned === undefined ? undefined : await compile(planned.build, surroundings);
}

async function fromProject(canister: ProjectCanister | RemoteCanister, surroundings: Surroundings): Promise<ProjectInterface | undefined> {
  if (canister.candid !== undefined) return { source: shownPath(canister.candid), candid: await readFile(canister.candid, 'utf8') };
  if (isRemote(canister) || canister.source.kind !== 'motoko') return undefined;
  const candid = await compile(await prepareBuild(canister), surroundings);
  return candid === undefined ? undefined : { source: shownPath(canister.source.main), candid };
}

/** An interface with what it was read from, in words. */
export type ProjectInterface = { readonly source: string; readonly candid: string };

/**
 * The interface that a project has of one of its canisters; undefined where only the running canister can say it.
 * @throws IcError `PROJECT_…`, `MOTOKO_…`
 */
export async function projectInterface(project: Project, name: string, surroundings: Surroundings): Promise<ProjectInterface | undefined> {
  if (!project.entries.some((entry) => entry.name === name)) return undefined;
  const canister = (await readCanisters(project, [name])).find((candidate) => candidate.name === name);
  return canister === undefined ? undefined : await fromProject(canister, surroundings);
}
