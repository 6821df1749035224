/**
 * Builds what is published: JavaScript and declarations of every package into its `dist/`, lower packages first, each against the
 * built form of those below it, and the sample app into the command line's. Then imports every entry point without the source condition
 * and compares what it exports with the sources, compiles a program against the declarations, and runs the whole from another folder.
 *
 * `npm run build`.
 * @module
 */
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { printResult, repositoryRoot, runCommand, type CommandResult } from './commands.ts';
import { gzipSync } from 'node:zlib';
import { runAsStranger } from './stranger.ts';
import { PACKAGE_RANK } from './tidy/tables.ts';

type Manifest = { readonly name: string; readonly exports: Readonly<Record<string, unknown>> };

/** Program of the type check whose options a package shares. */
const TIER_OF_PACKAGE: Readonly<Record<string, string>> = {
  '@myelin/core': 'core',
  '@myelin/engine': 'engine',
  '@myelin/network': 'engine',
};

/** Folders of a package whose modules run in browsers: the compiler sees them with the options of the web tier. */
const PAGE_FOLDERS: Readonly<Record<string, string>> = { '@myelin/node': 'http/operator/page' };

const cache = join(repositoryRoot, 'node_modules', '.cache', 'myelin', 'build');

function readPackages(): { readonly folder: string; readonly manifest: Manifest }[] {
  return readdirSync(join(repositoryRoot, 'packages'))
    .map((name) => {
      const folder = join(repositoryRoot, 'packages', name);
      return { folder, manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest };
    })
    .toSorted((a, b) => (PACKAGE_RANK[a.manifest.name] ?? Infinity) - (PACKAGE_RANK[b.manifest.name] ?? Infinity));
}

/** The modules of a package that run in browsers. */
async function emitPage(folder: string, name: string): Promise<CommandResult | undefined> {
  const page = PAGE_FOLDERS[name];
  if (page === undefined) return undefined;
  const config = join(cache, `${name.replaceAll(/\W/g, '-')}-page.json`);
  const compilerOptions = {
    noEmit: false,
    declaration: false,
    rootDir: join(folder, 'src'),
    outDir: join(folder, 'dist'),
    sourceMap: false,
  };
  const include = [join(folder, 'src', ...page.split('/'), '**', '*.ts')];
  writeFileSync(config, JSON.stringify({ extends: join(repositoryRoot, 'tsconfig.web.json'), compilerOptions, include }, null, 2));
  return await runCommand(`emit page of ${name}`, ['tsc', '-p', config, '--pretty', 'false']);
}

async function emitPackage(folder: string, name: string): Promise<CommandResult> {
  const dist = join(folder, 'dist');
  rmSync(dist, { recursive: true, force: true });
  mkdirSync(cache, { recursive: true });
  const config = join(cache, `${name.replaceAll(/\W/g, '-')}.json`);
  // What the tier has without importing it, as in the type check.
  const ambient = TIER_OF_PACKAGE[name] === undefined ? ['engine', 'src', 'webassembly.d.ts'] : ['core', 'src', 'globals.d.ts'];
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    customConditions: [],
    rootDir: join(folder, 'src'),
    outDir: dist,
    sourceMap: false,
  };
  const extended = join(repositoryRoot, `tsconfig.${TIER_OF_PACKAGE[name] ?? 'node'}.json`);
  const include = [join(folder, 'src', '**', '*.ts'), join(repositoryRoot, 'packages', ...ambient)];
  writeFileSync(config, JSON.stringify({ extends: extended, compilerOptions, include }, null, 2));
  const result = await runCommand(`emit ${name}`, ['tsc', '-p', config, '--pretty', 'false']);
  const sourceUrls = result.exitCode === 0 ? findSourceUrls(dist) : [];
  return sourceUrls.length === 0
    ? result
    : { ...result, exitCode: 1, output: `these name a source file that is not published:\n${sourceUrls.join('\n')}\n` };
}

/** Built files that refer to a `.ts` file beside them at run time (`new URL('./worker.ts', …)`): tsc rewrites imports only. */
function findSourceUrls(dist: string): string[] {
  return readdirSync(dist, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.js'))
    .filter((path) => {
      const urls = readFileSync(join(dist, path), 'utf8').matchAll(/new URL\(\s*['"`]([^'"`]*\.ts)['"`]/g);
      return [...urls].some(([, url]) => join(dist, path, '..', url ?? '').startsWith(dist));
    })
    .map((path) => join(dist, path));
}

const LIST_EXPORTS = 'for (const name of process.argv.slice(1)) console.log(name, Object.keys(await import(name)).sort().join(" "));';

/** What each entry point exports, one line each, with or without the source condition. */
async function listExports(name: string, folder: string, entries: readonly string[], nodeOptions: string): Promise<CommandResult> {
  return await runCommand(`import ${name}`, ['node', '--input-type=module', '-e', LIST_EXPORTS, ...entries], {
    cwd: folder,
    env: { NODE_OPTIONS: nodeOptions },
  });
}

async function smokeTest(name: string, folder: string, entries: readonly string[]): Promise<CommandResult> {
  const built = await listExports(name, folder, entries, '');
  if (built.exitCode !== 0) return built;
  const source = await listExports(name, folder, entries, '--conditions=myelin-source');
  if (source.exitCode === 0 && source.output === built.output) return built;
  return { ...built, exitCode: 1, output: `the built package exports\n${built.output}but its sources\n${source.output}` };
}

/** Compiles a stranger's program that imports every entry point, against the published declarations. */
async function checkDeclarations(entries: readonly string[]): Promise<CommandResult> {
  const consumer = join(repositoryRoot, 'packages', 'cli', 'dist', 'declarations-check.mts');
  writeFileSync(
    consumer,
    entries.map((entry, index) => `import * as entry${index} from '${entry}';\nexport { entry${index} };\n`).join(''),
  );
  const flags = [
    '--noEmit',
    '--strict',
    '--ignoreConfig',
    '--module',
    'nodenext',
    '--target',
    'es2024',
    '--lib',
    'es2024,dom,esnext.disposable',
    '--types',
    'node',
  ];
  const result = await runCommand('declarations', ['tsc', ...flags, '--skipLibCheck', 'false', '--pretty', 'false', consumer]);
  rmSync(consumer);
  return result;
}

/** The sample app as the published command line reads it: module and install argument. */
async function emitSample(): Promise<CommandResult> {
  const started = performance.now();
  const folder = join(repositoryRoot, 'packages', 'cli', 'dist', 'sample');
  const { loadHelloApp } = await import('@myelin/example-hello');
  const { wasm, argument } = await loadHelloApp();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'hello.wasm.gz'), gzipSync(wasm, { level: 9 }));
  writeFileSync(join(folder, 'hello.argument'), argument);
  return { name: 'emit sample app', exitCode: 0, output: '', seconds: (performance.now() - started) / 1000 };
}

async function build(): Promise<boolean> {
  const allEntries: string[] = [];
  const packages = readPackages();
  for (const { folder, manifest } of packages) {
    const emitted = await emitPackage(folder, manifest.name);
    printResult(emitted);
    if (emitted.exitCode !== 0) return false;
    const page = await emitPage(folder, manifest.name);
    if (page === undefined) continue;
    printResult(page);
    if (page.exitCode !== 0) return false;
  }
  for (const { folder, manifest } of packages) {
    const entries = Object.keys(manifest.exports).map((key) => manifest.name + key.slice(1));
    allEntries.push(...entries);
    const smoke = await smokeTest(manifest.name, folder, entries);
    printResult(smoke);
    if (smoke.exitCode !== 0) return false;
  }
  printResult(await emitSample());
  const declarations = await checkDeclarations(allEntries);
  printResult(declarations);
  const stranger = await runAsStranger();
  printResult(stranger);
  return declarations.exitCode === 0 && stranger.exitCode === 0;
}

process.exitCode = (await build()) ? 0 : 1;
