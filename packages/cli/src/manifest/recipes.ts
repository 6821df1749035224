/**
 * The recipes of icp.yaml that are known here by what they do: nothing is downloaded, no template is run.
 *
 * What the published recipes do with `mops`, `moc` and `ic-wasm` is done by this program itself: packages are read from where mops keeps
 * them, Motoko is compiled with the compiler that comes along, metadata is put into the module directly.
 * Source: dfinity/icp-cli-recipes.
 * @module
 */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readMopsFile } from '../motoko/index.ts';
import type { ManifestValue } from './document.ts';
import type { CanisterSource, MetadataSection, ModuleTreatment } from './model.ts';
import { splitArguments } from './split-arguments.ts';
import { readPrebuilt } from './steps.ts';

/** What a recipe makes of a canister. */
export type Recipe = { readonly source: CanisterSource; readonly candid: string | undefined; readonly treatment: ModuleTreatment };

const KNOWN = '@dfinity/motoko, @dfinity/rust and @dfinity/prebuilt';

function readMetadata(value: ManifestValue | undefined): MetadataSection[] {
  return (value?.items() ?? []).map((item) => {
    item.allow(['name', 'value']);
    return { name: item.need('name').text(), isPublic: false, content: { text: item.need('value').scalar() } };
  });
}

function readTreatment(configuration: ManifestValue | undefined): ModuleTreatment {
  return {
    shrink: configuration?.get('shrink')?.flag() ?? false,
    optimize: undefined,
    gzip: (configuration?.get('compress') ?? configuration?.get('compressed'))?.flag() ?? false,
    metadata: readMetadata(configuration?.get('metadata')),
  };
}

/** What a Motoko canister is made of, before paths are resolved. */
type Motoko = { readonly main: string; readonly candid: string | undefined; readonly arguments: readonly string[] };

/** The canister's table in mops.toml. Source: mops, "mops.toml", `[canisters]`. */
async function readMopsCanister(name: string, folder: string): Promise<Motoko | undefined> {
  const file = join(folder, 'mops.toml');
  if (!existsSync(file)) return undefined;
  const { canisters } = (await readMopsFile(file)) as { readonly canisters?: Readonly<Record<string, unknown>> };
  const entry = canisters?.[name];
  if (typeof entry === 'string') return { main: entry, candid: undefined, arguments: [] };
  const { main, candid, args } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof main !== 'string') return undefined;
  return {
    main,
    candid: typeof candid === 'string' ? candid : undefined,
    arguments: Array.isArray(args) ? args.filter((word) => typeof word === 'string') : [],
  };
}

function readArguments(args: ManifestValue | undefined): readonly string[] {
  if (args === undefined) return [];
  return args.isList ? args.texts() : splitArguments(args.text());
}

async function readMotoko(
  canister: string,
  recipe: ManifestValue,
  configuration: ManifestValue | undefined,
  folder: string,
): Promise<Recipe> {
  configuration?.allow(['main', 'entry', 'name', 'args', 'candid', 'shrink', 'compress', 'compressed', 'metadata']);
  const main = (configuration?.get('main') ?? configuration?.get('entry'))?.text();
  // From version 5 on the recipe leaves this to mops.
  const inMops = main === undefined ? await readMopsCanister(configuration?.get('name')?.text() ?? canister, folder) : undefined;
  const file = main ?? inMops?.main;
  if (file === undefined) {
    throw recipe.refuse(
      'does not say which file holds the actor',
      `write it as configuration.main, or as main under [canisters.${canister}] in mops.toml`,
    );
  }
  const candid = configuration?.get('candid')?.text() ?? inMops?.candid;
  const path = candid === undefined ? undefined : resolve(folder, candid);
  return {
    source: {
      kind: 'motoko',
      main: resolve(folder, file),
      arguments: [...(inMops?.arguments ?? []), ...readArguments(configuration?.get('args'))],
    },
    candid: path,
    treatment: withInterface(readTreatment(configuration), path),
  };
}

/** The module shows the interface of a file. */
function withInterface(treatment: ModuleTreatment, candid: string | undefined): ModuleTreatment {
  if (candid === undefined) return treatment;
  return { ...treatment, metadata: [...treatment.metadata, { name: 'candid:service', isPublic: true, content: { path: candid } }] };
}

function readRust(canister: string, configuration: ManifestValue | undefined, folder: string): Recipe {
  configuration?.allow(['package', 'candid', 'locked', 'shrink', 'compress', 'compressed', 'metadata']);
  const candid = configuration?.get('candid');
  const path = candid === undefined ? undefined : resolve(folder, candid.text());
  return {
    source: {
      kind: 'rust',
      package: configuration?.get('package')?.text() ?? canister,
      isLocked: configuration?.get('locked')?.flag() ?? false,
    },
    candid: path,
    treatment: withInterface(readTreatment(configuration), path),
  };
}

function readPrebuiltRecipe(recipe: ManifestValue, configuration: ManifestValue | undefined, folder: string): Recipe {
  configuration?.allow(['path', 'sha256', 'shrink', 'compress', 'compressed', 'metadata']);
  if (configuration === undefined) throw recipe.refuse("has no field 'configuration'");
  return {
    source: { kind: 'steps', steps: [{ kind: 'pre-built', ...readPrebuilt(configuration, folder) }] },
    candid: undefined,
    treatment: readTreatment(configuration),
  };
}

/**
 * Reads the recipe of a canister.
 * @throws IcError `PROJECT_UNSUPPORTED` for recipes of other kinds, `PROJECT_FILE_INVALID`
 */
export async function readRecipe(canister: string, recipe: ManifestValue, folder: string): Promise<Recipe> {
  recipe.allow(['type', 'sha256', 'configuration']);
  const type = recipe.need('type');
  const configuration = recipe.get('configuration');
  switch (type.text().replace(/@[^@/]*$/, '')) {
    case '@dfinity/motoko':
      return await readMotoko(canister, recipe, configuration, folder);
    case '@dfinity/rust':
      return readRust(canister, configuration, folder);
    case '@dfinity/prebuilt':
    case '@dfinity/pre-built':
      return readPrebuiltRecipe(recipe, configuration, folder);
    case '@dfinity/asset-canister':
    case '@dfinity/assets':
    case '@dfinity/static-site':
      throw type.unsupported(
        'deploys files to an assets canister: its module is downloaded from a release elsewhere, and what uploads the files is a plugin or another tool',
        'deploy the other canisters by their names: myelin deploy NAME',
      );
    default:
      throw type.unsupported(
        `is the recipe ${type.text()}; known are ${KNOWN}`,
        "write the steps that it makes under 'build' instead of 'recipe'",
      );
  }
}
