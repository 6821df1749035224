/**
 * The source files that a canister is made of: its actor, what that imports, packages.
 *
 * Imports are found with a pattern, not with the compiler's parser, which would cost a second. A file too many does no harm, and what
 * is missing the compiler reports where it is imported.
 * @module
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { commandFailure } from '../terminal/index.ts';
import { SOURCE_CHARACTERS_MAX, SOURCE_FILES_MAX } from './limits.ts';

/** Sources of one canister. */
export type MotokoSources = {
  readonly files: Readonly<Record<string, string>>;
  readonly main: string;
  readonly packages: Readonly<Record<string, string>>;
  /** Names and ids of the canisters that are imported: `canister:<name>`, `ic:<id>`. */
  readonly canisterNames: readonly string[];
  readonly canisterIds: readonly string[];
  /** Every file that was read, as an absolute path. */
  readonly paths: readonly string[];
  /** The file of a path in `files`, as a person would write it from the current folder. */
  readonly displayPath: (path: string) => string;
};

const IMPORT = /\bimport\s+(?:[\w\s=;{},]*?)"([^"\n]+)"/g;
const PACKAGES_FOLDER = '.packages';

type Reading = { readonly texts: Map<string, string>; characters: number };

async function readSource(reading: Reading, path: string): Promise<string | undefined> {
  const known = reading.texts.get(path);
  if (known !== undefined) return known;
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
  reading.texts.set(path, text);
  reading.characters += text.length;
  if (reading.texts.size > SOURCE_FILES_MAX || reading.characters > SOURCE_CHARACTERS_MAX) {
    throw commandFailure(
      'MOTOKO_SOURCES_TOO_MANY',
      `the canister imports more than ${SOURCE_FILES_MAX} files or ${SOURCE_CHARACTERS_MAX} characters`,
      'check the folders that are given with --package',
    );
  }
  return text;
}

function importsOf(text: string): string[] {
  // Comments may hold quotes that would hide an import behind them.
  const code = text.replaceAll(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (comment) => (comment.includes('"') ? ' ' : comment));
  return [...code.matchAll(IMPORT)].map(([, path]) => path ?? '');
}

/** Files that an import may mean, in the compiler's order. */
function candidatesOf(importer: string, path: string): string[] {
  const target = resolve(dirname(importer), path);
  return path.endsWith('.mo') ? [target] : [`${target}.mo`, join(target, 'lib.mo')];
}

/** Deepest folder that holds all files. */
function commonFolder(paths: readonly string[]): string {
  let folder = dirname(paths[0] ?? sep);
  for (const path of paths)
    while (path !== folder && !path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) folder = dirname(folder);
  return folder;
}

const withForwardSlashes = (path: string): string => path.split(sep).join('/');

async function readPackage(name: string, folder: string, files: Record<string, string>, reading: Reading): Promise<string[]> {
  const imports: string[] = [];
  for (const path of await readdir(folder, { recursive: true })) {
    if (!path.endsWith('.mo')) continue;
    const text = await readSource(reading, resolve(folder, path));
    if (text === undefined) continue;
    files[`${PACKAGES_FOLDER}/${name}/${withForwardSlashes(path)}`] = text;
    imports.push(...importsOf(text));
  }
  return imports;
}

/**
 * Reads a canister's actor and everything it imports.
 *
 * @param main - file of the actor.
 * @param packageFolders - folders of the packages beside `core`, by name.
 * @throws IcError `MOTOKO_SOURCE_MISSING`, `MOTOKO_SOURCES_TOO_MANY`
 */
export async function readMotokoSources(main: string, packageFolders: Readonly<Record<string, string>> = {}): Promise<MotokoSources> {
  const reading: Reading = { texts: new Map(), characters: 0 };
  const mainPath = resolve(main);
  if ((await readSource(reading, mainPath)) === undefined) {
    throw commandFailure(
      'MOTOKO_SOURCE_MISSING',
      `there is no file ${relative(process.cwd(), mainPath)}`,
      'name the file that holds the actor',
    );
  }
  const others = new Set<string>();
  for (const [path, text] of reading.texts) {
    for (const imported of importsOf(text)) {
      if (imported.includes(':')) others.add(imported);
      else for (const candidate of candidatesOf(path, imported)) if ((await readSource(reading, candidate)) !== undefined) break;
    }
  }
  const own = [...reading.texts];
  const folder = commonFolder(own.map(([path]) => path));
  const files: Record<string, string> = {};
  for (const [path, text] of own) files[withForwardSlashes(relative(folder, path))] = text;
  const packages: Record<string, string> = {};
  for (const [name, packageFolder] of Object.entries(packageFolders)) {
    packages[name] = `${PACKAGES_FOLDER}/${name}`;
    for (const imported of await readPackage(name, packageFolder, files, reading)) if (imported.includes(':')) others.add(imported);
  }
  const namesOf = (scheme: string): string[] =>
    [...others].filter((path) => path.startsWith(scheme)).map((path) => path.slice(scheme.length).split('/')[0] ?? '');
  return {
    files,
    main: withForwardSlashes(relative(folder, mainPath)) || basename(mainPath),
    packages,
    canisterNames: namesOf('canister:'),
    canisterIds: namesOf('ic:'),
    paths: [...reading.texts.keys()],
    displayPath: (path) => relative(process.cwd(), resolve(folder, path)) || path,
  };
}
