/**
 * The rules. Each takes the repository and answers what breaks it; none reads a file.
 * @module
 */
import { dirname, join } from 'node:path/posix';
import { isBuiltin } from 'node:module';
import type { Repository, WorkspacePackage } from './repository.ts';
import { importsOf, keepOnly, lineOf } from './source-text.ts';
import {
  CORE_BANNED,
  CORE_FOLDER_RANK,
  ERROR_DOCUMENTS,
  FILE_LINES_MAX,
  FOREIGN_WORDS,
  HIDDEN_TESTS,
  JAVASCRIPT_FILES,
  LEFTOVERS,
  LONG_FILES,
  NOT_ERROR_CODES,
  PACKAGE_RANK,
  VAGUE_NAME,
  WORD_TABLES,
} from './tables.ts';

/** One broken rule. */
export type Finding = { readonly rule: string; readonly path: string; readonly line: number; readonly message: string };

type Rule = (repository: Repository) => Finding[];
type BannedPattern = readonly [pattern: RegExp, reason: string];

const isGenerated = (path: string): boolean => /(^|\/)(gen|fixtures|dist)\//.test(path);
const isSource = (path: string): boolean => path.endsWith('.ts') && !isGenerated(path);
const isTest = (path: string): boolean => /(^|\/)test\//.test(path);
const sourcesOf = (repository: Repository): [string, string][] => [...repository.files].filter(([path]) => isSource(path));

function packageOf(repository: Repository, path: string): WorkspacePackage | undefined {
  return repository.packages.find((candidate) => path.startsWith(`${candidate.folder}/`));
}

/** Name of the package that a bare specifier belongs to. */
function packageName(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function matchesOf(rule: string, path: string, text: string, patterns: readonly BannedPattern[]): Finding[] {
  const findings: Finding[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    for (const [pattern, reason] of patterns) {
      const match = pattern.exec(line);
      if (match !== null) findings.push({ rule, path, line: index + 1, message: `\`${match[0].trim()}\`: ${reason}` });
    }
  }
  return findings;
}

/** Packages import packages of a lower rank; the core's tests too may use what stands above it. */
const packageRank: Rule = (repository) => {
  const findings: Finding[] = [];
  for (const [path, text] of sourcesOf(repository)) {
    const importer = packageOf(repository, path);
    const rank = importer === undefined ? undefined : PACKAGE_RANK[importer.name];
    if (importer === undefined || rank === undefined || !path.startsWith(`${importer.folder}/src/`)) continue;
    for (const { specifier, line } of importsOf(text)) {
      const imported = repository.packages.find((candidate) => candidate.name === packageName(specifier));
      if (imported === undefined) continue;
      if ((PACKAGE_RANK[imported.name] ?? Infinity) < rank) continue;
      findings.push({
        rule: 'package-rank',
        path,
        line,
        message: `${importer.name} must not import ${imported.name}: it does not rank lower`,
      });
    }
  }
  return findings;
};

/** Top folder below `src/` of a file of a published package; undefined for files directly in it and for other workspaces. */
function sourceFolder(importer: WorkspacePackage, path: string): string | undefined {
  if (!importer.folder.startsWith('packages/')) return undefined;
  return new RegExp(`^${importer.folder}/src/([^/]+)/`).exec(path)?.[1];
}

/** Folders of a package meet through their index; folders of the core import lower ones only. */
const folderBoundary: Rule = (repository) => {
  const findings: Finding[] = [];
  for (const [path, text] of sourcesOf(repository)) {
    const importer = packageOf(repository, path);
    const folder = importer === undefined ? undefined : sourceFolder(importer, path);
    if (importer === undefined || folder === undefined) continue;
    for (const { specifier, line } of importsOf(text)) {
      if (!specifier.startsWith('.')) continue;
      const target = join(dirname(path), specifier);
      const report = (message: string): void => void findings.push({ rule: 'folder-boundary', path, line, message });
      if (!target.startsWith(`${importer.folder}/`)) report(`${specifier} leaves the package: import it by name`);
      const targetFolder = sourceFolder(importer, target);
      if (targetFolder === undefined || targetFolder === folder) continue;
      if (!target.endsWith(`/src/${targetFolder}/index.ts`)) report(`import ${targetFolder} through its index.ts, not ${specifier}`);
      if (importer.name !== '@myelin/core') continue;
      const [own, other] = [CORE_FOLDER_RANK[folder], CORE_FOLDER_RANK[targetFolder]];
      if (own === undefined || other === undefined)
        report(`${own === undefined ? folder : targetFolder} has no rank in tools/tidy/tables.ts`);
      else if (other >= own) report(`core/${folder} must not import core/${targetFolder}: it does not rank lower`);
    }
  }
  return findings;
};

/** Every package that a file imports is declared by its workspace; tests may also use the root's development dependencies. */
const declaredDependency: Rule = (repository) => {
  const root = JSON.parse(repository.files.get('package.json') ?? '{}') as { devDependencies?: Record<string, string> };
  const rootDependencies = Object.keys(root.devDependencies ?? {});
  const findings: Finding[] = [];
  for (const [path, text] of sourcesOf(repository)) {
    const importer = packageOf(repository, path);
    const isShipped = importer !== undefined && path.startsWith(`${importer.folder}/src/`) && importer.folder.startsWith('packages/');
    const allowed = new Set([importer?.name, ...(importer?.dependencies ?? [])]);
    if (!isShipped) for (const name of [...(importer?.devDependencies ?? []), ...rootDependencies]) allowed.add(name);
    for (const { specifier, line } of importsOf(text)) {
      const name = packageName(specifier);
      if (specifier.startsWith('.') || specifier.startsWith('node:') || allowed.has(name)) continue;
      if (!isShipped && repository.packages.some((candidate) => candidate.name === name)) continue;
      const message = isBuiltin(name) ? `write node:${name}` : `${name} is not declared in ${importer?.folder ?? '.'}/package.json`;
      findings.push({ rule: 'declared-dependency', path, line, message });
    }
  }
  return findings;
};

/** A folder of a package says what it offers in one index.ts with explicit names. */
const oneIndex: Rule = (repository) => {
  const findings: Finding[] = [];
  for (const workspace of repository.packages) {
    for (const entry of workspace.entryFiles) {
      const message = `exports names ${entry}, which does not exist`;
      if (!repository.files.has(entry)) findings.push({ rule: 'one-index', path: `${workspace.folder}/package.json`, line: 1, message });
    }
    const folders = new Set([...repository.files.keys()].filter(isSource).flatMap((path) => sourceFolder(workspace, path) ?? []));
    for (const folder of folders) {
      const path = `${workspace.folder}/src/${folder}/index.ts`;
      if (isGenerated(path) || repository.files.has(path)) continue;
      findings.push({ rule: 'one-index', path, line: 1, message: 'the folder has no index.ts' });
    }
  }
  for (const [path, text] of sourcesOf(repository)) {
    const code = keepOnly(text, ['code']);
    const star = /\bexport\s*\*(?!\s*as\b)/.exec(code);
    if (star !== null) findings.push({ rule: 'one-index', path, line: lineOf(code, star.index), message: 'name what is exported' });
  }
  return findings;
};

/** Files are called what they are, in kebab-case. */
const fileName: Rule = (repository) => {
  const findings: Finding[] = [];
  for (const path of repository.files.keys()) {
    if (!/\.(ts|js|mjs|cjs)$/.test(path) || isGenerated(path)) continue;
    const report = (message: string): void => void findings.push({ rule: 'file-name', path, line: 1, message });
    for (const part of path.split('/')) if (VAGUE_NAME.test(part)) report(`'${part}' says nothing: name it after what it holds`);
    const name = path.slice(path.lastIndexOf('/') + 1);
    if (!/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*$/.test(name)) report('file names are kebab-case');
    if (!path.endsWith('.ts') && JAVASCRIPT_FILES[path] === undefined) report('sources are TypeScript');
  }
  return findings;
};

/** Every source file of a package starts by saying what it is. */
const moduleDocstring: Rule = (repository) => {
  const findings: Finding[] = [];
  for (const [path, text] of sourcesOf(repository)) {
    if (!/^packages\/[^/]+\/src\//.test(path) || path.endsWith('/index.ts') || text.startsWith('/**')) continue;
    findings.push({ rule: 'module-docstring', path, line: 1, message: 'start with a docstring: what it is, the spec section, invariants' });
  }
  return findings;
};

/** The core does not use what differs between engines, machines or runs. */
const deterministicCore: Rule = (repository) =>
  sourcesOf(repository)
    .filter(([path]) => path.startsWith('packages/core/src/'))
    .flatMap(([path, text]) => [
      ...matchesOf('deterministic-core', path, keepOnly(text, ['code']), CORE_BANNED),
      ...matchesOf('deterministic-core', path, keepOnly(text, ['string']), [[/\\p\{/, 'Unicode tables differ between engine versions']]),
    ]);

/** Nothing is left half done or switched off. */
const leftovers: Rule = (repository) =>
  [...repository.files]
    .filter(([path]) => !WORD_TABLES.includes(path) && !isGenerated(path) && /\.(ts|js|md|html|json|sh|c|mo|wat)$|^\.ci\//.test(path))
    .flatMap(([path, text]) => [
      ...matchesOf('leftover', path, text, LEFTOVERS),
      ...(isTest(path) && isSource(path) ? matchesOf('hidden-test', path, keepOnly(text, ['code']), HIDDEN_TESTS) : []),
    ]);

/** Sources and documents speak of the project alone. */
const foreignWords: Rule = (repository) =>
  [...repository.files]
    .filter(([path]) => !WORD_TABLES.includes(path))
    .flatMap(([path, text]) => matchesOf('foreign-word', path, text, FOREIGN_WORDS));

/** A file that a reader cannot hold in the head is two files. */
const fileLength: Rule = (repository) =>
  sourcesOf(repository).flatMap(([path, text]) => {
    const lines = text.split('\n').length - 1;
    if (lines <= FILE_LINES_MAX || LONG_FILES[path] !== undefined) return [];
    return [{ rule: 'file-length', path, line: 1, message: `${lines} lines, ${FILE_LINES_MAX} at most: split it` }];
  });

/** Error codes are `AREA_REASON`, and nothing else is written so: any such text is one. */
const ERROR_CODE = /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g;

/** Every error code in use has a row in one of the documents that list them, and every row a use. */
const errorList: Rule = (repository) => {
  const findings: Finding[] = [];
  const used = new Map<string, { readonly path: string; readonly line: number }>();
  for (const [path, text] of sourcesOf(repository)) {
    if (!/^packages\/[^/]+\/src\//.test(path)) continue;
    const code = keepOnly(text, ['code', 'string']);
    for (const match of code.matchAll(ERROR_CODE)) {
      const name = match[1] ?? '';
      if (!NOT_ERROR_CODES.test(name)) used.set(name, { path, line: lineOf(code, match.index) });
    }
  }
  const listed = new Set<string>();
  for (const path of ERROR_DOCUMENTS) {
    const document = repository.files.get(path) ?? '';
    for (const match of document.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)) {
      const code = match[1] ?? '';
      const line = lineOf(document, match.index);
      if (listed.has(code)) findings.push({ rule: 'error-list', path, line, message: `${code} is listed twice` });
      if (!used.has(code)) findings.push({ rule: 'error-list', path, line, message: `${code} is listed but no source uses it` });
      listed.add(code);
    }
  }
  for (const [code, place] of used) {
    if (!listed.has(code))
      findings.push({ rule: 'error-list', ...place, message: `${code} is not listed in ${ERROR_DOCUMENTS.join(' or ')}` });
  }
  return findings;
};

type LockEntry = {
  readonly link?: boolean;
  readonly inBundle?: boolean;
  readonly integrity?: string;
  readonly hasInstallScript?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

/** The lockfile pins every package by version and hash, and names no host. See tools/lockfile.ts for packages of other platforms. */
const lockfile: Rule = (repository) => {
  const path = 'package-lock.json';
  const text = repository.files.get(path) ?? '{}';
  const findings = matchesOf('lockfile', path, text, [[/"resolved":\s*"[a-z+]+:[^"]*"/, 'run npm with the .npmrc of this repository']]);
  const report = (message: string): void => void findings.push({ rule: 'lockfile', path, line: 1, message });
  const { packages = {} } = JSON.parse(text) as { packages?: Record<string, LockEntry> };
  const { allowScripts = {} } = JSON.parse(repository.files.get('package.json') ?? '{}') as { allowScripts?: Record<string, boolean> };
  for (const [name, entry] of Object.entries(packages)) {
    const installed = name.slice(name.lastIndexOf('node_modules/') + 'node_modules/'.length);
    if (entry.hasInstallScript === true && allowScripts[installed] !== true)
      report(`${name} has an install script: refuse it in allowScripts of package.json, then run node tools/run.js tools/lockfile.ts`);
    const isOtherPlatform = entry.optional === true && entry.os !== undefined;
    const isInstalled = name.includes('node_modules/') && entry.link !== true && entry.inBundle !== true;
    if (isInstalled && !isOtherPlatform && entry.integrity === undefined) report(`${name} has no integrity hash`);
    for (const optional of Object.keys(entry.optionalDependencies ?? {})) {
      if (packages[`node_modules/${optional}`] === undefined) report(`${optional} is missing: run node tools/run.js tools/lockfile.ts`);
    }
  }
  return findings;
};

/** All rules, in the order in which they are reported. */
export const rules: readonly Rule[] = [
  packageRank,
  folderBoundary,
  declaredDependency,
  oneIndex,
  fileName,
  moduleDocstring,
  deterministicCore,
  leftovers,
  foreignWords,
  fileLength,
  errorList,
  lockfile,
];

/** What breaks the rules, rule by rule. */
export function findUntidy(repository: Repository): Finding[] {
  return rules.flatMap((rule) => rule(repository));
}
