/**
 * `dfx.json`, the project file of dfx.
 * Source: dfinity/sdk, docs/dfx-json-schema.json and dfx-core's `config/model/dfinity.rs`.
 * @module
 */
import { dirname, resolve } from 'node:path';
import { readDfxArgument } from './arguments.ts';
import { type ManifestValue, readManifest } from './document.ts';
import { CANISTERS_MAX } from './limits.ts';
import type { CanisterEntry, CanisterSource, MetadataSection, NetworkPlace, Project, ProjectCanister, RemoteCanister } from './model.ts';
import { readPrincipal, readSettings } from './settings.ts';
import { splitArguments } from './split-arguments.ts';
import { readUrl } from './steps.ts';

/** Fields of every canister. Those of the second list say nothing that a deployment needs. */
const CANISTER_FIELDS = [
  ...['type', 'main', 'args', 'package', 'crate', 'candid', 'wasm', 'build', 'source', 'workspace', 'id', 'remote', 'dependencies'],
  ...['initialization_values', 'init_arg', 'init_arg_file', 'metadata', 'shrink', 'optimize', 'gzip', 'specified_id', 'post_install'],
  ...['declarations', 'frontend', 'pullable', 'tech_stack', 'skip_cargo_audit'],
] as const;

const ROOT_FIELDS = ['canisters', 'defaults', 'dfx', 'networks', 'profile', 'version', 'output_env_file', '$schema'] as const;

function readMetadata(value: ManifestValue | undefined, network: string, folder: string, candid: string | undefined): MetadataSection[] {
  const sections: MetadataSection[] = [];
  for (const item of value?.items() ?? []) {
    item.allow(['name', 'visibility', 'networks', 'path', 'content']);
    const name = item.need('name').text();
    const networks = item.get('networks')?.texts();
    // The first of a name that is for this network holds.
    if ((networks !== undefined && !networks.includes(network)) || sections.some((section) => section.name === name)) continue;
    const path = item.get('path')?.text();
    const content = item.get('content')?.text();
    if (path !== undefined && content !== undefined) throw item.refuse("has both 'path' and 'content'");
    const isPublic = (item.get('visibility')?.text() ?? 'public') === 'public';
    const file = path === undefined ? (name === 'candid:service' ? candid : undefined) : resolve(folder, path);
    if (content !== undefined) sections.push({ name, isPublic, content: { text: content } });
    else if (file !== undefined) sections.push({ name, isPublic, content: { path: file } });
    else if (name !== 'candid:service') throw item.refuse("has neither 'path' nor 'content'");
  }
  return sections;
}

function readCustom(canister: ManifestValue, folder: string): CanisterSource {
  const wasm = canister.need('wasm');
  const commands = (canister.get('build')?.textOrTexts() ?? []).filter((command) => command.trim() !== '');
  const isUrl = /^https?:/.test(wasm.text());
  if (isUrl && commands.length > 0) throw wasm.refuse('is an address, but there are build commands', 'leave one of the two out');
  const from = isUrl ? { url: readUrl(wasm) } : { path: resolve(folder, wasm.text()) };
  return { kind: 'custom', commands, wasm: { from, sha256: undefined } };
}

function readSource(canister: ManifestValue, folder: string): CanisterSource {
  const type = canister.get('type');
  const args = canister.get('args');
  switch (type?.text() ?? 'motoko') {
    case 'motoko':
      return {
        kind: 'motoko',
        main: resolve(folder, canister.need('main').text()),
        arguments: args === undefined ? [] : splitArguments(args.text()),
      };
    case 'rust':
      return { kind: 'rust', package: canister.need('package').text(), isLocked: false };
    case 'custom':
      return readCustom(canister, folder);
    case 'assets':
      throw (type ?? canister).unsupported(
        "is 'assets': the module of the certified assets canister comes inside dfx, and what uploads the files does, too",
        'deploy the other canisters by their names: myelin deploy NAME',
      );
    case 'pull':
      throw (type ?? canister).unsupported(
        "is 'pull': the canister is to be copied from the public network with 'dfx deps'",
        "give it 'remote' ids, or make it 'custom' with the wasm of its release",
      );
    default:
      throw (type ?? canister).refuse(`is '${type?.text() ?? ''}'`, "types are 'motoko', 'rust', 'custom', 'assets' and 'pull'");
  }
}

function readRemote(name: string, canister: ManifestValue, network: string, folder: string): RemoteCanister | undefined {
  const remote = canister.get('remote');
  remote?.allow(['id', 'candid']);
  const id = remote?.need('id').get(network);
  if (id === undefined) return undefined;
  const candid = remote?.get('candid') ?? canister.get('candid');
  return { name, id: readPrincipal(id), candid: candid === undefined ? undefined : resolve(folder, candid.text()) };
}

async function readCanister(
  name: string,
  canister: ManifestValue,
  root: ManifestValue,
  project: { readonly folder: string; readonly network: string },
): Promise<ProjectCanister | RemoteCanister> {
  const { folder, network } = project;
  canister.allow(CANISTER_FIELDS);
  const remote = readRemote(name, canister, network, folder);
  if (remote !== undefined) return remote;
  const read = readSource(canister, folder);
  // Of dfx.json's defaults one says something of the build: the arguments of the Motoko compiler.
  const common = root.get('defaults')?.get('build')?.get('args')?.text() ?? '';
  const source = read.kind === 'motoko' ? { ...read, arguments: [...splitArguments(common), ...read.arguments] } : read;
  const candidValue = canister.get('candid');
  const candid = candidValue === undefined || /^https?:/.test(candidValue.text()) ? undefined : resolve(folder, candidValue.text());
  const argument = await readDfxArgument(canister, folder);
  const specified = canister.get('specified_id');
  const own = readMetadata(canister.get('metadata'), network, folder, candid);
  // dfx shows the interface of a Rust canister, which its module does not hold.
  const shown = source.kind === 'rust' && candid !== undefined && !own.some(({ name: section }) => section === 'candid:service');
  return {
    name,
    folder,
    place: canister.place,
    source,
    candid,
    treatment: {
      shrink: canister.get('shrink')?.flag() ?? false,
      optimize: canister.get('optimize')?.text(),
      gzip: canister.get('gzip')?.flag() ?? false,
      metadata: shown ? [...own, { name: 'candid:service', isPublic: true, content: { path: candid } }] : own,
    },
    dependencies: canister.get('dependencies')?.texts() ?? [],
    initArgument: argument,
    upgradeArgument: argument,
    settings: await readSettings([canister.get('initialization_values')], folder),
    keepsSettings: false,
    specifiedId: specified === undefined ? undefined : readPrincipal(specified),
    afterwards: canister.get('post_install')?.textOrTexts() ?? [],
  };
}

function readNetwork(root: ManifestValue, name: string): NetworkPlace | undefined {
  if (name === 'local') return undefined;
  if (name === 'ic') return { url: 'ic', rootKey: undefined };
  const network = root.get('networks')?.get(name);
  if (network === undefined)
    throw root.refuse(`has no network '${name}'`, 'name one of the file with --environment, or leave the option out');
  const [url] = network.need('providers').texts();
  if (url === undefined) throw network.refuse('has no providers');
  return { url, rootKey: undefined };
}

/**
 * Reads the file for a network: `local` and `ic` are always there.
 * @throws IcError `PROJECT_FILE_INVALID`
 */
export async function readDfxJson(file: string, network: string): Promise<Project> {
  const root = await readManifest(file);
  root.allow(ROOT_FIELDS);
  const folder = dirname(file);
  const entries: CanisterEntry[] = (root.get('canisters')?.fields() ?? []).map(([name, value]) => ({
    name,
    value,
    dependencies: value.get('dependencies')?.texts() ?? [],
    read: () => readCanister(name, value, root, { folder, network }),
  }));
  if (entries.length > CANISTERS_MAX) throw root.refuse(`has more than ${CANISTERS_MAX} canisters`);
  const output = root.get('output_env_file');
  return {
    kind: 'dfx.json',
    file,
    folder,
    environment: network,
    network: readNetwork(root, network),
    entries,
    environmentFile: output === undefined ? undefined : resolve(folder, output.text()),
  };
}
