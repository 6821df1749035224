/**
 * The repository as tidy sees it: paths and texts, in memory, so that a test can make one up.
 * @module
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** One workspace package. */
export type WorkspacePackage = {
  /** Name that others import. */
  readonly name: string;
  /** Folder relative to the root, without a trailing slash. */
  readonly folder: string;
  readonly dependencies: readonly string[];
  readonly devDependencies: readonly string[];
  /** Every file that `exports` names under the condition `myelin-source` or without conditions, relative to the root. */
  readonly entryFiles: readonly string[];
};

/** All text files that git knows or would add, by path relative to the root, with forward slashes. */
export type Repository = { readonly files: ReadonlyMap<string, string>; readonly packages: readonly WorkspacePackage[] };

/** Files larger than this are data, not text to be read by people. Bytes. */
const TEXT_BYTES_MAX = 1 << 20;

const BINARY_EXTENSIONS = /\.(wasm|gz|br|png|jpg|ico|woff2?|pdf|zip)$/;

type Manifest = {
  readonly name?: string;
  readonly dependencies?: Record<string, string>;
  readonly optionalDependencies?: Record<string, string>;
  readonly devDependencies?: Record<string, string>;
  readonly exports?: unknown;
};

function entryFilesOf(folder: string, exported: unknown): string[] {
  if (typeof exported === 'string') return [join(folder, exported)];
  if (typeof exported !== 'object' || exported === null) return [];
  if ('myelin-source' in exported) return entryFilesOf(folder, exported['myelin-source']);
  return Object.values(exported).flatMap((inner) => entryFilesOf(folder, inner));
}

/** Finds the packages among the files: every `package.json` below the root. */
export function createRepository(files: ReadonlyMap<string, string>): Repository {
  const packages: WorkspacePackage[] = [];
  for (const [path, text] of files) {
    if (!/^(packages|testing|examples|tools)\/[^/]+\/package\.json$|^bench\/package\.json$/.test(path)) continue;
    const manifest = JSON.parse(text) as Manifest;
    const folder = path.slice(0, -'/package.json'.length);
    packages.push({
      name: manifest.name ?? folder,
      folder,
      dependencies: Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies }),
      devDependencies: Object.keys(manifest.devDependencies ?? {}),
      entryFiles: entryFilesOf(folder, manifest.exports),
    });
  }
  return { files, packages };
}

/** Reads the work tree: tracked files and those that git would add. */
export function loadRepository(root: string): Repository {
  const listing = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root, maxBuffer: 1 << 26 });
  const files = new Map<string, string>();
  for (const path of new Set(listing.toString().split('\0'))) {
    if (path === '' || BINARY_EXTENSIONS.test(path)) continue;
    const entry = statSync(join(root, path), { throwIfNoEntry: false });
    if (entry === undefined || !entry.isFile() || entry.size > TEXT_BYTES_MAX) continue;
    files.set(path, readFileSync(join(root, path), 'utf8'));
  }
  return createRepository(files);
}
