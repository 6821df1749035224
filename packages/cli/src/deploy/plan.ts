/**
 * A deployment that was looked at: canisters in order, each with its build prepared. Nothing was changed or run so far.
 * @module
 */
import { basename, dirname, resolve } from 'node:path';
import { type PreparedBuild, prepareBuild } from '../build/index.ts';
import { inOrder, isRemote, type Project, type ProjectCanister, readCanisters, type RemoteCanister } from '../manifest/index.ts';
import { usageFailure } from '../terminal/index.ts';

export type PlannedCanister = { readonly canister: ProjectCanister; readonly build: PreparedBuild };

export type DeployPlan = {
  /** Each after those that it depends on or imports. */
  readonly canisters: readonly PlannedCanister[];
  /** Canisters of the project that somebody else controls. */
  readonly remotes: readonly RemoteCanister[];
  /** Undefined for a single file. */
  readonly project: Project | undefined;
};

const FILE_ENDING = /\.(mo|wasm|wasm\.gz)$/;

/** Whether an operand names a file and not a canister of a project. */
export function isModuleFile(operand: string): boolean {
  return FILE_ENDING.test(operand);
}

/** The name of a canister that is a single file. */
export function nameOfFile(file: string): string {
  return basename(file).replace(FILE_ENDING, '');
}

/** A file as a canister. @param packages - folders of Motoko packages by name. */
function canisterOfFile(file: string, name: string, packages: Readonly<Record<string, string>>): ProjectCanister {
  const path = resolve(file);
  const source = file.endsWith('.mo')
    ? ({
        kind: 'motoko',
        main: path,
        arguments: Object.entries(packages).flatMap(([key, folder]) => ['--package', key, resolve(folder)]),
      } as const)
    : ({ kind: 'steps', steps: [{ kind: 'pre-built', from: { path: file }, sha256: undefined }] } as const);
  return {
    name,
    folder: dirname(path),
    place: file,
    source,
    candid: undefined,
    treatment: { shrink: false, optimize: undefined, gzip: false, metadata: [] },
    dependencies: [],
    initArgument: undefined,
    upgradeArgument: undefined,
    settings: {},
    keepsSettings: false,
    specifiedId: undefined,
    afterwards: [],
  };
}

/** Plans the deployment of one file. @throws IcError */
export async function planFile(file: string, name: string | undefined, packages: Readonly<Record<string, string>>): Promise<DeployPlan> {
  const canister = canisterOfFile(file, name ?? nameOfFile(file), packages);
  return { canisters: [{ canister, build: await prepareBuild(canister) }], remotes: [], project: undefined };
}

/** Plans the deployment of canisters of a project; of no names, all. @throws IcError */
export async function planProject(project: Project, names: readonly string[]): Promise<DeployPlan> {
  const read = await readCanisters(project, names);
  const own = read.filter((canister): canister is ProjectCanister => !isRemote(canister));
  const planned: PlannedCanister[] = [];
  for (const canister of own) planned.push({ canister, build: await prepareBuild(canister) });
  // What the sources import comes along even where the file does not say that it is needed.
  const there = new Set(read.map(({ name }) => name));
  const missing = planned.flatMap(({ build }) => build.imports).filter((name) => !there.has(name));
  const more = missing.filter((name) => project.entries.some((entry) => entry.name === name));
  if (more.length > 0) return await planProject(project, [...names, ...more]);
  const sorted = inOrder(
    planned.map((one) => ({ name: one.canister.name, one })),
    ({ one }) => [...one.canister.dependencies, ...one.build.imports],
  );
  if (sorted.length === 0) throw usageFailure('USAGE_OPERANDS', `${project.file} has no canisters to deploy`, 'add one to it');
  return { canisters: sorted.map(({ one }) => one), remotes: read.filter(isRemote), project };
}
