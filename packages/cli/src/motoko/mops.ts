/**
 * Packages that mops has installed, found where it puts them: nothing is downloaded.
 *
 * Versions are those of mops.lock where it fits mops.toml, else the highest that the packages ask for; what mops.toml itself names comes first.
 * Source: mops, cli/commands/sources.ts and cli/resolve-packages.ts.
 * @module
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { commandFailure } from '../terminal/index.ts';
import { MOPS_FOLDERS_UP_MAX, MOPS_PACKAGES_MAX } from './limits.ts';

/** What a mops.toml gives a canister. */
export type MopsPackages = {
  readonly file: string;
  /** Folders by name. */
  readonly packages: Readonly<Record<string, string>>;
  /** `[moc] args` */
  readonly compilerArguments: readonly string[];
};

type Config = {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly baseFolder: string;
  readonly compilerArguments: readonly string[];
};

/** Comes with the compiler, in the version that belongs to it. */
const BUILT_IN = 'core';

function texts(value: unknown): Record<string, string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

/** Reads a mops.toml. @throws IcError `PROJECT_FILE_INVALID` */
export async function readMopsFile(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return parse(await readFile(file, 'utf8'));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const what = error.message.split('\n', 1)[0] ?? '';
    throw commandFailure('PROJECT_FILE_INVALID', `${file}:${error.line}: ${what}`, 'correct the file there', { cause: error });
  }
}

async function readConfig(file: string): Promise<Config> {
  const root = (await readMopsFile(file)) as Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  const base = root['package']?.['baseDir'];
  const flags = root['moc']?.['args'];
  return {
    dependencies: texts(root['dependencies']),
    baseFolder: typeof base === 'string' ? base : 'src',
    compilerArguments: Array.isArray(flags) ? flags.filter((flag) => typeof flag === 'string') : [],
  };
}

/** Versions of mops.lock; undefined when there is none, or when mops.toml has changed since. */
async function readLock(folder: string, { dependencies }: Config): Promise<Readonly<Record<string, string>> | undefined> {
  const file = join(folder, 'mops.lock');
  if (!existsSync(file)) return undefined;
  let lock: { readonly version?: unknown; readonly deps?: unknown };
  try {
    lock = JSON.parse(await readFile(file, 'utf8')) as typeof lock;
  } catch {
    return undefined;
  }
  const versions = texts(lock.deps);
  const fits = Object.entries(dependencies).every(([name, version]) => isPlace(version) || versions[name] === version);
  return lock.version === 3 && fits ? versions : undefined;
}

const isGithub = (version: string): boolean => version.startsWith('https://github.com/');
const isPath = (version: string): boolean => /^(\.?\.?\/|[a-z]:\\)/i.test(version);
const isPlace = (version: string): boolean => isGithub(version) || isPath(version);

/** The folder that mops keeps a package in, below its cache. */
function cacheName(name: string, version: string): string {
  if (!isGithub(version)) return `${name.replace(/@.*$/, '')}@${version}`;
  const [branch = '', commit = ''] = new URL(version).hash.slice(1).split('@');
  return join('_github', `${name}#${(branch || 'master').replaceAll('/', '___')}${commit === '' ? '' : `@${commit}`}`);
}

function globalCache(): string {
  const cache = process.env['XDG_CACHE_HOME'];
  if (cache !== undefined && cache !== '') return join(cache, 'mops', 'packages');
  return join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache', 'mops', 'packages');
}

/** Where a package lies; undefined when it is not installed. */
function packageFolder(root: string, name: string, version: string): string | undefined {
  const path = isPath(version) ? resolve(root, version.replaceAll('{MOPS_ENV}', process.env['MOPS_ENV'] ?? 'local')) : undefined;
  const places = path === undefined ? [join(root, '.mops'), globalCache()].map((cache) => join(cache, cacheName(name, version))) : [path];
  return places.find((place) => existsSync(place));
}

function isNewer(version: string, than: string): boolean {
  const parts = (text: string): number[] => text.split(/[.+-]/).map((part) => (/^\d{1,9}$/.test(part) ? Number(part) : 0));
  const [a, b] = [parts(version), parts(than)];
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}

function notInstalled(file: string, name: string, version: string): Error {
  return commandFailure(
    'MOTOKO_PACKAGE_MISSING',
    `the package ${name} ${version}, which ${file} needs, is not installed`,
    "run 'mops install' in that folder; packages are read from its folder .mops",
  );
}

async function sourceFolder(folder: string, version: string): Promise<{ readonly sources: string; readonly config: Config | undefined }> {
  const file = join(folder, 'mops.toml');
  const config = existsSync(file) ? await readConfig(file) : undefined;
  const sources = join(folder, config?.baseFolder ?? 'src');
  return { sources: isPath(version) && !existsSync(sources) ? folder : sources, config };
}

/** Every package with its version and what it is relative to, those of mops.toml and what they need. */
async function resolveVersions(root: string, config: Config): Promise<Map<string, string>> {
  const own = new Set(Object.keys(config.dependencies));
  const versions = new Map<string, string>();
  const waiting = Object.entries(config.dependencies);
  const seen = new Set<string>();
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const [name, version] = next;
    const known = versions.get(name);
    if (known === undefined || (!own.has(name) && isNewer(version, known))) versions.set(name, version);
    const folder = packageFolder(root, name, version);
    if (folder === undefined || seen.has(folder)) continue;
    seen.add(folder);
    if (seen.size > MOPS_PACKAGES_MAX) throw tooMany(root);
    const nested = (await sourceFolder(folder, version)).config;
    for (const [other, wanted] of Object.entries(nested?.dependencies ?? {})) {
      waiting.push([other, isPath(wanted) ? resolve(folder, wanted) : wanted]);
    }
  }
  return versions;
}

function tooMany(root: string): Error {
  return commandFailure('MOTOKO_SOURCES_TOO_MANY', `${join(root, 'mops.toml')} needs more than ${MOPS_PACKAGES_MAX} packages`);
}

function findConfig(start: string): string | undefined {
  let folder = resolve(start);
  for (let up = 0; up < MOPS_FOLDERS_UP_MAX; up++) {
    const file = join(folder, 'mops.toml');
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return undefined;
    folder = dirname(folder);
  }
  return undefined;
}

/**
 * The packages for sources in a folder: those of the mops.toml there or above it; undefined when there is none.
 * @throws IcError `MOTOKO_PACKAGE_MISSING`, `PROJECT_FILE_INVALID`, `MOTOKO_SOURCES_TOO_MANY`
 */
export async function readMopsPackages(start: string): Promise<MopsPackages | undefined> {
  const file = findConfig(start);
  if (file === undefined) return undefined;
  const root = dirname(file);
  const config = await readConfig(file);
  const locked = await readLock(root, config);
  const versions = locked === undefined ? await resolveVersions(root, config) : new Map(Object.entries(locked));
  const packages: Record<string, string> = {};
  for (const [name, version] of versions) {
    const folder = packageFolder(root, name, version);
    if (folder !== undefined) packages[name] = (await sourceFolder(folder, version)).sources;
    else if (name !== BUILT_IN) throw notInstalled(file, name, version);
  }
  return { file, packages, compilerArguments: config.compilerArguments };
}
