/**
 * `icp.yaml`, the project file of icp-cli.
 * Source: icp-cli, "Configuration Reference".
 * @module
 */
import { existsSync } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readInstallArgument } from './arguments.ts';
import { type ManifestValue, readManifest } from './document.ts';
import { CANISTERS_MAX, PATTERN_FILES_MAX } from './limits.ts';
import type { CanisterEntry, NetworkPlace, Project, ProjectCanister } from './model.ts';
import { type Recipe, readRecipe } from './recipes.ts';
import { readSettings } from './settings.ts';
import { readBuildSteps, readSyncSteps } from './steps.ts';

const CANISTER_FIELDS = ['name', 'build', 'recipe', 'sync', 'settings', 'init_args', 'upgrade_args'] as const;
const ENVIRONMENT_FIELDS = ['name', 'network', 'canisters', 'settings', 'init_args', 'upgrade_args'] as const;
const NETWORK_FIELDS = ['name', 'mode', 'url', 'root-key', 'http-gateway-url', 'api-url'] as const;

async function readBuild(canister: ManifestValue, name: string, folder: string): Promise<Recipe> {
  const build = canister.get('build');
  const recipe = canister.get('recipe');
  if ((build === undefined) === (recipe === undefined)) throw canister.refuse("needs either 'build' or 'recipe'");
  if (recipe !== undefined) return await readRecipe(name, recipe, folder);
  return {
    source: { kind: 'steps', steps: readBuildSteps(build ?? canister, folder) },
    candid: undefined,
    treatment: { shrink: false, optimize: undefined, gzip: false, metadata: [] },
  };
}

/** Where a canister is written down, and the folder that its paths are relative to. */
type Definition = { readonly value: ManifestValue; readonly folder: string };

async function readCanister({ value, folder }: Definition, environment: ManifestValue | undefined): Promise<ProjectCanister> {
  value.allow(CANISTER_FIELDS);
  const name = value.need('name').text();
  const init = environment?.get('init_args')?.get(name) ?? value.get('init_args');
  const upgrade = environment?.get('upgrade_args')?.get(name) ?? value.get('upgrade_args');
  const initArgument = init === undefined ? undefined : await readInstallArgument(init, folder);
  return {
    name,
    folder,
    place: value.place,
    ...(await readBuild(value, name, folder)),
    dependencies: [],
    initArgument,
    upgradeArgument: upgrade === undefined ? initArgument : await readInstallArgument(upgrade, folder),
    settings: await readSettings([value.get('settings'), environment?.get('settings')?.get(name)], folder),
    keepsSettings: true,
    specifiedId: undefined,
    afterwards: readSyncSteps(value.get('sync')),
  };
}

/** The files that a path or a pattern names: `canisters/*` finds the folders with a canister.yaml. */
async function filesOf(pattern: ManifestValue, folder: string): Promise<string[]> {
  const files: string[] = [];
  const isPattern = /[*?[{]/.test(pattern.text());
  for await (const path of isPattern ? glob(pattern.text(), { cwd: folder }) : [pattern.text()]) {
    const full = resolve(folder, path);
    if (!existsSync(full)) throw pattern.refuse(`names ${path}, which does not exist`);
    const isFolder = (await stat(full)).isDirectory();
    const file = isFolder ? join(full, 'canister.yaml') : full;
    if (existsSync(file)) files.push(file);
    else if (!isPattern) throw pattern.refuse(`names the folder ${path}, which has no canister.yaml`);
    if (files.length > PATTERN_FILES_MAX) throw pattern.refuse(`names more than ${PATTERN_FILES_MAX} files`);
  }
  return files.toSorted();
}

async function definitionsOf(canisters: ManifestValue | undefined, folder: string): Promise<Definition[]> {
  const definitions: Definition[] = [];
  for (const item of canisters?.items() ?? []) {
    if (item.isMap) definitions.push({ value: item, folder });
    else for (const file of await filesOf(item, folder)) definitions.push({ value: await readManifest(file), folder: dirname(file) });
  }
  return definitions;
}

function named(list: ManifestValue | undefined, name: string): ManifestValue | undefined {
  return list?.items().find((item) => item.isMap && item.get('name')?.text() === name);
}

/** The address of a network; undefined for the one that `myelin start` runs. */
function readNetwork(root: ManifestValue, name: string, asked: ManifestValue): NetworkPlace | undefined {
  const network = named(root.get('networks'), name);
  if (name === 'ic') return { url: 'ic', rootKey: undefined };
  if (network === undefined && name === 'local') return undefined;
  if (network === undefined) throw asked.refuse(`names the network '${name}', which the file does not have`);
  if (network.get('mode')?.text() === 'managed' || (name === 'local' && network.get('mode') === undefined)) return undefined;
  network.allow(NETWORK_FIELDS);
  const rootKey = network.get('root-key')?.scalar();
  const isWord = rootKey === 'mainnet' || rootKey === 'fetch';
  return { url: network.need('url').text(), rootKey: isWord ? undefined : rootKey };
}

/**
 * Reads the file for an environment: `local` and `ic` are always there.
 * @throws IcError `PROJECT_FILE_INVALID`
 */
export async function readIcpYaml(file: string, environment: string): Promise<Project> {
  const root = await readManifest(file);
  root.allow(['canisters', 'networks', 'environments']);
  const folder = dirname(file);
  const chosen = named(root.get('environments'), environment);
  if (chosen === undefined && environment !== 'local' && environment !== 'ic') {
    throw root.refuse(`has no environment '${environment}'`, 'name one of the file with --environment, or leave the option out');
  }
  chosen?.allow(ENVIRONMENT_FIELDS);
  const network = readNetwork(root, chosen?.get('network')?.text() ?? environment, chosen ?? root);
  const wanted = chosen?.get('canisters')?.texts();
  const entries: CanisterEntry[] = [];
  for (const definition of await definitionsOf(root.get('canisters'), folder)) {
    const name = definition.value.need('name').text();
    if (entries.some((entry) => entry.name === name)) throw definition.value.refuse(`has the name '${name}', as another canister has`);
    if (wanted !== undefined && !wanted.includes(name)) continue;
    entries.push({ name, value: definition.value, dependencies: [], read: () => readCanister(definition, chosen) });
    if (entries.length > CANISTERS_MAX) throw root.refuse(`has more than ${CANISTERS_MAX} canisters`);
  }
  return { kind: 'icp.yaml', file, folder, environment, network, entries, environmentFile: undefined };
}
