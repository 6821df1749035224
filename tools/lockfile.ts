/**
 * Completes package-lock.json after an install from a registry that lacks packages of other platforms, and takes install scripts out of it.
 *
 * npm leaves such optional packages out of the lockfile, and `npm ci` then refuses it, on every machine. Their versions are known
 * (the packages that want them pin them) and their platforms are in their names; their hashes are not, so that npm would take
 * them unverified where they are installed. `npm run tidy` fails when entries are missing; this adds them.
 *
 * What `allowScripts` of package.json refuses, versions of npm before 11 would run all the same, and one of these scripts writes outside
 * its own folder. `npm ci` of any version runs only the scripts that the lockfile tells of (tried with 10): so it does not tell.
 *
 * `node tools/run.js tools/lockfile.ts`
 * @module
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from './commands.ts';

type LockEntry = {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  hasInstallScript?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
};

type Lockfile = { packages: Record<string, LockEntry & { readonly [field: string]: unknown }> };

const SYSTEMS = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32'];

const PROCESSORS: Readonly<Record<string, string>> = {
  amd64: 'x64',
  arm: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  x64: 'x64',
};

/** What `…/binding-linux-arm64-musl` and the like say of their platform. @throws Error for a name that says nothing */
function platformOf(name: string): { readonly system: string; readonly processor: string; readonly libc: string | undefined } {
  const words = name.slice(name.lastIndexOf('/') + 1).split('-');
  const system = words.find((word) => SYSTEMS.includes(word));
  const processor = words.map((word) => PROCESSORS[word]).find((word) => word !== undefined);
  if (system === undefined || processor === undefined)
    throw new Error(`the name of the optional package ${name} does not tell its platform`);
  const last = words.at(-1) ?? '';
  return { system, processor, libc: last.startsWith('musl') ? 'musl' : last.startsWith('gnu') ? 'glibc' : undefined };
}

const path = join(repositoryRoot, 'package-lock.json');
const lockfile = JSON.parse(readFileSync(path, 'utf8')) as Lockfile;
const { allowScripts } = JSON.parse(readFileSync(join(repositoryRoot, 'package.json'), 'utf8')) as {
  readonly allowScripts: Readonly<Record<string, boolean>>;
};
let added = 0;
let silenced = 0;
for (const [key, entry] of Object.entries(lockfile.packages)) {
  const name = key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
  if (entry.hasInstallScript !== true || allowScripts[name] !== false) continue;
  delete entry.hasInstallScript;
  silenced += 1;
}
for (const entry of Object.values(lockfile.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lockfile.packages[key] !== undefined) continue;
    const { system, processor, libc } = platformOf(name);
    lockfile.packages[key] = {
      version,
      cpu: [processor],
      ...(entry.dev === true ? { dev: true } : {}),
      ...(libc === undefined ? {} : { libc: [libc] }),
      license: entry.license ?? 'UNKNOWN',
      optional: true,
      os: [system],
    };
    added += 1;
  }
}
lockfile.packages = Object.fromEntries(Object.entries(lockfile.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
if (added + silenced > 0) writeFileSync(path, `${JSON.stringify(lockfile, null, 2)}\n`);
console.log(`lockfile: ${added} entries added, ${silenced} install scripts taken out`);
