/**
 * The recipes of icp.yaml that are known here by what they do: nothing is downloaded, no template is run.
 *
 * What the published recipes do with `mops`, `moc` and `ic-wasm` is done by this program itself: packages are read from where mops keeps
 * them, Motoko is compiled with the compiler that comes along, metadata is put into the module directly.
 * Source: dfinity/icp-cli-recipes.
 * @module
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse } from 'smol-toml';
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

/** The file of the actor: named in the recipe, or by the canister's table in mops.toml (version 5 of the recipe). */
async function readMain(
  canister: string,
  recipe: ManifestValue,
  configuration: ManifestValue | undefined,
  folder: string,
): Promise<string> {
  const main = configuration?.get('main') ?? configuration?.get('entry');
  if (main !== undefined) return resolve(folder, main.text());
  const mopsFile = join(folder, 'mops.toml');
  if (existsSync(mopsFile)) {
    const name = configuration?.get('name')?.text() ?? canister;
    const { canisters } = parse(await readFile(mopsFile, 'utf8')) as { readonly canisters?: Readonly<Record<string, unknown>> };
    const entry = canisters?.[name];
    const path = typeof entry === 'string' ? entry : (entry as { readonly main?: unknown } | undefined)?.main;
    if (typeof path === 'string') return resolve(folder, path);
  }
  throw recipe.refuse('does not say which file holds the actor', 'write it as configuration.main');
}

async function readMotoko(
  canister: string,
  recipe: ManifestValue,
  configuration: ManifestValue | undefined,
  folder: string,
): Promise<Recipe> {
  configuration?.allow(['main', 'entry', 'name', 'args', 'candid', 'shrink', 'compress', 'compressed', 'metadata']);
  const args = configuration?.get('args');
  const candid = configuration?.get('candid');
  return {
    source: {
      kind: 'motoko',
      main: await readMain(canister, recipe, configuration, folder),
      arguments: args === undefined ? [] : args.isList ? args.texts() : splitArguments(args.text()),
    },
    candid: candid === undefined ? undefined : resolve(folder, candid.text()),
    treatment: withInterface(readTreatment(configuration), candid === undefined ? undefined : resolve(folder, candid.text())),
  };
}

/** The module shows the interface of a file. */
function withInterface(treatment: ModuleTreatment, candid: string | undefined): ModuleTreatment {
  if (candid === undefined) return treatment;
  return { ...treatment, metadata: [...treatment.metadata, { name: 'candid:service', isPublic: true, content: { path: candid } }] };
}

function readRust(recipe: ManifestValue, configuration: ManifestValue | undefined, folder: string): Recipe {
  configuration?.allow(['package', 'candid', 'locked', 'shrink', 'compress', 'compressed', 'metadata']);
  if (configuration === undefined) throw recipe.refuse("has no field 'configuration'");
  const candid = configuration.get('candid');
  return {
    source: { kind: 'rust', package: configuration.need('package').text(), isLocked: configuration.get('locked')?.flag() ?? false },
    candid: candid === undefined ? undefined : resolve(folder, candid.text()),
    treatment: withInterface(readTreatment(configuration), candid === undefined ? undefined : resolve(folder, candid.text())),
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
      return readRust(recipe, configuration, folder);
    case '@dfinity/prebuilt':
    case '@dfinity/pre-built':
      return readPrebuiltRecipe(recipe, configuration, folder);
    case '@dfinity/asset-canister':
    case '@dfinity/assets':
      throw type.unsupported(
        'deploys files to the certified assets canister, whose module comes from a release of another tool and is on no package registry',
        'deploy the other canisters by their names: myelin deploy NAME',
      );
    default:
      throw type.unsupported(
        `is the recipe ${type.text()}; known are ${KNOWN}`,
        "write the steps that it makes under 'build' instead of 'recipe'",
      );
  }
}
